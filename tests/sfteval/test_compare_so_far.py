"""Figures that may be looked at after every round. Run: pytest tests/sfteval/test_compare_so_far.py."""

from dataclasses import replace

import numpy as np
import pytest

from sfteval.compare import compare, compare_so_far
from sfteval.errors import DataError
from sfteval.gate import decide
from sfteval.rounds import first_round, next_round, with_early_stop
from sfteval.stats import confidence_sequence
from sfteval.types import Outcome, Suite, Verdict
from tests.bench import early_stop
from tests.sfteval.scripted import run_of, sample, task


def played(a, b, of=None, *, golden=None, alpha=0.05):
    """Return the decided comparison and what was asked; `a` and `b` are the scores of all prompts of the suite."""
    of = of or task(len(a))
    values = {s.id: pair for s, *pair in zip(of.samples, a, b, strict=True)}
    asked = first_round([Suite("mine", "1", "none", "toys", (of,))], seed=0, golden=golden or {})
    while True:
        (part,) = asked.suites[0].tasks
        runs = [run_of([values[s.id][side] for s in part.samples], "ab"[side], part) for side in (0, 1)]
        comparison = decide(compare_so_far(*runs, asked, alpha=alpha))
        following = next_round(asked, comparison)
        if following is None:
            return with_early_stop(comparison, asked), asked
        asked = following


def in_order(asked, of, a, b):
    """Return the differences of the prompts asked, in the order of the rounds."""
    differences = {s.id: y - x for s, x, y in zip(of.samples, a, b, strict=True)}
    return np.array([differences[name] for cluster in asked.in_order(of.name) for name in cluster])


def drawn(num, drop, discordant, seed=0):
    """Return right-or-wrong scores of both sides whose true difference is -drop."""
    a_only, b_only = (discordant + drop) / 2, (discordant - drop) / 2
    kinds = np.random.default_rng(seed).choice(
        4, size=num, p=[a_only, b_only, (1 - discordant) / 2, (1 - discordant) / 2]
    )
    return [float(kind in (0, 2)) for kind in kinds], [float(kind in (1, 2)) for kind in kinds]


def test_a_collapse_is_seen_in_the_first_round():
    comparison, asked = played([1.0] * 500, [0.0] * 500)
    (row,) = comparison.metrics
    assert (row.n, row.a_only, row.difference, row.verdict) == (32, 32, -1.0, Verdict.REGRESS)
    record = comparison.reproduce["early_stop"]
    assert (record["prompts_asked"], record["prompts"], record["rounds"], record["decided"]) == (32, 500, 1, True)
    assert record["tasks"] == {"sums": {"clusters_asked": 32, "clusters": 500, "prompts_asked": 32, "prompts": 500}}
    assert "Every gating metric is decided after 32 of 500 prompts (6%), which saved about 1,872 tokens." in (
        comparison.headline
    )
    priced = with_early_stop(comparison, asked, prices=(1.0, 10_000.0)).reproduce["early_stop"]
    assert priced["money_saved"] == pytest.approx(18.72)
    assert priced["said"].endswith("which saved about 1,872 tokens, or 18.72 at the given price.")


def test_identical_answers_pass_before_all_are_asked():
    values = [float(i % 2) for i in range(500)]
    comparison, asked = played(values, values)
    (row,) = comparison.metrics
    assert (row.verdict, row.difference, asked.counts["sums"]) == (Verdict.PASS, 0.0, 108)
    assert row.gate_ci_low > -0.05
    assert row.ci_high == pytest.approx(-row.ci_low)


def test_the_interval_is_the_confidence_sequence_of_the_prompts_in_their_order():
    a, b = drawn(400, 0.0, 0.2)
    comparison, asked = played(a, b)
    (row,) = comparison.metrics
    differences = in_order(asked, task(400), a, b)
    for found, level in (((row.ci_low, row.ci_high), 0.95), ((row.gate_ci_low, row.gate_ci_high), 0.90)):
        expected = confidence_sequence(differences, level)
        assert found == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert row.method == "confidence sequence (betting)"
    assert row.difference == pytest.approx(float(np.mean(differences)))


def test_an_undecided_comparison_asks_all_and_says_that_one_look_is_tighter():
    a, b = drawn(60, 0.0, 0.3)
    comparison, asked = played(a, b)
    assert asked.counts == {"sums": 60}
    assert comparison.verdict is Verdict.INCONCLUSIVE
    assert "All 60 prompts were asked and leave a gating metric undecided" in comparison.headline
    (row,), (fixed,) = comparison.metrics, compare(run_of(a, "a"), run_of(b, "b")).metrics
    assert row.gate_ci_low < fixed.gate_ci_low < fixed.gate_ci_high < row.gate_ci_high


