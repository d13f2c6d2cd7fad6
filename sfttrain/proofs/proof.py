"""What a proof is, which rows it looks at, and how it fails: with the row, what was expected, what came, and the cure.

Says a second time what each arm may see of a row, apart from `arm` and `render`: a mistake there must not prove itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sfteval.errors import ProofError
from sfteval.types import Json, Message
from sfttrain.prepare import Material
from sfttrain.types import Arm, Example

T = TypeVar("T")

FAULT = "This is a fault of sfttrain, not of your data: report it"
NUM_ROWS = 64  # rows on which the costly proofs of text run, evenly spread
NUM_SHAPES = 32  # and one more of each order of roles that these do not hold, up to so many


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was shown, and on how much."""

    name: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation as its arm must see it, beside what will be learned of it."""

    id: str
    messages: tuple[Message, ...]
    tools: tuple[Json, ...]
    template_kwargs: Json
    examples: tuple[Example, ...]
    hidden: tuple[str, ...] = ()  # texts that this arm must never see


def rows_of(material: Material, arm: Arm) -> list[Row]:
    """Return every row of an arm; a row of the no-think arm names the reasoning that must be nowhere in it."""
    rows = []
    for one, examples in zip(material.conversations, material.examples[arm], strict=True):
        kwargs = {**one.template_kwargs, "enable_thinking": arm is Arm.THINK}
        messages, hidden = one.messages, tuple[str, ...]()
        if arm is Arm.NO_THINK:
            hidden = tuple((message.reasoning_content or "").strip() for message in messages)
            messages = tuple(replace(each, reasoning_content=None) for each in one.no_think_messages or messages)
        rows.append(Row(one.id, messages, one.tools, kwargs, examples, tuple(filter(None, hidden))))
    return rows


def spread(items: Sequence[T], count: int) -> list[T]:
    """Return `count` items (or all) at even distances, the first and the last among them."""
    if len(items) <= count:
        return list(items)
    return [items[round(place * (len(items) - 1) / (count - 1))] for place in range(count)]


def chosen(rows: Sequence[Row]) -> list[Row]:
    """Return the rows for the costly proofs: spread evenly, and the first of every other order of roles."""
    even = spread(rows, NUM_ROWS)
    seen = {_shape(row) for row in even}
    others: dict[tuple[object, ...], Row] = {}
    for row in rows:
        if _shape(row) not in seen:
            others.setdefault(_shape(row), row)
    return [*even, *list(others.values())[:NUM_SHAPES]]


def failed(where: str, expected: str, got: object, cure: str = "") -> ProofError:
    """Return the error of a row or a template that is not what it must be."""
    cure = cure or "Look at it with `sfttrain show`; mend the row or the template"
    return ProofError(where, expected=expected, got=got, next_move=cure)


def _shape(row: Row) -> tuple[object, ...]:
    roles = tuple((one.role, one.reasoning_content is None, bool(one.tool_calls)) for one in row.messages[:16])
    return roles, bool(row.tools)
