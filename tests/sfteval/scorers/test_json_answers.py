"""Finding the JSON value of an answer: alone, fenced, behind a marker, among text."""

import pytest

from sfteval.scorers.json_answers import MAX_OBJECTS, Search, find_value

WHOLE = Search()


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        (' \n{"a": 1}\n\n', {"a": 1}),
        ("[1, 2]", [1, 2]),
        ("5", 5),
        ('"text"', "text"),
        ("null", None),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('```JSON \r\n{"a": 1}```\n', {"a": 1}),
        ("```\n[]\n```", []),
        ("```json\n5\n```", 5),
    ],
)
def test_a_whole_answer_is_one_value(answer, value):
    found = find_value(answer, WHOLE)
    assert (found.fault, found.value) == (None, value)
    assert found.notes == (("code_fence",) if "```" in answer else ())


@pytest.mark.parametrize(
    ("answer", "code", "layer", "position", "path"),
    [
        ("", "no_json", "envelope", 0, ""),
        ("I cannot say.", "no_json", "envelope", 0, ""),
        ("5 apples", "no_json", "envelope", 0, ""),
        ('Sure: {"a": 1}', "leading_text", "envelope", 0, ""),
        ('{"a": 1}\nDone.', "trailing_text", "envelope", 9, ""),
        ('{"a": 1}}', "trailing_text", "envelope", 8, ""),
        ('{"a": 1} {"a": 1}', "trailing_text", "envelope", 9, ""),
        ('```python\n{"a": 1}\n```', "code_fence", "envelope", 0, ""),
        ('```json\n{"a": 1}', "code_fence", "envelope", 16, ""),
        ("```json\n", "code_fence", "envelope", 0, ""),
        ('```json\n{"a": 1}\n```\nDone.', "trailing_text", "envelope", 21, ""),
        ('```json\nHere: {"a": 1}\n```', "leading_text", "envelope", 8, ""),
        ('{"a": {"b": [1, 2}}', "json_invalid", "json", 17, "$.a.b[1]"),
        ('{"a": "open', "json_invalid", "json", 6, "$.a"),
        ('{"a": 1, "a": 2}', "duplicate_key", "json", 9, "$"),
        ('{"a": NaN}', "nonstandard_json", "json", 6, "$.a"),
        ("{'a': 1}", "nonstandard_json", "json", 1, "$"),
        ('{"a": 1,}', "nonstandard_json", "json", 8, "$"),
        ("None", "nonstandard_json", "json", 0, "$"),
        ("[" * 65 + "]" * 65, "json_too_deep", "json", 64, "$" + "[0]" * 64),
    ],
)
def test_what_is_no_value_fails_with_its_code_and_place(answer, code, layer, position, path):
    fault = find_value(answer, WHOLE).fault
    assert fault is not None
    assert (fault.code, fault.layer, fault.position) == (code, layer, position)
    assert fault.path == path
    assert fault.line == answer.count("\n", 0, position) + 1


def test_a_fence_may_be_refused():
    fault = find_value("\n```json\n{}\n```", Search(allows_fence=False)).fault
    assert fault is not None
    assert (fault.code, fault.position, fault.line) == ("code_fence", 1, 2)


def test_what_stands_behind_the_last_marker_counts():
    search = Search(after="Answer:")
    assert find_value('Answer: {"a": 1} no. ANSWER:\n{"a": 2}', search).value == {"a": 2}
    fault = find_value('{"a": 2}', search).fault
    assert fault is not None
    assert (fault.code, fault.position, fault.line) == ("missing_marker", -1, None)
    assert find_value("Answer: ", search).fault.code == "no_json"


def test_the_marker_is_found_beside_letters_that_change_their_length():
    assert find_value('İİ Answer:{"a": 2}', Search(after="Answer:")).value == {"a": 2}


def test_the_first_or_the_last_object_may_be_taken_from_text():
    text = 'First {"a": 1}, then ```json\n{"a": 2}\n```, done.'
    first, last = find_value(text, Search(take="first")), find_value(text, Search(take="last"))
    assert (first.value, first.notes) == ({"a": 1}, ("leading_text", "trailing_text"))
    assert (last.value, last.notes) == ({"a": 2}, ("leading_text", "trailing_text"))
    assert text[last.start : last.end] == '{"a": 2}'
    assert find_value('{"a": 1}', Search(take="last")).notes == ()


def test_an_object_that_cannot_be_read_ends_the_search():
    text = 'Draft {"a": 1}, final {"a": {"b": 2}, oops}'
    assert find_value(text, Search(take="first")).value == {"a": 1}
    fault = find_value(text, Search(take="last")).fault
    assert fault is not None
    assert (fault.code, fault.position) == ("json_invalid", text.index("oops"))
    assert find_value("no object", Search(take="last")).fault.code == "no_json"


def test_the_last_of_very_many_objects_is_not_looked_for():
    fault = find_value("{}" * (MAX_OBJECTS + 1), Search(take="last")).fault
    assert fault is not None
    assert fault.code == "too_many_values"
    assert find_value("{}" * MAX_OBJECTS, Search(take="last")).fault is None


def test_what_is_shown_of_a_fault_cannot_act():
    fault = find_value('{"a": \x1b[31m}', WHOLE).fault
    assert fault is not None
    assert fault.excerpt == '{"a": ␛[31m}'
