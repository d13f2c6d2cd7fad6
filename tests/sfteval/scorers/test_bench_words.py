"""IFBench: letters and positions of words, each id with its verdicts and reason.

Run: pytest tests/sfteval/scorers/test_bench_words.py.
"""

import pytest

from sfteval.scorers.instructions.bench.syllables import syllables
from sfteval.scorers.instructions.bench.verbs import is_verb
from tests.sfteval.scorers.bench import Vector, assert_vector

TEN = "level radar civic rotor kayak madam refer stats tenet solos"
THIRD = {"keyword": "giggle", "n": 2, "m": 3}

LETTERS: list[Vector] = [
    ("words:alphabet", {}, "Yes zebras are best.", True, True, "needed first letters in alphabetical order, found 4 s"),
    ("words:alphabet", {}, "A cat", False, False, 'needed word 2 to begin with B, found "cat"'),
    ("words:alphabet", {}, "“A” – big", True, False, "needed first letters in alphabetical order, found 2"),
    ("words:alphabet", {}, "9 lives", False, False, 'needed a first word that begins with a to z, found "9"'),
    ("words:alphabet", {}, "!!!", False, False, 'needed a first word that begins with a to z, found ""'),
    ("words:vowel", {}, "A man can sit on it.", True, True, "needed at most 3 vowels, found 3 (a, i, o)"),
    ("words:vowel", {}, "A red dog sits.", False, False, "needed at most 3 vowels, found 4 (a, e, i, o)"),
    ("words:vowel", {}, "A man\ncan sit.", True, False, "needed at most 3 vowels, found 2 (a, i)"),
    ("words:vowel", {}, "\n\n\nA man\n \n", True, True, "needed at most 3 vowels, found 1 (a)"),
    ("words:vowel", {}, "A man\n\ncan sit.", False, False, "needed 1 paragraph, found 2"),
    ("words:vowel", {}, "A ñu is só é", False, True, "needed at most 3 vowels, found 5 (a, e, i, o, u)"),
    ("words:consonants", {}, "Strong winds blow fast", True, True, "needed two consonants together in each word, foun"),
    ("words:consonants", {}, "Strong sea", False, False, 'needed two consonants together in each word, found "sea"'),
    ("words:consonants", {}, "1. Strong - winds", True, False, "needed two consonants together in each word, found al"),
    ("words:consonants", {}, "12 34", False, False, "needed two consonants together in each word, found no word"),
    ("words:palindrome", {}, TEN, True, True, "needed at least 10 palindromes of 5 letters, found 10"),
    ("words:palindrome", {}, "level noon", False, False, "needed at least 10 palindromes of 5 letters, found 1"),
    ("words:palindrome", {}, "12321 " * 10, False, True, "needed at least 10 palindromes of 5 letters, found 0"),
    ("words:palindrome", {}, f"“{TEN}”".title(), True, False, "needed at least 10 palindromes of 5 letters, found 10"),
    ("words:palindrome", {}, "aaaaa " * 10, False, True, "needed at least 10 palindromes of 5 letters, found 0"),
    ("words:prime_lengths", {}, "We are happy", True, True, "needed words of prime length, found only such"),
    ("words:prime_lengths", {}, "We will", False, False, 'needed words of prime length, found "will" with 4 letters'),
    ("words:prime_lengths", {}, "We – are", True, False, "needed words of prime length, found only such"),
    ("words:prime_lengths", {}, "can't", False, False, 'needed words of prime length, found "can\'t" with 4 letters'),
    ("words:prime_lengths", {}, "!!!", False, True, "needed words of prime length, found no word"),
    ("words:no_consecutive", {}, "big cats dig", True, True, "needed neighbours with different first letters, found o"),
    ("words:no_consecutive", {}, "big Bats", False, False, 'needed neighbours with different first letters, found "bi'),
    ("words:no_consecutive", {}, "“big” “cats”", True, False, "needed neighbours with different first letters, found"),
    ("words:no_consecutive", {}, "1 10", True, False, "needed neighbours with different first letters, found only suc"),
    ("words:no_consecutive", {}, "word", True, True, "needed neighbours with different first letters, found only such"),
]

