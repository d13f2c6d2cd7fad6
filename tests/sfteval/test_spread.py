"""Several answers to a prompt: where noise comes from, and what to buy. Run: pytest tests/sfteval/test_spread.py."""

import json
from dataclasses import replace

import pytest

from sfteval.compare import compare
from sfteval.compare.spread import advice, spread
from sfteval.report import spread_sentences
from sfteval.report.markdown import render_markdown
from sfteval.report.results import results_json
from sfteval.report.stored import settled
from sfteval.stats import VarianceSplit
from sfteval.types import Run, Score
from tests.sfteval.scripted import run_of, task


def sampled(values: list[list[float]], name: str, **fields: object) -> Run:
    """Return a run in which prompt i got the answers `values[i]`."""
    run = run_of([row[0] for row in values], name, task(len(values), **fields))
    (only,) = run.tasks
    places = [(place, index) for place, row in enumerate(values) for index in range(len(row))]
    scores = tuple(
        replace(only.scores[place], sample_index=index, metrics={"accuracy": values[place][index]})
        for place, index in places
    )
    readings = tuple(only.readings[place] for place, _ in places)
    return replace(run, tasks=(replace(only, scores=scores, readings=readings),))


A, B = [[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]


def test_a_comparison_tells_where_the_noise_of_its_gating_metric_comes_from():
    (found,) = compare(sampled(A, "a"), sampled(B, "b")).spreads
    assert (found.task, found.metric, found.num_prompts, found.num_samples) == ("sums", "accuracy", 3, 2.0)
    assert (found.baseline, found.candidate) == (pytest.approx(1 / 6), pytest.approx(1 / 6))
    assert found.prompts == pytest.approx(0.25 - 1 / 6)
    assert found.share_of_prompts == pytest.approx(1 / 3)  # 1/12 of 1/12 + 2 (1/6) / 2
    assert found.advice == (
        "67% of the noise is between answers to one prompt: where no prompts are left to add, more answers help "
        "(twice the prompts narrow the interval by 29%, twice the answers by 18%)."
    )


def test_one_answer_to_each_prompt_has_nothing_to_split():
    assert compare(run_of([1.0, 0.0, 1.0]), run_of([1.0, 1.0, 0.0], "b")).spreads == ()


def test_without_a_gating_metric_the_first_is_told():
    (found,) = compare(sampled(A, "a", gating=()), sampled(B, "b", gating=())).spreads
    assert found.metric == "accuracy"


def test_answers_without_a_score_are_left_out():
    run = sampled(B, "b")
    (only,) = run.tasks
    scores: tuple[Score, ...] = (*only.scores[:5], replace(only.scores[5], metrics={"accuracy": None}))
    found = spread(sampled(A, "a").tasks[0], replace(only, scores=scores), "accuracy")
    assert found is not None
    assert found.num_samples == pytest.approx(11 / 6)


def test_fewer_than_two_common_prompts_cannot_be_split():
    assert spread(sampled([[1.0, 0.0]], "a").tasks[0], sampled([[1.0, 0.0]], "b").tasks[0], "accuracy") is None


@pytest.mark.parametrize(
    ("split", "num_samples", "said"),
    [
        (VarianceSplit(0.3, 0.1, 0.1), 4.0, "86% of the noise is between prompts: buy prompts"),
        (VarianceSplit(0.0, 0.2, 0.2), 1.0, "twice the answers by 29%"),
        (VarianceSplit(0.2, None, None), 1.0, "One answer to each prompt"),
        (VarianceSplit(0.0, 0.0, 0.0), 4.0, "Nothing varies"),
    ],
)
def test_the_advice_says_what_narrows_the_interval(split, num_samples, said):
    assert said in advice(split, num_samples)


def test_the_report_says_it_and_keeps_it():
    comparison = compare(sampled(A, "a"), sampled(B, "b"))
    (sentence,) = spread_sentences(comparison)
    assert sentence.startswith("sums accuracy, 2 answers to a prompt: 67% of the noise")
    assert "67% of the noise" in render_markdown(comparison).decode()
    assert json.loads(json.dumps(results_json(comparison)))["spreads"][0]["num_samples"] == 2.0
    assert [found.advice for found in settled(comparison).spreads] == [comparison.spreads[0].advice]
