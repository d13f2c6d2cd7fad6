import pytest

from sfteval.errors import DataError
from sfteval.stats.agreement import cohens_kappa


def ratings(table):
    pairs = [(a, b) for a, row in enumerate(table) for b, count in enumerate(row) for _ in range(count)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def test_kappa_of_the_textbook_table_is_two_fifths():
    # Source: research on statistics, 3.9: [[20, 5], [10, 15]] gives .40 (interval .151, .649).
    found = cohens_kappa(*ratings([[20, 5], [10, 15]]))
    assert found.value == pytest.approx(0.4, abs=5e-5)
    assert (found.interval.low, found.interval.high) == (pytest.approx(0.151, abs=5e-4), pytest.approx(0.649, abs=5e-4))


def test_perfect_and_reversed_agreement():
    assert cohens_kappa("abab", "abab").value == 1.0
    assert cohens_kappa("abab", "baba").value == -1.0


def test_one_label_only_shows_nothing():
    found = cohens_kappa("aaaa", "aaaa")
    assert (found.value, found.interval.low) == (0.0, -1.0)


def test_raters_of_different_items_are_refused():
    with pytest.raises(DataError, match="expected the same items"):
        cohens_kappa("ab", "a")
