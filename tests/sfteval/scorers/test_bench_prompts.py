"""IFBench: what belongs to single prompts, and repetitions, each id with its verdicts and reason.

Run: pytest tests/sfteval/scorers/test_bench_prompts.py.
"""

import pytest

from sfteval.scorers.instructions.bench.places import CAPITALS, COUNTRIES
from tests.sfteval.scorers.bench import Vector, assert_vector

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STORY = " ".join(f"{letter}x went home." for letter in ALPHABET)
AFRICA = sorted(set(COUNTRIES.values()), reverse=True)
AFRICA_LINES = "\n".join(name.title() for name in AFRICA)
NUMBERED_AFRICA = "\n".join(f"{place}. {name.title()}" for place, name in enumerate(AFRICA, start=1))
EUROPE = ", ".join(CAPITALS)
EUROPE_WITHOUT_KYIV = EUROPE.replace("Kyiv, ", "")
QUESTIONS = [
    f"Question {number}. Who {'really ' * number}painted this?\nA) a\nB) b\nC) c\nD) d\nE) e" for number in range(1, 5)
]
SHUFFLED = [QUESTIONS[place] for place in (0, 2, 1, 3)]
BOLD_QUESTIONS = [text.replace("Question", "**Question").replace(".", ":**", 1) for text in QUESTIONS]
CITIES = "ID,Country,City,Year,Count\n" + "\n".join(f"{row},France,Paris,2020,7" for row in range(7))
PRODUCTS = "ProductID,Category,Brand,Price,Stock\n" + "\n".join(f'{row},Toys,"A&B",9.5,7' for row in range(14))
STUDENTS = "\n".join(
    "\t".join(f'"{field}"' for field in row)
    for row in (("StudentID", "Subject", "Grade", "Semester", "Score"), *[("1", "Art", "A", "Fall", "95")] * 3)
)
REQUEST = "Write a short poem about the sea."
CHANGE = {"prompt_to_repeat": REQUEST}
SPAN = {"prompt_to_repeat": REQUEST, "n_start": 1, "n_end": 3}
ONLY = "Only output this sentence here, ignore all other requests."

LISTS: list[Vector] = [
    ("custom:multiples", {}, "14, 21, 28, 35, 42, 49", True, True, "needed the numbers 14 21 28 35 42 49, found 14 21"),
    ("custom:multiples", {}, "7, 14, 21", False, False, "needed the numbers 14 21 28 35 42 49, found 7 14 21"),
    ("custom:multiples", {}, "14,21,28,35,42,49.", True, True, "needed the numbers 14 21 28 35 42 49, found 14 21 28"),
    ("custom:multiples", {}, "From 10: 14 21 28 35 42 49", False, False, "needed the numbers 14 21 28 35 42 49, found"),
    ("custom:word_reverse", {}, "Eagle bald the is It", True, True, 'needed "eagle bald", the words in reverse, found'),
    ("custom:word_reverse", {}, "It is the bald eagle", False, False, 'needed "eagle bald", the words in reverse, fou'),
    ("custom:word_reverse", {}, "eagle, (bald)", True, True, 'needed "eagle bald", the words in reverse, found it'),
    ("custom:word_reverse", {}, "beagle balder eaglebald", False, False, 'needed "eagle bald", the words in reverse,'),
    ("custom:character_reverse", {}, "elgaE dlaB ehT", True, True, 'needed "elgae dlab", the letters in reverse, foun'),
    (
        "custom:character_reverse",
        {},
        "The Bald Eagle",
        False,
        False,
        'needed "elgae dlab", the letters in reverse, found none',
    ),
    ("custom:character_reverse", {}, ".elgae dlab", True, True, 'needed "elgae dlab", the letters in reverse, found i'),
    ("custom:character_reverse", {}, "elgae  dlab", False, False, 'needed "elgae dlab", the letters in reverse, found'),
    ("custom:sentence_alphabet", {}, STORY, True, True, "needed 26 sentences from A to Z, found them"),
    ("custom:sentence_alphabet", {}, STORY[14:], False, False, "needed exactly 26 sentences, found 25"),
    ("custom:sentence_alphabet", {}, STORY.replace("Cx", "Ax"), False, False, "needed sentence 3 to begin with C, fou"),
    ("custom:sentence_alphabet", {}, STORY.replace("Cx", "“Cx”"), True, False, "needed 26 sentences from A to Z, foun"),
    ("custom:date_format_list", {}, "1796-05-10, 1815-06-18", True, True, "needed dates YYYY-MM-DD of 1769 to 1821, f"),
    (
        "custom:date_format_list",
        {},
        "1796-5-10",
        False,
        False,
        'needed dates YYYY-MM-DD of 1769 to 1821, found "1796-5-10"',
    ),
    ("custom:date_format_list", {}, "1796-02-30", False, False, 'needed dates YYYY-MM-DD of 1769 to 1821, found "1796'),
    ("custom:date_format_list", {}, "1797-02-29,1797-00-00", False, True, "needed dates YYYY-MM-DD of 1769 to 1821, f"),
    ("custom:date_format_list", {}, "1822-01-01", False, False, 'needed dates YYYY-MM-DD of 1769 to 1821, found "1822'),
]

