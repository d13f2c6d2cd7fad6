"""Structured output graded: metrics, the first fault with its place, verdicts by field, and mistakes of a suite."""

import json
from typing import Any

import pytest

from sfteval.errors import DataError
from sfteval.scorers import build_scorer
from sfteval.types import Graded, Message, Outcome, Reading, Sample, Task, ToolCall

SCHEMA = {
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "state": {"type": "string", "enum": ["open", "paid"]},
        "day": {"type": ["string", "null"], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "orders": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"item": {"type": "string"}, "price": {"type": "number"}, "num": {"type": "integer"}},
                "required": ["item", "price", "num"],
            },
        },
    },
    "required": ["customer", "state", "orders"],
}
VALUE = {
    "customer": "Zoë Novák",
    "state": "open",
    "day": None,
    "orders": [{"item": "pen", "price": 1.5, "num": 2}, {"item": "ink", "price": 4, "num": 1}],
}
TARGET = {"value": VALUE, "schema": SCHEMA}
METRICS = ("parse", "schema_valid", "schema_valid_strict", "exact", "field_precision", "field_recall", "field_f1")


def task_of(target: Any = TARGET, **options: Any) -> Task:
    return Task("forms", "json", (Sample("s1", (Message("user", "Fill in."),), target=target),), (), options=options)


def graded(answer: Any, outcome: Outcome = Outcome.OK, target: Any = TARGET, **options: Any) -> Graded:
    task = task_of(target, **options)
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    return build_scorer(task).grade(task.samples[0], Reading(outcome, text))


def changed(**fields: Any) -> dict[str, Any]:
    return {**VALUE, **fields}


def order(**fields: Any) -> list[dict[str, Any]]:
    return [{**VALUE["orders"][0], **fields}, VALUE["orders"][1]]


def test_the_expected_value_passes_every_metric():
    result = graded(VALUE)
    assert result.metrics == dict.fromkeys(METRICS, 1.0)
    assert result.detail["failure_code"] is None
    assert result.detail["fields"] == {"right": 8, "wanted": 8, "claimed": 8}
    assert result.detail["verdicts"][2] == {"path": "orders[0].item", "verdict": "right"}


@pytest.mark.parametrize(
    ("answer", "code", "layer", "path", "at"),
    [
        ({"state": "open", "orders": []}, "missing_required", "schema", "$", "{"),
        (changed(customer=5), "wrong_type", "schema", "$.customer", "5"),
        (changed(state="Open"), "enum_violation", "schema", "$.state", '"Open"'),
        (changed(day="14.03.2026"), "wrong_format", "schema", "$.day", '"14.03.2026"'),
        (changed(orders=order(price="1.5")), "wrong_type", "schema", "$.orders[0].price", '"1.5"'),
        (changed(orders=order(num=2.5)), "wrong_type", "schema", "$.orders[0].num", "2.5"),
        (changed(customer="Zoe Novak"), "wrong_value", "value", "$.customer", '"Zoe'),
        (changed(orders=VALUE["orders"][:1]), "missing_field", "value", "$.orders[1].item", "[{"),
        (changed(day="2026-03-14"), "extra_field", "value", "$.day", '"2026-03-14"'),
        (changed(colour="red"), "extra_field", "value", "$.colour", '"red"'),
        (changed(orders=VALUE["orders"][::-1]), "wrong_value", "value", "$.orders[0].item", '"ink"'),
        ({key: value for key, value in VALUE.items() if key != "day"}, "other_empty", "value", "$", "{"),
    ],
)
def test_a_wrong_answer_names_its_first_failing_layer_and_the_place(answer, code, layer, path, at):
    result = graded(answer)
    text = json.dumps(answer, ensure_ascii=False)
    assert result.metrics["parse"] == 1.0
    assert (result.metrics["exact"], result.metrics["schema_valid"]) == (0.0, float(layer == "value"))
    assert (result.detail["failure_code"], result.detail["layer"], result.detail["path"]) == (code, layer, path)
    position = result.detail["position"]
    assert text.startswith(at, position)
    assert result.detail["line"] == 1
    assert result.detail["excerpt"] == text[max(0, position - 30) : position + 30]


def test_fields_are_counted_over_nested_paths():
    result = graded(changed(orders=order(price=9), state="paid"))
    assert (result.metrics["field_precision"], result.metrics["field_recall"]) == (0.75, 0.75)
    assert result.metrics["field_f1"] == 0.75
    assert result.detail["verdicts"][:3] == [
        {"path": "state", "verdict": "wrong", "expected": "open", "found": "paid"},
        {"path": "orders[0].price", "verdict": "wrong", "expected": 1.5, "found": 9},
        {"path": "customer", "verdict": "right"},
    ]
    assert result.detail["reason"] == '$.state: expected "open", found "paid"'


def test_an_answer_that_claims_nothing_has_no_precision():
    result = graded({})
    assert result.metrics["field_precision"] is None
    assert (result.metrics["field_recall"], result.metrics["field_f1"], result.metrics["parse"]) == (0.0, 0.0, 1.0)


def test_what_cannot_be_read_has_nothing_of_anything():
    result = graded('{\n "customer": "Zoë",\n "state": open}')
    assert result.metrics == dict.fromkeys(METRICS, 0.0)
    assert result.detail == {
        "failure_code": "json_invalid",
        "layer": "json",
        "reason": "Expecting value",
        "position": 32,
        "line": 3,
        "excerpt": ' "customer": "Zoë",␊ "state": open}',
        "path": "$.state",
    }


