"""The one door: two score arrays in, one result out. Run: pytest tests/sfteval/stats/test_paired.py."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.errors import DataError
from sfteval.stats import PairedResult, compare_paired, seed_from
from sfteval.stats.binary import mid_p, tango_interval


def scores(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def from_table(both: int, b_only: int, a_only: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    baseline = [1.0] * both + [0.0] * b_only + [1.0] * a_only + [0.0] * neither
    candidate = [1.0] * both + [1.0] * b_only + [0.0] * a_only + [0.0] * neither
    return np.array(baseline), np.array(candidate)


def test_right_or_wrong_answers_get_mcnemar_and_tango():
    result = compare_paired(*from_table(59, 6, 16, 80), margin=0.05)
    assert (result.n, result.num_clusters, result.b_only, result.a_only) == (161, 161, 6, 16)
    assert result.difference == pytest.approx(-10 / 161)
    assert result.ci == tango_interval(6, 16, 161, 0.95)
    assert result.gate_ci == tango_interval(6, 16, 161, 0.90)
    assert (result.p_value, result.p_regress) == (mid_p(6, 16), mid_p(6, 16) / 2)
    assert result.method == "mid-p McNemar, Tango score"


def test_scores_between_right_and_wrong_get_the_bootstrap_and_sign_flips():
    rng = np.random.default_rng(0)
    result = compare_paired(rng.random(50), rng.random(50), margin=0.05)
    assert result.method == "sign flip, 9999 draws, BCa bootstrap"
    assert result.ci is not None
    assert result.ci.low < result.difference < result.ci.high


def test_clusters_with_members_are_clustered_and_singletons_are_not():
    baseline, candidate = from_table(30, 10, 4, 16)
    pairs = [str(position // 2) for position in range(60)]
    assert compare_paired(baseline, candidate, pairs, margin=0.05).num_clusters == 30
    said = "cluster-robust t (30 clusters), Tango score (design effect 2.07)"
    assert compare_paired(baseline, candidate, pairs, margin=0.05).method == said
    alone = compare_paired(baseline, candidate, margin=0.05)
    assert compare_paired(baseline, candidate, [""] * 60, margin=0.05) == alone
    assert compare_paired(baseline, candidate, [str(position) for position in range(60)], margin=0.05) == alone


def test_fewer_than_six_clusters_get_means_and_no_inference():
    baseline, candidate = from_table(30, 10, 4, 16)
    result = compare_paired(baseline, candidate, [str(position % 5) for position in range(60)], margin=0.05)
    assert (result.ci, result.gate_ci, result.p_value, result.p_regress) == (None, None, None, None)
    assert (result.method, result.difference) == ("none: 5 clusters, at least 6 needed", pytest.approx(0.1))


def test_one_graded_prompt_shows_no_spread():
    assert compare_paired(scores(0.2), scores(0.7), margin=0.05).method == "none: one prompt shows no spread"
    assert compare_paired(scores(0.0), scores(1.0), margin=0.05).p_value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("baseline", "candidate", "got"),
    [
        (scores(), scores(), "got none"),
        (scores(1.0), scores(1.0, 0.0), "got [1, 2]"),
        (scores(np.nan), scores(1.0), "got nan or infinity"),
    ],
)
def test_arrays_that_cannot_be_compared_are_refused_with_a_reason(baseline, candidate, got: str):
    with pytest.raises(DataError) as error:
        compare_paired(baseline, candidate, margin=0.05)
    assert got in str(error.value)
    assert isinstance(error.value, ValueError)


def test_n_needed_grows_with_disagreement_and_shrinks_with_the_margin():
    agree, differ = from_table(80, 5, 5, 10), from_table(60, 15, 15, 10)
    assert compare_paired(*differ, margin=0.05).n_needed == 742
    assert compare_paired(*agree, margin=0.05).n_needed == 248
    assert compare_paired(*agree, margin=0.10).n_needed == 62
    assert compare_paired(*agree, margin=0.0).n_needed is None


def test_the_seed_comes_from_the_content():
    assert seed_from(scores(1, 2)) == seed_from(scores(1, 2)) != seed_from(scores(2, 1))
    assert seed_from(scores(1, 2), seed=1) != seed_from(scores(1, 2), seed=2)
    rng = np.random.default_rng(1)
    baseline, candidate = rng.random(80), rng.random(80)
    assert compare_paired(baseline, candidate, margin=0.05) == compare_paired(baseline, candidate, margin=0.05)


def assert_mirrored(one: PairedResult, other: PairedResult) -> None:
    assert one.difference == -other.difference
    assert (one.b_only, one.a_only) == (other.a_only, other.b_only)
    assert (one.p_value, one.n_needed, one.method) == (other.p_value, other.n_needed, other.method)
    assert (one.ci is None) == (other.ci is None)
    if one.ci is not None and one.gate_ci is not None and other.ci is not None and other.gate_ci is not None:
        assert one.ci == other.ci.mirrored()
        assert one.gate_ci == other.gate_ci.mirrored()


KINDS = {
    "binary": st.sampled_from([0.0, 1.0]),
    "thirds": st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0]),
    "graded": st.floats(0.0, 5.0),
}


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)), n=st.integers(1, 60), clustered=st.booleans())
def test_swapping_the_sides_mirrors_everything_to_the_bit(data, kind: str, n: int, clustered: bool):
    baseline = np.array(data.draw(st.lists(KINDS[kind], min_size=n, max_size=n)))
    candidate = np.array(data.draw(st.lists(KINDS[kind], min_size=n, max_size=n)))
    clusters = [str(position // 3) for position in range(n)] if clustered else None
    forth = compare_paired(baseline, candidate, clusters, margin=0.05)
    assert_mirrored(forth, compare_paired(candidate, baseline, clusters, margin=0.05))
    if forth.ci is not None and forth.gate_ci is not None:
        assert forth.ci.low <= forth.gate_ci.low <= forth.gate_ci.high <= forth.ci.high


@settings(max_examples=45, deadline=None)
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)), n=st.integers(2, 40), clustered=st.booleans())
def test_a_side_against_itself_is_zero_with_p_one_and_a_width(data, kind: str, n: int, clustered: bool):
    values = data.draw(st.lists(KINDS[kind], min_size=n, max_size=n))
    side = np.array(values)
    clusters = [str(position // 2) for position in range(len(values))] if clustered and len(values) > 12 else None
    result = compare_paired(side, side, clusters, margin=0.05)
    assert (result.difference, result.p_value, result.b_only, result.a_only) == (0.0, 1.0, 0, 0)
    assert result.ci is not None
    assert result.ci.high == -result.ci.low > 0.0


def seconds_of_three(compare) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        compare()
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.slow
def test_twenty_metrics_of_a_million_right_or_wrong_pairs_take_less_than_two_seconds():
    rng = np.random.default_rng(0)
    baseline, candidate = (rng.random((2, 1_000_000)) < 0.5).astype(float)
    assert seconds_of_three(lambda: [compare_paired(baseline, candidate, margin=0.05) for _ in range(20)]) < 2.0


def test_a_million_right_or_wrong_pairs_take_a_tenth_of_a_second():
    rng = np.random.default_rng(0)
    baseline, candidate = (rng.random((2, 1_000_000)) < 0.5).astype(float)
    assert seconds_of_three(lambda: compare_paired(baseline, candidate, margin=0.05)) < 0.1


def test_a_hundred_thousand_graded_pairs_take_less_than_a_second():
    rng = np.random.default_rng(0)
    baseline, candidate = rng.random((2, 100_000))
    result = compare_paired(baseline, candidate, margin=0.05)
    assert result.method == "Student's t (large sample, in place of resampling)"
    assert seconds_of_three(lambda: compare_paired(baseline, candidate, margin=0.05)) < 1.0
