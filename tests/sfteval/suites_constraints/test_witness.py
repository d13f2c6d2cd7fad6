"""Every constraint can be satisfied, alone with any kwargs that may be drawn, and in combinations."""

import pytest

from sfteval.scorers.instructions import CONSTRAINTS
from sfteval.suites.constraints.conflicts import ALONE, ASPECTS, COMPANY, may_combine
from sfteval.suites.constraints.draws import drawn
from sfteval.suites.constraints.mending import MENDERS
from sfteval.suites.constraints.own_stems import OWN_KINDS, SHIPPED_OWN
from sfteval.suites.constraints.stems import OPEN
from sfteval.suites.constraints.subjects import SUBJECTS
from sfteval.suites.constraints.witness import BASE, checkers_of, is_lazy, satisfies, witness
from sfteval.suites.dice import Dice

NO_COMMA = {"id": "punctuation:no_comma", "kwargs": {}}
LOUD = {"id": "change_case:english_capital", "kwargs": {}}
SOFT = {"id": "change_case:english_lowercase", "kwargs": {}}
TITLE = {"id": "detectable_format:title", "kwargs": {}}


def stems_for(identifier):
    kind = OWN_KINDS.get(identifier, OPEN)
    return [stem for stem in (*SUBJECTS, *SHIPPED_OWN) if stem.kind == kind]


@pytest.mark.parametrize("identifier", sorted(CONSTRAINTS))
def test_every_constraint_has_a_witness_whatever_is_drawn(identifier):
    stems = stems_for(identifier)
    for number in range(12):
        kwargs = drawn(identifier, Dice(f"witness {number}"), stems[number % len(stems)])
        asked = [{"id": identifier, "kwargs": kwargs}]
        text = witness(asked)
        assert text is not None, kwargs
        assert satisfies(text, checkers_of(asked))


def test_there_is_a_mender_for_every_constraint():
    assert set(MENDERS) == set(CONSTRAINTS)


def test_a_combination_is_mended_step_by_step():
    assert witness([TITLE, LOUD]) == f"<<One Summer>>\n{BASE}".upper()
    assert witness([LOUD, SOFT]) is None


def test_a_lazy_phrase_satisfies_what_only_forbids_and_nothing_that_asks():
    assert is_lazy([NO_COMMA])
    assert not is_lazy([TITLE])
    assert not is_lazy([NO_COMMA, TITLE])


def test_a_blank_text_satisfies_nothing():
    assert not satisfies(" \n", checkers_of([NO_COMMA]))


def test_conflicts_name_known_constraints_only():
    named = {*ALONE, *COMPANY, *(name for names in (*ASPECTS.values(), *COMPANY.values()) for name in names)}
    assert named <= set(CONSTRAINTS)


@pytest.mark.parametrize(
    ("one", "other", "allowed"),
    [
        ("punctuation:no_comma", "detectable_format:title", True),
        ("punctuation:no_comma", "punctuation:no_comma", False),
        ("punctuation:no_comma", "custom:csv_city", False),
        ("punctuation:no_comma", "count:punctuation", False),
        ("change_case:english_capital", "change_case:english_lowercase", False),
        ("language:response_language", "change_case:english_capital", False),
        ("language:response_language", "length_constraints:number_sentences", True),
        ("length_constraints:number_words", "count:word_count_range", False),
        ("detectable_format:json_format", "keywords:existence", True),
        ("detectable_format:json_format", "startend:quotation", False),
        ("words:prime_lengths", "keywords:existence", False),
        ("words:prime_lengths", "length_constraints:number_words", True),
    ],
)
def test_what_contradicts_or_is_absurd_is_not_combined(one, other, allowed):
    assert may_combine(one, other) is may_combine(other, one) is allowed
