"""Two training records in, what they agree on out: base, rows, order, steps, optimizer, template, learned tokens.

Null where a record does not tell. Does not judge whether a difference matters.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.types import Checkpoint, Json


def fairness(baseline: Checkpoint, candidate: Checkpoint) -> Json:
    """Return what both training records agree on: null where a record does not tell."""
    a, b = baseline.training, candidate.training
    return {
        "same_base": _same(a, b, "base", "fingerprint"),
        "same_rows": _all_same(a, b, ("data", "sha256"), ("data", "train")),
        "same_order": _same(a, b, "order_sha256"),
        "same_steps": _same(a, b, "totals", "steps"),
        "same_optimizer": _all_same(a, b, ("recipe", "optimizer"), ("recipe", "schedule"), ("precision",)),
        "same_template": _both_equal(baseline.template_sha256, candidate.template_sha256),
        "supervised_tokens": [_find(a, "totals", "supervised_tokens"), _find(b, "totals", "supervised_tokens")],
        "tokens": [_find(a, "totals", "tokens"), _find(b, "totals", "tokens")],
    }


def _all_same(a: Json, b: Json, *paths: tuple[str, ...]) -> bool | None:
    agreed = [_same(a, b, *path) for path in paths]
    return None if None in agreed else all(agreed)


def _same(a: Json, b: Json, *path: str) -> bool | None:
    return _both_equal(_find(a, *path), _find(b, *path))


def _both_equal(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else bool(a == b)


def _find(record: Json, *path: str) -> Any:
    value: Any = record
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
