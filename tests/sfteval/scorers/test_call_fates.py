"""What `detail` keeps of tool calls: the fate of each expected call, the place in the call, calls in thought."""

import json
from typing import Any

import pytest

from sfteval.types import Task
from tests.sfteval.calling import BRACKET, CUT, PROSE, RIGHT, ROOM, ULM, UNCLOSED, asking, call, run_calling

ASKED = asking([("weather", ULM)])
BOTH = asking([("weather", ULM), ("book", ROOM)])


def detail(text: str, of: Task = ASKED) -> Any:
    return run_calling(of, [text]).tasks[0].scores[0].detail


def fates(text: str, of: Task = ASKED) -> Any:
    return detail(text, of).get("expected_calls")


def test_a_right_answer_keeps_nothing_that_the_target_does_not_say():
    assert detail(RIGHT) == {"failure_code": None, "layer": None, "num_calls": 1, "dialect": "hermes"}


@pytest.mark.parametrize(
    ("text", "fate"),
    [
        (PROSE, {"layer": "decision"}),
        (CUT, {"layer": "transport"}),
        (UNCLOSED, {"layer": "envelope"}),
        (BRACKET, {"layer": "json"}),
        (call("wether"), {"layer": "name"}),
        (call("book", ROOM), {"layer": "name"}),
        (call(arguments=ULM | {"days": "two"}), {"layer": "schema", "wrong": ["days"]}),
        (call(arguments=ULM | {"more": 1}), {"layer": "schema", "wrong": []}),
        (call(arguments={"city": "Bonn", "days": 2}), {"layer": "value", "wrong": ["city", "unit"]}),
    ],
)
def test_a_failed_call_keeps_its_layer_and_the_names_of_wrong_arguments(text: str, fate: dict):
    assert fates(text) == [fate]


def test_an_expected_call_takes_the_attempt_that_fits_then_one_of_its_name_then_any():
    assert fates(call("book", ROOM) + RIGHT + PROSE, BOTH) is None
    assert fates(call("book", ROOM), BOTH) == [{"layer": "decision"}, {"layer": None}]
    wrong = call("book", ROOM | {"quiet": False})
    assert fates(wrong + BRACKET, BOTH) == [{"layer": "json"}, {"layer": "value", "wrong": ["quiet"]}]
    assert fates(wrong + call("fly"), BOTH)[0] == {"layer": "name"}


def test_where_no_call_is_expected_no_fate_is_kept():
    assert "expected_calls" not in detail(RIGHT, asking([]))


def test_a_cut_answer_meets_none_of_its_calls():
    assert fates(RIGHT + CUT) is not None
    assert fates(CUT, BOTH) == [{"layer": "transport"}] * 2


def test_fates_are_kept_of_the_first_sixteen_expected_calls():
    assert len(fates(PROSE, asking([("weather", ULM)] * 20))) == 16


def test_the_place_in_a_call_is_the_character_the_length_and_the_depth():
    place = detail(BRACKET)["place_in_call"]
    assert place == {"at": BRACKET.index("\n</tool_call>") + 1, "of": len(BRACKET), "depth": 1}
    second = detail(RIGHT + BRACKET)["place_in_call"]
    assert second == place
    deep = '<tool_call>\n{"name": "weather", "arguments": {"a": [1, {"b.c": [tru]}]}}\n</tool_call>'
    assert detail(deep)["place_in_call"] == {"at": deep.index("tru"), "of": len(deep), "depth": 5}


def test_a_failure_that_is_no_place_in_a_call_has_none():
    assert "place_in_call" not in detail(call("wether"))
    assert "place_in_call" not in detail(PROSE)


def test_a_call_within_the_thought_is_counted_whether_or_not_the_answer_passes():
    assert detail(f"<think>{RIGHT}{RIGHT}</think>{RIGHT}")["call_in_think"] == 2
    assert "call_in_think" not in detail(RIGHT)


def test_the_detail_stays_small_whatever_was_said():
    huge = call("x" * 100_000, {f"k{i}": "v" * 1_000 for i in range(500)}) * 40
    assert len(json.dumps(detail(huge, BOTH))) < 4_000
    assert len(json.dumps(detail('<tool_call>\n{"' + "a[." * 300_000, BOTH))) < 4_000
