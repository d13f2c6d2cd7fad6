"""ReAct turns from raw text to `scores/<task>.jsonl`: each way in which one breaks has its code and its layer."""

from pathlib import Path

import pytest

from tests.sfteval.call_toys import NO_CALL, TARGET, scored

THOUGHT = "Thought: I should look at the pier.\n"
ACTION = "Action: look\n"
INPUT = 'Action Input: {"place": "pier"}\n'
OBSERVED = "Observation: Two boats and a gull.\n"
FINAL = "Final Answer: Two boats."


def line_of(folder: Path, text: str, target: dict = TARGET) -> dict:
    """Return the line of one answer, read as ReAct."""
    (line,) = scored(folder, text, target=target, dialect="react")
    return line


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (THOUGHT + ACTION + INPUT, TARGET),
        (ACTION + INPUT.strip(), TARGET),
        (f'{THOUGHT}Action: look\nAction Input: {{\n  "place": "pier"\n}}\n', TARGET),
        ("Thought: I know that.\n" + FINAL, NO_CALL),
    ],
)
def test_a_turn_that_a_loop_can_act_upon_passes(tmp_path: Path, text: str, target: dict):
    line = line_of(tmp_path, text, target)
    assert (line["metrics"]["exact"], line["metrics"]["ast"], line["detail"]["failure_code"]) == (1.0, 1.0, None)


BROKEN = {
    "missing_action_input": (THOUGHT + ACTION, TARGET, "envelope", "Action: look"),
    "action_input_not_json": (THOUGHT + ACTION + "Action Input: the pier\n", TARGET, "json", "the pier"),
    "two_actions_one_turn": (THOUGHT + ACTION + INPUT + ACTION + INPUT, TARGET, "envelope", None),
    "final_and_action_together": (THOUGHT + ACTION + INPUT + FINAL, TARGET, "trajectory", "Final Answer"),
    "hallucinated_observation": (THOUGHT + ACTION + INPUT + OBSERVED, TARGET, "trajectory", "Observation"),
    "no_final": (THOUGHT, NO_CALL, "trajectory", "Thought"),
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_turn_fails_with_its_code_its_layer_and_its_place(tmp_path: Path, code: str):
    text, target, layer, sign = BROKEN[code]
    line = line_of(tmp_path, text, target)
    assert (line["detail"]["failure_code"], line["detail"]["layer"]) == (code, layer)
    assert (line["metrics"]["exact"], line["metrics"]["ast"]) == (0.0, 0.0)
    place = line["detail"]["position"]
    if code == "missing_action_input":  # the input is missed behind the action
        assert place == len(text)
    elif sign is None:
        assert place == text.rindex("Action:")
    else:
        assert text.startswith(sign, place)


def test_what_is_wrong_with_a_turn_leaves_the_call_s_own_validity_alone(tmp_path: Path):
    metrics = line_of(tmp_path, THOUGHT + ACTION + INPUT + OBSERVED + FINAL)["metrics"]
    assert [metrics[name] for name in ("exact", "bfcl_compat", "schema_valid", "parse")] == [0.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ('{"place": "pier"', "json_invalid"),
        ("{'place': 'pier'}", "nonstandard_json"),
        ('{"place": "pier", "place": "quay"}', "duplicate_key"),
        ('{"place": "pier"} and so on', "json_trailing_data"),
        ('```json\n{"place": "pier"}\n```', "code_fence"),
        ('["pier"]', "args_not_object"),
        ('{"spot": "pier"}', "missing_required"),
        ('{"place": 5}', "wrong_type"),
        ('{"place": "quay"}', "wrong_value"),
    ],
)
def test_the_input_is_strict_json_that_fits_the_tool(tmp_path: Path, given: str, code: str):
    detail = line_of(tmp_path, f"{THOUGHT}{ACTION}Action Input: {given}\n")["detail"]
    assert (detail["failure_code"], detail["dialect"]) == (code, "react")


def test_an_answer_where_a_call_was_needed_is_no_call_and_an_unneeded_action_is_one(tmp_path: Path):
    assert line_of(tmp_path / "a", "Thought: Easy.\n" + FINAL)["detail"]["failure_code"] == "no_call_when_needed"
    needless = line_of(tmp_path / "b", THOUGHT + ACTION + INPUT, NO_CALL)["detail"]
    assert (needless["failure_code"], needless["layer"]) == ("call_when_none_needed", "decision")
