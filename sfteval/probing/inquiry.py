"""What one probe's asking is: who is asked what, and what the probe makes of it. Knows no probe.

A module for each: `ask` is called first for the base model, where there is one and the inquiry wants it, then for the
checkpoint, which hears what its base said. What they return is the inquiry's own; `result` and `difference` hand it to
the probe of the same name.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from sfteval.probing.desk import Desk
from sfteval.probing.material import Case
from sfteval.types import ProbeDifference, ProbeResult

Need = Literal["items", "base", "open_text"]


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What one checkpoint and its base model said to one inquiry."""

    case: Case
    own: Any
    base: Any = None  # None: no base model was asked


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One probe's asking."""

    name: str
    needs: frozenset[Need]  # items of both splits; a base model; models that know plain text
    asks_base: Callable[[Case], bool]  # whether the base model, where there is one, is asked too
    ask: Callable[[Desk, Case, Any], Awaitable[Any]]  # the third: what the base model said; None for itself
    result: Callable[[Told], ProbeResult]
    difference: Callable[[Told, Told], ProbeDifference]
    why_not: Callable[[Case], str] = lambda case: ""  # a reason beyond the needs; "": none
