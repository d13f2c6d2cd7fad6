"""Where the values of a JSON text stand."""

import json

from hypothesis import given
from hypothesis import strategies as st

from sfteval.jsontext.path import path_text
from sfteval.jsontext.places import nearest_place, places

TEXT = 'x {"a": [1, {"b c": "},:{"}], "d": {}, "e": null} y'


def test_every_value_has_a_place():
    assert places(TEXT, 2, len(TEXT) - 2) == {
        (): 2,
        ("a",): 8,
        ("a", 0): 9,
        ("a", 1): 12,
        ("a", 1, "b c"): 20,
        ("d",): 35,
        ("e",): 44,
    }


def test_what_is_not_there_stands_where_its_holder_does():
    known = places(TEXT, 2, len(TEXT) - 2)
    assert nearest_place(("a", 1, "missing"), known) == 12
    assert nearest_place(("f", 0, "g"), known) == 2
    assert nearest_place((), {}) == -1


def test_an_escaped_key_is_read():
    assert places(r'{"\u00e9\"": 1}', 0, 15) == {(): 0, ('é"',): 13}


def test_a_path_is_written_as_people_write_it():
    assert path_text(("orders", 0, "price")) == "$.orders[0].price"
    assert path_text(("a b", "ö")) == '$["a b"]["ö"]'
    assert path_text(()) == "$"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def below(value, path=()):
    yield path, value
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, entry in entries:
        yield from below(entry, (*path, step))


@given(VALUES, st.sampled_from([None, 2]), st.booleans())
def test_each_place_is_where_its_value_begins(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    found = places(text, 0, len(text))
    assert found.keys() == dict(below(value)).keys()
    for path, entry in below(value):
        assert json.JSONDecoder().raw_decode(text, found[path])[0] == entry
