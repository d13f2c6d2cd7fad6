"""The scorer of conversations: what an item must hold, and what is made of a trajectory."""

from dataclasses import replace

import pytest

from sfteval.errors import DataError
from sfteval.scorers import build_scorer
from sfteval.scorers.agent import Agent
from sfteval.scorers.episodes import Limits, limits_of
from sfteval.types import Action, AgentTurn, Fault, Message, Outcome, Reading, Sample, Task, Trajectory

TOOL = {"type": "function", "function": {"name": "write", "parameters": {"type": "object"}}}
ITEM = {
    "metadata": {"services": ["notes"], "state": {"notes": {"files": {}}}},
    "target": {"state": {"notes": {"files": {"a": "b"}}}, "answers": [["7", ["x", "y"]]]},
}


def item(metadata=None, target=None, **fields):
    sample = Sample(
        "s",
        (Message("user", "Go."),),
        (TOOL,),
        {**ITEM["target"], **(target or {})},
        {**ITEM["metadata"], **(metadata or {})},
    )
    return replace(sample, **fields)


def task_of(sample, **options):
    return Task("t", "agent", (sample,), ("success",), options=options)


def turn(answer="", actions=(), faults=(), *, is_final=True, state="0", user_turn=0):
    return AgentTurn("q", user_turn, answer, "stop", False, Outcome.OK, answer, actions, faults, is_final, state)


def action(name="write", arguments=None, state="1", faults=(), **fields):
    made = Action(name, arguments or {}, 0, 1, faults, "{}", False, False, state)
    return replace(made, **fields)


def graded(sample, *turns, state=None, end="final"):
    held = {"notes": {"files": {"a": "b"}}} if state is None else state
    trajectory = Trajectory("s", 0, None, (), turns, held, end)
    assert Trajectory.from_dict(trajectory.as_dict()) == trajectory
    reading = Reading(Outcome.OK, "", recorded={"trajectory": trajectory.as_dict()})
    return build_scorer(task_of(sample)).grade(sample, reading)


def test_state_and_answer_are_measured_apart():
    assert graded(item(), turn("7 and y")).metrics["success"] == 1.0
    assert graded(item(), turn("7")).metrics["answer_match"] == 0.0
    assert graded(item(), turn("7 and y"), state={"notes": {"files": {}}}).metrics["state_match"] == 0.0


def test_what_is_not_asked_is_no_zero():
    only_state = item(target={"answers": []})
    assert graded(only_state, turn("")).metrics["answer_match"] is None
    assert graded(only_state, turn("")).metrics["success"] == 1.0
    only_answer = item(target={"state": None})
    assert graded(only_answer, turn("7, x")).metrics["state_match"] is None
    assert graded(only_answer, turn("7, x")).metrics["success"] == 1.0


def test_a_conversation_without_its_end_fails_and_still_tells_whether_the_state_was_reached():
    found = graded(item(), turn("7 x", is_final=False), end="max_turns")
    assert (found.metrics["state_match"], found.metrics["success"]) == (0.0, 0.0)
    assert (found.detail["state_reached"], found.detail["failure_code"]) == (True, "forced_stop")
    assert [one["failure_code"] for one in found.detail["mishaps"]] == ["forced_stop", "response_missing"]
    told = graded(item(), turn("7 x"), turn("", is_final=False, user_turn=1), end="max_turns")
    assert (told.metrics["answer_match"], told.metrics["success"]) == (0.0, 0.0)


def test_what_went_wrong_first_is_told_and_within_a_turn_the_lowest_layer():
    high = Fault("hallucinated_observation", "trajectory", "m")
    low, later = Fault("json_invalid", "json", "m", 5), Fault("unclosed_tag", "envelope", "m")
    turns = (turn(faults=(high,), actions=(action(faults=(low,)),)), turn(actions=(action(faults=(later,)),)))
    detail = graded(item(), *turns, state={"notes": {"files": {}}}).detail
    assert (detail["failure_code"], detail["layer"], detail["first_error_turn"], detail["position"]) == (
        "json_invalid", "json", 1, 5
    )  # fmt: skip
    assert [(one["turn"], one["failure_code"]) for one in detail["mishaps"]] == [
        (1, "json_invalid"), (1, "hallucinated_observation"), (1, "state_mismatch"), (2, "unclosed_tag"),
        (2, "response_missing"),
    ]  # fmt: skip


def test_recovery_is_the_success_of_who_met_the_error():
    hurt = turn(actions=(action(is_injected=True, is_error=True),), is_final=False)
    assert graded(item(), hurt, turn("7 x")).metrics["recovered"] == 1.0
    assert graded(item(), hurt, turn("no")).metrics["recovered"] == 0.0
    assert graded(item(), turn("7 x")).metrics["recovered"] is None


def test_a_single_answer_is_no_conversation():
    sample = item()
    with pytest.raises(DataError) as error:
        build_scorer(task_of(sample)).grade(sample, Reading(Outcome.OK, "7 x"))
    assert "expected a conversation with tools, got a single answer" in str(error.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"target": {"state": None, "answers": [[]]}}, "a state or answers"),
        ({"target": {"state": {"bank": {}}}}, "target.state: expected an object with the keys notes"),
        ({"target": {"answers": ["7"]}}, "target.answers: expected a list with a list of texts"),
        ({"target": {"answers": [[[]]]}}, "at least one alternative"),
        ({"target": {"answers": [["1"], ["2"]]}}, "at most 1 entries"),
        ({"target": {"actions": [[{"name": "write"}]]}}, "target.actions: expected calls"),
        ({"metadata": {"services": "notes"}}, "metadata.services: expected a list of texts"),
        ({"metadata": {"state": {}}}, "metadata.state: expected an object with the keys notes"),
        ({"metadata": {"user": [""]}}, "metadata.user: expected a list of texts"),
        ({"metadata": {"fail": {"call": 0, "error": "x"}}}, "metadata.fail: expected"),
        ({"tools": ()}, "tools: expected at least one tool"),
        ({"messages": (Message("assistant", "Hi."),)}, "messages: expected the user's words at the end"),
    ],
)
def test_an_item_of_another_form_is_refused_with_its_place(changes, told):
    with pytest.raises(DataError) as error:
        build_scorer(task_of(item(**changes)))
    assert 'task "t", sample "s", ' in str(error.value)
    assert told in str(error.value)


def test_limits_are_options_with_bounds():
    assert limits_of(task_of(item())) == Limits(12, 24, 3, 1)
    assert limits_of(task_of(item(), max_turns=3, second_chances=0)) == Limits(3, 24, 3, 0)
    for options in ({"max_turns": 0}, {"max_calls": 100}, {"max_repeats": True}, {"max_turn": 3}, {"dialect": 1}):
        with pytest.raises(DataError):
            limits_of(task_of(item(), **options))


def test_the_metrics_are_those_that_are_promised():
    assert tuple(graded(item(), turn("7 x")).metrics) == Agent.metrics
