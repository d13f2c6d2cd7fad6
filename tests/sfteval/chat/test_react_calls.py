"""Tool calls in ReAct text: actions, their input, and what is wrong with the turn."""

import pytest

from sfteval.chat.dialects.react import MAX_LABELS, attempts, final_answer, openings, turn_faults
from sfteval.types import ToolCall

GOOD = 'Thought: I add.\nAction: add\nAction Input: {"a": 1}'


def calls_in(text: str) -> list[ToolCall]:
    return attempts(text, 0, len(text))


def codes(text: str) -> list[str | None]:
    return [call.fault.code if call.fault else None for call in calls_in(text)]


def of_turn(text: str) -> list[str]:
    return [fault.code for fault in turn_faults(text, 0, len(text))]


def test_an_action_and_its_input_are_a_call():
    (call,) = calls_in(GOOD)
    assert (call.name, call.arguments, call.fault, call.as_text) == ("add", {"a": 1}, None, False)
    assert call.raw == GOOD[GOOD.index("Action:") :]
    assert openings(GOOD, 0, len(GOOD)) == [call.start]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Action: add", ["missing_action_input"]),
        ("Action: add\nObservation: 3", ["missing_action_input"]),
        ("Action: add\nAction Input: a=1", ["action_input_not_json"]),
        ("Action: add\nAction Input:", ["action_input_not_json"]),
        ('Action: add\nAction Input: {"a": 1', ["json_invalid"]),
        ('Action: add\nAction Input: {"a": NaN}', ["nonstandard_json"]),
        ('Action: add\nAction Input: {"a": 1} now', ["json_trailing_data"]),
        ("Action: add\nAction Input: [1]", ["args_not_object"]),
        ("Action: add\nAction Input: ```json {} ```", ["code_fence"]),
        ("Action: add\nto it\nAction Input: {}", ["wrong_envelope_shape"]),
        ("Action: \nAction Input: {}", ["wrong_envelope_shape"]),
        ("Action: a\nAction Input: {}\nAction: b\nAction Input: {}", [None, "two_actions_one_turn"]),
        ("Final Answer: 3", []),
        ("The Action: add is within a line", []),
        ("", []),
    ],
)
def test_each_way_to_break_an_action_has_its_own_code(text: str, found: list[str | None]):
    assert codes(text) == found


def test_what_trips_an_agent_loop_is_a_fault_of_the_turn():
    assert of_turn(GOOD) == []
    assert of_turn(f"{GOOD}\nObservation: 3") == ["hallucinated_observation"]
    assert of_turn(f"{GOOD}\nFinal Answer: 3") == ["final_and_action_together"]
    assert of_turn("Thought: hm") == ["no_final"]
    assert of_turn("plain text") == []


def test_positions_are_those_of_the_whole_text():
    before = "<think>x</think>"
    text = f"{before}{GOOD}\nObservation: 3"
    (call,) = attempts(text, len(before), len(text))
    assert text[call.start :].startswith("Action: add")
    (fault,) = turn_faults(text, len(before), len(text))
    assert text[fault.position :] == "Observation: 3"


def test_the_last_final_answer_counts():
    text = "Final Answer: 3\nFinal Answer: 4 \n"
    assert final_answer(text, 0, len(text)) == "4"
    assert final_answer(GOOD, 0, len(GOOD)) is None


def test_more_sections_than_any_answer_holds_are_one_fault():
    assert codes("Action: a\n" * (MAX_LABELS + 5))[-1] == "too_many_calls"
    assert len(codes("Action: a\n" * (MAX_LABELS + 5))) == MAX_LABELS + 1
