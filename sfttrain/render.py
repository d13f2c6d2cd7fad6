"""Conversations become Examples: the prompt-anchored rule of `sfteval.chat`, shifted by one, once, here.

Everything but what a sampler would have produced after the served prompt is NOT_LEARNED; the first target that is
learned stands at the prompt's last position, the last one is a stop token. A turn that such a token would cut short is
refused. Knows no batches and no model.
"""

import json
from array import array
from collections.abc import Sequence

from sfteval.chat import ChatFormat, RenderedTurn, TokenSequence, merge_turns, render_turns
from sfteval.errors import TemplateError
from sfttrain.types import NOT_LEARNED, Conversation, Example, Span, ids


def render(conversation: Conversation, chat: ChatFormat, stop_token_ids: Sequence[int] = ()) -> tuple[Example, ...]:
    """Return one example, or one per assistant turn where the template rewrites history."""
    turns = render_turns(chat, conversation.messages, conversation.tools, conversation.template_kwargs, stop_token_ids)
    stops = frozenset(chat.stop_token_ids) | frozenset(stop_token_ids)
    for turn in turns:
        _check_nothing_is_lost(turn, conversation, chat, stops)
    return tuple(_example(sequence, conversation.id) for sequence in merge_turns(turns))


def shift(token_ids: Sequence[int], learned: Sequence[tuple[int, int]]) -> tuple["array[int]", "array[int]"]:
    """Return inputs and targets of a sequence whose half-open runs `learned` are what must be said.

    Token t is the target of position t - 1; a first token has no position before it and is never learned.
    """
    targets = ids([NOT_LEARNED]) * (len(token_ids) - 1)
    for start, stop in learned:
        targets[max(start - 1, 0) : stop - 1] = ids(token_ids[max(start, 1) : stop])
    return ids(token_ids[:-1]), targets


def _check_nothing_is_lost(
    turn: RenderedTurn, conversation: Conversation, chat: ChatFormat, stops: frozenset[int]
) -> None:
    """Refuse a turn whose own text holds a stop token with more text behind it, which nobody would learn."""
    said = json.dumps(conversation.messages[turn.message_index].as_dict(), ensure_ascii=False)
    if not any(chat.tokenizer.decode([stop]) in said for stop in stops):
        return
    messages, told = conversation.messages[: turn.message_index + 1], (conversation.tools, conversation.template_kwargs)
    prompt = chat.prompt(messages[:-1], *told).text
    token_ids = chat.tokenizer.encode(chat.template.render(messages, *told)[len(prompt) :])
    end = next((place for place, token in enumerate(token_ids) if token in stops), len(token_ids))
    lost = chat.tokenizer.decode(token for token in token_ids[end:] if token not in stops).strip()
    if lost:
        raise TemplateError(
            f"row {conversation.id}, turn {turn.message_index + 1} (assistant)",
            expected="to learn all that the turn says",
            got=f"a stop token inside the text, before {lost[:40]!r}",
            next_move="Write the token in another way, or leave the row out",
        )


def _example(sequence: TokenSequence, conversation_id: str) -> Example:
    token_ids, targets = shift(sequence.token_ids, sequence.spans)
    spans = tuple(
        Span(start - 1, stop - 1, turn.message_index)
        for (start, stop), turn in zip(sequence.spans, sequence.turns, strict=True)
    )
    return Example(token_ids, targets, spans, conversation_id)
