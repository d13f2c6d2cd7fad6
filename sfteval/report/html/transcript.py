"""What an agent said and saw, turn by turn, in; short harmless text for the sample browser out.

The record lies with the reading as it was stored, and may hold anything: what is no turn is left out. Does not judge.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sfteval.report.text import one_line, shortened, visible
from sfteval.types import Reading

MOST_TURNS = 40
LONGEST_SAID, LONGEST_SEEN = (900, 300), (400, 200)  # characters kept at the head and at the tail


def transcript(reading: Reading) -> list[dict[str, Any]]:
    """Return one entry a turn: what was said, what each call brought, and what was wrong; empty for other tasks."""
    record = reading.recorded.get("trajectory")
    turns = _mappings(record.get("turns")) if isinstance(record, Mapping) else iter(())
    return [_turn(turn) for _, turn in zip(range(MOST_TURNS), turns, strict=False)]


def _turn(turn: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        "says": visible(shortened(str(turn.get("text", "")), *LONGEST_SAID)),
        "acts": [_action(action) for action in _mappings(turn.get("actions"))],
        "faults": _faults(turn),
    }
    return {key: value for key, value in shown.items() if value}


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        "name": one_line(shortened(str(action.get("name", "")), 80)),
        "seen": visible(shortened(str(action.get("observation", "")), *LONGEST_SEEN)),
        "error": bool(action.get("is_error")),
        "planted": bool(action.get("is_injected")),
        "faults": _faults(action),
    }
    return {key: value for key, value in shown.items() if value}


def _faults(of: Mapping[str, Any]) -> list[str]:
    return [
        one_line(shortened(f"{fault.get('code', '')} ({fault.get('layer', '')}) {fault.get('message', '')}", 300))
        for fault in _mappings(of.get("faults"))
    ]


def _mappings(values: Any) -> Iterator[Mapping[str, Any]]:
    return (value for value in (values if isinstance(values, list | tuple) else ()) if isinstance(value, Mapping))
