"""The report of reading, as lines."""

import json
from pathlib import Path

import pytest

from sfttrain.data import read_conversations
from sfttrain.data.report import aligned, describe_reading
from sfttrain.types import DataReport


def test_reading_is_told_in_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "reasoning": "why"}]
    lines = [{"messages": turns}, {"messages": turns[:1]}, {"messages": [*turns, turns[0], {**turns[1], "weight": 0}]}]
    Path("long-name.jsonl").write_text("\n".join(map(json.dumps, lines)))
    Path("b.json").write_text(json.dumps([{"instruction": "q", "output": "a"}] * 3))
    assert describe_reading([read_conversations("long-name.jsonl"), read_conversations("b.json")]) == [
        "source           format    read  dropped  kept  answers  with reasoning",
        "long-name.jsonl  messages     3        1     2        2               2",
        "b.json           Alpaca       3        0     3        3               0",
        "long-name.jsonl, dropped: no assistant turn (1: line 2)",
    ]


def test_no_line_commands_the_terminal() -> None:
    report = DataReport("rows\x1b[2J.jsonl\n", "messages", 2, 1, {"a role \ud800": (1,)})
    (_, row, dropped) = describe_reading([((), report)])
    assert row.startswith("rows\ufffd[2J.jsonl\ufffd  messages")
    assert dropped == "rows\ufffd[2J.jsonl\ufffd, dropped: a role \ufffd (1: line 1)"


def test_text_stands_left_and_numbers_right() -> None:
    assert aligned([["a", "b", "c"], ["long", "", "1,000"]], 1) == ["a     b      c", "long     1,000"]
