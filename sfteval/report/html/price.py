"""Counts of outcomes and costs in, the rows of the section on price out. Decides wording and order, never a number."""

from collections.abc import Iterable, Sequence
from typing import Any

from sfteval.report.html.forest import shares_bar
from sfteval.report.states import tasks
from sfteval.report.text import one_line, words
from sfteval.types import Comparison, Json, Outcome

COST_NAMES = {
    "num_answers": "answers",
    "num_prompt_tokens": "prompt tokens",
    "num_tokens": "generated tokens",
    "num_think_tokens": "of which thinking",
    "seconds": "seconds, summed over answers",
    "training_tokens": "tokens seen in training",
    "supervised_tokens": "of which learned from",
}


def outcome_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return two rows a task, A's and B's: how many answers came to which end."""
    rows = []
    for task in _ordered(comparison.outcomes, tasks(comparison)):
        sides = comparison.outcomes[task]
        for letter, side in (("a", "baseline"), ("b", "candidate")):
            counts = [(outcome.value, int(sides.get(side, {}).get(outcome.value, 0))) for outcome in Outcome]
            spoken = ", ".join(f"{words(name)} {count}" for name, count in counts if count)
            rows.append(
                {
                    "task": one_line(task),
                    "letter": letter,
                    "counts": [f"{count:,}" if count else "·" for _, count in counts],
                    "bar": shares_bar(counts, spoken or "none"),
                }
            )
    return rows


def cost_rows(costs: Json) -> list[dict[str, str]]:
    """Return one row for every cost that is known of a side."""
    sides = costs.get("baseline", {}), costs.get("candidate", {})
    names = [*COST_NAMES, *sorted((set(sides[0]) | set(sides[1])) - set(COST_NAMES))]
    rows = [(name, sides[0].get(name), sides[1].get(name)) for name in names]
    return [
        {"name": COST_NAMES.get(name, words(one_line(name))), "a": _amount(a), "b": _amount(b)}
        for name, a, b in rows
        if a is not None or b is not None
    ]


def _ordered(found: Iterable[str], order: Sequence[str]) -> list[str]:
    found = set(found)
    return [name for name in order if name in found] + sorted(found - set(order))


def _amount(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else "-" if value is None else one_line(str(value))