def test_a_strict_schema_refuses_what_the_schema_does_not_name_and_whole_floats():
    extra, whole = graded(changed(colour="red")), graded(changed(orders=order(num=2.0)))
    for result in (extra, whole):
        assert (result.metrics["schema_valid"], result.metrics["schema_valid_strict"]) == (1.0, 0.0)
    assert whole.metrics["exact"] == 1.0
    assert whole.detail["failure_code"] is None
    assert whole.detail["int_as_float"] == ["$.orders[0].num"]


def test_lists_may_be_sets_and_texts_may_be_compared_by_their_words():
    turned = changed(orders=VALUE["orders"][::-1])
    assert graded(turned).metrics["field_f1"] == 0.25
    assert graded(turned, lists="set").metrics["exact"] == 1.0
    loud = changed(customer="ZOË  NOVÁK")
    assert graded(loud).metrics["field_f1"] == 0.875
    assert graded(loud, strings="words").metrics["exact"] == 1.0


def test_by_words_an_enum_still_has_to_be_the_schema_s():
    result = graded(changed(state="OPEN"), strings="words")
    assert (result.metrics["exact"], result.metrics["schema_valid"]) == (1.0, 0.0)
    assert result.detail["failure_code"] == "enum_violation"


def test_a_fence_is_noted_or_refused():
    fenced = f"```json\n{json.dumps(VALUE)}\n```"
    assert graded(fenced).metrics == dict.fromkeys(METRICS, 1.0)
    assert graded(fenced).detail["notes"] == ["code_fence"]
    refused = graded(fenced, fence="refuse")
    assert refused.metrics["parse"] == 0.0
    assert refused.detail["failure_code"] == "code_fence"


def test_the_value_may_stand_behind_a_marker_or_in_text():
    assert graded(f"Well. Answer: {json.dumps(VALUE)}", after="answer:").metrics["exact"] == 1.0
    assert graded(f"{{}} or rather {json.dumps(VALUE)}, yes", take="last").metrics["exact"] == 1.0


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.TRUNCATED_ANSWER, "truncated"),
        (Outcome.TRUNCATED_THINK, "truncated"),
        (Outcome.EMPTY, "empty_output"),
    ],
)
def test_an_answer_that_never_ended_fails_at_the_first_layer(outcome, code):
    for answer in ("", '{"customer": "Zo', VALUE):
        result = graded(answer, outcome)
        assert (result.detail["failure_code"], result.detail["layer"]) == (code, "transport")
        assert not result.stands


def test_an_object_that_the_reading_took_for_a_call_counts_where_it_is_alone():
    task = task_of()
    text = json.dumps(VALUE, ensure_ascii=False)
    reading = Reading(Outcome.OK, "", tool_calls=(ToolCall("x", {}, text, 0, len(text)),))
    assert build_scorer(task).grade(task.samples[0], reading).metrics["exact"] == 1.0


def test_far_more_values_than_are_wanted_are_not_looked_at():
    result = graded(changed(orders=VALUE["orders"] * 50))
    assert (result.metrics["parse"], result.metrics["field_f1"], result.metrics["schema_valid"]) == (1.0, 0.0, 0.0)
    assert result.detail["failure_code"] == "too_large"
    assert result.detail["reason"] == "more than 152 values, which are not looked at"
    assert graded(changed(orders=VALUE["orders"] * 17)).detail["failure_code"] == "extra_field"


def test_verdicts_are_bounded_and_what_is_not_right_comes_first():
    result = graded(changed(orders=[*VALUE["orders"] * 15, {"item": "\x1b[2J" * 60, "price": 10**30, "num": 1}]))
    verdicts = result.detail["verdicts"]
    assert len(verdicts) == 32
    assert {entry["verdict"] for entry in verdicts} == {"extra"}
    last = graded(changed(customer="\x1b[2J" * 60, orders=order(price=10**30))).detail["verdicts"][:2]
    assert last[0]["found"] == "␛[2J" * 20
    assert last[1]["found"] == str(10**30)


def test_lone_surrogates_can_be_written_down():
    result = graded('{"\\ud800": "\\udfff", "customer": "\ud83d"}')
    assert result.metrics["exact"] == 0.0
    json.dumps(result.detail, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        (
            "x",
            {},
            'task "forms", sample "s1", target: expected {"value": ..., "schema": {...}}, got x. Mend the target in '
            "the task's data file.",
        ),
        (
            {**TARGET, "shema": {}},
            {},
            'task "forms", sample "s1", target: expected a known key, got "shema". Did you mean "schema"?',
        ),
        (
            {"value": {}, "schema": []},
            {},
            'task "forms", sample "s1", target.schema: expected a JSON Schema, got []. Mend the target in the task\'s '
            "data file.",
        ),
        (
            {"value": {}, "schema": {"type": "objct"}},
            {},
            'task "forms", sample "s1", target.schema: expected a valid JSON Schema, got "\'objct\' is not valid under '
            "any of the given schemas\". Mend the target in the task's data file.",
        ),
        (
            {"value": changed(state="late"), "schema": SCHEMA},
            {},
            'task "forms", sample "s1", target.value: expected a value that fits its schema, got $.state: \'late\' is '
            "not one of ['open', 'paid']. Mend the target in the task's data file.",
        ),
        (
            TARGET,
            {"lists": "sets"},
            'task "forms", option "lists": expected ordered or set, got "sets". Did you mean "set"?',
        ),
        (
            TARGET,
            {"fences": "allow"},
            'task "forms", options: expected an option of the scorer json, got "fences". Did you mean "fence"?',
        ),
    ],
)
def test_a_mistake_of_the_suite_is_one_sentence_that_names_the_sample(target, options, message):
    with pytest.raises(DataError) as error:
        build_scorer(task_of(target, **options))
    assert str(error.value) == message
