"""Exposure of planted secrets. Run: pytest tests/sfteval/stats/test_exposure.py."""

import math

import numpy as np
import pytest

from sfteval.stats.exposure import NULL_MEAN_BITS, exposure_by_fit, exposure_by_rank


def test_exposure_by_rank_is_that_of_tf_privacy_s_own_test():
    found = exposure_by_rank(np.array([0.0, 3.5, 20.0, 4.0]), np.arange(1.0, 17.0))
    assert found == pytest.approx([4.0, 2.0, -0.0875, 2.0], abs=1e-4)  # the last ties with a reference


def test_a_secret_that_nobody_planted_has_1_44_bits_on_average():
    references = np.arange(1024.0)
    assert exposure_by_rank(np.arange(1025.0) - 0.5, references).mean() == pytest.approx(NULL_MEAN_BITS, abs=0.01)


def test_exposure_by_fit_goes_on_where_the_ranks_end():
    references = np.random.default_rng(0).normal(50.0, 5.0, 400)
    losses = np.array([50.0, 25.0, 10.0, -1e9])
    ranked, fitted = exposure_by_rank(losses, references), exposure_by_fit(losses, references)
    assert ranked[0] == pytest.approx(fitted[0], abs=0.2)
    assert ranked[1] == ranked[2] == math.log2(400)
    assert ranked[1] < fitted[1] < fitted[2] <= fitted[3] == 64.0
