"""An OpenAI-compatible server that answers from a script, with every fault a server can have; in process or as a child.

In process:  `async with ScriptedServer(Script(fault=first_try("500"))) as server: ... server.url, server.questions`
As a child:  `python -m tests.sfteval.backends.scripted_server --port 0 --fault 500@7 --log FILE`; it prints its port.

Its tokenizer is UTF-8: a token is a byte, or a tag of a thought, so ids and texts can be checked by eye. A chat
request with the words of a probe is no question: it meets no fault and is counted apart.
"""

import argparse
import asyncio
import hashlib
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.sfteval.backends.server_faults import Body, Fault, broken_response, fault_of, no_fault, question_of, refusal

THINK_TAGS = {"<think>": 299, "</think>": 300}
PROBE = "Reply with the word yes."

STANDARD = {"model", "messages", "prompt", "max_tokens", "max_completion_tokens", "temperature", "top_p", "n", "seed",
            "stop", "tools", "tool_choice", "presence_penalty", "frequency_penalty", "echo", "logprobs",
            "add_generation_prompt"}  # fmt: skip
EXTENSIONS = {"seed": int, "top_k": int, "min_p": float, "repetition_penalty": float, "return_token_ids": bool,
              "skip_special_tokens": bool, "chat_template_kwargs": dict, "prompt_logprobs": int,
              "add_special_tokens": bool}  # fmt: skip


def answer_of(body: Body) -> str:
    """Say something that belongs to this very question and to no other."""
    asked = json.dumps([body["messages"], body.get("seed"), body.get("max_tokens")], sort_keys=True)
    return f"Answer: {int(hashlib.sha256(asked.encode()).hexdigest()[:6], 16)}"


def prompt_text(body: Body) -> str:
    """Render a conversation by the toy template: `<system>...`, one turn a line, kwargs and tools in front."""
    front = [json.dumps(body[key], sort_keys=True) for key in ("tools", "chat_template_kwargs") if body.get(key)]
    turns = [f"<{turn['role']}>{turn.get('content') or ''}" for turn in body["messages"]]
    return "\n".join([*front, *turns, *(["<assistant>"] if body.get("add_generation_prompt", True) else [])])


def logprob_of(token: int, position: int) -> float:
    return -(1 + (token + position) % 8) / 4


@dataclass
class Script:
    """What the server can and how it behaves."""

    say: Callable[[Body], str | Body] = answer_of  # a text, or the whole `message`
    fault: Fault = no_fault  # of questions
    probe_fault: Fault = no_fault  # of probes
    stop_reason: str | int | None = None
    models_status: int = 200  # of /models
    least_tokens: int = 0  # a request for fewer is refused
    refused_values: Body = field(default_factory=dict)  # {field: value} that is answered with 400
    tools_in_prompt: bool = True
    false_tokens: bool = False  # /tokenize tells other ids than are used
    models: tuple[str, ...] = ("toy",)
    owned_by: str = "scripted"
    key: str | None = None  # None: any key, or none, is taken
    token_ids: bool = True
    answer_ids: bool = True  # where there are token ids at all: not only the prompt's
    tokenize: str = "/tokenize"  # its route; "": there is none
    detokenize: bool = True  # there is the way back as well
    prompt_logprobs: str = "vllm"  # or "echo" (the old OpenAI form), or "": none
    tools: str = "auto"  # or "none" (only unparsed), or "": refused
    refused_words: str = ""  # a conversation with these words is refused; "": none is
    refused: tuple[str, ...] = ()  # fields that are answered with 400
    unknown: str = "ignored"  # or "refused"
    read: tuple[str, ...] = tuple(EXTENSIONS)  # the extensions that it knows; the others are unknown to it
    thinks: bool = True  # `<think>` and `</think>` are tokens of their own; else a token is a byte
    opens_thought: bool = False  # the generation prompt ends with `<think>` and a line's end
    max_model_len: int | None = 4096
    retry_after: str | None = None
    delay_seconds: float = 0.0
    capacity: int = 0  # served at once, the others wait; 0: no limit
    limit: int = 0  # taken at once, the others get 429; 0: no limit
    die_after: int = 0  # questions after which the process exits at once; 0: never
    log: str = ""  # a file of lines {"event": "asked" | "answered", "question", "number"}


@dataclass
class Seen:
    """What came in."""

    questions: list[Body] = field(default_factory=list)  # the chat requests that are no probes
    probes: list[Body] = field(default_factory=list)
    completions: list[Body] = field(default_factory=list)
    tokenized: list[Body] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    most_in_flight: int = 0


