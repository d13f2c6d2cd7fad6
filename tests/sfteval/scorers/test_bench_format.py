"""IFBench: lines, quoting and form, each id with its verdicts and reason.

Run: pytest tests/sfteval/scorers/test_bench_format.py.
"""

import pytest

from tests.sfteval.scorers.bench import Vector, assert_vector

YES_NO = {"options": "yes/no/maybe"}
KNOW = {"options": "I know or I don't know"}
LETTER = {"options": "a), b), c), d)"}
THREE = {"options": "yes, no, or later"}
ORDERED = "My Answer: a My Conclusion: b Future Outlook: c"
OUT_OF_ORDER = "My Conclusion: b My Answer: a Future Outlook: c"

LINES: list[Vector] = [
    ("format:newline", {}, "one\ntwo\nthree", True, True, "needed one word on each line, found it so"),
    ("format:newline", {}, "one two", False, False, 'needed one word on each line, found 2: "one two"'),
    ("format:newline", {}, "one\n \ntwo", True, False, "needed one word on each line, found it so"),
    ("format:newline", {}, "one two\n \nthree", False, True, 'needed one word on each line, found 2: "one two"'),
    ("format:newline", {}, "• one\n• two", True, False, "needed one word on each line, found it so"),
    ("format:line_indent", {}, "a\n b\n   c", True, True, "needed deeper indents, found [0, 1, 3]"),
    ("format:line_indent", {}, "a\n b\n c", False, False, "needed line 3 to be indented by more than 1, found 1"),
    ("format:line_indent", {}, "a", False, True, "needed at least 2 lines, found 1"),
    ("format:line_indent", {}, "a\n\n\n b", True, False, "needed deeper indents, found [0, 1]"),
    ("format:line_indent", {}, "a\n\tb", True, False, "needed deeper indents, found [0, 4]"),
    ("format:list", {"sep": "!?!?"}, "!?!? a\n!?!? b", True, True, 'needed at least 2 lines that begin with "!?!?", f'),
    ("format:list", {"sep": "!?!?"}, "!?!? a", False, False, 'needed at least 2 lines that begin with "!?!?", found 1'),
    ("format:list", {"sep": "-"}, "a well-known, so-called x", False, True, "needed at least 2 lines that begin with"),
    ("format:list", {"sep": "-"}, "---\n- a\n---", False, True, 'needed at least 2 lines that begin with "-", found 1'),
    ("format:list", {"sep": "..."}, "... a\n  ...b", True, True, 'needed at least 2 lines that begin with "...", foun'),
    ("format:sub-bullets", {}, "* a\n - b\n* c\n - d", True, True, "needed a sub-bullet - at each bullet *, found 2 a"),
    ("format:sub-bullets", {}, "* a\n - b\n* c", False, False, "needed a sub-bullet - at each bullet *, found none at"),
    ("format:sub-bullets", {}, "no list", False, True, "needed bullets *, found none"),
    ("format:sub-bullets", {}, "* **a**\n - b", True, False, "needed a sub-bullet - at each bullet *, found 1 at 1 bu"),
    ("format:sub-bullets", {}, "* well-known", False, True, "needed a sub-bullet - at each bullet *, found none at bu"),
    ("format:no_bullets_bullets", {}, "It is. It was.\n* a\n* b", True, True, "needed at least 2 sentences, then 2 bu"),
    (
        "format:no_bullets_bullets",
        {},
        "It is.\n* a\n* b",
        False,
        False,
        "needed at least 2 sentences, then 2 bullets, found 1 and 2",
    ),
    ("format:no_bullets_bullets", {}, "It is. It was.\n\n* a\n\n* b\n", True, False, "needed at least 2 sentences, th"),
    ("format:no_bullets_bullets", {}, "Is it? It is!\n* a\n* b", False, True, "needed at least 2 sentences, then 2 bu"),
    ("format:no_bullets_bullets", {}, "It is. It was.\n* a", False, False, "needed at least 2 sentences, then 2 bulle"),
]

QUOTING: list[Vector] = [
    ("format:parentheses", {}, "a (b [c {d (e [f] g) h} i] j)", True, True, "needed brackets 5 levels deep, found 5"),
    ("format:parentheses", {}, "(a [b {c (d)}])", False, False, "needed brackets 5 levels deep, found 4"),
    ("format:parentheses", {}, "((((( a )", False, True, "needed brackets 5 levels deep, found 1"),
    ("format:parentheses", {}, "1) a 2) (([[{b}]]))", True, True, "needed brackets 5 levels deep, found 5"),
    ("format:parentheses", {}, "(( [a) ]))", False, False, "needed brackets 5 levels deep, found 0"),
    ("format:quotes", {}, '"He said \'she said "no" twice\' today"', True, True, "needed quotes 3 levels deep, found"),
    ("format:quotes", {}, "\"He said 'no' today\"", False, False, "needed quotes 3 levels deep, found 2"),
    ("format:quotes", {}, "“He said ‘she said “no” twice’ today”", True, False, "needed quotes 3 levels deep, found 3"),
    ("format:quotes", {}, '"don\'t "stop" can\'t"', False, True, "needed quotes 3 levels deep, found 1"),
    ("format:quotes", {}, "'\"'a'\"'", True, True, "needed quotes 3 levels deep, found 3"),
    ("format:quote_unquote", {}, 'He said "no", which means no.', True, True, "needed an explanation behind each quot"),
    ("format:quote_unquote", {}, 'He said "no".', False, False, 'needed an explanation behind "no", found none'),
    ("format:quote_unquote", {}, '"no", "yes" are words', False, True, 'needed an explanation behind "no", found none'),
    ("format:quote_unquote", {}, "He said “no”", False, True, 'needed an explanation behind "no", found none'),
    ("format:quote_unquote", {}, "no quotes", True, True, "needed an explanation behind each quote, found 0 explained"),
    ("format:quote_unquote", {}, 'he said "no and left', False, True, 'needed an end of the quote "no and left", foun'),
]

