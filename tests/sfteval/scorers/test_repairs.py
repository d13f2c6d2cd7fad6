"""Every id whose rule is not the published one has a sentence for readers, and no other has."""

from sfteval.scorers.instructions import CONSTRAINTS, Constraint
from sfteval.scorers.repairs import REPAIRS, repair_of

DRAWN = {"keywords:letter_frequency"}  # the published rule, but for letters that it draws at random


def test_exactly_the_ids_with_rules_of_their_own_have_a_sentence():
    own = {name for name, cls in CONSTRAINTS.items() if cls.published is not Constraint.published}
    assert set(REPAIRS) == own | DRAWN


def test_a_sentence_is_one_line_that_ends():
    for name, sentence in REPAIRS.items():
        assert sentence.endswith("."), name
        assert 15 < len(sentence) < 100, name


def test_an_id_without_a_repair_has_no_sentence():
    assert repair_of("punctuation:no_comma") == repair_of("k:unknown") == ""
