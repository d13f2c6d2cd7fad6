"""What prompts are about: enough stems, each whole, none shared between the shipped suite and the generator."""

from collections import Counter

from sfteval.scorers.instructions.patterns import word_pattern
from sfteval.scorers.instructions.splitting import words
from sfteval.suites.constraints.mending.text import BANK
from sfteval.suites.constraints.own_stems import DRAWN_OWN, OWN_KINDS, SHIPPED_OWN
from sfteval.suites.constraints.stems import OPEN, PASSAGE, Stem, read_stems
from sfteval.suites.constraints.subjects import SUBJECTS
from sfteval.suites.constraints.topics import COMPOSED, FORMS

ALL = (*SUBJECTS, *COMPOSED, *SHIPPED_OWN, *DRAWN_OWN)


def test_a_stem_is_two_lines_of_a_table():
    (stem,) = read_stems("\nkite: Write about a kite.\n    string wind / nice very\n")
    assert stem == Stem("kite", "Write about a kite.", ("string", "wind"), ("nice", "very"), OPEN, "")


def test_there_are_at_least_80_open_stems_written_by_hand_and_more_that_are_composed():
    assert (len(SUBJECTS), len(FORMS), len(COMPOSED)) == (96, 14, 560)


def test_no_two_stems_share_a_key_or_a_request():
    assert max(Counter(stem.key for stem in ALL).values()) == 1
    assert max(Counter(stem.request for stem in ALL).values()) == 1


def test_every_request_is_a_whole_sentence():
    assert [stem.key for stem in ALL if not stem.request[0].isupper() or stem.request[-1] not in '.?"'] == []


def test_stems_that_take_keywords_have_five_and_two_to_avoid_that_are_all_different():
    for stem in ALL:
        if stem.kind != PASSAGE and not stem.kind.startswith("custom:"):
            assert (len(stem.words), len(stem.avoid)) == (5, 2), stem.key
            assert len({word.lower() for word in (*stem.words, *stem.avoid)}) == 7, stem.key


def test_no_request_uses_what_it_may_forbid():
    assert [(stem.key, word) for stem in ALL for word in stem.avoid if word_pattern(word).search(stem.request)] == []


def test_every_kind_of_its_own_has_stems_in_both_pools():
    for stems in (SHIPPED_OWN, DRAWN_OWN):
        assert {stem.kind for stem in stems} == set(OWN_KINDS.values())


def test_a_passage_is_part_of_its_request_and_long_enough_to_overlap_with():
    passages = [stem for stem in (*SHIPPED_OWN, *DRAWN_OWN) if stem.kind == PASSAGE]
    assert all(f'"{stem.passage}"' in stem.request for stem in passages)
    assert min(len(words(stem.passage)) for stem in passages) >= 30


def test_the_bank_of_words_has_no_word_twice():
    assert len(set(BANK)) == len(BANK) >= 120
