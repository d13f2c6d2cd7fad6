"""Only the gate returns a verdict, and it fails closed."""

import random
from dataclasses import replace

import pytest

from sfteval.compare import compare
from sfteval.gate import decide
from sfteval.types import Finding, Outcome, Verdict
from tests.sfteval.scripted import run_of, task


def decided(a, b, of=None):
    return decide(compare(run_of(a, "old", of), run_of(b, "new", of)))


def flipped(n, a_only, b_only):
    """Return two score lists of n prompts with so many flips; half of the rest is right on both sides."""
    rest = n - a_only - b_only
    both = [float(i % 2) for i in range(rest)]
    return both + [1.0] * a_only + [0.0] * b_only, both + [0.0] * a_only + [1.0] * b_only


@pytest.mark.parametrize(
    ("n", "a_only", "b_only", "verdict"),
    [
        (1000, 10, 10, Verdict.PASS),
        (1000, 0, 60, Verdict.PASS),
        (1000, 120, 10, Verdict.REGRESS),
        (60, 6, 4, Verdict.INCONCLUSIVE),
        (1000, 30, 10, Verdict.PASS),  # worse, but within the margin
    ],
)
def test_the_verdict_follows_one_interval(n, a_only, b_only, verdict):
    comparison = decided(*flipped(n, a_only, b_only))
    (row,) = comparison.metrics
    assert comparison.verdict is row.verdict is verdict
    assert (row.gate_ci_low > -row.margin) == (verdict is Verdict.PASS)


def test_an_inconclusive_verdict_has_a_price():
    comparison = decided(*flipped(60, 6, 4))
    assert comparison.metrics[0].n_needed > 60
    assert f"About {comparison.metrics[0].n_needed:,} prompts would decide." in comparison.headline


def test_without_a_gating_metric_nothing_is_passed():
    comparison = decided([1.0] * 50, [1.0] * 50, task(50, gating=()))
    assert comparison.verdict is Verdict.INCONCLUSIVE
    assert comparison.headline.startswith("No gating metric")


def test_without_data_nothing_is_passed():
    comparison = decided([Outcome.ERROR] * 5, [1.0] * 5)
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert "answers missing: 5 and 0 of 5" in comparison.warnings[0]


@pytest.mark.parametrize(("lost", "verdict"), [(2, Verdict.PASS), (3, Verdict.NOT_COMPARABLE)])
def test_more_than_two_percent_missing_is_not_comparable(lost, verdict):
    a = [float(i % 2) for i in range(100)]
    both = [Outcome.ERROR] * lost + a[lost:]
    assert decided(both, both, task(100, margin=0.2)).verdict is verdict


def test_data_missing_on_one_side_only_is_not_comparable():
    a = [float(i % 2) for i in range(1000)]
    comparison = decided(a, [Outcome.ERROR] * 8 + a[8:])
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert "missing on one side: 0 and 8 of 1000" in comparison.warnings[0]


def test_holm_makes_a_weak_regression_among_many_metrics_inconclusive():
    a, b = flipped(100, 14, 4)
    alone = decided(a, b)
    assert alone.verdict is Verdict.REGRESS
    (row,) = compare(run_of(a, "old"), run_of(b, "new")).metrics
    quiet = replace(row, task="quiet", p_regress=0.9, gate_ci_low=0.0)
    base = compare(run_of(a, "old"), run_of(b, "new"))
    many = decide(replace(base, metrics=(row, *(replace(quiet, task=f"quiet{i}") for i in range(5)))))
    assert many.metrics[0].p_adjusted == pytest.approx(6 * row.p_regress)
    assert many.metrics[0].verdict is Verdict.INCONCLUSIVE
    assert many.verdict is Verdict.INCONCLUSIVE


@pytest.mark.slow
def test_an_a_a_gate_seldom_cries_wolf():
    draw = random.Random(3)
    verdicts = []
    for _ in range(200):
        rates = [draw.random() for _ in range(80)]
        a, b = ([float(draw.random() < rate) for rate in rates] for _ in range(2))
        verdicts.append(decided(a, b).verdict)
    assert verdicts.count(Verdict.REGRESS) <= 18  # 5 % of 200 is 10; 18 is its 99 % bound


SANITY = {"slices": ("steps",), "sanity": {"field": "steps", "value": 1, "floor": 0.5}}


def with_steps(num=40):
    of = task(num, **SANITY)
    return replace(of, samples=tuple(replace(s, metadata={"steps": i % 2 + 1}) for i, s in enumerate(of.samples)))


def sane(a, b):
    of = with_steps(len(a))
    comparison = compare(run_of(a, "no-think", of), run_of(b, "think", of))
    return decide(replace(comparison, reproduce={"sanity": {of.name: dict(of.sanity)}}))


def test_a_side_that_never_learned_the_task_is_named_in_the_first_line():
    comparison = sane([0.0] * 40, [1.0] * 40)
    assert comparison.headline.startswith("no-think never learned sums: 0.00 where steps = 1, under 0.50.")


def test_a_side_that_solves_one_step_is_not_named():
    comparison = sane([1.0, 0.0] * 20, [1.0] * 40)
    assert "never learned" not in comparison.headline
    assert comparison.headline.startswith("think is better than no-think: +0.500 on sums (0.500 to 1.000")


@pytest.mark.parametrize(("silent", "verdict"), [(2, Verdict.PASS), (3, Verdict.NOT_COMPARABLE)])
def test_a_side_cannot_choose_the_prompts_that_it_is_judged_on(silent, verdict):
    of = task(100, margin=0.2)
    a, b = run_of([1.0] * 100, "old", of), run_of([1.0] * 100, "new", of)
    (b_task,) = b.tasks
    scores = tuple(
        replace(score, metrics={"accuracy": None}) if place < silent else score
        for place, score in enumerate(b_task.scores)
    )
    comparison = decide(compare(a, replace(b, tasks=(replace(b_task, scores=scores),))))
    assert comparison.verdict is verdict
    said = any("accuracy has no value on one side: 0 and 3 of 100" in warning for warning in comparison.warnings)
    assert said == (verdict is Verdict.NOT_COMPARABLE)


def test_only_an_undecided_metric_asks_for_more_prompts():
    assert decided(*flipped(1000, 10, 10)).metrics[0].n_needed is None
    assert decided(*flipped(60, 6, 4)).metrics[0].n_needed is not None


def test_a_diagnostic_metric_never_asks_for_fewer_prompts_than_it_had():
    compared = compare(run_of([1.0] * 150, "old"), run_of([1.0] * 150, "new"))
    wide = replace(
        compared.metrics[0], gating=False, margin=0.05, ci_low=-0.077, ci_high=0.077, gate_ci_low=-0.065,
        gate_ci_high=0.065, finding=Finding.NOT_SHOWN, n_needed=52,
    )  # fmt: skip
    (row,) = decide(replace(compared, metrics=(wide,))).metrics
    assert row.n_needed == 580  # (z.05 + z.20)^2 (.065 / z.05)^2 150 / .05^2
    (row,) = decide(replace(compared, metrics=(replace(wide, gate_ci_low=-0.02, gate_ci_high=0.02),))).metrics
    assert row.n_needed is None


def test_prompts_that_did_not_decide_are_fewer_than_those_that_would():
    from sfteval.stats import num_prompts_decisive

    # 61 lost and 47 won of 540 at a margin of 5 points: the interval [-.057, +.006] decides nothing.
    assert num_prompts_decisive(0.0316, 540, 0.05 - 14 / 540) > 540
    assert num_prompts_decisive(0.1, 100, 0.0) is None
