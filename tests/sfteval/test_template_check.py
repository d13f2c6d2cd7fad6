"""`sfteval template check`: what it prints, and how it ends."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web
from click.testing import CliRunner

from sfteval.chat import ChatFormat, ChatTemplate
from sfteval.cli import cli
from sfteval.errors import TemplateError
from sfteval.types import Message
from tests.sfteval.backends.scripted_server import Script, ScriptedServer, refusal
from tests.toys import CHATML, toy_checkpoint

PROBES = 18


class TemplatedServer(ScriptedServer):
    """Tells prompts by a chat format, as a server does that was started with these files."""

    def __init__(self, chat: ChatFormat) -> None:
        super().__init__(Script(models=("think",), token_ids=False, prompt_logprobs=""))
        self.chat = chat

    async def _tokenize(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        try:
            tokens = self.chat.tokenizer.encode(body["prompt"]) if "prompt" in body else self.rendered(body)
        except TemplateError as error:
            return refusal(400, error.got)
        return web.json_response({"tokens": list(tokens), "count": len(tokens)})

    def rendered(self, body: dict) -> tuple[int, ...]:
        messages = [understood(message) for message in body["messages"]]
        text = self.chat.template.render(
            messages,
            body.get("tools", ()),
            body["chat_template_kwargs"],
            add_generation_prompt=body["add_generation_prompt"],
        )
        return self.chat.tokenizer.encode(text)


def understood(row: dict) -> Message:
    """Read a message of the wire as vLLM does: arguments of calls as objects."""
    calls = [
        {**call, "function": {**call["function"], "arguments": json.loads(call["function"]["arguments"])}}
        for call in row.pop("tool_calls", ())
    ]
    row.pop("reasoning", None)
    return Message(**{**row, "content": row.get("content") or ""}, tool_calls=tuple(calls))


@contextmanager
def serving(chat: ChatFormat) -> Iterator[str]:
    """Serve in a thread, because the command has an event loop of its own."""
    loop, server = asyncio.new_event_loop(), TemplatedServer(chat)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
        yield f"{server.url}#think"
        asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = toy_checkpoint(tmp_path / "think")
    template = ChatTemplate.from_folder(made)
    contract = {"template": template.source, "special_tokens": dict(template.special_tokens)}
    (made / "sft_run.json").write_text(json.dumps({"template_sha256": template.sha256, "contract": contract}))
    return made


def checked(*words):
    return CliRunner().invoke(cli, ["template", "check", *map(str, words)], prog_name="sfteval")


def served_with(folder, template):
    other = toy_checkpoint(folder.parent / "other", template=template)
    return serving(ChatFormat.from_folder(other))


def test_a_checkpoint_as_it_was_trained_holds(folder):
    result = checked(folder)
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "the chat template, against what it was trained with"
    assert lines[1:3] == ["  ok       plain", "  ok       system"]
    assert lines[PROBES + 1 :] == ["  -> holds"]


def test_drift_is_shown_once_for_each_kind_and_ends_with_12(folder):
    (folder / "chat_template.jinja").write_text(CHATML.replace("# Tools", "# Functions"))
    result = checked(folder)
    assert result.exit_code == 12
    lines = result.output.splitlines()
    place = lines.index("  differs  tool definitions           tools block, from token 10 on")
    assert lines[place + 1] == '                after     "<|im_start|>system\\n# "'
    assert lines[place + 2].startswith('                expected  "Tools\\n{\\"type\\": ')
    assert lines[place + 3].startswith('                got       "Functions\\n{\\"type\\": ')
    assert lines[place + 4] == "  differs  tools and system           tools block, from token 41 on"
    assert lines[-1] == "  -> drift: 7 of 18 differ"
    assert sum(line.startswith("                expected") for line in lines) == 1


def test_a_server_with_the_same_files_holds(folder):
    with served_with(folder, CHATML) as url:
        result = checked(folder, "--endpoint", url)
    assert result.exit_code == 0, result.output
    place = result.output.splitlines().index(f"{url}, against what it was trained with")
    assert result.output.splitlines()[place + 1 :] == [*result.output.splitlines()[1 : PROBES + 1], "  -> holds"]


def test_a_server_that_prints_arguments_its_own_way_drifts(folder):
    with served_with(
        folder, CHATML.replace("function.arguments | tojson", "function.arguments | tojson(indent=1)")
    ) as url:
        result = checked(folder, "--endpoint", url, "--json")
    assert result.exit_code == 12, result.output
    ours, theirs = json.loads(result.output)["checks"]
    assert (ours["drifted"], theirs["drifted"], theirs["verified"]) == (False, True, True)
    kinds = {row["probe"]: row["difference"]["kind"] for row in theirs["probes"] if row["state"] == "differs"}
    assert kinds == dict.fromkeys(
        ["call", "tool result", "think before a call", "parallel calls", "unicode arguments"], "arguments"
    )


def test_a_server_without_that_route_is_unverified_and_no_drift(folder, monkeypatch):
    monkeypatch.setattr(TemplatedServer, "_tokenize", TemplatedServer._models)
    with served_with(folder, CHATML) as url:
        result = checked(folder, "--endpoint", url)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "  -> unverified: it cannot be told"


def test_a_server_that_does_not_answer_ends_with_13(folder):
    result = checked(folder, "--endpoint", "http://127.0.0.1:9/v1#think")
    assert result.exit_code == 13
    assert result.stderr.startswith("Error: http://127.0.0.1:9/v1: expected a server that answers")


def test_settings_go_along(folder):
    with served_with(folder, CHATML.replace("enable_thinking is not defined or ", "true or ")) as url:
        without, off = (
            checked(folder, "--endpoint", url, "--json", *words) for words in ((), ("--set", "enable_thinking=false"))
        )
    differ = [
        [row["probe"] for row in json.loads(result.output)["checks"][1]["probes"] if row["state"] == "differs"]
        for result in (without, off)
    ]
    assert differ[0] == ["enable_thinking = false"]
    assert len(differ[1]) == 14  # every prompt that ends with a generation prompt but "enable_thinking = true"


def test_a_checkpoint_without_a_record_is_told_what_to_do(folder):
    (folder / "sft_run.json").unlink()
    result = checked(folder)
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "no training record in this checkpoint: its own files are its contract"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("http://127.0.0.1:9/v1#m",), "expected a checkpoint directory, an adapter or hf:ORG/NAME"),
        (("think", "--endpoint", "other"), "--endpoint: expected http://HOST:PORT/v1#MODEL"),
        (("think", "--set", "no_such=1"), 'expected a sampling key or a variable of its chat template, got "no_such"'),
        (("think", "--set", "x"), '--set: expected key=value, got "x"'),
    ],
)
def test_a_mistake_is_one_sentence(folder, monkeypatch, words, said):
    monkeypatch.chdir(folder.parent)
    toy_checkpoint(folder.parent / "other")
    result = checked(*words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_hostile_template_moves_nothing_on_the_terminal(folder):
    (folder / "chat_template.jinja").write_text("{{ '\x1b]0;title\x07\u202e\x1b[2J' }}" + CHATML)
    result = checked(folder)
    assert result.exit_code == 12
    assert not {"\x1b", "\x07", "\u202e"} & set(result.output)
    assert '"\\u001b]0;title\\u0007' in result.output