class ScriptedServer:
    """A server on a loopback port."""

    def __init__(self, script: Script | None = None, port: int = 0) -> None:
        self.script, self.port, self.seen = script or Script(), port, Seen()
        self.in_flight = 0
        self.slots = asyncio.Semaphore(self.script.capacity) if self.script.capacity else None
        self.log = os.open(self.script.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if self.script.log else None

    async def __aenter__(self) -> "ScriptedServer":
        app = web.Application(client_max_size=1 << 30)
        app.router.add_get("/v1/models", self._guarded(self._models))
        app.router.add_post("/v1/chat/completions", self._guarded(self._chat))
        app.router.add_post("/v1/completions", self._guarded(self._completions))
        if self.script.tokenize:
            app.router.add_post(self.script.tokenize, self._guarded(self._tokenize))
        if self.script.tokenize and self.script.detokenize:
            app.router.add_post(f"/de{self.script.tokenize.removeprefix('/')}", self._guarded(self._detokenize))
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", self.port, backlog=4096)
        await site.start()
        assert site._server is not None
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.runner.cleanup()
        if self.log is not None:
            os.close(self.log)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def questions(self) -> list[Body]:
        return self.seen.questions

    def _guarded(self, handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self.seen.headers.append(dict(request.headers))
            if self.script.key and request.headers.get("Authorization") != f"Bearer {self.script.key}":
                return refusal(401, f"Incorrect API key provided: {request.headers.get('Authorization')}")
            return await handle(request)

        return guarded

    # -- routes ----------------------------------------------------------------------------------------------------

    async def _models(self, request: web.Request) -> web.StreamResponse:
        if self.script.models_status != 200:
            return refusal(self.script.models_status, "no list of models")
        length = {"max_model_len": self.script.max_model_len} if self.script.max_model_len else {}
        rows = [{"id": name, "owned_by": self.script.owned_by, **length} for name in self.script.models]
        return web.json_response({"object": "list", "data": rows})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        if body["messages"][0]["content"] == PROBE:
            self.seen.probes.append(body)
            name = self.script.probe_fault(body, len(self.seen.probes))
            if name is not None:
                return await self._broken(request, body, name)
            return self._refusal(body) or web.json_response(self._answer(body))
        self.seen.questions.append(body)
        return await self._question(request, body, len(self.seen.questions))

    async def _question(self, request: web.Request, body: Body, number: int) -> web.StreamResponse:
        self._note("asked", body, number)
        self.in_flight += 1
        self.seen.most_in_flight = max(self.seen.most_in_flight, self.in_flight)
        try:
            if self.script.limit and self.in_flight > self.script.limit:
                return self._status(429)
            name = self.script.fault(body, number)
            if self.slots is None:
                await asyncio.sleep(self.script.delay_seconds)
            else:
                async with self.slots:
                    await asyncio.sleep(self.script.delay_seconds)
            if name is not None:
                return await self._broken(request, body, name)
            response = self._refusal(body) or web.json_response(self._answer(body))
            self._note("answered", body, number)
            return response
        finally:
            self.in_flight -= 1
            if self.script.die_after and number >= self.script.die_after:
                os._exit(9)

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.seen.completions.append(body)
        refused = self._refusal(body)
        if refused is not None:
            return refused
        is_probe = body["prompt"] == [[1, 2, 3]]
        name = (self.script.probe_fault if is_probe else self.script.fault)(body, len(self.seen.completions))
        if name is not None:
            return await self._broken(request, body, name)
        prompts = body["prompt"] if isinstance(body["prompt"][0], list) else [body["prompt"]]
        choices = [self._completion(body, tokens, index) for index, tokens in enumerate(prompts)]
        # Which choice belongs to which prompt is told by its index, not by its place.
        return web.json_response({"object": "text_completion", "choices": choices[::-1], "usage": {}})

    async def _tokenize(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.seen.tokenized.append(body)
        refused = self._refusal(body)
        if refused is not None:
            return refused
        tokens = self._ids(self._prompt(body) if "messages" in body else body["prompt"])
        tokens = tokens[1:] if self.script.false_tokens else tokens
        return web.json_response({"tokens": tokens, "count": len(tokens), "max_model_len": self.script.max_model_len})

    async def _detokenize(self, request: web.Request) -> web.StreamResponse:
        tags = {token: tag for tag, token in THINK_TAGS.items()}
        tokens = json.loads(await request.read())["tokens"]
        text = b"".join(tags[token].encode() if token in tags else bytes([token]) for token in tokens).decode()
        return web.json_response({"prompt": text})

    # -- answers ---------------------------------------------------------------------------------------------------

    def _answer(self, body: Body) -> Body:
        said = self.script.say(body)
        message = {"role": "assistant", "content": said} if isinstance(said, str) else {"role": "assistant", **said}
        text = message.get("content") or ""
        choice: Body = {"index": 0, "message": message, "finish_reason": "stop", "stop_reason": self.script.stop_reason}
        shown = body if self.script.tools_in_prompt else {**body, "tools": None}
        prompt = self._ids(self._prompt(shown))
        answer: Body = {"object": "chat.completion", "model": body["model"], "choices": [choice]}
        answer["usage"] = {"prompt_tokens": len(prompt), "completion_tokens": len(self._ids(text))}
        if self.script.token_ids and body.get("return_token_ids"):
            choice["token_ids"] = self._ids(text) if self.script.answer_ids else None
            answer["prompt_token_ids"] = prompt
        return answer

    def _prompt(self, body: Body) -> str:
        return prompt_text(body) + ("<think>\n" if self.script.opens_thought else "")

    def _ids(self, text: str) -> list[int]:
        if not self.script.thinks:
            return list(text.encode())
        parts = re.split("(</?think>)", text)
        return [token for part in parts for token in ([THINK_TAGS[part]] if part in THINK_TAGS else part.encode())]

    def _completion(self, body: Body, tokens: list[int], index: int) -> Body:
        choice: Body = {"index": index, "text": "x", "finish_reason": "length"}
        values = [None, *(logprob_of(token, place) for place, token in enumerate(tokens) if place)]
        if self.script.prompt_logprobs == "vllm" and body.get("prompt_logprobs") is not None:
            choice["prompt_logprobs"] = [
                None if value is None else {str(token): {"logprob": value, "rank": 1, "decoded_token": chr(token)}}
                for token, value in zip(tokens, values, strict=True)
            ]
        if self.script.prompt_logprobs == "echo" and body.get("echo"):
            choice["logprobs"] = {"tokens": [chr(t) for t in [*tokens, 120]], "token_logprobs": [*values, -0.5]}
        return choice

    def _refusal(self, body: Body) -> web.StreamResponse | None:
        script = self.script
        if body.get("model") not in script.models:
            return refusal(404, f"The model `{body.get('model')}` does not exist.")
        for name, value in body.items():
            known = name in STANDARD or name in script.read
            if name in script.refused_values and script.refused_values[name] == value:
                return refusal(400, f"'{name}' must not be {value}")
            if name in script.refused or (not known and script.unknown == "refused"):
                return refusal(400, f"Unsupported parameter: '{name}' is not supported with this model.")
            kind = EXTENSIONS.get(name) if known else None
            if kind is not None and not isinstance(value, (int, float) if kind is float else kind):
                return refusal(400, f"'{name}' should be {kind.__name__}")
        if body.get("tools") and (not script.tools or (script.tools == "none" and body["tool_choice"] != "none")):
            return refusal(400, '"auto" tool choice requires a tool call parser')
        if (
            "messages" in body
            and body.get("max_tokens", body.get("max_completion_tokens", 1 << 30)) < script.least_tokens
        ):
            return refusal(400, "Could not finish the message because the output limit was reached.")
        words = script.refused_words
        if words and any(words in str(turn.get("content")) for turn in body.get("messages", ())):
            return refusal(400, "roles must alternate")
        longest = script.max_model_len
        if "messages" in body and longest and len(prompt_text(body).encode()) > longest:
            return refusal(400, f"This model's maximum context length is {longest} tokens.")
        return None

    # -- faults ----------------------------------------------------------------------------------------------------

    async def _broken(self, request: web.Request, body: Body, name: str) -> web.StreamResponse:
        if name.isdigit():
            return self._status(int(name))
        answer = self._answer(body) if "messages" in body else {"choices": [self._completion(body, [1, 2], 0)]}
        return await broken_response(request, name, answer)

    def _status(self, status: int) -> web.Response:
        headers = {"Retry-After": self.script.retry_after} if self.script.retry_after is not None else {}
        headers |= {"Location": "/v1/chat/completions"} if status in (307, 308) else {}
        return web.json_response({"error": {"message": f"scripted {status}"}}, status=status, headers=headers)

    def _note(self, event: str, body: Body, number: int) -> None:
        if self.log is not None:
            row = {"event": event, "question": question_of(body), "number": number}
            os.write(self.log, json.dumps(row).encode() + b"\n")


# -- as a child process ------------------------------------------------------------------------------------------------


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--model", action="append")
    parser.add_argument("--key")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--capacity", type=int, default=0)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--die-after", type=int, default=0)
    parser.add_argument("--no-token-ids", action="store_true")
    parser.add_argument("--retry-after")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME@EVERY")
    parser.add_argument("--log", default="")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with whoever holds our stdin")
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    script = Script(
        fault=fault_of(options.fault),
        models=tuple(options.model or ["toy"]),
        key=options.key,
        token_ids=not options.no_token_ids,
        retry_after=options.retry_after,
        delay_seconds=options.delay,
        capacity=options.capacity,
        limit=options.limit,
        die_after=options.die_after,
        log=options.log,
    )
    ended = asyncio.Event()
    async with ScriptedServer(script, options.port) as server:
        print(server.port, flush=True)
        if options.until_stdin_closes:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(parsed()))
