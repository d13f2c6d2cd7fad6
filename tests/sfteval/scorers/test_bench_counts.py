"""IFBench: counts, ratios and sentences, each id with its verdicts and reason.

Run: pytest tests/sfteval/scorers/test_bench_counts.py.
"""

import pytest

from tests.sfteval.scorers.bench import Vector, assert_vector

KEYWORDS = {"keyword1": "door", "keyword2": "bread", "keyword3": "blue", "keyword4": "lamp", "keyword5": "river"}
KEPT = "door" + " bread" * 2 + " blue" * 3 + " lamp" * 5 + " river" * 7
RANGE = {"min_words": 3, "max_words": 4}
LIMIT_10, LIMIT_25 = {"percentage": 10}, {"percentage": 25}
OVERLAP = {"reference_text": "the quick brown fox jumps over the dog", "percentage": 50}

COUNTS: list[Vector] = [
    ("count:word_count_range", RANGE, "one two three", True, True, "needed 3 to 4 words, found 3"),
    ("count:word_count_range", RANGE, "one two", False, False, "needed 3 to 4 words, found 2"),
    ("count:word_count_range", RANGE, "don't do it", True, True, "needed 3 to 4 words, found 4"),
    ("count:word_count_range", RANGE, "a state-of-the-art x", False, False, "needed 3 to 4 words, found 6"),
    ("count:unique_word_count", {"N": 3}, "One two three", True, True, "needed at least 3 different words, found 3"),
    ("count:unique_word_count", {"N": 3}, "One two, two ONE", False, False, "needed at least 3 different words, found"),
    ("count:unique_word_count", {"N": 3}, "one two -", False, True, "needed at least 3 different words, found 2"),
    ("count:unique_word_count", {"N": 3}, "one two “two”", False, True, "needed at least 3 different words, found 2"),
    ("count:conjunctions", {"small_n": 2}, "so and so", True, True, "needed at least 2 different coordinating conj"),
    (
        "count:conjunctions",
        {"small_n": 2},
        "sand or butter",
        False,
        False,
        "needed at least 2 different coordinating conjunctions, found 1 (or)",
    ),
    ("count:conjunctions", {"small_n": 2}, "And then and then", False, True, "needed at least 2 different coordinatin"),
    ("count:conjunctions", {"small_n": 2}, "for, nor", True, True, "needed at least 2 different coordinating conjunct"),
    ("count:person_names", {"N": 2}, "Emma met Leo.", True, True, "needed at least 2 different listed names, found 2"),
    ("count:person_names", {"N": 2}, "Emma met Emma.", False, False, "needed at least 2 different listed names, found"),
    ("count:person_names", {"N": 2}, "_Emma_ met Leo's dog", True, False, "needed at least 2 different listed names"),
    ("count:person_names", {"N": 2}, "emma met Leonard", False, False, "needed at least 2 different listed names, fou"),
    ("count:numbers", {"N": 3}, "1, then 2, then 3", True, True, "needed exactly 3 numbers, found 3"),
    ("count:numbers", {"N": 3}, "only 4 of 5", False, False, "needed exactly 3 numbers, found 2"),
    ("count:numbers", {"N": 3}, "1,000 and 3.14 and x7", True, True, "needed exactly 3 numbers, found 3"),
    ("count:numbers", {"N": 3}, "10-20, or 2,3", False, False, "needed exactly 3 numbers, found 4"),
    ("count:numbers", {"N": 3}, "1/2 of 7", True, False, "needed exactly 3 numbers, found 3"),
    ("count:numbers", {"N": 1}, "2024-05-01", False, True, "needed exactly 1 numbers, found 3"),
    ("count:punctuation", {}, "A, b; c: d! e? f. g?!", True, True, "needed . , ! ? ; : and ?!, found all"),
    ("count:punctuation", {}, "A, b; c: d. g?!", False, False, "needed . , ! ? ; : and ?!, found all but ! ?"),
    ("count:punctuation", {}, "A, b; c: d! e? f. g‽", True, True, "needed . , ! ? ; : and ?!, found all"),
    ("count:punctuation", {}, "A, b; c: d! e? f.", False, False, "needed . , ! ? ; : and ?!, found all but ?!"),
    ("count:pronouns", {"N": 2}, "He saw it.", True, True, "needed at least 2 pronouns, found 2"),
    ("count:pronouns", {"N": 2}, "The hero sat.", False, False, "needed at least 2 pronouns, found 0"),
    ("count:pronouns", {"N": 2}, "She/her", True, True, "needed at least 2 pronouns, found 2"),
    ("count:pronouns", {"N": 2}, "_I_ saw _it_", True, False, "needed at least 2 pronouns, found 2"),
    (
        "count:words_japanese",
        {"N": 2},
        "a 日本 b こんにちは",
        True,
        True,
        "needed a Japanese word every 2 words, found 2",
    ),
    (
        "count:words_japanese",
        {"N": 2},
        "a b",
        False,
        False,
        'needed a Japanese word every 2 words, found "b" as word 2',
    ),
    ("count:words_japanese", {"N": 2}, "- a 日本 b 語", True, False, "needed a Japanese word every 2 words, found 2"),
    ("count:words_japanese", {"N": 2}, "a 1999 b ﾃｽﾄ", True, False, "needed a Japanese word every 2 words, found 2"),
    ("count:words_japanese", {"N": 5}, "a b", True, True, "needed a Japanese word every 5 words, found 0"),
    ("count:keywords_multiple", KEYWORDS, KEPT, True, True, "needed the keywords 1, 2, 3, 5 and 7 times, found so"),
    ("count:keywords_multiple", KEYWORDS, KEPT + " bread", False, False, 'needed "bread" 2 times, found 3'),
    ("count:keywords_multiple", KEYWORDS, KEPT.upper(), True, True, "needed the keywords 1, 2"),
    ("count:keywords_multiple", KEYWORDS, KEPT + " indoors", True, False, "needed the keywords 1, 2"),
    ("count:keywords_multiple", KEYWORDS, "outdoor" + KEPT[4:], False, True, 'needed "door" 1 times, found 0'),
]

