"""`A1,A2,A3` as one word. Run: pytest tests/sfteval/test_checkpoints_several.py."""

import pytest

from sfteval.checkpoints.several import several


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("a", ("a",)),
        ("a,b,c", ("a", "b", "c")),
        ("a,,b,", ("a", "b")),
        ("run:x,run:y", ("run:x", "run:y")),
        ("http://h:1/v1#a,http://h:1/v1#b", ("http://h:1/v1#a", "http://h:1/v1#b")),
        ("http://h:1/v1#org,model", ("http://h:1/v1#org,model",)),
        ("http://h:1/v1#org,model,hf:o/m", ("http://h:1/v1#org,model", "hf:o/m")),
        (",", ()),
    ],
)
def test_a_comma_stands_between_arguments_and_not_in_a_served_models_name(word, found):
    assert several(word) == found


def test_a_name_with_a_comma_stays_whole_where_it_exists(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a,b", "c", "x,y.jsonl"):
        (tmp_path / name).mkdir()
    assert several("a,b") == ("a,b",)
    assert several("c,a,b") == ("c", "a,b")
    assert several("responses:x,y.jsonl") == ("responses:x,y.jsonl",)
    assert several("http://h:1/v1#m,c") == ("http://h:1/v1#m", "c")
