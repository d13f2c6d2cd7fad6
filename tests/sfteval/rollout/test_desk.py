"""The desk: a call reaches a tool only as it must be, and nothing that a tool does reaches further than its return."""

import json

import pytest

from sfteval.agents import Service, ServiceTool
from sfteval.agents.service import record, whole
from sfteval.rollout.desk import MAX_OBSERVATION, MAX_STATE, desk_of, plain
from sfteval.types import Message, Sample, ToolCall

STATE = {"box": {"n": 0}}


def adding(state, arguments):
    return {"n": state["n"] + arguments["by"]}, {"n": state["n"] + arguments["by"]}


def desk(monkeypatch, run=adding, by=None):
    """Return the desk of one tool, `add`, that takes a whole number from 1 to 9."""
    tool = ServiceTool("add", "Add.", record({"by": by or whole("How much", 1, 9)}), run)
    service = Service("box", "A box.", (tool,), {"type": "object"})
    monkeypatch.setattr("sfteval.rollout.desk.service_named", lambda name, where: service)
    shown = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}  # says less
    return desk_of(Sample("s", (Message("user", "Go."),), (shown,)), ["box"], STATE, "here")


def call(name="add", **arguments):
    return ToolCall(name, plain(arguments), "", 0, 1)


def test_a_call_changes_the_state_by_what_the_tool_returns(monkeypatch):
    served = desk(monkeypatch).serve(call(by=3), STATE)
    assert (served.state, served.observation, served.is_error, served.faults) == (
        {"box": {"n": 3}},
        '{"n": 3}',
        False,
        (),
    )
    assert STATE == {"box": {"n": 0}}


@pytest.mark.parametrize("arguments", [{}, {"by": 10}, {"by": "3"}, {"by": 3, "more": 1}, {"by": True}])
def test_the_tools_own_schema_decides_however_the_item_words_it(monkeypatch, arguments):
    served = desk(monkeypatch, run=lambda state, given: pytest.fail("called")).serve(call(**arguments), STATE)
    assert served.is_error
    assert json.loads(served.observation)["error"].startswith("add was not called: $")
    assert served.faults


def test_a_whole_number_that_is_written_as_a_float_is_whole(monkeypatch):
    assert desk(monkeypatch).serve(call(by=3.0), STATE).observation == '{"n": 3}'


def test_a_tool_that_changes_what_it_was_given_changes_nothing(monkeypatch):
    def spoiling(state, arguments):
        state["n"], arguments["by"] = 99, 99
        return {"n": 1}, "ok"

    asked = call(by=3)
    assert desk(monkeypatch, spoiling).serve(asked, STATE).state == {"box": {"n": 1}}
    assert (STATE, asked.arguments) == ({"box": {"n": 0}}, {"by": 3})


def test_a_text_is_shown_as_it_is(monkeypatch):
    assert desk(monkeypatch, lambda state, given: (state, "done")).serve(call(by=3), STATE).observation == "done"


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (({"n": "x" * MAX_STATE}, "ok"), "There is no room left for this."),
        (({"n": 0}, "x" * (MAX_OBSERVATION + 1)), "The result is too long to be shown."),
        (({"n": {1, 2}}, "ok"), "add failed: TypeError."),
        (({"n": 0}, float("nan")), "add failed: ValueError."),
        (None, "add failed: TypeError."),
    ],
)
def test_what_a_tool_must_not_return_is_an_error_observation(monkeypatch, returned, told):
    served = desk(monkeypatch, lambda state, given: returned).serve(call(by=3), STATE)
    assert (json.loads(served.observation), served.is_error, served.faults) == ({"error": told}, True, ())
    assert served.state == STATE


def test_a_service_that_says_no_is_an_error_with_the_state_as_it_was(monkeypatch):
    served = desk(monkeypatch, lambda state, given: (state, {"error": "No."})).serve(call(by=3), STATE)
    assert (served.is_error, served.faults, served.state) == (True, (), STATE)
