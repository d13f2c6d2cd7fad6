"""The samples as the page's browser gets them: short harmless text, told apart by what changed."""

from dataclasses import replace
from typing import Any

import pytest

from sfteval.report.html.browser import browser_data
from sfteval.types import Comparison, ContaminatedTask, Outcome, Pair, Preference
from tests.sfteval.report.example import (
    agent_pair,
    comparison,
    judged_pair,
    metric,
    pair,
)


def row(one: Pair, **changes: Any) -> dict[str, Any]:
    (found,) = browser_data(comparison([one], **changes))["rows"]
    return dict(found)


def test_everything_that_a_judge_said_stands_with_its_sample() -> None:
    found = row(judged_pair())
    assert found["disagree"] is True
    assert [words[:3] for words in found["judge"]] == [
        ["small-judge", "A first", "A"],
        ["small-judge", "B first", "B"],
        ["small-judge", "A by itself", "clarity 3"],
        ["small-judge", "B by itself", "clarity 5"],
    ]
    assert found["judge"][0][3] == "The first letter names a date, the second does not."


@pytest.mark.parametrize(
    ("winner", "expected"), [("baseline", "preferred_a"), ("candidate", "preferred_b"), ("tie", "tie")]
)
def test_where_the_metric_tells_nothing_apart_the_judge_does(winner: Any, expected: str) -> None:
    told = Preference("l1", "small-judge", winner)
    assert row(replace(judged_pair(), judged=(told,), graded=()))["state"] == expected


def test_a_judge_without_a_verdict_and_one_against_the_metric_change_no_state() -> None:
    silent, against = Preference("l1", "small-judge", None), Preference("l1", "small-judge", "candidate")
    assert row(replace(judged_pair(), judged=(silent,), graded=()))["state"] == "both_right"
    assert row(replace(pair(scores=(1.0, 0.0)), judged=(against,)))["state"] == "regressed"


def test_a_prompt_that_was_trained_on_is_marked() -> None:
    told = ContaminatedTask("reasoning", 2, ("r1",), (), (metric(),), (), ())
    world: Comparison = comparison([pair(id="r1"), pair(id="r2")], contaminated=(told,))
    assert [one.get("contaminated") for one in browser_data(world)["rows"]] == [True, None]


def test_an_agents_conversation_is_told_turn_by_turn() -> None:
    found = row(agent_pair())
    assert found["a"]["turns"] == [
        {"says": "I look it up.", "acts": [{"name": "find_boat", "seen": '{"leaves": "noon"}'}]},
        {"says": "It leaves at noon."},
    ]
    assert found["b"]["turns"][0]["acts"] == [{"name": "find_boat", "seen": "no such boat", "error": True}]


@pytest.mark.parametrize("record", [None, 3, {"turns": 3}, {"turns": [3, {"actions": "x", "faults": {"a": 1}}]}])
def test_a_record_of_another_shape_is_left_out(record: Any) -> None:
    made = pair()
    odd = replace(made, baseline_reading=replace(made.baseline_reading, recorded={"trajectory": record}))
    assert row(odd)["a"].get("turns", [{}]) == [{}]


def test_a_cut_answer_keeps_its_outcome_for_the_filter() -> None:
    found = row(pair(outcomes=(Outcome.OK, Outcome.TRUNCATED_THINK)))
    assert (found["a"]["outcome"], found["b"]["outcome"]) == ("ok", "truncated_think")
