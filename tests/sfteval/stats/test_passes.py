"""pass^k against its definition, worked out by hand."""

import itertools

import pytest

from sfteval.errors import DataError
from sfteval.stats.passes import pass_hat_k


def test_pass_1_is_the_mean_success():
    assert pass_hat_k([(3, 4), (1, 4), (0, 2)], 1) == pytest.approx((0.75 + 0.25 + 0.0) / 3)


def test_pass_2_of_three_successes_in_four_tries_is_a_half():
    assert pass_hat_k([(3, 4)], 2) == 0.5
    assert pass_hat_k([(3, 4), (4, 4), (1, 4)], 2) == pytest.approx((0.5 + 1.0 + 0.0) / 3)


def test_it_is_the_share_of_choices_of_k_tries_that_all_succeed():
    tries = [True, True, True, False, True, False]
    for k in range(1, 7):
        chosen = [all(choice) for choice in itertools.combinations(tries, k)]
        assert pass_hat_k([(4, 6)], k) == pytest.approx(sum(chosen) / len(chosen))


def test_it_never_rises_with_k():
    values = [pass_hat_k([(5, 8), (8, 8), (2, 8)], k) for k in range(1, 9)]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(("tries", "k"), [([], 1), ([(1, 2)], 3), ([(1, 2)], 0), ([(3, 2)], 1), ([(-1, 2)], 1)])
def test_what_cannot_be_estimated_is_refused(tries, k):
    with pytest.raises(DataError):
        pass_hat_k(tries, k)
