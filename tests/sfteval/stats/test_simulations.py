"""What the methods do in repeated sampling: coverage and false alarms, each beside its Monte-Carlo error.

Run: pytest -m slow tests/sfteval/stats/test_simulations.py -s (prints the figures). A share s of R runs is known to
sqrt(s (1 - s) / R); bounds give it three of those on the side that luck could take.
"""

import functools
import math

import numpy as np
import pytest

from sfteval.stats import compare_paired, confidence_sequence, evidence_not_worse, evidence_worse, sign_e_value
from sfteval.stats.binary import exact_p, mid_p, tango_interval
from sfteval.stats.clustered import clustered, clustered_standard_error
from sfteval.stats.few_clusters import bootstrap_t_intervals, percentile_interval
from sfteval.stats.graded import t_interval
from tests.sfteval.stats.other_intervals import wald

pytestmark = pytest.mark.slow

THRESHOLD = 20.0  # 1 / .05


def error(share: float, runs: int) -> float:
    return math.sqrt(max(share * (1.0 - share), 1.0 / runs) / runs)


def shown(what: str, share: float, runs: int) -> float:
    print(f"{what}: {share:.4f} +- {error(share, runs):.4f}")
    return share


def discordant_pairs(n: int, psi: float, delta: float, runs: int, seed: int) -> np.ndarray:
    """Return [runs, 2] counts of pairs that only the candidate, and only the baseline, got right."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(n, [(psi + delta) / 2, (psi - delta) / 2, 1 - psi], size=runs)[:, :2]


# -- right or wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [50, 100, 300])
@pytest.mark.parametrize(("psi", "delta"), [(0.1, 0.0), (0.1, 0.05), (0.2, 0.0), (0.25, -0.1), (0.4, 0.1)])
def test_tango_s_interval_covers_the_truth_in_ninety_four_to_ninety_seven_of_a_hundred(n, psi, delta):
    runs = 20_000
    interval = functools.cache(lambda b, a: tango_interval(b, a, n))
    ends = [interval(int(b), int(a)) for b, a in discordant_pairs(n, psi, delta, runs, seed=n)]
    share = shown(f"Tango n={n} psi={psi} delta={delta}", np.mean([e.low <= delta <= e.high for e in ends]), runs)
    assert 0.94 <= share <= 0.97


def test_wald_s_interval_which_others_use_covers_four_of_five_at_twenty_prompts():
    runs = 20_000
    counts = [(int(b), int(a)) for b, a in discordant_pairs(20, 0.1, 0.05, runs, seed=20)]
    ends = {pair: wald((20 - sum(pair), *pair, 0)) for pair in set(counts)}
    ours = {pair: tango_interval(*pair, 20) for pair in set(counts)}
    share = shown("Wald n=20", np.mean([ends[p][0] <= 0.05 <= ends[p][1] for p in counts]), runs)
    assert share < 0.80
    assert shown("Tango n=20", np.mean([ours[p].low <= 0.05 <= ours[p].high for p in counts]), runs) >= 0.95


@pytest.mark.parametrize("n", [50, 100, 300])
@pytest.mark.parametrize("psi", [0.1, 0.25])
def test_mid_p_calls_equal_sides_different_in_at_most_five_and_a_half_of_a_hundred(n, psi):
    runs = 20_000
    p_values = {pair: mid_p(*pair) for pair in {(int(b), int(a)) for b, a in discordant_pairs(n, psi, 0.0, runs, n)}}
    counts = [(int(b), int(a)) for b, a in discordant_pairs(n, psi, 0.0, runs, n)]
    share = shown(f"mid-p n={n} psi={psi}", np.mean([p_values[pair] < 0.05 for pair in counts]), runs)
    exact = shown(f"exact n={n} psi={psi}", np.mean([exact_p(*pair) < 0.05 for pair in counts]), runs)
    assert exact <= share <= 0.055


def test_answers_pooled_over_their_prompts_cry_wolf_and_their_means_do_not():
    generator, runs, found = np.random.default_rng(8), 1_500, np.zeros(2)
    for _ in range(runs):
        abilities = generator.beta(0.6, 0.6, size=(50, 1))
        moved = np.clip(
            abilities + generator.choice([-0.15, 0.15], size=(50, 1)), 0.0, 1.0
        )  # differ by prompt, not on average
        a, b = (generator.random((50, 8)) < abilities).astype(float), (generator.random((50, 8)) < moved).astype(float)
        found += [
            compare_paired(a.mean(axis=1), b.mean(axis=1), margin=0.05).p_value < 0.05,
            mid_p(int(np.sum(b > a)), int(np.sum(a > b))) < 0.05,
        ]
    means, pooled = found / runs
    assert shown("means of 8 answers", means, runs) <= 0.05 + 3 * error(0.05, runs)
    assert shown("8 answers pooled", pooled, runs) > 0.065


# -- graded ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "runs", "at_least"), [(20, 1_500, 0.92), (30, 1_000, 0.91), (100, 400, 0.92)])
@pytest.mark.parametrize("shape", ["even", "skewed"])
def test_graded_intervals_cover_the_truth(n, runs, at_least, shape):
    generator, covered, called = np.random.default_rng(n), 0, 0
    for _ in range(runs):
        baseline = generator.beta(2.0, 2.0, n)
        gain = generator.normal(0.0, 0.2, n) if shape == "even" else 0.2 * (generator.exponential(1.0, n) - 1.0)
        found = compare_paired(baseline, baseline + gain, margin=0.05)
        covered += found.ci.low <= 0.0 <= found.ci.high
        called += found.p_value < 0.05
    share = shown(f"{found.ci.method} n={n} {shape}", covered / runs, runs)
    alarms = shown(f"{found.method} n={n} {shape}, false alarms", called / runs, runs)
    assert share >= at_least - 3 * error(share, runs)
    assert alarms <= (0.05 if shape == "even" else 0.08) + 3 * error(alarms, runs)


# -- clusters ----------------------------------------------------------------------------------------------------------


def stems(num_clusters: int, kind: str, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return differences with a true mean of 0 and their clusters' codes."""
    sizes = np.full(num_clusters, 5) if kind != "uneven" else generator.integers(1, 13, num_clusters)
    codes = np.repeat(np.arange(num_clusters), sizes)
    if kind == "right or wrong":
        leaning = generator.beta(1.0, 1.0, num_clusters)[codes]
        a, b = (generator.random((2, len(codes))) < leaning).astype(float)
        return b - a, codes
    shared = generator.normal(0.0, 1.0, num_clusters)
    if kind == "skewed":
        shared = generator.exponential(1.0, num_clusters) - 1.0
    return shared[codes] + generator.normal(0.0, 1.0, len(codes)), codes


