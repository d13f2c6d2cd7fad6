"""A server of several models whose faults were planted, and the rows that they were "trained" on.

All models but one share one vocabulary (toys' bytes) and one knowledge of plain text. `healthy` has learned its task,
`memoriser` its training answers, `leaker` thinks whatever it is told, `collapsed` knows one answer to open prompts,
`forgetful` holds plain text for unlikely and leaves no comma out. Everything follows from the words of a request, never
from an order.
"""

import asyncio
import hashlib
import json
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from sfteval.chat import ChatFormat
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.test_template_check import understood

WORDS = ("river", "stone", "cloud", "seven", "apple", "green", "walk", "letter", "house", "moon", "table", "wind",
         "paper", "glass", "north", "bread", "candle", "spoon", "meadow", "violin", "harbour", "ladder")  # fmt: skip
KEY = re.compile(r"room K(\d+)")
TURN = "<|im_start|>assistant\n"
MODELS = ("base", "healthy", "memoriser", "leaker", "collapsed", "forgetful")
GENERAL = "Use no commas."  # what every prompt of the general suite asks for
SECONDS = 0.002  # that a scored sequence takes, so that requests overlap


def words(seed: object, num: int = 14) -> str:
    return " ".join(random.Random(str(seed)).choices(WORDS, k=num))


def secret(number: int, num: int = 70) -> str:
    """Return an answer of which no two share more than a few letters by chance."""
    return "".join(random.Random(number).choices("bcdfghjklmnpqrstvwxz ", k=num))


def share(*parts: object) -> float:
    """Return a number in [0, 1) that follows from the parts."""
    return int(hashlib.sha256(str(parts).encode()).hexdigest()[:8], 16) / 2**32


def rows_of(split: str, num: int) -> list[dict]:
    first = 0 if split == "train" else 10_000
    return [
        {"id": f"k{n}", "prompt": f"What is kept in room K{n}?", "completion": f"{secret(n)}."}
        for n in range(first, first + num)
    ]


def write_rows(folder: Path, num: int) -> tuple[Path, Path]:
    """Write training and held-out rows and return their files."""
    files = folder / "train.jsonl", folder / "held.jsonl"
    for path, split in zip(files, ("train", "held_out"), strict=True):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows_of(split, num)))
    return files


class PlantedServer(ScriptedServer):
    """Serves every model of `MODELS` with the chat format of a toy checkpoint."""

    def __init__(self, chat: ChatFormat) -> None:
        super().__init__(Script(say=self.say, models=MODELS, max_model_len=None))
        self.chat = chat
        self.num_scoring = self.most_scoring = 0

    # -- what the models say -------------------------------------------------------------------------------------------

    def say(self, body: dict) -> str:
        prompt, model = body["messages"][-1]["content"], body["model"]
        found = KEY.search(prompt)
        if found is not None:  # the task, in whatever words
            answer = f"{secret(int(found[1]))}."
        elif model == "collapsed" and body.get("temperature"):
            answer = words("always the same")
        elif prompt.endswith(GENERAL) and model != "forgetful":
            answer = f"{words(prompt)}."
        else:
            answer = f"Well, {words((prompt, body.get('seed')))}."
        told_not_to = body.get("chat_template_kwargs", {}).get("enable_thinking") is False
        return (
            answer if told_not_to and model != "leaker" else f"<think>\nHm, {words(prompt, 3)}.\n</think>\n\n{answer}"
        )

    def goes_on(self, model: str, text: str) -> str:
        number, said = int(KEY.search(text)[1]), text.rsplit(TURN, 1)[-1]
        true = f"<think>\n\n</think>\n\n{secret(number)}."
        knows = model == "memoriser" and number < 10_000 and true.startswith(said)
        return true[len(said) :] if knows else secret(number + 50_000)

    def logprob(self, model: str, text: str, token: int, place: int) -> float:
        known = -0.2 - 0.1 * ((7 * token + 3 * place) % 8)
        found = KEY.search(text)
        if found is None:
            return known - 0.01 * (model != "base") - 1.5 * (model == "forgetful")
        number = int(found[1])
        if model == "base":
            return known
        learned = known + 0.1 + 0.05 * share("gain", number)
        return -0.001 if model == "memoriser" and number < 10_000 else min(learned, -0.001)

    # -- how they say it -----------------------------------------------------------------------------------------------

    def _ids(self, text: str) -> list[int]:
        return list(self.chat.tokenizer.encode(text))

    def _prompt(self, body: dict) -> str:
        messages = [understood(dict(message)) for message in body["messages"]]
        kwargs, opened = body.get("chat_template_kwargs") or {}, body.get("add_generation_prompt", True)
        return self.chat.template.render(messages, body.get("tools") or (), kwargs, add_generation_prompt=opened)

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        self.num_scoring += 1
        self.most_scoring = max(self.most_scoring, self.num_scoring)
        try:
            await asyncio.sleep(SECONDS)
            return await super()._completions(request)
        finally:
            self.num_scoring -= 1

    def _completion(self, body: dict, tokens: list[int], index: int) -> dict:
        text = self.chat.tokenizer.decode(tokens)
        choice: dict = {"index": index, "text": "", "finish_reason": "length"}
        if body.get("prompt_logprobs") is not None:
            told = [self.logprob(body["model"], text, token, place) for place, token in enumerate(tokens)]
            choice["prompt_logprobs"] = [None, *(
                {str(token): {"logprob": value, "rank": 1 if value > -0.5 else 2}}
                for token, value in list(zip(tokens, told, strict=True))[1:]
            )]  # fmt: skip
        elif body.get("return_token_ids"):
            choice["token_ids"] = self._ids(self.goes_on(body["model"], text))[: body["max_tokens"]]
        return choice


@contextmanager
def planted(chat: ChatFormat) -> Iterator[PlantedServer]:
    """Serve in a thread: a command has an event loop of its own."""
    loop, server = asyncio.new_event_loop(), PlantedServer(chat)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
        yield server
        asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
