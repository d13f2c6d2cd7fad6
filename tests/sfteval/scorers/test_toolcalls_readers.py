"""Three readers side by side, arguments written as texts, and turns that no agent loop can act upon.

Run: pytest tests/sfteval/scorers.
"""

from dataclasses import replace

from sfteval.types import Fault, ToolCall
from tests.sfteval.scorers.calls import WANT, broken, call, grade, metrics


def test_three_readers_stand_side_by_side():
    good, same = call("add_numbers", a=1, b=2), {"name": "add_numbers", "arguments": {"b": 2.0, "a": 1}}
    assert grade(WANT, good, server=(same,)).metrics["server_agrees"] == 1.0
    assert grade(WANT, good, server=()).metrics["server_agrees"] == 0.0
    assert grade(WANT, good, server=(same, same)).metrics["server_agrees"] == 0.0
    assert grade(WANT, server=()).metrics["server_agrees"] is None
    assert grade(WANT, broken(), server=(same,)).metrics["server_agrees"] == 0.0
    repaired = replace(broken(), lenient={"name": "add_numbers", "arguments": {"a": 1, "b": 2}})
    graded = grade(WANT, repaired)
    assert (graded.metrics["lenient_agrees"], graded.metrics["exact"], graded.detail["repairable"]) == (0.0, 0.0, True)


def test_arguments_that_were_written_as_texts_are_typed_by_the_schema():
    def text(**given: str) -> ToolCall:
        return replace(call("add_numbers", **given), as_text=True)

    assert metrics(WANT, text(a="1", b="2.0")) == (1.0, 1.0, 1.0)
    assert grade(WANT, text(a="one", b="2")).detail["failure_code"] == "wrong_type"


def test_a_turn_on_which_no_loop_could_act_fails_though_its_calls_are_right():
    invented = Fault("hallucinated_observation", "trajectory", "the model wrote it", 30)
    graded = grade(WANT, call("add_numbers", a=1, b=2), faults=(invented,))
    assert [graded.metrics[name] for name in ("exact", "ast", "bfcl_compat", "schema_valid")] == [0, 0, 1, 1]
    assert (graded.detail["failure_code"], graded.detail["layer"]) == ("hallucinated_observation", "trajectory")
    assert (graded.detail["position"], graded.detail["turn_faults"]) == (30, ["hallucinated_observation"])


def test_what_is_wrong_with_the_turn_comes_after_what_is_wrong_with_its_calls():
    invented = Fault("hallucinated_observation", "trajectory", "the model wrote it", 30)
    detail = grade(WANT, call("add_numbers", a=1, b=3), faults=(invented,)).detail
    assert (detail["failure_code"], detail["turn_faults"]) == ("wrong_value", ["hallucinated_observation"])
    assert grade(WANT, faults=(invented,)).detail["failure_code"] == "no_call_when_needed"
