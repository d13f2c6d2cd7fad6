"""Conversations become Examples: the prompt-anchored rule of `sfteval.chat`, shifted by one, once, here.

Everything but what a sampler would have produced after the served prompt is NOT_LEARNED; the first target that is
learned stands at the prompt's last position, the last one is a stop token. Knows no batches and no model.
"""

from collections.abc import Sequence

from sfteval.chat import ChatFormat, TokenSequence, merge_turns, render_turns
from sfttrain.types import NOT_LEARNED, Conversation, Example, Span


def render(conversation: Conversation, chat: ChatFormat, stop_token_ids: Sequence[int] = ()) -> tuple[Example, ...]:
    """Return one example, or one per assistant turn where the template rewrites history."""
    turns = render_turns(chat, conversation.messages, conversation.tools, conversation.template_kwargs, stop_token_ids)
    return tuple(_example(sequence, conversation.id) for sequence in merge_turns(turns))


def shift(token_ids: Sequence[int], learned: Sequence[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return inputs and targets of a sequence whose half-open runs `learned` are what must be said.

    Token t is the target of position t - 1; a first token has no position before it and is never learned.
    """
    targets = [NOT_LEARNED] * (len(token_ids) - 1)
    for start, stop in learned:
        targets[max(start - 1, 0) : stop - 1] = token_ids[max(start, 1) : stop]
    return tuple(token_ids[:-1]), tuple(targets)


def _example(sequence: TokenSequence, conversation_id: str) -> Example:
    token_ids, targets = shift(sequence.token_ids, sequence.spans)
    spans = tuple(
        Span(start - 1, stop - 1, turn.message_index)
        for (start, stop), turn in zip(sequence.spans, sequence.turns, strict=True)
    )
    return Example(token_ids, targets, spans, conversation_id)
