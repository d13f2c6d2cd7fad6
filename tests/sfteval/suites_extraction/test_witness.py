"""Every prompt has an answer that passes, none has one for nothing, and each mistake fails with its own code."""

import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.chat.dialects import DIALECTS
from sfteval.chat.reading import read
from sfteval.scorers import build_scorer
from sfteval.suites import load_suite
from sfteval.suites.extraction import STEMS
from sfteval.types import Generation, Graded, Message, Outcome, Reading, Sample, Task
from tests.sfteval.suites_extraction.mutants import SCHEMA_CODES, broken, empty, mutants, values, written

SCHEMAS = {stem.kind: stem.schema for stem in STEMS}


@cache
def shipped():
    (task,) = load_suite("extraction").tasks
    return task, build_scorer(task)


def graded(sample: Sample, text: str) -> Graded:
    return shipped()[1].grade(sample, Reading(Outcome.OK, text))


def test_every_right_answer_passes_everything():
    for sample in shipped()[0].samples:
        for text in (written(sample.target["value"]), json.dumps(sample.target["value"], indent=2)):
            result = graded(sample, text)
            assert set(result.metrics.values()) == {1.0}, sample.id
            assert result.detail["failure_code"] is None


def one_of_each_stem() -> list[Sample]:
    return list({sample.cluster: sample for sample in shipped()[0].samples}.values())


def test_lists_may_come_in_any_order():
    for sample in one_of_each_stem():
        value = sample.target["value"]
        turned = {key: entry[::-1] if isinstance(entry, list) else entry for key, entry in value.items()}
        assert graded(sample, written(turned)).metrics["exact"] == 1.0


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_no_reading_takes_a_record_for_a_tool_call(dialect):
    for sample in one_of_each_stem():
        text = f"<think>\nHm.\n</think>\n\n{json.dumps(sample.target['value'], indent=2)}<|im_end|>"
        reading = read(Generation("extraction", sample.id, 0, "q", text, "stop"), dialect)
        assert shipped()[1].grade(sample, reading).metrics["exact"] == 1.0


def test_no_lazy_answer_gets_anything():
    for sample in one_of_each_stem():
        text = sample.prompt.split("<text>\n")[1].split("\n</text>")[0]
        for lazy in ("{}", "null", "[]", "true", written(sample.target["schema"]), written({"text": text})):
            metrics = graded(sample, lazy).metrics
            assert {metrics[name] for name in ("field_f1", "exact", "schema_valid")} == {0.0}, (sample.id, lazy)
        for lazy in (text, sample.prompt, "I do not know."):
            assert graded(sample, lazy).metrics["parse"] == 0.0


def test_a_record_in_which_nothing_is_filled_in_gets_little():
    task, _ = shipped()
    scores = [graded(sample, written(empty(sample.target["schema"]))).metrics for sample in task.samples]
    assert {metrics["schema_valid"] for metrics in scores} == {1.0}
    assert {metrics["exact"] for metrics in scores} == {0.0}
    assert sum(metrics["field_f1"] for metrics in scores) / len(scores) < 0.1


def check_mutants(sample: Sample) -> int:
    value, schema = sample.target["value"], sample.target["schema"]
    num = 0
    for codes, changed in mutants(value, schema):
        result = graded(sample, written(changed))
        assert result.detail["failure_code"] in codes, (sample.id, changed)
        assert result.metrics["exact"] == 0.0
        assert result.metrics["schema_valid"] == float(result.detail["layer"] == "value")
        assert result.metrics["field_f1"] < 1.0 or codes & SCHEMA_CODES
        assert result.detail["position"] >= 0
        num += 1
    return num


def test_each_mistake_in_a_value_fails_with_its_own_code():
    firsts = {sample.metadata["kind"]: sample for sample in shipped()[0].samples}
    assert len(firsts) == 16
    assert sum(map(check_mutants, firsts.values())) > 500


@pytest.mark.slow
def test_each_mistake_in_any_value_fails_with_its_own_code():
    assert sum(map(check_mutants, shipped()[0].samples)) > 5_000


def test_each_mistake_in_the_json_fails_with_its_own_code():
    for sample in one_of_each_stem():
        for code, text in broken(written(sample.target["value"])):
            result = graded(sample, text)
            assert result.detail["failure_code"] == code, (sample.id, text)
            assert set(result.metrics.values()) == {0.0}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(SCHEMAS)), st.data())
def test_whatever_fits_a_schema_passes_and_a_mistake_in_it_fails(kind, data):
    value = data.draw(values(SCHEMAS[kind]))
    target = {"value": value, "schema": SCHEMAS[kind]}
    task = Task("t", "json", (Sample("s", (Message("user", "?"),), target=target),), (), options={"lists": "set"})
    scorer = build_scorer(task)
    right = scorer.grade(task.samples[0], Reading(Outcome.OK, written(value))).metrics
    assert [right[name] for name in ("parse", "schema_valid", "schema_valid_strict", "exact", "field_f1")] == [1.0] * 5
    codes, changed = data.draw(st.sampled_from(list(mutants(value, SCHEMAS[kind]))))
    wrong = scorer.grade(task.samples[0], Reading(Outcome.OK, written(changed)))
    assert wrong.metrics["exact"] == 0.0
    assert wrong.detail["failure_code"] in {*codes, "other_empty"}