@pytest.mark.parametrize("num_clusters", [6, 10, 20])
@pytest.mark.parametrize("kind", ["even", "uneven", "skewed", "right or wrong"])
def test_few_clusters_are_covered_by_what_is_chosen_and_less_by_plain_percentiles(num_clusters, kind):
    generator, runs = np.random.default_rng(num_clusters), 1_000
    covered, widths = np.zeros(4), []
    for run in range(runs):
        differences, codes = stems(num_clusters, kind, generator)
        sums, sizes = np.bincount(codes, weights=differences), np.bincount(codes).astype(float)
        robust = clustered_standard_error(differences, codes)
        student = t_interval(float(differences.mean()), robust, num_clusters - 1, 0.95, "t")
        drawn = bootstrap_t_intervals(sums, sizes, (0.95,), run)
        drawn = student if drawn is None else drawn[0]
        plain = percentile_interval(sums, sizes, 0.95, run)
        (chosen,), _ = clustered(differences, codes, (0.95,), run)
        covered += [each.low <= 0.0 <= each.high for each in (student, drawn, plain, chosen)]
        widths.append([each.high - each.low for each in (student, drawn, plain, chosen)])
    print(f"{num_clusters} clusters, {kind}: median widths {np.median(widths, axis=0).round(3)}")
    for name, share in zip(("t", "bootstrap-t", "percentiles", "chosen"), covered / runs, strict=True):
        shown(f"{num_clusters} clusters, {kind}, {name}", share, runs)
    *_, by_percentiles, by_choice = covered / runs
    assert by_choice >= 0.92 - 3 * error(0.92, runs)
    assert by_choice > by_percentiles


@pytest.mark.parametrize(("num_clusters", "size"), [(299, 1), (100, 3), (60, 5)])
def test_a_loss_as_large_as_the_margin_that_goes_one_way_only_is_passed_as_rarely_as_it_should(num_clusters, size):
    generator, runs = np.random.default_rng(size), 2_000
    codes = np.repeat(np.arange(num_clusters), size)
    if size == 1:  # most alone, some in pairs
        codes = np.concatenate([codes, codes[:25]])
    passed = np.zeros(2)
    for run in range(runs):
        lost = generator.random(num_clusters)[codes] if run % 2 else generator.random(len(codes))
        differences = -(lost < 0.05).astype(float)
        robust = clustered_standard_error(differences, codes)
        student = t_interval(float(differences.mean()), robust, num_clusters - 1, 0.90, "t")
        (chosen,), _ = clustered(differences, codes, (0.90,), run)
        passed += [chosen.low > -0.05, student.low > -0.05]
    by_choice, by_t = passed / runs
    shown(f"{num_clusters} clusters of {size}, passed at the margin, Student's t", by_t, runs)
    share = shown(f"{num_clusters} clusters of {size}, passed at the margin, chosen", by_choice, runs)
    assert share <= min(by_t, 0.08 + 3 * error(share, runs))


# -- anytime -----------------------------------------------------------------------------------------------------------


def test_sign_evidence_looked_at_after_every_prompt_cries_wolf_in_at_most_five_of_a_hundred():
    generator, runs = np.random.default_rng(4), 4_000
    evidence = functools.cache(sign_e_value)
    cried = 0
    for _ in range(runs):
        won = np.cumsum(generator.random(int(generator.binomial(1_000, 0.2))) < 0.5)
        cried += any(evidence(int(b), place + 1 - int(b)) >= THRESHOLD for place, b in enumerate(won))
    share = shown("sign e-process, ever", cried / runs, runs)
    assert share <= 0.05


def test_betting_evidence_looked_at_after_every_prompt_cries_wolf_in_at_most_five_of_a_hundred():
    generator, runs = np.random.default_rng(5), 2_000
    worse = passed = 0
    for _ in range(runs):
        even = generator.choice([-1.0, 1.0, 0.0], size=600, p=[0.1, 0.1, 0.8])
        lost = generator.choice([-1.0, 1.0, 0.0], size=600, p=[0.125, 0.075, 0.8])  # as much as the margin
        worse += evidence_worse(even).max() >= THRESHOLD
        passed += evidence_not_worse(lost, 0.05).max() >= THRESHOLD
    assert shown("worse, ever, without a loss", worse / runs, runs) <= 0.05
    assert shown("not worse, ever, at the margin", passed / runs, runs) <= 0.05


def test_the_confidence_sequence_covers_the_truth():
    generator, runs, covered = np.random.default_rng(6), 300, 0
    for _ in range(runs):
        found = confidence_sequence(generator.choice([-1.0, 1.0, 0.0], size=400, p=[0.175, 0.025, 0.8]))
        covered += found.low <= -0.15 <= found.high
    assert shown("confidence sequence", covered / runs, runs) >= 0.95 - 3 * error(0.05, runs)
