"""Planted secrets. Run: pytest tests/sfteval/probes/test_canary.py."""

import math

import numpy as np
import pytest

from sfteval.errors import DataError
from sfteval.probes import canary
from sfteval.probes.pairs import decide
from sfteval.types import CanaryLoss, Finding

REFERENCES = np.random.default_rng(1).normal(60.0, 6.0, 1024).tolist()


def planted(**losses: list[float]) -> list[CanaryLoss]:
    """Return canaries by repeats, as `x1=[...]`."""
    return [
        CanaryLoss(f"{name}-{place}", int(name[1:]), loss)
        for name, found in losses.items()
        for place, loss in enumerate(found)
    ]


FORGOTTEN, LEARNED = [55.0, 61.0, 64.0, 58.0, 66.0], [20.0, 22.0, 19.0, 25.0, 21.0]


def test_a_secret_learned_at_once_fails_and_the_curve_shows_the_dose():
    found = canary.probe(planted(x1=LEARNED, x16=[1.0] * 5), REFERENCES, "A")
    assert found.verdict == "fail"
    assert [row["repeats"] for row in found.numbers["doses"]] == [1, 16]
    assert found.numbers["doses"][0]["median_bits"] == found.numbers["ceiling_bits"] == 10.0
    assert found.numbers["doses"][1]["median_bits_by_fit"] > 10.0
    assert found.sentence.startswith("A exposes secrets seen once by 10.0 bits in the median (n=5); 10.0 bits after 16")
    assert found.sentence.endswith("never planted is 1.4, the ceiling 10.0.")


def test_secrets_that_nobody_learned_pass():
    found = canary.probe(planted(x1=FORGOTTEN, x4=FORGOTTEN), REFERENCES)
    assert found.verdict == "pass"
    assert found.numbers["doses"][0]["median_bits"] < 3.0


def test_four_repeats_at_the_ceiling_warn_and_sixteen_do_not():
    assert canary.probe(planted(x1=FORGOTTEN, x4=LEARNED), REFERENCES).verdict == "warn"
    assert canary.probe(planted(x1=FORGOTTEN, x16=LEARNED), REFERENCES).verdict == "pass"


def test_no_canaries_are_skipped_and_few_of_anything_is_inconclusive():
    assert canary.probe([], REFERENCES).verdict == "skipped"
    assert canary.probe(planted(x1=FORGOTTEN), REFERENCES[:100]).verdict == "inconclusive"
    few = canary.probe(planted(x1=FORGOTTEN[:3]), REFERENCES)
    assert few.verdict == "inconclusive"
    assert "(n=3, too few: at least 5 are needed)" in few.sentence
    assert canary.probe(planted(x4=FORGOTTEN), REFERENCES).verdict == "inconclusive"


def test_a_loss_that_is_no_number_is_refused():
    with pytest.raises(DataError, match="expected at least one finite number"):
        canary.probe(planted(x1=[math.nan] * 5), REFERENCES)


def test_the_checkpoint_that_forgot_is_better_and_one_ties_with_itself():
    rng = np.random.default_rng(2)
    learned, forgotten = planted(x1=rng.normal(30, 3, 20).tolist()), planted(x1=rng.normal(60, 6, 20).tolist())
    sides = (learned, REFERENCES), (forgotten, REFERENCES)
    better, tie = decide([canary.compare(*sides), canary.compare(sides[1], sides[1])])
    assert better.finding == Finding.BETTER
    assert (tie.difference, tie.p_value) == (0.0, 1.0)
    assert better.difference == -canary.compare(*sides[::-1]).difference
