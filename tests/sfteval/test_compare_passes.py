"""pass^k of both sides: counted over the items that both tried, kept in the report and shown. Worked out by hand."""

import json
from dataclasses import replace

import pytest

from sfteval.compare import compare
from sfteval.compare.passes import task_passes
from sfteval.report import passes_sentences
from sfteval.report.html import render_html
from sfteval.report.markdown import render_markdown
from sfteval.report.results import results_json
from sfteval.report.stored import settled
from sfteval.types import PassComparison, Run
from tests.sfteval.scripted import run_of, task

A = [[1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0]]  # pass^2: 1/2, 1, 0; pass^4: 0, 1, 0
B = [[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]


def tried(values: list[list[float | None]], name: str, scorer: str = "agent") -> Run:
    """Return a run of an agent task in which item i was tried as often as `values[i]` is long."""
    of = replace(task(len(values), name="errands", gating=()), scorer=scorer, metrics=("success",))
    run = run_of([1.0] * len(values), name, replace(of, num_samples=max(map(len, values))))
    (only,) = run.tasks
    places = [(place, index) for place, row in enumerate(values) for index in range(len(row))]
    scores = tuple(
        replace(only.scores[place], sample_index=index, metrics={"success": values[place][index]})
        for place, index in places
    )
    readings = tuple(only.readings[place] for place, _ in places)
    return replace(run, tasks=(replace(only, scores=scores, readings=readings),))


def test_both_sides_are_told_for_every_k_that_all_items_were_tried_often_enough_for():
    assert compare(tried(A, "a"), tried(B, "b")).passes == (
        PassComparison("errands", 2, 3, pytest.approx(0.5), pytest.approx(2 / 3), pytest.approx(1 / 6)),
        PassComparison("errands", 4, 3, pytest.approx(1 / 3), pytest.approx(2 / 3), pytest.approx(1 / 3)),
    )


def test_one_side_with_fewer_tries_bounds_k_for_both():
    assert [row.k for row in compare(tried(A, "a"), tried([row[:3] for row in B], "b")).passes] == [2]


def test_an_item_that_one_side_could_not_be_asked_counts_on_neither():
    (two, four) = compare(tried(A, "a"), tried([*B[:2], [None] * 4], "b")).passes
    assert (two.n, two.baseline, two.candidate) == (2, 0.75, 1.0)
    assert (four.n, four.baseline, four.candidate) == (2, 0.5, 1.0)


@pytest.mark.parametrize(("values", "scorer"), [([row[:1] for row in A], "agent"), (A, "exact")])
def test_one_try_of_each_item_and_other_tasks_have_none(values, scorer):
    a, b = tried(values, "a", scorer), tried(values, "b", scorer)
    assert compare(a, b).passes == ()
    assert task_passes(a.tasks[0]) == {}


def test_one_side_alone_counts_all_its_items():
    assert task_passes(tried(A, "a").tasks[0]) == {
        "pass^2": (pytest.approx(0.5), 3),
        "pass^4": (pytest.approx(1 / 3), 3),
    }


def test_the_report_keeps_and_shows_them():
    comparison = compare(tried(A, "a"), tried(B, "b"))
    kept = json.loads(json.dumps(results_json(comparison)))["passes"]
    assert kept[0] == {
        "task": "errands", "k": 2, "n": 3, "baseline": 0.5, "candidate": 0.666666667, "difference": 0.166666667
    }  # fmt: skip
    assert [row.k for row in settled(comparison).passes] == [2, 4]
    assert "| errands pass^4 | 0.333 | 0.667 | +0.333 | 3 |" in render_markdown(comparison).decode()
    page = render_html(comparison).decode()
    assert '<th scope="row">errands pass^2</th><td class="num">0.500</td><td class="num">0.667</td>' in page
    assert passes_sentences(comparison) == [
        "errands, pass^k (k tries of an item all pass) of A and B: "
        "0.500 and 0.667 for k = 2, 0.333 and 0.667 for k = 4; n = 3."
    ]


def test_a_report_without_any_shows_no_table():
    comparison = compare(tried(A, "a", "exact"), tried(B, "b", "exact"))
    assert passes_sentences(comparison) == []
    assert "pass^" not in render_markdown(comparison).decode() + render_html(comparison).decode()
