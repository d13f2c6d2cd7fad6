"""Two checkpoints in, what differs between them and what must not: checked before the first question.

A checkpoint that was trained here carries the template it was trained with; serving it with another one is template
drift, and no comparison is made of it unless that is asked for. What two training records tell of each other (rows,
order, base, supervised tokens) becomes the fairness table of the report. Does not ask anything.
Source: template drift, research/tools_agents_templates.md 3.2.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.errors import NotComparableError
from sfteval.types import Checkpoint, Json


def check_contract(checkpoint: Checkpoint) -> None:
    """Refuse a checkpoint whose template is not the one it was trained with.

    Raises: NotComparableError on drift.
    """
    trained = checkpoint.training.get("template_sha256")
    if trained is None or checkpoint.template_sha256 is None or trained == checkpoint.template_sha256:
        return
    raise NotComparableError(
        str(checkpoint.path),
        expected=f"the chat template it was trained with (sha256 {str(trained)[:12]})",
        got=f"another one ({checkpoint.template_sha256[:12]})",
        next_move="Restore chat_template.jinja, or pass --allow-template-drift to compare all the same",
    )


def drifted(checkpoint: Checkpoint) -> bool:
    """Return whether `check_contract` would refuse."""
    try:
        check_contract(checkpoint)
    except NotComparableError:
        return True
    return False


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
