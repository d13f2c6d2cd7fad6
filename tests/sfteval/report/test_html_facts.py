"""Settings and records as rows of the page."""

import pytest

from sfteval.report.html.facts import fact_rows


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        ([73_288, None], "73288, unknown"),
        ((True, "x"), "true, x"),
        ("a\nb", "a b"),
    ],
)
def test_a_value_is_shown_as_it_would_be_set(value: object, shown: str) -> None:
    assert fact_rows({"a": {"b": value}}) == [("a.b", shown)]


@pytest.mark.parametrize("value", [None, "", {}, [], [None, None]])
def test_a_value_that_says_nothing_has_no_row(value: object) -> None:
    assert fact_rows({"a": value}) == []
