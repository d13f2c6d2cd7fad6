"""Files of rows: what was read, kept and dropped, and files that hold nothing."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sfteval.errors import DataError
from sfttrain.data import read_conversations, write_conversations
from sfttrain.data.read import describe_report, rows_hash
from sfttrain.types import Conversation
from tests.toys import assistant, user

GOOD = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
NO_ANSWER = {"messages": [{"role": "user", "content": "q"}]}


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def test_rows_without_an_assistant_turn_are_dropped_counted_and_named(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [GOOD, NO_ANSWER, "", "{torn", {**GOOD, "id": "b"}, NO_ANSWER])
    conversations, report = read_conversations(path)
    assert [one.messages for one in conversations] == [(user("q"), assistant("a"))] * 2
    assert report.dropped == {"no assistant turn": (2, 6), "not a JSON object": (4,)}
    assert describe_report(report) == (
        f"{path}: 5 rows read as messages, 2 kept, 3 dropped: "
        "no assistant turn (2: lines 2, 6); not a JSON object (1: line 4)"
    )


@pytest.mark.parametrize(
    ("rows", "got"),
    [
        ([], "got an empty file"),
        (["nonsense"], "got no line that is a JSON object"),
        ([NO_ANSWER], "got 1 rows, all dropped: no assistant turn (1: line 1)"),
    ],
)
def test_a_file_of_which_nothing_is_left_is_an_error(tmp_path: Path, rows: list[Any], got: str) -> None:
    with pytest.raises(DataError) as caught:
        read_conversations(write(tmp_path / "rows.jsonl", rows))
    assert f"rows.jsonl: expected conversations to learn from, {got}" in str(caught.value)


def test_a_missing_file_and_unknown_columns_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="got no such file"):
        read_conversations(tmp_path / "nowhere.jsonl")
    with pytest.raises(DataError, match=r"got the keys answer, question\. Rename the columns to one of: two-column"):
        read_conversations(write(tmp_path / "rows.jsonl", [{"question": "q", "answer": "a"}]))


def test_parquet_holds_the_same_rows(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    rows = [
        GOOD,
        {"messages": [*GOOD["messages"], {"role": "user", "content": "r"}], "tools": '[{"type": "function"}]'},
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "rows.parquet")
    conversations, report = read_conversations(tmp_path / "rows.parquet")
    assert [len(one.messages) for one in conversations] == [2, 3]
    assert (report.num_kept, report.format) == (2, "messages")
    (tmp_path / "rows.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match="Write the file again as Parquet"):
        read_conversations(tmp_path / "rows.parquet")


def test_a_repeated_row_keeps_its_place_and_its_id(tmp_path: Path) -> None:
    conversations, _ = read_conversations(write(tmp_path / "rows.jsonl", [GOOD, {**GOOD, "id": "x"}, GOOD]))
    first, second, third = (one.id for one in conversations)
    assert (first, second) == (third, "x") != (second, first)


def test_a_report_tells_what_was_read_byte_for_byte(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [GOOD])
    _, report = read_conversations(path)
    assert report.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_hash_of_rows_is_their_content_in_their_order() -> None:
    one, two = Conversation("a", (user("q"), assistant("a"))), Conversation("b", (user("q"), assistant("b")))
    assert rows_hash([one, two]) == rows_hash(iter([one, two]))
    others = [[two, one], [one], [one, replace(two, id="c")], [one, replace(two, messages=one.messages)]]
    assert len({rows_hash(rows) for rows in [[one, two], *others]}) == 5


def test_written_rows_read_back(tmp_path: Path) -> None:
    conversations, _ = read_conversations(write(tmp_path / "rows.jsonl", [GOOD, {**GOOD, "id": "é", "source": "s"}]))
    write_conversations(tmp_path / "deep" / "out.jsonl", conversations)
    assert read_conversations(tmp_path / "deep" / "out.jsonl")[0] == conversations
