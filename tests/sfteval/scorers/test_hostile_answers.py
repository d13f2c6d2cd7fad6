"""No check takes long, whatever the answer. Run: pytest tests/sfteval/scorers/test_hostile_answers.py."""

import time
from collections.abc import Callable

import pytest

from sfteval.scorers.instructions import CONSTRAINTS, build_constraint
from sfteval.scorers.instructions.languages import language_of
from sfteval.types import Check

LIMIT_SECONDS = 0.1
NOISE = 2  # a shared machine has been seen to run at half its speed; a rule that is not linear misses by far more
NUM_CHARACTERS = 1_000_000
KWARGS: dict[str, dict] = {
    "keywords:existence": {"keywords": ["art", "ice cream"]},
    "keywords:forbidden_words": {"forbidden_words": ["art", "(a|aa)+b"]},
    "keywords:frequency": {"keyword": "art so", "frequency": 2, "relation": "less than"},
    "keywords:letter_frequency": {"letter": "e", "let_frequency": 3, "let_relation": "at least"},
    "language:response_language": {"language": "de"},
    "length_constraints:number_words": {"num_words": 3, "relation": "at least"},
    "length_constraints:number_sentences": {"num_sentences": 3, "relation": "at least"},
    "length_constraints:number_paragraphs": {"num_paragraphs": 2},
    "length_constraints:nth_paragraph_first_word": {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Day"},
    "detectable_content:postscript": {"postscript_marker": "P.S."},
    "detectable_content:number_placeholders": {"num_placeholders": 2},
    "detectable_format:number_bullet_lists": {"num_bullets": 2},
    "detectable_format:number_highlighted_sections": {"num_highlights": 2},
    "detectable_format:multiple_sections": {"section_spliter": "SECTION", "num_sections": 2},
    "combination:repeat_prompt": {"prompt_to_repeat": "Say hi."},
    "startend:end_checker": {"end_phrase": "Bye."},
    "change_case:capital_word_frequency": {"capital_frequency": 3, "capital_relation": "at least"},
}
NASTY = [  # joined emoji, right to left, half a surrogate, zeros, commas, no full stop, marks on marks, odd line ends
    "\U0001f469\u200d\U0001f467", "\u05e9\u05dc ", "\u202e", "\ud800", "\x00", ",", "lorem ipsum ",
    "e\u0301\u0302\u0303", "a\u2028",
]  # fmt: skip
UNITS = [
    "a", "A", "é", "中", "İ", "0", "*", "* ", "*a", "*a ", "**a", "***", "***\n", "******", "* *", "\n*\n", "- ",
    "[", "]", "[]", "[a]", "[a", "<", "<<", ">>", "<<a", "<<\n>>\n", '"', "'", "\n", "\n\n", "x\n\n", "\r\n", " ",
    "\t", "\u3000", "_", "{", "[1,", '{"a":', "```", ".", ". ", "A. ", ".)", "!", "…", "。", "1.\n", "etc. ", "a@",
    "a-", "p.", "p. p. s", "SECTION ", "SECTION 1 ", "art ", "AB ", "I ", "\u0300",
    *NASTY,
]  # fmt: skip


def fastest(call: Callable[[str], object], text: str) -> float:
    """The least of up to three timings: another process may have had the machine during the others."""
    least = 1.0
    for _ in range(3):
        start = time.process_time()
        call(text)
        least = min(least, time.process_time() - start)
        if least < LIMIT_SECONDS / 2:
            break
    return least


IFEVAL = sorted(name for name, cls in CONSTRAINTS.items() if ".bench" not in cls.__module__)


@pytest.mark.slow
@pytest.mark.parametrize("name", IFEVAL)
def test_a_megabyte_of_anything_is_checked_briefly(name: str):
    language_of("the profiles are loaded once")
    constraint = build_constraint(name, KWARGS.get(name, {}), "test")
    for unit in UNITS:
        text = unit * (NUM_CHARACTERS // len(unit))
        assert fastest(constraint.check, text) < LIMIT_SECONDS * NOISE, unit
        assert fastest(constraint.published, text) < LIMIT_SECONDS * NOISE, unit


@pytest.mark.parametrize("name", IFEVAL)
def test_no_rule_grows_faster_than_its_text(name: str):
    """A quadratic rule would need 2,500 times the milliseconds that this allows for a fiftieth of the text."""
    language_of("the profiles are loaded once")
    constraint = build_constraint(name, KWARGS.get(name, {}), "test")
    for unit in UNITS:
        text = unit * (NUM_CHARACTERS // 50 // len(unit))
        assert fastest(constraint.check, text) < LIMIT_SECONDS, unit
        assert fastest(constraint.published, text) < LIMIT_SECONDS, unit


@pytest.mark.parametrize("name", IFEVAL)
def test_a_reason_is_short_whatever_the_answer(name: str):
    constraint = build_constraint(name, KWARGS.get(name, {}), "test")
    for unit in UNITS:
        found = constraint.check(unit * (20_000 // len(unit)) + "\n\n" + "Day" * 1000)
        assert len(found.reason) < 400
        assert len(str(found.measured)) < 400


@pytest.mark.parametrize("name", IFEVAL)
@pytest.mark.parametrize(
    "text", ["", " \n", "\x00", "\ud800", "\u202ea", "9" * 5000, "[" * 100_000, "\u2028*\u2029- a"]
)
def test_odd_answers_have_a_verdict_and_a_reason(name: str, text: str):
    constraint = build_constraint(name, KWARGS.get(name, {}), "test")
    found = constraint.check(text)
    assert isinstance(found, Check)
    assert found.reason.startswith("needed ")
    assert constraint.published(text) in (True, False, None)
