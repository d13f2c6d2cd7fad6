"""The shipped suite of constraints: whole, reproducible, answerable, and not to be had for nothing."""

from collections import Counter

import pytest

from sfteval.scorers import build_scorer
from sfteval.scorers.instructions import CONSTRAINTS
from sfteval.suites import find_suite, find_task, load_suite
from sfteval.suites.constraints import HELD_OUT, SHIPPED, suite_files, witness
from sfteval.suites.constraints.make import held_out
from sfteval.suites.constraints.witness import LAZY
from sfteval.suites.constraints.wordings_ifbench import IFBENCH
from sfteval.types import Outcome, Reading

# What an empty phrase or a single word satisfies, so that it is asked in combinations only.
FREE = {
    "count:words_japanese",
    "format:newline",
    "format:no_whitespace",
    "format:quote_unquote",
    "format:title_case",
    "keywords:forbidden_words",
    "punctuation:no_comma",
    "ratio:stop_words",
    "sentence:alliteration_increment",
    "sentence:increment",
    "words:alphabet",
    "words:last_first",
    "words:no_consecutive",
    "words:odd_even_syllables",
    "words:paragraph_last_first",
    "words:repeats",
    "words:vowel",
}


@pytest.fixture(scope="module")
def task():
    (task,) = load_suite("constraints").tasks
    return task


@pytest.fixture(scope="module")
def scorer(task):
    return build_scorer(task)


def test_the_shipped_files_are_what_the_generator_makes():
    """Regenerate with: python -m sfteval.suites.constraints."""
    folder = find_suite("constraints")
    for name, text in suite_files(SHIPPED).items():
        assert (folder / name).read_bytes() == text.encode(), name


def test_there_are_more_than_300_prompts_none_twice(task):
    prompts = [sample.prompt for sample in task.samples]
    assert len(prompts) == len(set(prompts)) == len({sample.id for sample in task.samples}) == 420


def test_every_constraint_is_asked_for(task):
    asked = Counter(identifier for sample in task.samples for identifier in sample.metadata["ids"])
    assert set(asked) == set(CONSTRAINTS)
    assert min(asked.values()) >= 2


def test_the_ladder_has_three_steps(task):
    assert Counter(sample.metadata["num_instructions"] for sample in task.samples) == {1: 168, 2: 139, 3: 113}


def test_at_most_five_prompts_share_a_stem(task):
    assert max(Counter(sample.cluster for sample in task.samples).values()) <= 5
    assert all(sample.cluster == sample.metadata["stem"] for sample in task.samples)


def test_held_out_constraints_never_stand_beside_others(task):
    for sample in task.samples:
        assert {identifier in HELD_OUT for identifier in sample.metadata["ids"]} == {sample.metadata["held_out"]}
    assert 90 <= sum(sample.metadata["held_out"] for sample in task.samples) <= 210


def test_the_held_out_constraints_are_ifbench_s_over_several_families():
    assert len(HELD_OUT) == len(set(HELD_OUT)) == 20
    assert len(IFBENCH) == 58
    assert set(HELD_OUT) < set(IFBENCH)
    assert {name.split(":")[0] for name in HELD_OUT} == {"count", "custom", "format", "ratio", "words"}
    assert held_out(["punctuation:no_comma", "count:numbers"])
    assert not held_out(["punctuation:no_comma"])


@pytest.mark.slow
def test_every_prompt_can_be_answered(task, scorer):
    for sample in task.samples:
        text = witness(sample.target["instructions"])
        assert text is not None, sample.id
        graded = scorer.grade(sample, Reading(Outcome.OK, text))
        assert (graded.metrics["prompt_strict"], graded.metrics["prompt_loose"]) == (1.0, 1.0), sample.id


@pytest.mark.slow
@pytest.mark.parametrize("answer", [*LAZY, ""])
def test_no_prompt_is_answered_by_a_lazy_phrase(task, scorer, answer):
    passed = [s.id for s in task.samples if scorer.grade(s, Reading(Outcome.OK, answer)).metrics["prompt_strict"]]
    assert passed == []


def test_what_a_lazy_phrase_satisfies_is_asked_in_combinations_only(task):
    single = {s.metadata["ids"][0] for s in task.samples if s.metadata["num_instructions"] == 1}
    assert set(CONSTRAINTS) - single == FREE


def test_its_task_has_a_name_of_its_own(task):
    assert task.name == "constraint_ladder"
    assert find_task("constraint_ladder")[1].name == "constraints"
    assert find_task("constraints")[1].name == "starter"
