"""Where answers first fail, A against B: the flow between layers, counts of codes and places, rates of tool calls."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CallRate:
    """One share of what could have been, A against B: diagnostic, never gating.

    By kind: `answers` (of the whole task; its value is empty), `tool` and `type`, per expected call of this tool and
    per expected argument of this JSON type, and `turn`, the answers after so many user turns.
    """

    kind: Literal["answers", "tool", "type", "turn"]
    value: str
    rate: str  # "parse", "over_call", ...
    n_baseline: int  # answers, calls or arguments that A's share is of
    n_candidate: int
    num_clusters: int  # prompts, or their stems
    baseline: float | None  # None: nothing of this kind
    candidate: float | None
    difference: float | None
    ci_low: float | None  # 95 %; None: too few prompts for an interval
    ci_high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class FailureCount:
    """How many answers first failed in this way on each side; `layer` comes before `code` in the flow."""

    layer: str
    code: str
    baseline: int
    candidate: int


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """How many answers of each side broke at such a place.

    By `what`: `quarter` of the call (1 to 4), `depth` in its JSON, `length` of the call in characters, `turn` of a
    conversation in which the first error was made.
    """

    layer: str
    what: Literal["quarter", "depth", "length", "turn"]
    value: str
    baseline: int
    candidate: int


@dataclass(frozen=True, slots=True)
class CallComparison:
    """Where the answers of one task first fail, A against B: what became of each, and how far its calls get."""

    task: str
    num_answers: int  # that both sides gave
    num_missing: int  # lost by transport on a side; not in the flow
    layers: tuple[str, ...]  # passed, then the layers in their order: rows and columns of the flow
    flow: tuple[tuple[int, ...], ...]  # [layer of A][layer of B], answers
    codes: tuple[FailureCount, ...]
    places: tuple[PlaceCount, ...]
    rates: tuple[CallRate, ...]
    num_tools: int  # that are expected in the task; the rates are of those that are expected most