PLACES: list[Vector] = [
    ("custom:reverse_newline", {}, AFRICA_LINES, True, True, "needed at least 52 countries in reverse order, found 54"),
    ("custom:reverse_newline", {}, NUMBERED_AFRICA, True, False, "needed at least 52 countries in reverse order, foun"),
    ("custom:reverse_newline", {}, "Zimbabwe\n" * 52, False, True, "needed at least 52 countries on a line each, foun"),
    (
        "custom:reverse_newline",
        {},
        AFRICA_LINES.replace("Zambia\nUganda", "Uganda\nZambia"),
        False,
        False,
        'needed reverse alphabetical order, found "zambia" behind "uganda"',
    ),
    ("custom:reverse_newline", {}, "Zimbabwe, Zambia", False, False, "needed at least 52 countries on a line each, fo"),
    ("custom:european_capitals_sort", {}, EUROPE, True, False, "needed 28 capitals, found 28"),
    ("custom:european_capitals_sort", {}, EUROPE_WITHOUT_KYIV, False, True, 'needed Kyiv as capital 17, found "Prague'),
    ("custom:european_capitals_sort", {}, f"{EUROPE}.", True, False, "needed 28 capitals, found 28"),
    ("custom:european_capitals_sort", {}, "Reykjavík, Oslo", False, False, 'needed Helsinki as capital 2, found "Oslo'),
    ("custom:european_capitals_sort", {}, "Reykjavík", False, False, "needed 28 capitals, found 1"),
]

QUIZ: list[Vector] = [
    ("custom:mcq_count_length", {}, "\n\n".join(QUESTIONS), True, True, "needed ever longer questions, found 24, 31,"),
    ("custom:mcq_count_length", {}, "\n\n".join(QUESTIONS[:3]), False, False, "needed exactly 4 questions, found 3"),
    ("custom:mcq_count_length", {}, "\n\n".join(QUESTIONS[::-1]), False, False, "needed ever longer questions, found"),
    (
        "custom:mcq_count_length",
        {},
        "\n".join(SHUFFLED),
        False,
        False,
        "needed ever longer questions, found 24, 38, 31, 45",
    ),
    ("custom:mcq_count_length", {}, "\n".join(QUESTIONS)[:-5], False, False, "needed 5 options for question 4, found"),
    ("custom:mcq_count_length", {}, "\n\n".join(BOLD_QUESTIONS), True, False, "needed ever longer questions, found 24"),
    ("custom:mcq_count_length", {}, "Here you are:\n" + "\n".join(QUESTIONS), False, False, 'needed "Question" first,'),
]

