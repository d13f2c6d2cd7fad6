"""Files of rows: arrays of JSON, Parquet with its own types, and files that are none."""

import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from sfteval.errors import DataError
from sfttrain.data import read_conversations
from sfttrain.data.files import BATCH_ROWS, rows_of
from sfttrain.data.formats import COLUMNS, FORMATS, RowError, conversation

QUESTION = {"role": "user", "content": "q"}
GOOD = {"messages": [QUESTION, {"role": "assistant", "content": "a"}]}
CALL_ARGUMENTS = pyarrow.map_(pyarrow.string(), pyarrow.string())


def parquet_rows(path: Path, column: str, values: list[Any], kind: pyarrow.DataType) -> list[Any]:
    parquet.write_table(pyarrow.table({column: pyarrow.array(values, kind)}), path)
    unit, rows = rows_of(path)
    assert unit == "row"
    return [row for _, row in rows]


def test_a_json_array_of_rows_is_read_and_its_rows_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text("\ufeff \n" + json.dumps([{"instruction": "q", "output": "a"}, 7, {"instruction": "q"}], indent=1))
    conversations, report = read_conversations(path)
    assert (len(conversations), report.format, report.unit) == (1, "Alpaca", "row")
    assert report.dropped == {"not a JSON object": (2,), "not in the format Alpaca": (3,)}


def test_lines_of_a_json_file_are_read_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(f"{json.dumps(GOOD)}\n\n{json.dumps(GOOD)}\n")
    _, report = read_conversations(path)
    assert (report.num_read, report.unit) == (2, "line")


@pytest.mark.parametrize("text", ["[{}, ", "[" * 100_000, "[" + "1" * 5000 + "]"])
def test_an_array_that_breaks_off_is_one_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"rows\.json: expected conversations to learn from, got .*Mend the file"):
        read_conversations(path)


def test_a_folder_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"got a folder\. Pass one of its files"):
        read_conversations(tmp_path)
    path = tmp_path / "rows.jsonl"
    path.write_bytes((json.dumps(GOOD) + "\n").encode() * 3000 + b'{"messages": "\xff"}\n')
    with pytest.raises(DataError, match=r'got "invalid start byte", after line [\d,]+. Save the file as UTF-8'):
        read_conversations(path)


def test_parquet_maps_are_objects_at_every_depth(tmp_path: Path) -> None:
    kind = pyarrow.list_(pyarrow.struct({"arguments": CALL_ARGUMENTS, "id": pyarrow.string()}))
    values = [[{"arguments": [("town", "Ulm"), ("day", None)], "id": None}], [{"arguments": None, "id": "x"}], None]
    assert parquet_rows(tmp_path / "rows.parquet", "tools", values, kind) == [
        {"tools": [{"arguments": {"town": "Ulm", "day": None}}]},
        {"tools": [{"id": "x"}]},
        {"tools": None},
    ]


def test_tool_arguments_as_a_parquet_map_are_read(tmp_path: Path) -> None:
    call = pyarrow.struct({"name": pyarrow.string(), "arguments": CALL_ARGUMENTS})
    turn = {"role": pyarrow.string(), "content": pyarrow.string(), "tool_calls": pyarrow.list_(call)}
    calling = {"role": "assistant", "content": None, "tool_calls": [{"name": "f", "arguments": [("town", "Ulm")]}]}
    table = pyarrow.table({"messages": pyarrow.array([[QUESTION, calling]], pyarrow.list_(pyarrow.struct(turn)))})
    parquet.write_table(table, tmp_path / "rows.parquet")
    (conversation,), _ = read_conversations(tmp_path / "rows.parquet")
    assert conversation.messages[1].tool_calls[0]["function"] == {"name": "f", "arguments": {"town": "Ulm"}}


@pytest.mark.parametrize(
    ("values", "kind", "reason"),
    [
        ([[("a", "1"), ("a", "2")]], CALL_ARGUMENTS, "a map with a key twice"),
        ([[(1, "1")]], pyarrow.map_(pyarrow.int32(), pyarrow.string()), "a map whose keys are not text"),
    ],
)
def test_a_map_that_is_no_object_costs_its_row(
    tmp_path: Path, values: list[Any], kind: pyarrow.DataType, reason: str
) -> None:
    first, second = parquet_rows(tmp_path / "rows.parquet", "tools", [*values, []], kind)
    assert isinstance(first, RowError)
    assert str(first) == reason
    assert second == {"tools": {}}


def test_parquet_streams_in_its_order_and_leaves_alone_what_no_format_reads(tmp_path: Path) -> None:
    count = BATCH_ROWS + 2
    table = {"id": [str(number) for number in range(count)], "messages": [GOOD["messages"]] * count}
    parquet.write_table(pyarrow.table({**table, "picture": [b"\xff"] * count}), tmp_path / "rows.parquet")
    numbered = list(rows_of(tmp_path / "rows.parquet")[1])
    assert [number for number, _ in numbered] == list(range(1, count + 1))
    assert all(not isinstance(row, RowError) and set(row) == {"id", "messages"} for _, row in numbered)
    assert [one.id for one in read_conversations(tmp_path / "rows.parquet")[0]] == table["id"]


def test_every_key_that_a_format_reads_is_a_column_that_is_read() -> None:
    class Asked(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            asked.add(key)
            return super().__getitem__(key)

        def get(self, key: str, default: Any = None) -> Any:
            asked.add(key)
            return super().get(key, default)

    asked = set[str]()
    turns = [QUESTION, {"role": "assistant", "content": "a"}]
    row = {key: turns for keys, _ in FORMATS.values() for key in keys}
    shared = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
    row |= {"conversations": shared, "instruction": "q", "output": "a"}
    for name in FORMATS:
        conversation(Asked(row), name, "file")
    assert asked == COLUMNS


def test_parquet_without_rows_or_known_columns_says_so(tmp_path: Path) -> None:
    parquet_rows(tmp_path / "rows.parquet", "messages", [], pyarrow.string())
    with pytest.raises(DataError, match="got an empty file"):
        read_conversations(tmp_path / "rows.parquet")
    parquet_rows(tmp_path / "rows.parquet", "words", ["x"], pyarrow.string())
    with pytest.raises(DataError, match="got the keys words"):
        read_conversations(tmp_path / "rows.parquet")
