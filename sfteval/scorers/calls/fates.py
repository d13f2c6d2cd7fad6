"""What became of each expected call: expected calls and attempted ones in, one small entry each out.

An expected call takes the attempt that fits it; of what is left, the first of its name; then the first at all. Its
entry names the layer at which that attempt fails (None: it is right; `decision`: nothing stands in its place), and
which arguments are wrong where it parses and names the right tool. Holds no model text: the names are the suite's.
Does not decide whether an answer passes. Source: research on tool calls, section 1.5, metrics by tool and by type.
"""

from collections.abc import Sequence
from typing import Any

from sfteval.scorers.calls.matching import largest_matching
from sfteval.scorers.calls.targets import Wanted
from sfteval.scorers.calls.values import SameText, fits, fits_slot
from sfteval.types import ToolCall

MOST_CALLS = 16  # expected ones of one answer
MOST_WRONG = 32  # arguments of one call
LONGEST_NAME = 80


def fates(
    wanted: Sequence[Wanted], calls: Sequence[ToolCall], misfits: Sequence[bool], same_text: SameText
) -> list[dict[str, Any]]:
    """Return `{"layer", "wrong"}` for each expected call; `misfits` says which attempts break their schema."""
    wanted = wanted[:MOST_CALLS]
    right = _right(wanted, calls, same_text)
    taken = _taken(wanted, calls, right)
    out: list[dict[str, Any]] = []
    for place, one in enumerate(wanted):
        attempt = taken.get(place)
        if place in right:
            out.append({"layer": None})
        elif attempt is None:
            out.append({"layer": "decision"})
        else:
            out.append(_failed(one, calls[attempt], misfits[attempt], same_text))
    return out


def _right(wanted: Sequence[Wanted], calls: Sequence[ToolCall], same_text: SameText) -> dict[int, int]:
    """Return which expected call is met by which attempt."""
    table = [
        [call.name == one.name and call.fault is None and fits(call.arguments or {}, one.slots, same_text)
         for call in calls]
        for one in wanted
    ]  # fmt: skip
    return largest_matching(table)


def _taken(wanted: Sequence[Wanted], calls: Sequence[ToolCall], right: dict[int, int]) -> dict[int, int]:
    """Return the attempt that stands for each expected call, if any."""
    taken, met = dict(right), set(right.values())
    left = [place for place in range(len(calls)) if place not in met]
    for of_its_name in (True, False):
        for place, one in enumerate(wanted):
            if place in taken:
                continue
            found = next((other for other in left if calls[other].name == one.name or not of_its_name), None)
            if found is not None:
                taken[place] = found
                left.remove(found)
    return taken


def _failed(one: Wanted, call: ToolCall, misfit: bool, same_text: SameText) -> dict[str, Any]:
    if call.fault is not None:
        return {"layer": call.fault.layer}
    if call.name != one.name:
        return {"layer": "name"}
    given = call.arguments or {}
    wrong = [
        key[:LONGEST_NAME]
        for key, slot in one.slots.items()
        if not (fits_slot(given[key], slot, same_text) if key in given else slot.may_be_missing)
    ]
    return {"layer": "schema" if misfit else "value", "wrong": wrong[:MOST_WRONG]}
