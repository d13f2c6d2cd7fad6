import json

import pytest

from sfteval.errors import DataError
from sfteval.judge.gold import read_gold


def written(tmp_path, *rows):
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(json.dumps(row) if not isinstance(row, str) else row for row in rows))
    return path


ROW = {"prompt": "Well?", "a": "Yes.", "b": "No.", "label": "b"}


def test_a_row_is_a_contest_whose_winner_is_known(tmp_path):
    one, other = read_gold(
        written(tmp_path, {**ROW, "reference": "No", "kind": "sums"}, {**ROW, "id": 7, "label": "tie"})
    )
    assert (one.winner, one.kind, one.contest.baseline, one.contest.reference) == ("candidate", "sums", "Yes.", "No")
    assert one.contest.messages[0].content == "Well?"
    assert (other.winner, other.contest.id) == ("tie", "7")


def test_a_mark_of_the_byte_order_is_no_part_of_the_first_row(tmp_path):
    path = written(tmp_path, ROW)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_gold(path)[0].winner == "candidate"


def test_a_row_of_judgebench_is_read_too(tmp_path):
    row = {"pair_id": "x", "source": "math", "question": "2+2?", "response_A": "4", "response_B": "5", "label": "A>B"}
    (pair,) = read_gold(written(tmp_path, row))
    assert (pair.contest.id, pair.kind, pair.winner, pair.contest.candidate) == ("x", "math", "baseline", "5")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "got an empty file"),
        (["{"], "line 1: expected a JSON object"),
        (["[1]"], "line 1: expected a JSON object"),
        ([{**ROW, "label": "c"}], 'line 1, label: expected "a", "b" or "tie"'),
        ([{**ROW, "label": None}], "label: expected"),
        ([{**ROW, "a": 3}], "line 1, a: expected a text"),
        ([ROW, {**ROW, "prompt": None}], "line 2, prompt: expected a text"),
        ([{**ROW, "messages": [{"role": "wizard", "content": ""}]}], "expected messages with one of the roles"),
        ([{**ROW, "reference": 4}], "reference: expected a text"),
        ([{**ROW, "id": "1"}, {**ROW, "id": 1}], '2 rows of "1"'),
    ],
)
def test_a_file_with_a_mistake_says_where(tmp_path, rows, said):
    with pytest.raises(DataError, match=said):
        read_gold(written(tmp_path, *rows))


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        read_gold(tmp_path / "none.jsonl")
