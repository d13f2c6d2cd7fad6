"""Strict, loose, metrics and bad targets. Run: pytest tests/sfteval/scorers/test_constraints.py."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.errors import DataError
from sfteval.scorers import build_scorer
from sfteval.scorers.constraints import variants
from sfteval.types import Graded, Outcome, Reading, Sample, Task

NO_COMMA = {"id": "punctuation:no_comma", "kwargs": {}}
TWO_BULLETS = {"id": "detectable_format:number_bullet_lists", "kwargs": {"num_bullets": 2}}
ENDS = {"id": "startend:end_checker", "kwargs": {"end_phrase": "Bye."}}
HASHES = {
    "id": "keywords:letter_frequency",
    "kwargs": {"letter": "#", "let_frequency": 1, "let_relation": "at least"},
}


def grade(answer: str, *instructions: object, target: object = None) -> Graded:
    sample = Sample("k7", (), target=target if target is not None else {"instructions": list(instructions)})
    task = Task("c", "constraints", (sample,), ("prompt_strict",))
    return build_scorer(task).grade(sample, Reading(Outcome.OK, answer))


def test_an_answer_that_keeps_every_instruction_scores_one_everywhere():
    graded = grade("* a\n* b\nBye.", NO_COMMA, TWO_BULLETS, ENDS)
    assert set(graded.metrics.values()) == {1.0}
    assert sorted(graded.metrics) == sorted(
        f"{level}_{mode}"
        for level in ("prompt", "instruction")
        for mode in ("strict", "loose", "strict_reference", "loose_reference")
    )


def test_one_broken_instruction_of_three_fails_the_prompt_and_costs_a_third():
    metrics = grade("* a, b\n* c\nBye.", NO_COMMA, TWO_BULLETS, ENDS).metrics
    assert (metrics["prompt_strict"], metrics["instruction_strict"]) == (0.0, 2 / 3)


def test_every_instruction_is_explained_in_the_sample_s_order():
    first, second = grade("* a\nBye.\nSo, x", ENDS, TWO_BULLETS).detail["instructions"]
    assert first == {
        "id": "startend:end_checker",
        "strict": False,
        "loose": True,
        "strict_reference": False,
        "loose_reference": True,
        "reason": 'needed the end "Bye.", found "* a\nbye.\nso, x"',
        "measured": "* a\nbye.\nso, x",
    }
    assert (second["reason"], second["measured"]) == ("needed exactly 2 bullets, found 1", 1)


def test_loose_forgives_a_first_line_a_last_line_and_stars():
    assert grade("Sure, here:\na b", NO_COMMA).metrics["prompt_loose"] == 1.0
    assert grade("a b\nHope this helps, friend", NO_COMMA).metrics["prompt_loose"] == 1.0
    assert grade("**Bye.**", ENDS).metrics["prompt_loose"] == 1.0
    assert grade("**Bye.**", ENDS).metrics["prompt_strict"] == 0.0
    assert grade("a\nb, c\nd", NO_COMMA).metrics["prompt_loose"] == 0.0


def test_the_variants_are_the_published_eight_each_once():
    assert variants("*a\nb\nc") == ("*a\nb\nc", "b\nc", "*a\nb", "b", "a\nb\nc", "a\nb")
    assert variants("a") == ("a", "")


@pytest.mark.parametrize("answer", ["", " \n\t"])
def test_a_blank_answer_follows_nothing(answer: str):
    graded = grade(answer, NO_COMMA)
    assert set(graded.metrics.values()) == {0.0}
    assert graded.detail["instructions"][0]["reason"] == "needed an answer, found none"


def test_where_the_published_scorer_is_random_its_metrics_are_null_and_ours_are_not():
    metrics = grade("#", HASHES, NO_COMMA).metrics
    assert metrics["prompt_strict"] == metrics["prompt_loose"] == metrics["instruction_strict"] == 1.0
    assert metrics["prompt_strict_reference"] is metrics["instruction_loose_reference"] is None


def test_the_same_id_twice_is_two_instructions():
    forbidden = [{"id": "keywords:forbidden_words", "kwargs": {"forbidden_words": [word]}} for word in ("cat", "dog")]
    assert grade("a cat", *forbidden).metrics["instruction_strict"] == 0.5


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"instructions": [{"id": "punctuation:no_coma"}]}, 'got "punctuation:no_coma". Did you mean "punctuation:no_'),
        (
            {"instructions": [TWO_BULLETS | {"kwargs": {"num_bullet": 2}}]},
            'got "num_bullet". Did you mean "num_bullets"',
        ),
        ({"instructions": [TWO_BULLETS | {"kwargs": {}}]}, 'expected the kwarg "num_bullets", got none'),
        ({"instructions": [TWO_BULLETS | {"kwargs": {"num_bullets": "2"}}]}, "expected a whole number of at least 0"),
        ({"instructions": [TWO_BULLETS | {"kwargs": {"num_bullets": float("inf")}}]}, "expected a whole number"),
        ({"instructions": [TWO_BULLETS | {"kwargs": {"num_bullets": True}}]}, "expected a whole number"),
        (
            {"instructions": [HASHES | {"kwargs": HASHES["kwargs"] | {"let_relation": "most"}}]},
            '"less than" or "at least"',
        ),
        (
            {"instructions": [{"id": "keywords:existence", "kwargs": {"keywords": "a"}}]},
            "expected a list of at least one text",
        ),
        ({"instructions": [NO_COMMA | {"kwargs": {"x": 1}}]}, 'expected no kwargs, got "x"'),
        ({"instructions": []}, 'expected {"instructions": '),
        ({"instructions": ["punctuation:no_comma"]}, 'expected {"instructions": '),
        (["punctuation:no_comma"], 'expected {"instructions": '),
    ],
)
def test_a_bad_target_names_the_sample_and_the_next_move(target: object, message: str):
    with pytest.raises(DataError) as error:
        grade("", target=target)
    assert str(error.value).startswith('task "c", sample "k7"')
    assert message in str(error.value)


def test_null_kwargs_of_the_hub_s_copy_are_dropped():
    assert grade("* a\n* b", TWO_BULLETS | {"kwargs": {"num_bullets": 2.0}}).metrics["prompt_strict"] == 1.0
    padded = {"id": "punctuation:no_comma", "kwargs": {"num_highlights": None, "relation": None}}
    assert grade("a b", padded).metrics["prompt_strict"] == 1.0


INSTRUCTIONS = [
    NO_COMMA,
    TWO_BULLETS,
    ENDS,
    HASHES,
    {"id": "startend:quotation"},
    {"id": "detectable_format:title"},
    {"id": "detectable_format:json_format"},
    {"id": "detectable_format:number_highlighted_sections", "kwargs": {"num_highlights": 1}},
    {"id": "detectable_format:multiple_sections", "kwargs": {"section_spliter": "Section", "num_sections": 1}},
    {"id": "detectable_content:postscript", "kwargs": {"postscript_marker": "P.S."}},
    {"id": "detectable_content:number_placeholders", "kwargs": {"num_placeholders": 1}},
    {"id": "keywords:existence", "kwargs": {"keywords": ["a"]}},
    {"id": "keywords:forbidden_words", "kwargs": {"forbidden_words": ["b"]}},
    {"id": "keywords:frequency", "kwargs": {"keyword": "a", "frequency": 2, "relation": "less than"}},
    {"id": "length_constraints:number_words", "kwargs": {"num_words": 3, "relation": "at least"}},
    {"id": "length_constraints:number_paragraphs", "kwargs": {"num_paragraphs": 2}},
    {"id": "combination:two_responses"},
    {"id": "combination:repeat_prompt", "kwargs": {"prompt_to_repeat": "a"}},
]
PIECES = [
    "*",
    "**",
    "***",
    "a",
    "b",
    "A",
    ",",
    "\n",
    "\n\n",
    " ",
    "- a",
    "[a]",
    "<<",
    ">>",
    "Section 1",
    "P.S.",
    '"',
    "#",
]
ANSWERS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map("".join))


@settings(deadline=None)
@given(answer=ANSWERS)
def test_loose_includes_strict_in_both_rules_whatever_the_answer(answer: str):
    graded = grade(answer, *INSTRUCTIONS)
    for verdict in graded.detail["instructions"]:
        assert verdict["loose"] >= verdict["strict"]
        assert (verdict["loose_reference"] is None) == (verdict["strict_reference"] is None)
        assert (verdict["loose_reference"] or False) >= (verdict["strict_reference"] or False)
        assert verdict["reason"]


def test_a_bound_of_zero_is_ours_alone_because_published_it_is_drawn():
    graded = grade("a b", {"id": "detectable_format:number_bullet_lists", "kwargs": {"num_bullets": 0}})
    assert (graded.metrics["prompt_strict"], graded.metrics["prompt_strict_reference"]) == (1.0, None)


def test_a_variant_without_a_published_verdict_leaves_the_loose_one_open(monkeypatch: pytest.MonkeyPatch):
    found = {"*a": False, "a": None}
    monkeypatch.setattr("sfteval.scorers.instructions.keywords.Existence.published", lambda self, text: found[text])
    metrics = grade("*a", {"id": "keywords:existence", "kwargs": {"keywords": ["b"]}}).metrics
    assert (metrics["prompt_strict_reference"], metrics["prompt_loose_reference"]) == (0.0, None)
    found["a"] = True
    metrics = grade("*a", {"id": "keywords:existence", "kwargs": {"keywords": ["b"]}}).metrics
    assert (metrics["prompt_strict_reference"], metrics["prompt_loose_reference"]) == (0.0, 1.0)
