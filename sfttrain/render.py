"""Conversations become Examples: the prompt-anchored rule of `sfteval.chat`, shifted by one, once, here.

Everything but what a sampler would have produced after the served prompt is NOT_LEARNED; the first target that is
learned stands at the prompt's last position, the last one is a stop token. A turn that such a token would cut short is
refused, and one of which the template leaves calls or inlined reasoning out. Knows no batches and no model.
"""

import itertools
import json
from array import array
from collections.abc import Iterator, Sequence

from sfteval.chat import ChatFormat, RenderedTurn, TokenSequence, merge_turns, render_turns
from sfteval.errors import TemplateError
from sfteval.types import Json, Message
from sfttrain.config import RenderSettings
from sfttrain.types import NOT_LEARNED, Conversation, Example, Span, ids

TEMPLATE_REASONING = RenderSettings()


def render(
    conversation: Conversation,
    chat: ChatFormat,
    stop_token_ids: Sequence[int] = (),
    settings: RenderSettings = TEMPLATE_REASONING,
) -> tuple[Example, ...]:
    """Return one example, or one per assistant turn where the template rewrites history.

    Raises TemplateError for a conversation that the template cannot render whole.
    """
    turns = render_turns(
        chat,
        conversation.messages,
        conversation.tools,
        conversation.template_kwargs,
        stop_token_ids,
        inline_reasoning=settings.reasoning == "inline",
        react=settings.react,
    )
    stops = frozenset(chat.stop_token_ids) | frozenset(stop_token_ids)
    texts = tuple(chat.tokenizer.decode([stop]) for stop in stops)
    for index, pieces in itertools.groupby(turns, key=lambda turn: turn.message_index):
        message, rendered = conversation.messages[index], list(pieces)
        where = f"row {conversation.id}, turn {index + 1} (assistant)"
        if any(text in said for said in _strings(message) for text in texts):
            _check_nothing_is_lost(rendered[-1], chat, stops, where)
        learned = "".join(turn.completion for turn in rendered)
        if settings.reasoning == "inline" and (message.reasoning_content or "").strip() not in learned:
            raise _left_out(where, "reasoning")
        for name in map(_name_of, message.tool_calls):
            if name not in learned:
                raise _left_out(where, f"call of {name!r}")
    return tuple(_example(sequence, conversation.id) for sequence in merge_turns(turns))


def shift(token_ids: Sequence[int], learned: Sequence[tuple[int, Sequence[int]]]) -> tuple["array[int]", "array[int]"]:
    """Return inputs and targets of a sequence; `learned` is where each run that must be said begins, and its ids.

    Token t is the target of position t - 1; a first token has no position before it and is never learned. A run may
    end with a stop token that the sequence itself does not hold.
    """
    targets = ids([NOT_LEARNED]) * (len(token_ids) - 1)
    for start, said in learned:
        targets[max(start - 1, 0) : start - 1 + len(said)] = ids(said[max(1 - start, 0) :])
    return ids(token_ids[:-1]), targets


def _strings(message: Message) -> Iterator[str]:
    yield message.content
    yield message.reasoning_content or ""
    if message.tool_calls:
        yield json.dumps(message.tool_calls, ensure_ascii=False)


def _check_nothing_is_lost(turn: RenderedTurn, chat: ChatFormat, stops: frozenset[int], where: str) -> None:
    """Refuse a turn whose own text holds a stop token with more text behind it, which nobody would learn."""
    lost = chat.tokenizer.decode(token for token in turn.rest_ids if token not in stops).strip()
    if lost:
        raise TemplateError(
            where,
            expected="to learn all that the turn says",
            got=f"a stop token inside the text, before {lost[:40]!r}",
            next_move="Write the token in another way, or leave the row out",
        )


def _name_of(call: Json) -> str:
    return str((call.get("function") or call).get("name", ""))


def _left_out(where: str, what: str) -> TemplateError:
    return TemplateError(
        where,
        expected=f"to learn its {what}",
        got="a turn that the template renders without",
        next_move="Use a template that renders it, or leave the row out",
    )


def _example(sequence: TokenSequence, conversation_id: str) -> Example:
    said = [(start, turn.completion_ids) for (start, _), turn in zip(sequence.spans, sequence.turns, strict=True)]
    token_ids, targets = shift(sequence.token_ids, said)
    spans = tuple(
        Span(start - 1, stop - 1, turn.message_index)
        for (start, stop), turn in zip(sequence.spans, sequence.turns, strict=True)
    )
    return Example(token_ids, targets, spans, conversation_id)
