"""Lines of a data file in, Samples out: every field with its type, every mistake with its line.

Does not know the scorer; what a target must be is checked by the scorer's builder.
"""

import codecs
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from sfteval.errors import DataError, nearest
from sfteval.identity import content_hash
from sfteval.types import Message, Sample

ROW_KEYS = {"id", "messages", "prompt", "tools", "target", "metadata", "cluster"}
WORDS = {str: "a text", int: "a whole number", list: "a list", dict: "an object"}


def read_samples(path: Path, cluster_key: str) -> Iterator[Sample]:
    """Yield a file's Samples, one a line."""
    for where, row in read_rows(path):
        yield sample_of(row, where, cluster_key)


def read_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield a file's rows, each with its place.

    Raises: DataError for a line that is no JSON object.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if line.strip():
                where = f"{path}, line {number}"
                yield where, checked_row(_parsed(line, where), where)


def num_rows(path: Path) -> int:
    """Return how many rows a file has, without a look at them."""
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def checked_row(row: Any, where: str) -> Mapping[str, Any]:
    """Return a row that can be hashed and written as JSON.

    Raises: DataError.
    """
    try:
        content_hash(row)  # what is nested too deep to be hashed is too deep for everything behind it
        json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise _no_row(where, error) from error
    if not isinstance(row, dict):
        raise DataError(where, expected="a JSON object", got=type(row).__name__, next_move="Mend that line")
    return row


def _parsed(line: bytes, where: str) -> Any:
    try:
        return json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _no_row(where, error) from error


def _no_row(where: str, error: Exception) -> DataError:
    return DataError(where, expected="one JSON object per line", got=str(error), next_move="Mend that line")


def sample_of(row: Mapping[str, Any], where: str, cluster_key: str) -> Sample:
    """Return the Sample of a row of ours.

    Raises: DataError for an unknown key, and for a field of another type.
    """
    for key in row:
        if key not in ROW_KEYS | {cluster_key}:
            raise DataError(where, expected="a known key", got=f'"{key}"', next_move=nearest(key, ROW_KEYS))
    messages = _messages(row, where)
    tools = _typed(row, "tools", [], list, where)
    if not all(isinstance(tool, dict) for tool in tools):
        raise DataError(
            f"{where}, tools", expected="a list of objects", got=repr(tools)[:60], next_move="Mend that line"
        )
    metadata = _typed(row, "metadata", {}, dict, where)
    cluster = row.get(cluster_key) or metadata.get(cluster_key) or ""
    if not isinstance(cluster, str | int):
        raise DataError(
            f"{where}, {cluster_key}", expected="a text", got=repr(cluster)[:60], next_move="Mend that line"
        )
    asked = [[message.as_dict() for message in messages], tools]
    name = _typed(row, "id", content_hash([*asked, row.get("target")])[:16], str | int, where)
    return Sample(
        id=str(name),
        messages=messages,
        tools=tuple(tools),
        target=row.get("target"),
        metadata=metadata,
        cluster=str(cluster),
        content_hash=content_hash(asked),
    )


def _no_constant(name: str) -> float:
    raise ValueError(f"{name}, which is not JSON")


def _typed(row: Mapping[str, Any], key: str, default: Any, kinds: type | UnionType, where: str) -> Any:
    """Return a field of a row; null and absent are the default, another type is an error."""
    value = row.get(key)
    if value is None:
        return default
    if not isinstance(value, kinds) or isinstance(value, bool):
        words = " or ".join(WORDS[kind] for kind in (get_args(kinds) or (kinds,)))
        raise DataError(f"{where}, {key}", expected=words, got=repr(value)[:60], next_move="Mend that line")
    return value


def _messages(row: Mapping[str, Any], where: str) -> tuple[Message, ...]:
    prompt = _typed(row, "prompt", "", str, where)
    if prompt and "messages" not in row:
        return (Message("user", prompt),)
    messages = _typed(row, "messages", [], list, where)
    if not messages:
        raise DataError(where, expected='"messages" or "prompt"', got="neither", next_move="Add what is to be asked")
    return tuple(_message(message, f"{where}, messages") for message in messages)


def _message(message: Any, where: str) -> Message:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise DataError(
            where, expected='messages of {"role", "content"}', got=repr(message)[:60], next_move="Mend that line"
        )
    calls = _typed(message, "tool_calls", [], list, where)
    if not all(isinstance(call, dict) and isinstance(call.get("function"), dict) for call in calls):
        raise DataError(
            f"{where}, tool_calls", expected='objects with "function"', got=repr(calls)[:60], next_move="Mend that line"
        )
    return Message(
        role=message["role"],
        content=_typed(message, "content", "", str, where),
        reasoning_content=_typed(message, "reasoning_content", None, str, where),
        tool_calls=tuple(calls),
        name=_typed(message, "name", None, str, where),
        tool_call_id=_typed(message, "tool_call_id", None, str, where),
    )


def check_ids(samples: tuple[Sample, ...], place: str) -> None:
    """Refuse an id that two samples have; `place` is where they lie."""
    seen: set[str] = set()
    for sample in samples:
        if sample.id in seen:
            raise DataError(place, expected="ids used once", got=f'"{sample.id}" twice', next_move="Rename one")
        seen.add(sample.id)
