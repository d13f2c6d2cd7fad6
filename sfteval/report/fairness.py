"""What two training records agree on, in one sentence: base, rows, order, steps, and what each arm learned from.

Comparison in, text out; empty where the records tell nothing. Does not judge whether a difference matters.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.types import Comparison

WORDS = {
    "same_base": "base",
    "same_rows": "rows",
    "same_order": "order",
    "same_steps": "number of steps",
    "same_optimizer": "optimizer",
    "same_template": "template",
}


def fairness_sentence(comparison: Comparison) -> str:
    """Return what was the same in training, what was not, and the learned tokens of both sides."""
    record = comparison.reproduce.get("fairness")
    if not isinstance(record, Mapping):
        return ""
    same = [word for key, word in WORDS.items() if record.get(key) is True]
    different = [word for key, word in WORDS.items() if record.get(key) is False]
    parts = [_listed("Same", same), _listed("not the same", different)]
    sentence = "; ".join(part for part in parts if part)
    tokens = _learned_tokens(record.get("supervised_tokens"))
    return ". ".join(part for part in (sentence[:1].upper() + sentence[1:], tokens) if part) + "." * bool(
        sentence or tokens
    )


def _listed(word: str, names: list[str]) -> str:
    return f"{word} {', '.join(names)}" if names else ""


def _learned_tokens(counts: Any) -> str:
    if not isinstance(counts, list | tuple) or len(counts) != 2 or not all(isinstance(count, int) for count in counts):
        return ""
    return f"Tokens learned in training: A {counts[0]:,}, B {counts[1]:,}"
