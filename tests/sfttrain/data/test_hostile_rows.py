"""One bad row costs that row and nothing else: it is dropped with its reason and its line, without a traceback."""

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sfteval.errors import DataError
from sfttrain.data import read_conversations, write_conversations
from sfttrain.data.read import describe_report
from sfttrain.types import Conversation
from tests.toys import assistant, user

USER, ANSWER = {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}
GOOD = {"messages": [USER, ANSWER]}
NAN, SURROGATE, DEEP = "a number that is NaN or infinite", "text with a lone surrogate", "nested too deeply"
MANY_DIGITS = "an integer of too many digits"


def calling(arguments: str) -> str:
    """Return the JSON of a row that calls a tool with these arguments, which need not be JSON at all."""
    made = '{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": %s}}]}'
    return '{"messages": [%s, %s]}' % (json.dumps(USER), made % arguments)  # noqa: UP031


def with_field(name: str, value: str) -> str:
    return json.dumps(GOOD)[:-1] + f', "{name}": {value}}}'


def said(**fields: Any) -> str:
    return json.dumps({"messages": [USER, {**ANSWER, **fields}]})


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def read(path: Path, lines: Sequence[str]) -> tuple[tuple[Conversation, ...], dict[str, tuple[int, ...]]]:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    conversations, report = read_conversations(path)
    describe_report(report).encode()  # can be shown
    write_conversations(path.with_name("again.jsonl"), conversations)
    return conversations, dict(report.dropped)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (calling('{"x": NaN}'), NAN),
        (calling(json.dumps('{"x": -Infinity}')), NAN),
        (calling('{"x": 1e999}'), NAN),
        (with_field("tools", '[{"x": Infinity}]'), NAN),
        (with_field("tools", json.dumps('[{"x": NaN}]')), NAN),
        (with_field("chat_template_kwargs", '{"x": NaN}'), NAN),
        (with_field("chat_template_kwargs", "[1]"), "chat_template_kwargs that are not an object"),
        (with_field("chat_template_kwargs", '"x"'), "chat_template_kwargs that are not an object"),
        (with_field("number", "1" * 5000), MANY_DIGITS),
        (calling(json.dumps('{"x": %s}' % ("1" * 5000))), MANY_DIGITS),
        (with_field("other", nested(100_000)), DEEP),
        (with_field("tools", json.dumps(nested(100_000))), DEEP),
        (with_field("tools", '[{"x": %s}]' % nested(200)), DEEP),  # noqa: UP031
        (said(content="\ud800"), SURROGATE),
        (said(reasoning_content="\udfff"), SURROGATE),
        (said(name="\ud800"), SURROGATE),
        (said(role="\ud800"), 'an unknown role "\\ud800"'),
        (calling('{"\\ud800": 1}'), SURROGATE),
        (calling(json.dumps('{"x": "\\ud800"}')), SURROGATE),
        (with_field("id", '"\\ud800"'), SURROGATE),
        (with_field("source", '"\\ud800"'), SURROGATE),
        (said(role=["user"]), "not in the format messages"),
        ('{"messages": 7}', "not in the format messages"),
        ('{"\\ud800": 1}', "not in the format messages"),
        ("null", "not a JSON object"),
    ],
)
@pytest.mark.parametrize("place", [1, 2])
def test_a_hostile_row_is_dropped_with_its_reason_and_line(tmp_path: Path, line: str, reason: str, place: int) -> None:
    lines = [json.dumps(GOOD), json.dumps({**GOOD, "id": "last"})]
    lines.insert(place - 1, line)
    conversations, dropped = read(tmp_path / "rows.jsonl", lines)
    assert dropped == {reason: (place,)}
    assert [one.messages for one in conversations] == [(user("q"), assistant("a"))] * 2


def test_an_alpaca_history_of_triples_is_dropped(tmp_path: Path) -> None:
    row = {"instruction": "q", "output": "a"}
    lines = [json.dumps(row), json.dumps({**row, "history": [["x", "y", "z"]]}), json.dumps({**row, "history": 3})]
    conversations, dropped = read(tmp_path / "rows.jsonl", lines)
    assert (len(conversations), dropped) == (1, {"not in the format Alpaca": (2, 3)})


def test_what_nobody_reads_costs_no_row(tmp_path: Path) -> None:
    lines = [with_field("score", "NaN"), with_field("note", '"\\ud800"')]
    conversations, dropped = read(tmp_path / "rows.jsonl", lines)
    assert (len(conversations), dropped) == (2, {})


@pytest.mark.parametrize(("mark", "end"), [(b"\xef\xbb\xbf", b"\n"), (b"", b"\r\n"), (b"\xef\xbb\xbf", b"\r\n")])
def test_a_byte_order_mark_and_windows_line_ends_cost_no_row(tmp_path: Path, mark: bytes, end: bytes) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(mark + end.join(json.dumps({**GOOD, "id": name}).encode() for name in "ab") + end)
    conversations, report = read_conversations(path)
    assert [one.id for one in conversations] == ["a", "b"]
    assert (report.num_read, report.dropped) == (2, {})


# -- Parquet ---------------------------------------------------------------------------------------------------------


def read_parquet(path: Path, rows: list[dict[str, Any]]) -> tuple[tuple[Conversation, ...], dict[str, Any]]:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    conversations, report = read_conversations(path)
    return conversations, dict(report.dropped)


def tool_row(arguments: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    call = {"type": "function", "function": {"name": "f", "arguments": arguments}}
    turn = {"role": "assistant", "content": "", "tool_calls": [call]}
    return {"messages": [USER, turn], "tools": [{"type": "function", "parameters": parameters}]}


def test_the_empty_fields_of_parquet_structs_are_no_arguments(tmp_path: Path) -> None:
    rows = [
        tool_row({"city": "Rome"}, {"city": {"type": "string"}}),
        tool_row({"count": 2}, {"count": {"type": "int"}}),
    ]
    conversations, dropped = read_parquet(tmp_path / "rows.parquet", rows)
    assert dropped == {}
    calls = [one.messages[1].tool_calls[0]["function"]["arguments"] for one in conversations]
    assert calls == [{"city": "Rome"}, {"count": 2}]
    assert [one.tools[0]["parameters"] for one in conversations] == [row["tools"][0]["parameters"] for row in rows]


@pytest.mark.parametrize(
    ("value", "kind"), [(b"\xff", "bytes"), (datetime.date(2025, 1, 1), "date"), (datetime.timedelta(1), "timedelta")]
)
def test_parquet_values_that_are_not_json_are_dropped(tmp_path: Path, value: Any, kind: str) -> None:
    rows = [{**GOOD, "tools": [{"name": "f", "x": None}]}, {**GOOD, "tools": [{"name": "f", "x": value}]}]
    conversations, dropped = read_parquet(tmp_path / "rows.parquet", rows)
    assert (len(conversations), dropped) == (1, {f"a value that is not JSON ({kind})": (2,)})
    assert conversations[0].tools == ({"name": "f"},)


def test_parquet_content_that_is_a_struct_is_dropped(tmp_path: Path) -> None:
    struct = [{"role": "user", "content": {"a": "x", "b": "y"}}, {"role": "assistant", "content": None}]
    rows = [{"messages": struct}, {"messages": [{"role": "user", "content": None}] * 2}]
    with pytest.raises(DataError, match=r"content that is not text \(1: row 1\); no assistant turn \(1: row 2\)"):
        read_parquet(tmp_path / "rows.parquet", rows)