def test_clusters_are_bets_of_their_share_and_the_figure_is_the_mean_over_prompts():
    of = replace(task(), samples=tuple(sample(f"s{i}", cluster="" if i < 60 else f"stem{i % 30}") for i in range(150)))
    a, b = [1.0] * 150, [1.0] * 60 + [0.0] * 90  # only prompts with a stem are lost: 30 of 90 clusters
    comparison, asked = played(a, b, of)
    (row,) = comparison.metrics
    differences = in_order(asked, of, a, b)
    assert row.difference == pytest.approx(float(np.mean(differences)))
    assert row.ci_low < row.difference < row.ci_high
    assert row.num_clusters == asked.counts["sums"]
    assert row.method == f"confidence sequence (betting), {row.num_clusters} clusters"


def test_golden_samples_guard_from_the_first_round_and_count_when_their_turn_comes():
    a, b = [1.0] * 500, [0.0] * 500
    _, asked = played(a, b)
    late = [cluster[0] for cluster in asked.order["sums"][-3:]]
    comparison, again = played(a, b, golden={"sums": late})
    assert len(again.suites[0].tasks[0].samples) == 35
    assert comparison.metrics[0].n == 32
    assert {pair.sample.id for pair in comparison.pairs} >= {*late}


def test_what_does_not_decide_is_shown_over_what_was_asked_and_says_so():
    of = task(40)
    asked = first_round([Suite("mine", "1", "none", "toys", (of,))], seed=0, golden={})
    quiet = replace(asked.suites[0].tasks[0], gating=())
    (row,) = compare_so_far(run_of([1.0] * 32, "a", quiet), run_of([0.0] * 32, "b", quiet), asked).metrics
    assert row.method == "mid-p McNemar, Tango score, not corrected for stopping early"


def test_lost_answers_are_passed_by():
    b = [1.0] * 199 + [Outcome.ERROR]
    comparison, asked = played([1.0] * 200, b)
    lost = "s199" in {name for cluster in asked.in_order("sums") for name in cluster}
    assert comparison.metrics[0].n == asked.counts["sums"] - lost


def test_scores_of_an_unknown_range_are_refused():
    with pytest.raises(DataError) as error:
        played([1.0] * 50, [2.5] * 50)
    assert str(error.value).startswith("--until-decided, task sums, accuracy: expected scores between 0 and 1, got 2.5")


def test_swapping_the_checkpoints_negates_the_difference_and_mirrors_the_interval():
    a, b = drawn(60, 0.1, 0.3)
    (one,), (two,) = played(a, b)[0].metrics, played(b, a)[0].metrics
    assert one.difference == -two.difference
    assert (one.ci_low, one.ci_high) == pytest.approx((-two.ci_high, -two.ci_low), abs=1e-5)
    assert one.p_value == pytest.approx(two.p_value)


@pytest.mark.slow
def test_rounds_cry_wolf_in_at_most_alpha_and_see_a_real_drop():
    runs = 500
    error = 3 * (0.05 * 0.95 / runs) ** 0.5  # Monte Carlo

    def verdicts(drop):
        scores = [drawn(early_stop.NUM_PROMPTS, drop, 0.2, seed) for seed in range(runs)]
        return [early_stop.played(np.subtract(b, a)) for a, b in scores]

    assert [verdict for verdict, _ in verdicts(0.0)].count("regress") / runs <= 0.05 + error
    assert [verdict for verdict, _ in verdicts(0.05)].count("pass") / runs <= 0.05 + error
    dropped = verdicts(0.15)
    assert [verdict for verdict, _ in dropped].count("regress") / runs >= 0.99
    assert np.median([asked for _, asked in dropped]) <= 108


@pytest.mark.slow
def test_the_simulated_rounds_are_those_of_the_stages():
    for seed in range(3):
        a, b = drawn(early_stop.NUM_PROMPTS, 0.1, 0.2, seed)
        comparison, asked = played(a, b)
        differences = {s.id: y - x for s, x, y in zip(task(len(a)).samples, a, b, strict=True)}
        in_turn = np.array([differences[name] for (name,) in asked.order["sums"]])
        assert early_stop.played(in_turn) == (comparison.verdict.value, asked.counts["sums"])
