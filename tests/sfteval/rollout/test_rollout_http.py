"""Conversations with a served model: what goes over the wire, and that a run which broke off asks nothing twice."""

import asyncio
import json

import pytest

from sfteval.asking import AskingPolicy
from sfteval.pipeline import RunPlan, run_checkpoint
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from sfteval.suites.agent.write import rows
from sfteval.suites.made import lines
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.rollout.actors import hermes

TOML = """\
[suite]
name = "small"
version = "1.0.0"
license = "Apache-2.0"
about = "Three tasks."
[[task]]
name = "small"
scorer = "agent"
data = "small.jsonl"
metrics = ["success", "recovered"]
sampling = { temperature = 0.0, max_tokens = 200 }
"""
CHOSEN = [rows("agent")[place] for place in (0, 1, 4)]  # move an event; with an error; ask, then cancel
SOLUTIONS = {row["messages"][1]["content"]: row["target"] for row in CHOSEN}
NUM_TURNS = 3 + 4 + 4


def solve(body):
    """Carry out the solution of whichever task is asked, and try again what failed."""
    turns = body["messages"]
    users = [place for place, turn in enumerate(turns) if turn["role"] == "user"]
    target = SOLUTIONS.get(turns[users[0]]["content"])
    if target is None:
        return "yes"  # a probe
    results = [turn["content"] for turn in turns[users[-1] :] if turn["role"] == "tool"]
    left = target["actions"][len(users) - 1][sum("in time" not in result for result in results) :]
    if left:
        return hermes(left[0]["name"], **left[0]["arguments"])
    return "; ".join(target.get("answers", [["done"]])[len(users) - 1]) or "done"


def asked(folder, fault=None):
    """Return the run, and what the server was asked."""

    async def ask():
        script = Script(say=solve) if fault is None else Script(say=solve, fault=fault)
        async with ScriptedServer(script, port=port(folder)) as server:
            plan = RunPlan((str(folder / "suite"),), folder / "runs", policy=AskingPolicy(backoff_seconds=0.001))
            return await run_checkpoint(f"{server.url}#toy", plan, {}, silent_progress()), server.questions

    return asyncio.run(ask())


def port(folder):
    """Return the same free port for all servers of one test: another address is another question."""
    kept = folder / "port"
    if not kept.exists():
        import socket

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            kept.write_text(str(free.getsockname()[1]))
    return int(kept.read_text())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "suite.toml").write_text(TOML)
    (tmp_path / "suite" / "small.jsonl").write_text(lines(CHOSEN))
    return tmp_path


def test_a_served_agent_that_solves_everything_scores_one(folder):
    run, questions = asked(folder)
    assert [score.metrics["success"] for score in run.tasks[0].scores] == [1.0, 1.0, 1.0]
    assert [score.metrics["recovered"] for score in run.tasks[0].scores] == [None, 1.0, None]
    assert len(questions) == NUM_TURNS
    last = max(questions, key=lambda body: len(body["messages"]))
    calls = [turn for turn in last["messages"] if turn["role"] == "assistant" and "tool_calls" in turn]
    results = [turn for turn in last["messages"] if turn["role"] == "tool"]
    assert [turn["tool_call_id"] for turn in results] == [turn["tool_calls"][0]["id"] for turn in calls]
    assert all(isinstance(json.loads(turn["tool_calls"][0]["function"]["arguments"]), dict) for turn in calls)
    assert last["tools"][0]["function"]["name"] == "calendar_day"


def test_what_a_broken_server_did_not_answer_is_asked_again_and_nothing_else(folder):
    def after_a_tool(body, number):
        return "500" if any(turn["role"] == "tool" for turn in body["messages"]) else None

    run, _ = asked(folder, after_a_tool)
    assert {str(score.outcome) for score in run.tasks[0].scores} == {"error"}
    assert {trajectory.end for trajectory in RunFolder(run.folder).trajectories("small")} == {"error"}
    run, questions = asked(folder)
    assert [score.metrics["success"] for score in run.tasks[0].scores] == [1.0, 1.0, 1.0]
    assert len(questions) == NUM_TURNS - 3
    _, questions = asked(folder)
    assert questions == []


def test_a_conversation_that_grew_too_long_for_the_server_is_the_agents_failure_and_no_missing_data(folder):
    def too_long(body, number):
        return "400" if sum(turn["role"] == "tool" for turn in body["messages"]) > 1 else None

    run, _ = asked(folder, too_long)
    assert {trajectory.end for trajectory in RunFolder(run.folder).trajectories("small")} == {"refused"}
    scores = list(run.tasks[0].scores)
    assert [(str(score.outcome), score.metrics["success"]) for score in scores] == [("ok", 0.0)] * 3
    assert {score.detail["failure_code"] for score in scores} == {"forced_stop"}
    plan = RunPlan((str(folder / "suite"),), folder / "elsewhere")
    again = asyncio.run(run_checkpoint(f"run:{run.folder}", plan, {}, silent_progress()))
    assert list(again.tasks[0].scores) == scores
    copied, kept = (RunFolder(one.folder).trajectories("small") for one in (again, run))
    assert list(copied) == list(kept)


def test_a_server_that_refuses_the_first_turn_leaves_data_missing(folder):
    run, _ = asked(folder, lambda body, number: "400")
    assert {str(score.outcome) for score in run.tasks[0].scores} == {"error"}