RATIOS: list[Vector] = [
    ("ratio:stop_words", LIMIT_25, "cats chase red birds", True, True, "needed at most 25 % stop words, found 0.0 %"),
    ("ratio:stop_words", LIMIT_25, "the cats and the birds", False, False, "needed at most 25 % stop words, found 60."),
    ("ratio:stop_words", LIMIT_25, "The cat runs fast", True, True, "needed at most 25 % stop words, found 25.0 %"),
    ("ratio:stop_words", LIMIT_25, "don't go", False, False, "needed at most 25 % stop words, found 66.7 %"),
    ("ratio:stop_words", LIMIT_10, "Cats could run fast", False, True, "needed at most 10 % stop words, found 25.0 %"),
    ("ratio:stop_words", LIMIT_25, "!!!", False, False, "needed at most 25 % stop words, found no words"),
    ("ratio:sentence_type", {}, "It is. It was. Is it?", True, True, "needed 2 statements for each question, found 2"),
    ("ratio:sentence_type", {}, "It is. Is it?", False, False, "needed 2 statements for each question, found 1 and 1"),
    ("ratio:sentence_type", {}, "It was! It is!", False, True, "needed 2 statements for each question, found 0 and 0"),
    ("ratio:sentence_type", {}, 'He said "no." It was. Is it?', True, False, "needed 2 statements for each question,"),
    ("ratio:sentence_balance", {}, "It is. Is it? It is!", True, True, "needed as many statements as questions and "),
    (
        "ratio:sentence_balance",
        {},
        "It is. Is it?",
        False,
        False,
        "needed as many statements as questions and exclamations, found 1, 1 and 0",
    ),
    ("ratio:sentence_balance", {}, "no marks", False, True, "needed as many statements as questions and exclamations,"),
    ("ratio:sentence_balance", {}, "It is. (Is it?) It is!", True, False, "needed as many statements as questions and"),
    ("ratio:overlap", OVERLAP, "the quick brown fox runs home", True, False, "needed 50 % (±2) of trigrams from the r"),
    ("ratio:overlap", OVERLAP | {"percentage": 48}, "the quick brown fox runs home", True, False, "needed 48 % (±2)"),
    ("ratio:overlap", OVERLAP | {"percentage": 52}, "The quick brown fox runs home", True, False, "needed 52 % (±2)"),
    ("ratio:overlap", OVERLAP | {"percentage": 53}, "the quick brown fox runs home", False, False, "needed 53 % (±2)"),
    (
        "ratio:overlap",
        OVERLAP | {"percentage": 98},
        "the quick brown fox",
        True,
        True,
        "needed 98 % (±2) of trigrams from",
    ),
    (
        "ratio:overlap",
        OVERLAP | {"percentage": 97},
        "the quick brown fox",
        False,
        False,
        "needed 97 % (±2) of trigrams from",
    ),
    (
        "ratio:overlap",
        OVERLAP | {"percentage": 2},
        "xyz abc jkl",
        True,
        True,
        "needed 2 % (±2) of trigrams from the reference, f",
    ),
    ("ratio:overlap", OVERLAP, "quick brown fox", False, False, "needed 50 % (±2) of trigrams from the reference, fou"),
    ("ratio:overlap", OVERLAP, "fox!?", False, False, "needed 50 % of trigrams from the reference, found no trigram"),
    ("ratio:overlap", OVERLAP, "the qxyz", False, True, "needed 50 % of trigrams from the reference, found no trigram"),
    ("ratio:overlap", OVERLAP, "no", False, False, "needed 50 % of trigrams from the reference, found no trigram"),
    ("ratio:sentence_words", {}, "A cat. My dog. No cow.", False, False, "needed 3 sentences of one length, found 6,"),
    ("ratio:sentence_words", {}, "Big cat. Red dog. New cow.", True, True, "needed 3 sentences of one length, found 8"),
    ("ratio:sentence_words", {}, "Big cat. Red cat. New cow.", False, True, 'needed all different words, found "cat"'),
    ("ratio:sentence_words", {}, "Big cat. Red dog.", False, False, "needed exactly 3 sentences, found 2"),
]

