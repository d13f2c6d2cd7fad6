"""Nested JSON in, flat rows of (dotted name, text) out: what the page shows of settings, records and figures."""

from collections.abc import Mapping
from typing import Any

from sfteval.report.text import one_line, shortened

LONGEST_VALUE = 600


def fact_rows(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return one row for every value that says anything."""
    rows: list[tuple[str, str]] = []
    for key, value in facts.items():
        name = f"{prefix}{one_line(str(key))}"
        if isinstance(value, Mapping) and value:
            rows.extend(fact_rows(value, f"{name}."))
        elif shown := _shown(value):
            rows.append((name, one_line(shortened(shown, LONGEST_VALUE))))
    return rows


def _shown(value: object) -> str:
    """Return a value as it would be set, true and false as JSON has them; "" where it says nothing."""
    if isinstance(value, list | tuple):
        pieces = [_shown(item) for item in value]
        return ", ".join(piece or "unknown" for piece in pieces) if any(pieces) else ""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None or value == {} else str(value)
