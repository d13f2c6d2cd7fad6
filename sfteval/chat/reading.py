"""Raw text understood: one Generation in, one Reading out, for any text at all.

The thought is cut first (`thoughts`), then the dialect reads the calls of what is left, then the rest is the answer.
- Outcome: a thought that runs into the token limit is `truncated_think`, text that does is `truncated_answer`; a
  thought that never closes though the model stopped leaves no answer: `empty`, unless text or a call stood before it.
- Answer: untouched where nothing but special tokens was cut, else without white space at its ends, because a
  template's blank line after `</think>` is not the model's doing.
Does not know the tokenizer, the tools that were offered, or what was expected; never raises on text.
"""

import re
from dataclasses import replace

from sfteval.chat.dialects import Dialect, dialect_named
from sfteval.chat.thoughts import Thought, find_thoughts
from sfteval.types import Fault, Generation, Outcome, Reading, ToolCall

SPECIAL = re.compile(r"<[|｜][^<>|｜\s]{1,64}+[|｜]>")
FIRST, LAST = ("<s>", "<bos>"), ("</s>", "<eos>", "<end_of_turn>")  # special only at the ends: `<s>` is also HTML
MAX_LAST = 16  # so many of them are cut from the end
EXCERPT = 30


def read(generation: Generation, dialect: str = "hermes", *, think_end_id: int | None = None) -> Reading:
    """Understand what the model said; `think_end_id` (the id of `</think>`) lets thought be counted in tokens."""
    grammar = dialect_named(dialect)
    if generation.finish_reason == "error":
        return Reading(Outcome.ERROR, "")
    text = generation.text
    thoughts = find_thoughts(text, generation.think_prefilled)
    calls = [call for start, end in _gaps(thoughts, len(text)) for call in grammar.attempts(text, start, end)]
    if generation.finish_reason == "length" and calls and calls[-1].end == len(text):
        calls[-1] = _truncated(calls[-1])
    answer = _answer(text, thoughts, calls)
    return Reading(
        outcome=_outcome(generation, thoughts, answer, calls),
        answer=answer,
        think=_think(text, thoughts),
        tool_calls=tuple(calls),
        faults=tuple(fault for thought in thoughts for fault in _calls_in_think(text, thought, grammar)),
        num_think_tokens=_num_think_tokens(generation, thoughts, think_end_id),
    )


def _think(text: str, thoughts: list[Thought]) -> str | None:
    if not thoughts:
        return None
    return "\n".join(filter(None, (SPECIAL.sub("", thought.text_in(text)).strip() for thought in thoughts)))


def _calls_in_think(text: str, thought: Thought, grammar: Dialect) -> list[Fault]:
    message = "the call stands inside the thought"
    return [
        Fault("call_in_think", "envelope", message, at, text[max(0, at - EXCERPT) : at + EXCERPT])
        for at in grammar.openings(text, thought.start, thought.end)
    ]


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


def _truncated(call: ToolCall) -> ToolCall:
    """Name the token limit, not the model, as the reason why the last call has no end."""
    if call.fault is None or call.fault.code != "unclosed_tag":
        return call
    message = "the token limit cut the call"
    return replace(call, fault=replace(call.fault, code="truncated", layer="transport", message=message))


def _answer(text: str, thoughts: list[Thought], calls: list[ToolCall]) -> str:
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
