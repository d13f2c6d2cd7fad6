"""`python -m vllm.entrypoints.openai.api_server`: a server with vLLM's routes, and the faults that FAKE_VLLM asks for.

FAKE_VLLM names a folder. `lives.json` there is a list with one object a life, the last one for all that follow:
`{"starts_in": 0.1, "dies": "text", "code": 1, "dies_after": 3, "killed_after": 3, "stubborn": true, "children": 2,
"says": "at the end", "front": "in front of every prompt", "strict": true}`.
The fake writes down what it was started with, the ids of its processes, and every question. Its tokens are those of the
checkpoint; the text that it answers belongs to the prompt alone.
"""

import argparse
import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PROBE = "Reply with the word yes."
CHILD = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"


def main() -> None:
    home = Path(os.environ["FAKE_VLLM"])
    parser = argparse.ArgumentParser()
    for name in ("--model", "--served-model-name", "--host", "--port", "--chat-template", "--tokenizer"):
        parser.add_argument(name)
    parser.add_argument("--lora-modules", nargs="*", default=[])
    options, _ = parser.parse_known_args()
    number = len((home / "starts").read_text().splitlines()) if (home / "starts").exists() else 0
    append(home / "starts", {"argv": sys.argv[1:], "environment": dict(os.environ)})
    lives = json.loads((home / "lives.json").read_text())
    live(home, options, lives[min(number, len(lives) - 1)])


def live(home: Path, options: argparse.Namespace, life: dict[str, Any]) -> None:
    append(home / "pids", os.getpid())
    if life.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for place in range(life.get("children", 0)):
        # One stays in the session, one leaves it, and one leaves it with nothing in its environment.
        child = subprocess.Popen([sys.executable, "-I", "-S", "-c", CHILD], start_new_session=place % 3 > 0,
                                 env={} if place % 3 == 2 else None)  # fmt: skip
        append(home / "pids", child.pid)
    print(f"INFO 01-01 00:00:00 [fake.py:1] the key is {os.environ['VLLM_API_KEY']}", flush=True)
    time.sleep(life.get("starts_in", 0))
    if "dies" in life:
        print(life["dies"], flush=True)
        os._exit(life.get("code", 1))
    asyncio.run(serve(home, options, life))


async def serve(home: Path, options: argparse.Namespace, life: dict[str, Any]) -> None:
    from aiohttp import web

    chat = chat_of(options, life.get("front", ""))
    names = [options.served_model_name, *(json.loads(module)["name"] for module in options.lora_modules)]
    num_asked = 0

    async def health(request: web.Request) -> web.Response:
        return web.Response()

    async def models(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {os.environ['VLLM_API_KEY']}":
            return web.json_response({"error": "Unauthorized"}, status=401)
        return web.json_response({"data": [{"id": name, "max_model_len": 4096} for name in names]})

    async def answer(request: web.Request) -> web.Response:
        nonlocal num_asked
        body = await request.json()
        if "?" in body.values():  # no field of a chat request may be this: vLLM checks their types
            return web.json_response({"error": {"message": "a field of the wrong type"}}, status=400)
        if body["messages"][0]["content"] != PROBE:
            num_asked += 1
            append(home / "questions", body)
        if num_asked > life.get("dies_after", num_asked):
            print(life.get("says", "RuntimeError: the engine is gone"), flush=True)
            os._exit(1)
        if num_asked > life.get("killed_after", num_asked):
            os.kill(os.getpid(), signal.SIGKILL)
        return web.json_response(answered(chat, body))

    async def tokenize(request: web.Request) -> web.Response:
        body = await request.json()
        if life.get("strict") and "tools" in (body.get("chat_template_kwargs") or {}):
            return web.json_response({"error": {"message": "tools given twice"}}, status=400)
        if "prompt" in body:
            return web.json_response({"tokens": list(chat.tokenizer.encode(body["prompt"]))})
        return web.json_response({"tokens": list(prompt_of(chat, body).token_ids)})

    app = web.Application()
    app.add_routes([web.get("/health", health), web.get("/v1/models", models),
                    web.post("/v1/chat/completions", answer), web.post("/tokenize", tokenize)])  # fmt: skip
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, options.host, int(options.port)).start()
    print("INFO 01-01 00:00:01 [fake.py:2] Application startup complete.", flush=True)
    await asyncio.Event().wait()


def chat_of(options: argparse.Namespace, front: str) -> Any:
    from dataclasses import replace

    from sfteval.chat import ChatFormat

    chat = ChatFormat.from_folder(Path(options.tokenizer or options.model))
    own = Path(options.chat_template).read_text(encoding="utf-8") if options.chat_template else chat.template.source
    return replace(chat, template=replace(chat.template, source=front + own))


def prompt_of(chat: Any, body: dict[str, Any]) -> Any:
    from sfteval.types import Message

    messages = [Message(turn["role"], turn.get("content") or "") for turn in body["messages"]]
    kwargs = dict(body.get("chat_template_kwargs") or {})
    typed = [{**tool, "function": {"description": None, **tool["function"]}} for tool in body.get("tools") or ()]
    return chat.prompt(messages, kwargs.pop("tools", typed), kwargs)


def answered(chat: Any, body: dict[str, Any]) -> dict[str, Any]:
    prompt = prompt_of(chat, body)
    said = f"<think>\nhm\n</think>\n\n{body['model']} {hashlib.sha256(prompt.text.encode()).hexdigest()[:6]}"
    ids = [*chat.tokenizer.encode(said), *body.get("stop_token_ids", chat.stop_token_ids)[:1]]
    cut = ids[: body["max_tokens"]] if "max_tokens" in body else ids
    ended = len(cut) == len(ids)
    choice = {
        "message": {"role": "assistant", "content": said},
        "finish_reason": "stop" if ended else "length",
        "stop_reason": ids[-1] if ended else None,
        "token_ids": cut,
    }
    usage = {"prompt_tokens": len(prompt.token_ids), "completion_tokens": len(cut)}
    return {"choices": [choice], "prompt_token_ids": list(prompt.token_ids), "usage": usage}


def append(path: Path, row: Any) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