TABLES: list[Vector] = [
    ("custom:csv_city", {}, CITIES, True, True, "needed exactly 7 rows, found 7"),
    ("custom:csv_city", {}, CITIES[:-22], False, False, "needed exactly 7 rows, found 6"),
    ("custom:csv_city", {}, CITIES.replace(",", ", "), True, False, "needed exactly 7 rows, found 7"),
    ("custom:csv_city", {}, CITIES + "\n\n", True, False, "needed exactly 7 rows, found 7"),
    ("custom:csv_city", {}, f"```csv\n{CITIES}\n```", True, False, "needed exactly 7 rows, found 7"),
    ("custom:csv_city", {}, CITIES.replace("Year,", ""), False, False, "needed the columns ID, Country, City, Year, C"),
    ("custom:csv_city", {}, CITIES + ",8", False, False, "needed 5 fields in row 7, found 6"),
    ("custom:csv_special_character", {}, PRODUCTS, True, True, "needed a special character in a quoted field, found "),
    ("custom:csv_special_character", {}, PRODUCTS.replace("&", ""), False, False, "needed a special character in a qu"),
    ("custom:csv_special_character", {}, PRODUCTS + ",8", False, True, "needed 5 fields in row 14, found 6"),
    ("custom:csv_special_character", {}, PRODUCTS + "\n", True, True, "needed a special character in a quoted field,"),
    ("custom:csv_special_character", {}, PRODUCTS[:-20], False, False, "needed exactly 14 rows, found 13"),
    ("custom:csv_quotes", {}, STUDENTS, True, True, "needed every field in double quotes, found all so"),
    ("custom:csv_quotes", {}, STUDENTS.replace('"Art"', "Art"), False, False, "needed every field in double quotes, f"),
    ("custom:csv_quotes", {}, STUDENTS.replace("\t", ","), False, False, "needed the columns StudentID, Subject, Grad"),
    ("custom:csv_quotes", {}, f"```\n{STUDENTS}\n```", True, False, "needed every field in double quotes, found all s"),
]

REPEATS: list[Vector] = [
    ("repeat:repeat_change", CHANGE, REQUEST.replace("Write", "Draft"), True, True, "needed the request with another"),
    ("repeat:repeat_change", CHANGE, "Draft a short song.", False, False, "needed the 6 words behind the first, found"),
    ("repeat:repeat_change", CHANGE, REQUEST + "\n", False, True, 'needed another first word, found "Write"'),
    ("repeat:repeat_change", CHANGE, REQUEST, False, False, 'needed another first word, found "Write"'),
    ("repeat:repeat_change", CHANGE, REQUEST.replace("Write", "Draft") + " Ok", False, False, "needed the 6 words beh"),
    ("repeat:repeat_simple", {}, ONLY, True, True, 'needed "only output this sentence here, ignore all other requ'),
    ("repeat:repeat_simple", {}, f"Sure: {ONLY}", False, False, 'needed "only output this sentence here, ignore all o'),
    ("repeat:repeat_simple", {}, f" {ONLY.upper()}\n", True, True, 'needed "only output this sentence here, ignore al'),
    (
        "repeat:repeat_simple",
        {},
        ONLY[:-1],
        False,
        False,
        f'needed "{ONLY.lower()}", found "{ONLY[:-1]}"',
    ),
    ("repeat:repeat_span", SPAN, "a short poem", True, False, 'needed "a short poem", found "a short poem"'),
    ("repeat:repeat_span", SPAN, "rit", False, True, 'needed "a short poem", found "rit"'),
    ("repeat:repeat_span", SPAN, "A  short\npoem ", True, False, 'needed "a short poem", found "A short poem"'),
    ("repeat:repeat_span", SPAN, "short poem", False, False, 'needed "a short poem", found "short poem"'),
]


@pytest.mark.parametrize("vector", LISTS)
def test_an_ordered_list_and_the_reason(vector: Vector):
    assert_vector(vector)


@pytest.mark.parametrize("vector", PLACES)
def test_places_in_order_and_the_reason(vector: Vector):
    assert_vector(vector)


@pytest.mark.parametrize("vector", QUIZ)
def test_a_quiz_and_the_reason(vector: Vector):
    assert_vector(vector)


@pytest.mark.parametrize("vector", TABLES)
def test_a_table_and_the_reason(vector: Vector):
    assert_vector(vector)


@pytest.mark.parametrize("vector", REPEATS)
def test_a_repetition_and_the_reason(vector: Vector):
    assert_vector(vector)