SENTENCES: list[Vector] = [
    ("sentence:alliteration_increment", {}, "She is cold. We will go.", True, True, "needed longer alliteration in ea"),
    (
        "sentence:alliteration_increment",
        {},
        "We will go. It is cold.",
        False,
        False,
        "needed a run of more than 2 in sentence 2, found 2 alliterative words",
    ),
    ("sentence:alliteration_increment", {}, "We will win. Big bad cats can.", False, True, "needed a run of more than"),
    ("sentence:alliteration_increment", {}, "Only one.", True, True, "needed longer alliteration in each sentence, fo"),
    ("sentence:keyword", {"word": "eat", "N": 2}, "Hi there. We eat.", True, True, 'needed "eat" in sentence 2, found'),
    (
        "sentence:keyword",
        {"word": "eat", "N": 2},
        "We eat. Great heat.",
        False,
        False,
        'needed "eat" in sentence 2, found it in sentence 1',
    ),
    ("sentence:keyword", {"word": "eat", "N": 2}, "We eat.", False, False, 'needed "eat" in sentence 2, found 1 sente'),
    ("sentence:keyword", {"word": "eat", "N": 2}, "Hi there. We _EAT_.", True, False, 'needed "eat" in sentence 2, fo'),
    ("sentence:increment", {"small_n": 2}, "Go. Go on now.", True, True, "needed 2 words more in each sentence, found"),
    ("sentence:increment", {"small_n": 2}, "Go. Go on.", False, False, "needed 3 words in sentence 2, found 2"),
    ("sentence:increment", {"small_n": 2}, "Go - on. Do it – well.", False, True, "needed 4 words in sentence 2, f"),
    ("sentence:increment", {"small_n": 2}, "Only one.", True, True, "needed 2 words more in each sentence, found [2]"),
]


@pytest.mark.parametrize("vector", COUNTS)
def test_a_count_and_its_reason(vector: Vector):
    assert_vector(vector)


@pytest.mark.parametrize("vector", RATIOS)
def test_a_ratio_and_its_reason(vector: Vector):
    assert_vector(vector)


@pytest.mark.parametrize("vector", SENTENCES)
def test_what_sentences_hold_and_the_reason(vector: Vector):
    assert_vector(vector)
