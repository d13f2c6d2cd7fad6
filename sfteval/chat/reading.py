"""Raw text understood: one Generation in, one Reading out, for any text at all.

The thought is cut first (`thoughts`), then the dialect reads the calls of what is left, then the rest is the answer.
- Dialect: the checkpoint's (`written_calls`) or the task's; where nobody told, it is guessed, and a note says so.
- Outcome: a thought that runs into the token limit is `truncated_think`, text that does is `truncated_answer`; a
  thought that never closes though the model stopped leaves no answer: `empty`, unless text or a call stood before it.
- Answer: untouched where nothing but special tokens was cut, else without white space at its ends, because a
  template's blank line after `</think>` is not the model's doing.
- Beside it: what the server made of the answer, and what a forgiving reader makes of each call that is broken.
Does not know the tokenizer, the tools that were offered, or what was expected; never raises on text.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from sfteval.chat.dialects import Dialect, dialect_named, guessed
from sfteval.chat.dialects.faults import fault_at
from sfteval.chat.dialects.lenient_json import MAX_LENGTH
from sfteval.chat.places import Decode, placed
from sfteval.chat.server_parse import server_calls
from sfteval.chat.thoughts import Thought, find_thoughts
from sfteval.types import Fault, Generation, Outcome, Reading, ToolCall

SPECIAL = re.compile(r"<[|｜][^<>|｜\s]{1,64}+[|｜]>")
FIRST, LAST = ("<s>", "<bos>"), ("</s>", "<eos>", "<end_of_turn>")  # special only at the ends: `<s>` is also HTML
MAX_LAST = 16  # so many of them are cut from the end
GUESSED, TRAILING = "dialect_guessed", "trailing_text"


def read(
    generation: Generation,
    dialect: str | None = None,
    *,
    think_end_id: int | None = None,
    decode: Decode | None = None,
) -> Reading:
    """Understand what the model said.

    `dialect` names how calls are written (None: it is guessed), `think_end_id` (the id of `</think>`) lets thought be
    counted in tokens, `decode` (ids to text, special tokens included) lets faults be placed in tokens.
    Raises: ConfigurationError for a dialect that is not in the catalogue.
    """
    told = None if dialect is None else dialect_named(dialect)
    if generation.finish_reason == "error":
        return Reading(Outcome.ERROR, "")
    text = generation.text
    thoughts = find_thoughts(text, generation.think_prefilled)
    gaps = _gaps(thoughts, len(text))
    grammar = told or guessed("".join(text[start:end] for start, end in gaps))
    calls = [call for start, end in gaps for call in grammar.attempts(text, start, end)]
    if generation.finish_reason == "length" and calls:
        calls[-1] = _truncated(calls[-1], text)
    faults = [fault for thought in thoughts for fault in _calls_in_think(text, thought, grammar)]
    faults += [fault for start, end in gaps for fault in grammar.turn_faults(text, start, end)]
    answer = _answer(text, gaps, thoughts, calls, grammar)
    notes = [GUESSED] if told is None and (calls or faults) else []
    return Reading(
        outcome=_outcome(generation, thoughts, answer, calls),
        answer=answer,
        think=_think(text, thoughts),
        tool_calls=tuple(_with_places(calls, generation, decode, grammar)),
        faults=tuple(placed(faults, text, generation.token_ids, decode)),
        num_think_tokens=_num_think_tokens(generation, thoughts, think_end_id),
        dialect=grammar.name,
        notes=(*notes, TRAILING) if _has_trailing_text(text, calls) else tuple(notes),
        server_calls=server_calls(generation.server),
        recorded=generation.recorded,
    )


def _think(text: str, thoughts: list[Thought]) -> str | None:
    if not thoughts:
        return None
    return "\n".join(filter(None, (SPECIAL.sub("", thought.text_in(text)).strip() for thought in thoughts)))


def _calls_in_think(text: str, thought: Thought, grammar: Dialect) -> list[Fault]:
    message = "the call stands inside the thought"
    found = grammar.openings(text, thought.start, thought.end)
    return [fault_at(text, "call_in_think", "envelope", message, at) for at in found]


def _num_think_tokens(generation: Generation, thoughts: list[Thought], think_end_id: int | None) -> int | None:
    if not thoughts:
        return 0
    if not thoughts[-1].closed and thoughts[0].start == 0 and len(thoughts) == 1 and generation.token_ids:
        return len(generation.token_ids)
    if think_end_id is None or think_end_id not in generation.token_ids:
        return None
    return len(generation.token_ids) - generation.token_ids[::-1].index(think_end_id)


def _gaps(thoughts: list[Thought], length: int) -> list[tuple[int, int]]:
    edges = [0, *(edge for thought in thoughts for edge in (thought.start, thought.end)), length]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def _truncated(call: ToolCall, text: str) -> ToolCall:
    """Name the token limit, not the model, as the reason why the last call has no end."""
    fault = call.fault
    if fault is None or call.end < len(text) or fault.code == "missing_wrapper":
        return call
    at_end = fault.position >= len(text.rstrip()) or fault.message.startswith("Unterminated string")
    if not at_end and not fault.code.startswith("unclosed"):
        return call
    message = "the token limit cut the call"
    return replace(call, fault=replace(fault, code="truncated", layer="transport", message=message))


def _with_places(
    calls: Sequence[ToolCall], generation: Generation, decode: Decode | None, grammar: Dialect
) -> list[ToolCall]:
    """Return the calls, the broken ones with their places and with what a forgiving reader makes of them."""
    broken = [(place, call.fault) for place, call in enumerate(calls) if call.fault is not None]
    found = placed([fault for _, fault in broken], generation.text, generation.token_ids, decode)
    out = list(calls)
    left = MAX_LENGTH
    for (place, _), fault in zip(broken, found, strict=True):
        call = calls[place]
        lenient = grammar.lenient(call.raw, call.name) if len(call.raw) <= left else None
        left -= min(left, len(call.raw))
        out[place] = replace(call, fault=fault, lenient=lenient)
    return out


def _has_trailing_text(text: str, calls: list[ToolCall]) -> bool:
    if not calls or (calls[-1].fault is not None and calls[-1].fault.code == "missing_wrapper"):
        return False
    return bool(_without_special(text[calls[-1].end :]).strip())


def _answer(
    text: str, gaps: list[tuple[int, int]], thoughts: list[Thought], calls: list[ToolCall], grammar: Dialect
) -> str:
    final = [found for start, end in gaps if (found := grammar.final_answer(text, start, end)) is not None]
    if final:
        return _without_special(final[-1]).strip()
    cuts = [(thought.start, thought.end) for thought in thoughts]
    cuts += [(call.start, call.end) for call in calls if not (call.fault and call.fault.code == "missing_wrapper")]
    pieces, position = [], 0
    for start, end in sorted(cuts):
        pieces.append(text[position:start])
        position = end
    answer = _without_special("".join([*pieces, text[position:]]))
    return answer.strip() if cuts else answer


def _without_special(text: str) -> str:
    text = SPECIAL.sub("", text)
    start, end = next((len(token) for token in FIRST if text.startswith(token)), 0), len(text)
    for _ in range(MAX_LAST):
        end -= next((len(token) for token in LAST if text.endswith(token, start, end)), 0)
    return text[start:end]


def _outcome(generation: Generation, thoughts: list[Thought], answer: str, calls: list[ToolCall]) -> Outcome:
    if generation.finish_reason == "length":
        unfinished = bool(thoughts) and not thoughts[-1].closed
        return Outcome.TRUNCATED_THINK if unfinished else Outcome.TRUNCATED_ANSWER
    return Outcome.OK if calls or answer.strip() else Outcome.EMPTY
