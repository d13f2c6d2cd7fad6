"""What must be learned of a row, as text: the template's own words for each assistant turn, found without token ids.

The template is asked what a server would send before a turn, and what it writes when the turn is there: the rest is
the lesson. Says the rule of `sfteval.chat.completion` a second time, on text alone, so that a mistake there shows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sfteval.chat import ChatFormat
from sfteval.chat.react import observations
from sfteval.types import Message
from sfttrain.config import RenderSettings
from sfttrain.proofs.proof import Row, failed
from sfttrain.types import NOT_LEARNED, Example, Span

OPEN_THOUGHT = re.compile(r"<think>\s*\Z")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one span must hold: a whole assistant turn, or a piece of ReAct text between two observations."""

    where: str
    message: Message
    context: str  # all that stands before it: the served prompt, and in ReAct text what was said and seen since
    said: str  # without the stop token
    stop: str  # as the template writes it; "" where the turn has no end of its own


@dataclass(frozen=True, slots=True)
class Learned:
    """A lesson, and where an example holds it."""

    lesson: Lesson
    example: Example
    span: Span


def match_lessons(row: Row, chat: ChatFormat, stops: Sequence[int], settings: RenderSettings) -> list[Learned]:
    """Return every lesson of a row with its span, or raise where a turn is learned never or twice."""
    stop_texts = [chat.tokenizer.decode([stop]) for stop in stops]
    turns = [index for index, one in enumerate(row.messages) if one.role == "assistant" and one.weight > 0]
    lessons = [
        (index, lesson) for index in turns for lesson in _lessons_of_turn(row, index, chat, stop_texts, settings)
    ]
    found = [(example, span) for example in row.examples for span in example.spans]
    if [index for index, _ in lessons] != [span.message_index for _, span in found]:
        expected, got = ([str(index + 1) for index in some] for some in (turns, _distinct(found)))
        learned = f"turns {', '.join(got)} in {len(found)} pieces"
        raise failed(f"row {row.id}", f"turns {', '.join(expected)} learned in {len(lessons)} pieces", learned)
    return [Learned(lesson, *place) for (_, lesson), place in zip(lessons, found, strict=True)]


def learned_text(one: Learned, chat: ChatFormat) -> str:
    """Return a span's targets as text, as they read behind what stands before them (some tokenizers write a space)."""
    start, stop = one.span.start, one.span.stop
    before = list(one.example.token_ids[max(start - 7, 0) : start + 1])
    said = [target for target in one.example.targets[start:stop] if target != NOT_LEARNED]
    return chat.tokenizer.decode([*before, *said]).removeprefix(chat.tokenizer.decode(before))


def whole_text(example: Example, chat: ChatFormat) -> str:
    """Return all that an example holds: what is read, and the last target."""
    last = [target for target in example.targets[-1:] if target != NOT_LEARNED]
    return chat.tokenizer.decode([*example.token_ids, *last])


def _lessons_of_turn(
    row: Row, index: int, chat: ChatFormat, stop_texts: Sequence[str], settings: RenderSettings
) -> list[Lesson]:
    where, message = f"row {row.id}, turn {index + 1}", row.messages[index]
    prompt, added = _added(row, index, chat, settings)
    said, stop = _before_stop(added, stop_texts)
    seen = observations(message.content.strip()) if settings.react else ()
    if not seen:
        return [Lesson(where, message, prompt, said, stop)]
    offset = said.rfind(message.content.strip())
    edges = [0, *(offset + place for stretch in seen for place in stretch), len(said)]
    pieces = list(zip(edges[::2], edges[1::2], strict=True))
    if seen[-1][1] == len(message.content.strip()):  # an observation is the last word: nobody ends this turn
        del pieces[-1]
    stops = ["" for _ in pieces[1:]] + [stop if pieces[-1][1] == len(said) else ""]
    return [
        Lesson(where, message, prompt + said[:start], said[start:end], stop)
        for (start, end), stop in zip(pieces, stops, strict=True)
    ]


def _added(row: Row, index: int, chat: ChatFormat, settings: RenderSettings) -> tuple[str, str]:
    """Return the served prompt of a turn, and what the template adds when the turn is said.

    Two kinds of template do not write a turn behind its served prompt: where the prompt opens a thought that stored
    turns leave out, the thought is told by its field; where an answer rewrites the turns before it, they are told bare.
    """
    history, message = row.messages[:index], row.messages[index]
    bare = tuple(replace(one, reasoning_content=None) for one in history)
    told = message
    if settings.reasoning == "inline":
        history = bare
        if (thought := message.reasoning_content) is not None:
            text = f"<think>\n{thought}\n</think>\n\n{message.content}"
            told = replace(message, content=text, reasoning_content=None)

    def write(before: tuple[Message, ...], *said: Message) -> str:
        prompted = not said
        return chat.template.render((*before, *said), row.tools, row.template_kwargs, add_generation_prompt=prompted)

    prompt = write(history)
    if (full := write(history, told)).startswith(prompt):
        return prompt, full[len(prompt) :]
    opening = OPEN_THOUGHT.search(prompt)
    without = write(history, replace(message, reasoning_content=None))
    if opening is not None and without.startswith(prompt[: opening.start()]):
        return prompt, f"{message.reasoning_content or ''}\n</think>\n\n{without[opening.start() :]}"
    if (full := write(bare, told)).startswith(shorter := write(bare)):
        return prompt, full[len(shorter) :]
    raise failed(f"row {row.id}, turn {index + 1}", "a turn that begins with its served prompt", repr(full[-60:]))


def _before_stop(added: str, stop_texts: Sequence[str]) -> tuple[str, str]:
    """Return the text up to its first stop token, and that token; all of it and "" where it holds none."""
    found = [(added.find(text), text) for text in stop_texts if text and text in added]
    place, stop = min(found, key=lambda pair: (pair[0], -len(pair[1]))) if found else (len(added), "")
    return added[:place], stop


def _distinct(found: Sequence[tuple[Example, Span]]) -> list[int]:
    return sorted({span.message_index for _, span in found})
