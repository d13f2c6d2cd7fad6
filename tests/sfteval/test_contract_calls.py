"""How a side's calls came about and are read: a server that helps is marked, a guessed dialect is said."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from sfteval.backends.endpoint.capabilities import Capabilities
from sfteval.backends.endpoint.questions import question
from sfteval.backends.endpoint.wire import chat_body
from sfteval.chat.reading import read
from sfteval.chat.tokenizer import Tokenizer
from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.contract import decoder, dialect_row, help_with_calls, said_of_calls
from sfteval.errors import ConfigurationError
from sfteval.generate import requests_of
from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints, run_checkpoint
from sfteval.progress import silent_progress
from sfteval.provenance import run_key, run_path, run_settings
from sfteval.store import RunFolder
from sfteval.types import Checkpoint, Generation, Message, Sample, Task
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.toys import toy_checkpoint

TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
STRICT = {"type": "function", "function": {**TOOL["function"], "strict": True}}
SERVED = Checkpoint("http://127.0.0.1:9/v1#m", "endpoint", "m", url="http://127.0.0.1:9/v1", model="m")
FORCED = replace(SERVED, tool_choice="required")


def task(*tools: dict, name: str = "calls", **options: str) -> Task:
    sample = Sample("s", (Message("user", "Look."),), tools, {"calls": []}, content_hash="c")
    return Task(name, "toolcalls", (sample,), ("exact",), options=options)


# -- a server that helps -----------------------------------------------------------------------------------------------


def test_a_required_call_and_a_strict_tool_are_a_server_s_help():
    assert help_with_calls(SERVED, [task(TOOL)]) == []
    assert help_with_calls(FORCED, [task(TOOL)]) == ["tool_choice=required"]
    assert help_with_calls(SERVED, [task(TOOL), task(TOOL, STRICT)]) == ["strict tools"]
    here = Checkpoint("c", "directory", "c", path=Path("c"))
    assert help_with_calls(here, [task(STRICT)]) == []


def test_help_is_said_where_tools_are_offered():
    settings = {"help_with_calls": ["tool_choice=required"], "dialect": "hermes"}
    said = "the server was asked to help with calls (tool_choice=required): what is measured is the server too"
    assert said_of_calls(settings, [task(TOOL)]) == [said]
    assert said_of_calls(settings, [task()]) == []
    assert said_of_calls({"dialect": "hermes"}, [task(TOOL)]) == []


def test_one_side_s_setting_reaches_the_request_and_makes_another_run_and_another_question():
    forced = with_overrides(SERVED, {"tool_choice": "required", "temperature": 0.5})
    assert (forced.tool_choice, forced.template_kwargs) == ("required", {})
    (plain,), (asked,) = (requests_of(task(TOOL), side, 0) for side in (SERVED, forced))
    can = Capabilities(tools="auto")
    assert [chat_body(request, "m", can)["tool_choice"] for request in (plain, asked)] == ["auto", "required"]
    (only_forced,) = requests_of(task(TOOL), FORCED, 0)
    assert question(only_forced, "u", "m") != question(plain, "u", "m")
    assert run_key(FORCED) != run_key(SERVED) == run_key(with_overrides(SERVED, {"tool_choice": "auto"}))
    assert run_settings(FORCED, [task(TOOL)], seed=0, limit=None)["help_with_calls"] == ["tool_choice=required"]


@pytest.mark.parametrize("choice", ["none", "must", 1])
def test_a_choice_that_no_run_has_is_refused(choice):
    with pytest.raises(ConfigurationError, match="tool_choice: expected auto or required, got"):
        with_overrides(SERVED, {"tool_choice": choice})


def test_a_choice_for_a_checkpoint_that_is_asked_here_is_refused(tmp_path):
    here = resolve_checkpoint(str(toy_checkpoint(tmp_path / "c")))
    with pytest.raises(ConfigurationError) as error:
        with_overrides(here, {"tool_choice": "required"})
    assert 'expected an endpoint, for here no call is forced, got "required". Leave it away.' in str(error.value)
    assert with_overrides(here, {"tool_choice": "auto"}) == here


def test_a_side_with_forced_calls_is_marked_in_the_comparison_and_in_its_stored_run(tmp_path):
    row = {"id": "s", "prompt": "Look.", "tools": [TOOL], "target": {"calls": [{"name": "look", "arguments": {}}]}}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    header = '[suite]\nname = "s"\n[[task]]\nname = "t"\n'
    (tmp_path / "suite.toml").write_text(f'{header}scorer = "toolcalls"\ndata = "rows.jsonl"\ngating = ["exact"]\n')
    said = '<tool_call>{"name": "look", "arguments": {}}</tool_call>'

    async def compared():
        async with ScriptedServer(Script(say=lambda body: said)) as server:
            side, plan = f"{server.url}#toy", RunPlan((str(tmp_path),), tmp_path / "runs")
            both = ComparePlan(side, side, plan, candidate_set={"tool_choice": "required"})
            first = await compare_checkpoints(both, silent_progress())
            stored = run_path(first.candidate, tmp_path / "runs")
            again = await run_checkpoint(f"run:{stored}", plan, {}, silent_progress())
            return server, first, again

    server, first, again = asyncio.run(compared())
    assert sorted(body["tool_choice"] for body in server.questions) == ["auto", "required"]
    marked = [warning for warning in first.warnings if "asked to help with calls (tool_choice=required)" in warning]
    assert [warning.partition(":")[0] for warning in marked] == [first.candidate.name]
    assert first.baseline_settings["help_with_calls"] == []
    assert again.settings["help_with_calls"] == ["tool_choice=required"]


# -- the dialect -------------------------------------------------------------------------------------------------------


def test_a_guessed_dialect_is_said_with_the_tasks_that_it_reads():
    tasks = [task(TOOL, name="a"), task(TOOL, name="told", dialect="react"), task(name="toolless")]
    assert said_of_calls({"dialect": None}, tasks) == [
        "nothing tells in which dialect it writes calls: it is guessed for each answer of a"
    ]
    assert said_of_calls({"dialect": "hermes"}, tasks) == said_of_calls({}, tasks[1:]) == []


def test_the_contract_table_names_both_dialects():
    (row,) = dialect_row({"dialect": "hermes"}, {"dialect": "mistral"}, [task(TOOL)])
    assert row == {"what": "tool calls", "baseline": "hermes", "candidate": "mistral", "same": False}
    (row,) = dialect_row({"dialect": "hermes"}, {"dialect": None}, [task(TOOL)])
    assert (row["candidate"], row["same"]) == ("guessed for each answer", None)
    assert dialect_row({"dialect": "hermes"}, {}, [task()]) == []


# -- token ids as text -------------------------------------------------------------------------------------------------


def test_a_folder_s_token_ids_become_text_with_their_special_tokens(tmp_path):
    folder = toy_checkpoint(tmp_path / "c")
    decode = decoder(resolve_checkpoint(str(folder)))
    assert decode is not None
    ids = Tokenizer.from_folder(folder).encode("<tool_call>{}</tool_call><|im_end|>")
    assert decode(ids) == "<tool_call>{}</tool_call><|im_end|>"
    assert decode((-1,)) == ""


def test_a_fault_is_placed_in_the_checkpoint_s_own_tokens(tmp_path):
    folder = toy_checkpoint(tmp_path / "c")
    text = '<tool_call>\n{"name": "look", "arguments": {"place": pier}}\n</tool_call>'
    ids = Tokenizer.from_folder(folder).encode(f"{text}<|im_end|>")
    decode = decoder(resolve_checkpoint(str(folder)))
    assert decode is not None
    answer = Generation("t", "s", 0, "q", text, "stop", token_ids=ids)
    (call,) = read(answer, "hermes", decode=decode).tool_calls
    assert call.fault is not None
    assert call.fault.token is not None
    assert decode(ids[: call.fault.token]) == text[: text.index("pier")]


def test_a_stored_run_uses_the_tokenizer_of_the_folder_that_was_asked_while_it_is_there(tmp_path):
    folder = toy_checkpoint(tmp_path / "c")
    with RunFolder(tmp_path / "run") as run:
        run.write_manifest({"checkpoint": {"kind": "directory", "argument": str(folder)}, "settings": {}})
    stored = Checkpoint(f"run:{tmp_path / 'run'}", "run", "c", path=tmp_path / "run")
    decode = decoder(stored)
    assert decode is not None
    assert decode(()) == ""
    (folder / "tokenizer.json").unlink()
    assert decoder(stored) is None


@pytest.mark.parametrize("asked", [{"kind": "endpoint", "argument": "."}, {"kind": "directory"}, [], None])
def test_a_run_of_something_else_tells_no_tokens(tmp_path, asked):
    (tmp_path / "run.json").write_text(json.dumps({"checkpoint": asked, "settings": {}}))
    assert decoder(Checkpoint("run:r", "run", "r", path=tmp_path)) is None


def test_what_has_no_tokenizer_here_tells_no_tokens(tmp_path):
    assert decoder(SERVED) is None
    assert decoder(Checkpoint("responses:r", "responses", "r", path=tmp_path)) is None
    (tmp_path / "tokenizer.json").write_text("{}")
    decode = decoder(Checkpoint("c", "directory", "c", path=tmp_path))
    assert decode is not None
    assert decode((1, 2)) == ""
