"""Every constraint can be asked for in two ways at least, and says what its checker measures."""

import pytest

from sfteval.scorers.instructions import CONSTRAINTS
from sfteval.suites.constraints.draws import DRAWS, LESS_THAN, drawn
from sfteval.suites.constraints.own_stems import SHIPPED_OWN
from sfteval.suites.constraints.stems import PASSAGE
from sfteval.suites.constraints.subjects import SUBJECTS
from sfteval.suites.constraints.wordings import TEMPLATES, listed, templates, worded
from sfteval.suites.dice import Dice


def wording(identifier, place=0, **kwargs):
    return worded(templates(identifier, kwargs)[place], kwargs)


def test_every_constraint_has_two_wordings():
    assert {key.partition(",")[0] for key in TEMPLATES} == set(CONSTRAINTS)
    assert {len(wordings) for wordings in TEMPLATES.values()} == {2}
    assert [key for key, wordings in TEMPLATES.items() if wordings[0] == wordings[1]] == []


def test_every_wording_is_a_whole_sentence():
    endings = {wording[-1] for wordings in TEMPLATES.values() for wording in wordings}
    assert endings <= {".", '"', "}"}  # `}` is the marker of a postscript, which ends in a full stop


@pytest.mark.parametrize("identifier", sorted(CONSTRAINTS))
def test_every_drawn_kwarg_stands_in_the_wording(identifier):
    passage = next(stem for stem in SHIPPED_OWN if stem.kind == PASSAGE)
    for number in range(20):
        stem = passage if identifier == "ratio:overlap" else SUBJECTS[number]
        kwargs = drawn(identifier, Dice(f"draw {number}"), stem)
        for template in templates(identifier, kwargs):
            text = worded(template, kwargs)
            assert "{" not in text.replace("{one (here", "").replace("(a [b {c", "")
            for name, value in kwargs.items():
                if name not in {"prompt_to_repeat", "reference_text", "language"} and not name.endswith("relation"):
                    assert any(f"{{{form}}}" in template for form in (name, f"{name}_less", f"{name}_th")), (
                        name,
                        value,
                    )


def test_kwargs_are_shown_as_a_person_would_write_them():
    assert listed(["a"]) == '"a"'
    assert listed(["a", "b", "c"]) == '"a", "b" and "c"'
    assert wording("language:response_language", language="sv") == "Answer in Swedish only."
    assert wording("sentence:keyword", word="tea", N=3) == 'The third sentence must contain the word "tea".'
    assert wording("words:repeats", 1, small_n=2) == (
        "Each word may appear at most 2 times in your answer, in capital or small letters."
    )


def test_less_than_is_worded_as_such_and_as_at_most_one_less():
    few = {"num_sentences": 4, "relation": LESS_THAN}
    assert wording("length_constraints:number_sentences", **few) == "Write fewer than 4 sentences."
    assert wording("length_constraints:number_sentences", 1, **few) == "Your answer may have at most 3 sentences."


def test_a_wording_in_title_case_is_itself_in_title_case():
    text = TEMPLATES["format:title_case"][1]
    assert CONSTRAINTS["format:title_case"]().check(text).ok


def test_the_example_of_nested_brackets_is_nested_deep_enough():
    text = wording("format:parentheses")
    assert CONSTRAINTS["format:parentheses"]().check(text).measured == 5


def test_draws_are_for_constraints_that_have_kwargs_and_for_no_others():
    assert set(DRAWS) == {name for name, cls in CONSTRAINTS.items() if cls.__dataclass_fields__}


def test_the_same_seed_draws_the_same_and_every_value_of_a_range_is_drawn():
    assert [Dice("a").whole(1, 9) for _ in range(3)] == [Dice("a").whole(1, 9)] * 3
    dice = Dice("range")
    assert {dice.whole(10, 40, 10) for _ in range(200)} == {10, 20, 30, 40}
    assert sorted(dice.some("abc", 3)) == ["a", "b", "c"]
    assert dice.some("ab", 5) in (["a", "b"], ["b", "a"])
