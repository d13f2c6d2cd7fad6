"""A file of labelled pairs in, contests whose winner is known out.

Rows of ours: `{"id"?, "prompt" | "messages", "a", "b", "label": "a" | "b" | "tie", "reference"?, "kind"?}`; rows of
JudgeBench: `{"pair_id", "question", "response_A", "response_B", "label": "A>B" | "B>A"}`. `a` is the baseline, `b` the
candidate. Does not know any judge. Source of the second form: JudgeBench, Tan et al. 2024 (arXiv 2410.12784).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import content_hash
from sfteval.types import Contest, Message, Winner

LABELS: dict[str, Winner] = {"a": "baseline", "b": "candidate", "tie": "tie"}
JUDGEBENCH_LABELS = {"A>B": "a", "B>A": "b", "A=B": "tie"}
ROLES = ("system", "developer", "user", "assistant", "tool")
NEXT_MOVE = 'Write {"prompt", "a", "b", "label": "a" | "b" | "tie"}, one object a line'


@dataclass(frozen=True, slots=True)
class GoldPair:
    """A contest whose winner is known."""

    contest: Contest
    winner: Winner
    kind: str = ""  # how the label came about, or what the pair is about; for counts by kind


def read_gold(path: Path) -> tuple[GoldPair, ...]:
    """Read labelled pairs.

    Raises: DataError for a file that cannot be read, a row that is not one, or two rows of one id.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "no UTF-8 text"
        raise DataError(str(path), expected="a file of labelled pairs", got=said, next_move=NEXT_MOVE) from error
    pairs = tuple(_pairs(text, str(path)))
    if not pairs:
        raise DataError(str(path), expected="labelled pairs", got="an empty file", next_move=NEXT_MOVE)
    name, count = Counter(pair.contest.id for pair in pairs).most_common(1)[0]
    if count > 1:
        raise DataError(
            str(path), expected="one row an id", got=f'{count} rows of "{name}"', next_move="Give each its own id"
        )
    return pairs


def _pairs(text: str, where: str) -> Iterator[GoldPair]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{where}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, Mapping):
            raise DataError(place, expected="a JSON object", got=line[:60], next_move=NEXT_MOVE)
        yield _pair(_ours(row) if "response_A" in row else row, place)


def _ours(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of JudgeBench as one of ours."""
    label = row.get("label")
    return {
        "id": row.get("pair_id"),
        "prompt": row.get("question"),
        "a": row.get("response_A"),
        "b": row.get("response_B"),
        "label": JUDGEBENCH_LABELS.get(label, label) if isinstance(label, str) else label,
        "kind": row.get("source", ""),
    }


def _pair(row: Mapping[str, Any], where: str) -> GoldPair:
    messages = _messages(row, where)
    for key in ("a", "b"):
        _text(row, key, where)
    label, reference, kind = row.get("label"), row.get("reference"), row.get("kind", "")
    if not isinstance(label, str) or label not in LABELS:
        raise _wrong(where, "label", '"a", "b" or "tie"', label)
    if not isinstance(reference, str | None):
        raise _wrong(where, "reference", "a text", reference)
    if not isinstance(kind, str):
        raise _wrong(where, "kind", "a text", kind)
    name = row.get("id")
    if not isinstance(name, str | int | None) or isinstance(name, bool):
        raise _wrong(where, "id", "a text or a whole number", name)
    asked = [[message.role, message.content] for message in messages]
    found = str(name) if name not in (None, "") else content_hash([asked, row["a"], row["b"]])[:16]
    return GoldPair(Contest(found, messages, row["a"], row["b"], reference), LABELS[label], kind)


def _messages(row: Mapping[str, Any], where: str) -> tuple[Message, ...]:
    if "messages" not in row:
        return (Message("user", _text(row, "prompt", where)),)
    messages = row["messages"]
    if not isinstance(messages, list) or not messages:
        raise _wrong(where, "messages", "a list of messages", messages)
    out = []
    for message in messages:
        if not isinstance(message, Mapping) or message.get("role") not in ROLES:
            raise _wrong(where, "messages", f"messages with one of the roles {', '.join(ROLES)}", message)
        out.append(Message(message["role"], _text(message, "content", f"{where}, messages")))
    return tuple(out)


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise _wrong(where, key, "a text", value)
    return value


def _wrong(where: str, key: str, expected: str, got: object) -> DataError:
    return DataError(f"{where}, {key}", expected=expected, got=repr(got)[:60], next_move=NEXT_MOVE)
