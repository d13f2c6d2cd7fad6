"""Numbers as people read them, and text that is made harmless."""

import pytest

from sfteval.report.text import interval, number, one_line, shortened, signed, typeset, utf8, visible


@pytest.mark.parametrize(
    ("value", "plain", "with_sign"),
    [
        (0.5, "0.500", "+0.500"),
        (-0.25, "-0.250", "-0.250"),
        (0.0, "0.000", "0.000"),
        (-0.0004, "0.000", "0.000"),
        (-10.0, "-10.000", "-10.000"),
        (None, "-", "-"),
    ],
)
def test_numbers(value: float | None, plain: str, with_sign: str) -> None:
    assert (number(value), signed(value)) == (plain, with_sign)


def test_an_interval_has_both_ends_or_is_nothing() -> None:
    assert interval(-0.1, 0.25) == "[-0.100, +0.250]"
    assert interval(None, 0.25) == ""


def test_a_page_has_true_minus_signs_before_numbers_only() -> None:
    assert typeset("-0.100") == "−0.100"
    assert typeset("-") == "-"


def test_one_line_has_no_codes_no_line_ends_and_no_directions() -> None:
    assert one_line("a\x1b[31mb\x1b]0;title\x07c\x9b1md\ne\tf\u202eg\x00h\ud800") == "abcd e fgh�"


def test_visible_text_shows_what_it_holds() -> None:
    assert visible("a\r\nb\tc\x1b\x7f\u2066\x9b") == "a\nb\tc␛␡[U+2066][U+009B]"


def test_a_shortened_text_says_how_much_is_missing() -> None:
    assert shortened("abcdefghij", 2, 1) == "ab [... 7 characters ...] j"
    assert shortened("abcdefghij", 2) == "ab [... 8 characters ...]"
    assert shortened("abc", 2, 1) == "abc"


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    assert utf8("a\ud800") == "a�".encode()