POSITIONS: list[Vector] = [
    # The published verdicts of this id are what its tagger should say; nobody has executed it.
    ("words:start_verb", {}, "Imagine a world.", True, True, 'needed a verb first, found "Imagine"'),
    ("words:start_verb", {}, "The world turns.", False, False, 'needed a verb first, found "The"'),
    ("words:start_verb", {}, "Exploring the sea", True, True, 'needed a verb first, found "Exploring"'),
    ("words:start_verb", {}, "Report: all is well", False, False, 'needed a verb first, found "Report"'),
    ("words:start_verb", {}, "...", False, False, 'needed a verb first, found "..."'),
    ("words:repeats", {"small_n": 2}, "so it is, so be it", True, True, 'needed each word at most 2 times, found "so"'),
    ("words:repeats", {"small_n": 2}, "so so So", False, False, 'needed each word at most 2 times, found "so" 3 times'),
    ("words:repeats", {"small_n": 2}, "a – b – c – d", True, False, 'needed each word at most 2 times, found "a" 1 ti'),
    ("words:repeats", {"small_n": 1}, "yes “yes”", False, True, 'needed each word at most 1 times, found "yes" 2 time'),
    ("words:odd_even_syllables", {}, "cat water dog", True, True, "needed odd and even syllables by turns, found them"),
    ("words:odd_even_syllables", {}, "cat dog", False, False, 'needed odd and even syllables by turns, found "cat" (1'),
    ("words:odd_even_syllables", {}, "cat", True, True, "needed odd and even syllables by turns, found them so"),
    ("words:odd_even_syllables", {}, "cat 42", False, True, 'needed odd and even syllables by turns, found "cat" (1)'),
    ("words:last_first", {}, "I like cats. Cats like me.", True, True, "needed each sentence to begin with the last w"),
    (
        "words:last_first",
        {},
        "I like cats. Dogs bark.",
        False,
        False,
        'needed sentence 2 to begin with "cats", found "dogs"',
    ),
    ("words:last_first", {}, "I like “cats”. Cats do.", True, False, "needed each sentence to begin with the last wor"),
    (
        "words:last_first",
        {},
        "I like CATS. cats do.",
        True,
        True,
        "needed each sentence to begin with the last word bef",
    ),
    ("words:last_first", {}, "Only one.", True, True, "needed each sentence to begin with the last word before it, fo"),
    ("words:paragraph_last_first", {}, "Peace is peace.\n\nWar", True, True, "needed each paragraph to end as it begi"),
    (
        "words:paragraph_last_first",
        {},
        "Peace is good.",
        False,
        False,
        'needed each paragraph to end as it begins, found "peace" and "good"',
    ),
    ("words:paragraph_last_first", {}, "Peace, love, peace.", True, False, "needed each paragraph to end as it begins"),
    ("words:paragraph_last_first", {}, "a b a\n---\nc d", False, False, "needed each paragraph to end as it begins, f"),
    ("words:keywords_specific_position", THIRD, "Hi there. We two giggle.", True, True, 'needed "giggle" as word 3 of'),
    (
        "words:keywords_specific_position",
        THIRD,
        "Hi there. We giggle.",
        False,
        False,
        'needed "giggle" as word 3 of sentence 2, found 2 words there',
    ),
    ("words:keywords_specific_position", THIRD, "We giggle.", False, False, 'needed "giggle" as word 3 of sentence 2,'),
    ("words:keywords_specific_position", THIRD, "Hi there. We, too, GIGGLE.", True, True, 'needed "giggle" as word 3 '),
    ("words:keywords_specific_position", THIRD, "Hi there. I'm so giggle.", True, False, 'needed "giggle" as word 3 o'),
    ("words:words_position", {"keyword": "so"}, "It so was so good.", True, True, 'needed "so" second and last but on'),
    ("words:words_position", {"keyword": "so"}, "It was so good.", False, False, 'needed "so" second and last but one'),
    ("words:words_position", {"keyword": "so"}, "It so was so good!!!", True, False, 'needed "so" second and last but'),
    ("words:words_position", {"keyword": "so"}, "So", False, False, 'needed "so" as second word, found 1 words'),
]


@pytest.mark.parametrize("vector", LETTERS)
def test_the_letters_of_words_and_the_reason(vector: Vector):
    assert_vector(vector)


@pytest.mark.parametrize("vector", POSITIONS)
def test_the_positions_of_words_and_the_reason(vector: Vector):
    assert_vector(vector)


def test_syllables_follow_english_spelling():
    expected = {"cat": 1, "water": 2, "table": 2, "jumped": 1, "wanted": 2, "boxes": 2, "names": 1, "creation": 3}
    assert {word: syllables(word) for word in expected} == expected
    expected = {"language": 2, "social": 2, "idea": 3, "well-being": 3, "hmm": 1, "every": 2, "movie": 2, "league": 1}
    assert {word: syllables(word) for word in expected} == expected


def test_a_verb_is_known_in_all_its_forms():
    verbs = "explore", "Explores", "explored", "exploring", "studied", "stopped", "goes", "went", "is", "Let's", "don’t"
    others = "morning", "something", "can", "will", "red", "answer", "the", "yes"
    assert [word for word in verbs if not is_verb(word)] == []
    assert [word for word in others if is_verb(word)] == []
