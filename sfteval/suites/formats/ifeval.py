"""A row of IFEval or IFBench as published in, a row of ours out: `{key, prompt, instruction_id_list, kwargs}`.

Every published copy ends in the same row: kwargs without the nulls that pad them in the hub's copy and in IFBench's own
file, whole numbers as such where the file has 4.0. Other columns are left out. `metadata.num_instructions` is there to
slice by. Does not know which instructions there are; their scorer does.
Source: Zhou et al. 2023 (arXiv 2311.07911); Pyatkin et al. 2025 (arXiv 2507.02833).
"""

from collections.abc import Mapping
from typing import Any

from sfteval.errors import DataError


def translated(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return our row.

    Raises: DataError for a row of another form, and where there are not as many kwargs as instructions.
    """
    key, prompt, names, kwargs = (row.get(column) for column in ("key", "prompt", "instruction_id_list", "kwargs"))
    if not isinstance(key, str | int | float) or isinstance(key, bool):
        raise _unread(where, "key", "a number or a text", key)
    if not isinstance(prompt, str):
        raise _unread(where, "prompt", "a text", prompt)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _unread(where, "instruction_id_list", "a list of texts", names)
    if not isinstance(kwargs, list) or not all(entry is None or isinstance(entry, Mapping) for entry in kwargs):
        raise _unread(where, "kwargs", "a list of objects", kwargs)
    if len(kwargs) != len(names):
        raise _unread(where, "kwargs", f"as many as instructions, {len(names)}", len(kwargs))
    instructions = [{"id": name, "kwargs": _tidy(entry or {})} for name, entry in zip(names, kwargs, strict=True)]
    return {
        "id": str(_whole(key)),
        "prompt": prompt,
        "target": {"instructions": instructions},
        "metadata": {"num_instructions": len(instructions)},
    }


def _tidy(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _whole(value) for name, value in kwargs.items() if value is not None}


def _whole(value: Any) -> Any:
    """Return 4 for 4.0; anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _unread(where: str, column: str, expected: str, got: object) -> DataError:
    return DataError(
        f"{where}, {column}",
        expected=expected,
        got=repr(got)[:60],
        next_move='Fetch the published file again, or write rows of ours and leave out format = "ifeval"',
    )
