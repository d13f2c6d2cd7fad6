"""Which part of an answer is heard: what an agent makes up in the place of an observation is not, nor what follows it.

Observations are told by the dialect's own reading (ReAct) or by the markup in which templates write them; markup in the
thought, in backticks or inside a call's arguments is text. Also which of two faults it is when an action and a final
answer stand in one turn. Does not know tools or conversations.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sfteval.chat.dialects.faults import fault_at
from sfteval.chat.reading import SPECIAL, read
from sfteval.chat.thoughts import find_thoughts
from sfteval.types import Fault, Generation, Reading

MARKUP = re.compile(r"(?<!`)(?:<tool_response>|\[TOOL_RESULTS\])")
INVENTED, TOGETHER, AFTER = "hallucinated_observation", "final_and_action_together", "action_after_final"


@dataclass(frozen=True, slots=True)
class Heard:
    """The part of an answer that counts."""

    reading: Reading
    text: str  # without thought and special tokens, markup of calls and all
    faults: tuple[Fault, ...]  # of the turn as a whole


def heard_part(answer: Generation, dialect: str | None) -> Heard:
    """Read an answer up to the first observation in it."""
    whole = read(answer, dialect)
    invented = _invented(answer, whole)
    if invented is None:
        return Heard(whole, _visible(answer), _in_order(whole))
    part = replace(answer, text=answer.text[: invented.position].rstrip(), finish_reason="stop", token_ids=())
    reading = read(part, whole.dialect)
    return Heard(reading, _visible(part), (*_in_order(reading), invented))


def _invented(answer: Generation, reading: Reading) -> Fault | None:
    """Return the first observation that the agent wrote itself; None: it wrote none."""
    told = next((fault for fault in reading.faults if fault.code == INVENTED), None)
    if told is not None:
        return told
    spans = [(thought.start, thought.end) for thought in find_thoughts(answer.text, answer.think_prefilled)]
    spans += [(call.start, call.end) for call in reading.tool_calls if call.fault is None]
    at = _first_outside(answer.text, sorted(spans))
    return None if at is None else _fault(answer.text, at)


def _first_outside(text: str, spans: Sequence[tuple[int, int]]) -> int | None:
    """Return where the markup of an observation first stands outside the spans, which are sorted."""
    place = 0
    for match in MARKUP.finditer(text):
        while place < len(spans) and spans[place][1] <= match.start():
            place += 1
        if place == len(spans) or match.start() < spans[place][0]:
            return match.start()
    return None


def _fault(text: str, at: int) -> Fault:
    return fault_at(text, INVENTED, "trajectory", "the model wrote the tool's observation itself", at)


def _in_order(reading: Reading) -> tuple[Fault, ...]:
    """Return the faults of the turn, an action behind the final answer told from one before it."""
    return tuple(
        replace(fault, code=AFTER, message="an action follows the final answer")
        if fault.code == TOGETHER and all(call.start > fault.position for call in reading.tool_calls)
        else fault
        for fault in reading.faults
    )


def _visible(answer: Generation) -> str:
    """Return the text without thoughts and special tokens."""
    thoughts = find_thoughts(answer.text, answer.think_prefilled)
    edges = [0, *(edge for thought in thoughts for edge in (thought.start, thought.end)), len(answer.text)]
    pieces = [answer.text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return SPECIAL.sub("", "".join(pieces)).strip()