FORM: list[Vector] = [
    ("format:options", YES_NO, "Yes.", True, True, 'needed only one of: yes | no | maybe, found "Yes."'),
    ("format:options", YES_NO, "Yes, it is", False, False, 'needed only one of: yes | no | maybe, found "Yes, it is"'),
    ("format:options", LETTER, "a)\n", True, False, 'needed only one of: a) | b) | c) | d), found "a)"'),
    ("format:options", LETTER, "A)", False, False, 'needed only one of: a) | b) | c) | d), found "A)"'),
    ("format:options", KNOW, "I don’t know", True, False, "needed only one of: I know | I don't know, found"),
    ("format:options", KNOW, "I\nknow", True, False, "needed only one of: I know | I don't know, found"),
    ("format:options", THREE, "yes", True, False, "needed only one of: yes | no | later, found"),
    ("format:output_template", {}, ORDERED, True, True, "needed text behind each label, found some"),
    (
        "format:output_template",
        {},
        "My Answer: a",
        False,
        False,
        "needed the template's three labels, found all but My Conc",
    ),
    ("format:output_template", {}, OUT_OF_ORDER, False, True, "needed My Answer: first, then My Conclusion: and Futur"),
    ("format:output_template", {}, f"Sure! {ORDERED}", False, True, "needed My Answer: first, then My Conclusion: and"),
    ("format:output_template", {}, ORDERED[:-1], False, True, "needed text behind each label, found none behind Futur"),
    ("format:thesis", {}, "<i>It is so.</i> More text.", True, True, "needed a thesis in italics first, found one"),
    ("format:thesis", {}, "It is so. More text.", False, False, "needed a thesis in italics first, found none"),
    ("format:thesis", {}, "<i>It is so.</i>", False, False, "needed a thesis in italics first, found one without text"),
    ("format:thesis", {}, "<I>It is so.</I> More.", True, False, "needed a thesis in italics first, found one"),
    ("format:thesis", {}, "<em></em>", False, True, "needed a thesis in italics first, found one without text"),
    ("format:thesis", {}, "# A\n<i>So.</i> b\n# B\nNo. c", False, True, 'needed a thesis in italics first, found "No.'),
    ("format:thesis", {}, "# A\n\n<i>So.</i>\nb\n# B\n<em>So.</em> c", True, True, "needed a thesis in italics first,"),
    ("format:title_case", {}, "The Cat Sat Down", True, True, "needed each major word with a capital letter, found th"),
    ("format:title_case", {}, "The cat Sat", False, False, 'needed each major word with a capital letter, found "cat"'),
    ("format:title_case", {}, "The Lord of the Rings", True, False, "needed each major word with a capital letter, fo"),
    ("format:title_case", {}, "Don't Stop", True, False, "needed each major word with a capital letter, found them so"),
    (
        "format:emoji",
        {},
        "I am 😀. You are! 🎉",
        True,
        True,
        "needed an emoji at the end of each sentence, found 2 such",
    ),
    (
        "format:emoji",
        {},
        "I am 😀. You are.",
        False,
        False,
        'needed an emoji at the end of each sentence, found "You a',
    ),
    (
        "format:emoji",
        {},
        "I am 👍🏽. You are 🇫🇷.",
        True,
        False,
        "needed an emoji at the end of each sentence, found 2 s",
    ),
    ("format:emoji", {}, "Hello there.", False, False, 'needed an emoji at the end of each sentence, found "Hello the'),
    ("format:no_whitespace", {}, "No,it-is-not.", True, True, "needed no white space, found 0"),
    ("format:no_whitespace", {}, "No, it is", False, False, "needed no white space, found 2"),
    ("format:no_whitespace", {}, "No\u00a0it", False, False, "needed no white space, found 1"),
    ("format:no_whitespace", {}, "No\u200bit", True, True, "needed no white space, found 0"),
]


@pytest.mark.parametrize("vector", LINES)
def test_what_stands_on_lines_and_the_reason(vector: Vector):
    assert_vector(vector)


@pytest.mark.parametrize("vector", QUOTING)
def test_pairs_of_marks_and_the_reason(vector: Vector):
    assert_vector(vector)


@pytest.mark.parametrize("vector", FORM)
def test_the_form_of_an_answer_and_the_reason(vector: Vector):
    assert_vector(vector)
