"""Whose rules a task is read by: metrics and gating metrics change places, and nothing else does."""

from dataclasses import replace

import pytest

from sfteval.errors import ConfigurationError
from sfteval.scorers.rules import by_reference, by_rules, scoring_settings
from sfteval.types import Message, Sample, Suite, Task

SAMPLE = Sample("k1", (Message("user", "No commas."),), target={"instructions": [{"id": "punctuation:no_comma"}]})
TASK = Task("rules", "constraints", (SAMPLE,), ("prompt_strict", "instruction_loose"), gating=("prompt_strict",))
SUMS = Task("sums", "exact", (Sample("q1", (), target="4"),), ("accuracy",), gating=("accuracy",))


def suite(*tasks):
    return Suite("s", "1", "CC0-1.0", "toys", tasks)


def test_our_rules_leave_the_suites_as_they_are():
    assert by_rules((suite(TASK, SUMS),), "fixed") == (suite(TASK, SUMS),)


def test_published_metrics_take_the_place_of_ours_and_of_the_gating_ones():
    assert by_reference(TASK) == replace(
        TASK,
        metrics=("prompt_strict_reference", "instruction_loose_reference"),
        gating=("prompt_strict_reference",),
    )


def test_a_metric_that_is_shown_by_both_rules_is_shown_once():
    both = replace(TASK, metrics=("prompt_strict", "prompt_strict_reference"))
    assert by_reference(both).metrics == ("prompt_strict_reference",)
    assert by_reference(by_reference(TASK)) == by_reference(TASK)


def test_a_task_without_published_rules_stays_beside_one_that_has_them():
    assert by_rules((suite(SUMS, TASK),), "reference") == (suite(SUMS, by_reference(TASK)),)


def test_published_rules_for_suites_that_have_none_are_refused():
    with pytest.raises(ConfigurationError) as error:
        by_rules((suite(SUMS),), "reference")
    assert str(error.value) == (
        "--scorer-mode reference: expected a task with published rules (scorer constraints), got exact. "
        "Leave it out, or add such a suite."
    )


def test_a_runs_settings_say_whose_rules_decide_and_what_the_published_ones_rest_on():
    found = scoring_settings((SUMS, TASK))["scoring"]
    assert found["rules"] == "fixed"
    assert {"punkt", "stop words", "tagger", "syllables", "emoji"} <= set(found["resources"])
    assert scoring_settings((by_reference(TASK),))["scoring"]["rules"] == "reference"
    assert scoring_settings((SUMS,)) == {}
