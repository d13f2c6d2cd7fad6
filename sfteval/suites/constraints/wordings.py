"""A constraint with its kwargs in, a sentence that asks for it out; each has at least two wordings.

A wording says what our checker measures, no more and no less, so that whoever follows it passes. Templates are in
`wordings_ifeval` and `wordings_ifbench`, keyed by id, or by id and relation where "less than" reads otherwise; this
module fills them in. Does not know stems, draws, or which constraints go together.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sfteval.suites.constraints.wordings_ifbench import IFBENCH
from sfteval.suites.constraints.wordings_ifeval import IFEVAL, LANGUAGES

TEMPLATES: dict[str, tuple[str, ...]] = {**IFEVAL, **IFBENCH}
ORDINALS = ("zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def templates(identifier: str, kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the templates that fit an instruction."""
    relation = next((value for name, value in kwargs.items() if name.endswith("relation")), "at least")
    return TEMPLATES[identifier if relation == "at least" else f"{identifier}, {relation}"]


def worded(template: str, kwargs: Mapping[str, Any]) -> str:
    """Return a template with its kwargs filled in."""
    shown: dict[str, Any] = {}
    for name, value in kwargs.items():
        shown[name] = listed(value) if isinstance(value, list | tuple) else value
        if isinstance(value, int):
            shown[f"{name}_less"] = value - 1
            shown[f"{name}_th"] = ORDINALS[value] if value < len(ORDINALS) else f"{value}th"
    if "language" in shown:
        shown["language"] = LANGUAGES[shown["language"]]
    return template.format(**shown)


def listed(words: Sequence[str]) -> str:
    """Return words in quotes: "a", "b" and "c"."""
    quoted = [f'"{word}"' for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
