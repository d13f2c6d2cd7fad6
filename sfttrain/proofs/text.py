"""What is learned is what must be: each span beside its lesson, and no thought where an arm must not see one.

Of every span: its context is token for token what a server would send, its first target sits at the last position of
that, its text is the template's up to the stop token, and holds all that the turn says. Costly: runs on chosen rows.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sfteval.chat import ChatFormat
from sfteval.chat.react import observations
from sfttrain.config import RenderSettings
from sfttrain.proofs.lessons import Learned, Lesson, learned_text, match_lessons, whole_text
from sfttrain.proofs.proof import FAULT, Proof, Row, failed
from sfttrain.types import NOT_LEARNED

INLINE = 'Set reasoning = "inline" in [render]: the thought is then written into the text'
BESIDE = "Use a template that renders text beside a tool call, or leave the row out"
WORD = re.compile(r"[A-Za-z0-9]{3,}")
OBSERVED = re.compile(r"^Action:.*?^Observation:", re.MULTILINE | re.DOTALL)


def prove_text(
    rows: Sequence[Row], chat: ChatFormat, stops: Sequence[int], settings: RenderSettings
) -> tuple[Proof, ...]:
    """Show that every span of the rows stands behind its served prompt and holds its lesson, and that none is lost."""
    stop_texts = tuple(chat.tokenizer.decode([stop]) for stop in stops)
    learned = [(row, match_lessons(row, chat, stops, settings)) for row in rows]
    num_characters = num_later = 0
    for row, pieces in learned:
        for _, turn in itertools.groupby(pieces, key=lambda one: one.span.message_index):
            num_characters += _check_turn(list(turn), chat, stop_texts, settings)
        for example in row.examples:
            first = next((place for place, target in enumerate(example.targets) if target != NOT_LEARNED), -1)
            if first != example.spans[0].start:
                raise failed(f"row {row.id}", f"its first target at position {example.spans[0].start}", first)
            num_later += len(example.spans) - 1
    counted = {"rows": len(rows), "spans": sum(len(pieces) for _, pieces in learned)}
    return (
        Proof("supervised text equals the expected completions", {**counted, "characters": num_characters}),
        Proof("the first target sits at the served prompt's last position", {**counted, "later_spans": num_later}),
    )


def prove_hidden(rows: Sequence[Row], chat: ChatFormat) -> Proof:
    """Show that a row's reasoning is in none of its tokens, learned or not, where the arm must not see it."""
    num_thoughts = 0
    for row in rows:
        if not row.hidden:
            continue
        without = chat.template.render(row.messages, row.tools, row.template_kwargs)
        everything = "\n".join(whole_text(example, chat) for example in row.examples)
        for thought in row.hidden:
            if thought in everything and thought not in without:  # a short one may stand in an answer too
                raise failed(f"row {row.id}", "no reasoning in the no-think arm", repr(thought[:60]), FAULT)
            num_thoughts += 1
    return Proof("the no-think arm holds no reasoning of its rows", {"rows": len(rows), "thoughts": num_thoughts})


def _check_turn(
    pieces: Sequence[Learned], chat: ChatFormat, stop_texts: tuple[str, ...], settings: RenderSettings
) -> int:
    """Refuse a turn of which a piece is not its lesson, or that leaves out what it says; return its characters."""
    texts = [learned_text(one, chat) for one in pieces]
    for one, learned in zip(pieces, texts, strict=True):
        _check_context(one, chat)
        stop = one.lesson.stop or next((text for text in stop_texts if text and learned.endswith(text)), "")
        if learned != (expected := one.lesson.said + stop):
            place = _first_difference(learned, expected)
            shown = slice(max(place - 10, 0), place + 50)
            raise failed(one.lesson.where, f"to learn {expected[shown]!r}", repr(learned[shown]))
    _check_all_is_said(pieces[0].lesson, "".join(texts), settings)
    return sum(map(len, texts))


def _check_context(one: Learned, chat: ChatFormat) -> None:
    """Refuse a span that does not begin right behind the ids which a server would send there."""
    served = chat.tokenizer.encode(one.lesson.context)
    before = tuple(one.example.token_ids[: len(served)])
    if before != served:
        place = next((i for i, (a, b) in enumerate(zip(before, served, strict=False)) if a != b), len(before))
        raise failed(one.lesson.where, "the served prompt's token ids before it", f"others from position {place}")
    if one.span.start != len(served) - 1:
        expected = f"its first supervised target at position {len(served) - 1}"
        raise failed(one.lesson.where, expected, one.span.start)


def _check_all_is_said(lesson: Lesson, learned: str, settings: RenderSettings) -> None:
    """Refuse a turn whose reasoning, text or calls are not all in what is learned, or whose observations are."""
    message, shown = lesson.message, repr(learned[-60:])
    content = message.content.strip()
    seen = observations(content) if settings.react else ()
    edges = [0, *(place for stretch in seen for place in stretch), len(content)]
    said = [content[start:stop].strip() for start, stop in zip(edges[::2], edges[1::2], strict=True)]
    thought = (message.reasoning_content or "").strip()
    for text in (thought, *said):
        if text not in learned:
            dropped = INLINE if text is thought and settings.reasoning == "template" else BESIDE
            cure = dropped if text is thought or message.tool_calls else ""
            raise failed(lesson.where, f"to learn all that the turn says, {text[-40:]!r}", shown, cure)
    for call in message.tool_calls:
        if (lost := next((word for word in _words(call) if word not in learned), None)) is not None:
            cure = "Use a template that renders tool calls"
            raise failed(lesson.where, f"to learn the tool call, {lost!r} among it", shown, cure)
    if settings.react and (observed := OBSERVED.search(learned)) and observed[0].count("```") % 2 == 0:
        raise failed(lesson.where, "to learn no observation of ReAct text", repr(observed[0][-60:]), FAULT)


def _words(call: Mapping[str, Any]) -> Iterator[str]:
    """Yield the words of a call's name and arguments, however a template writes them (JSON, XML, its own)."""
    function = call.get("function") or call
    waiting: list[Any] = [function.get("arguments"), str(function.get("name", ""))]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [*value.values(), *value]
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, str):
            yield from WORD.findall(value)


def _first_difference(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
