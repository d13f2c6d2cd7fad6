"""What every target of every example must be, by its number: quick enough for all rows, and blind to any text.

A target is the next token (but for the stop token that ends a turn), stands within a turn, and is known to the model;
every example has some; no sequence begins with two beginning-of-sequence tokens.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sfteval.chat import ChatFormat
from sfttrain.proofs.proof import Proof, failed
from sfttrain.types import NOT_LEARNED, Example

Ids = NDArray[np.int32]


def prove_targets(
    examples: Sequence[Example], chat: ChatFormat, stops: Sequence[int], vocabulary_size: int
) -> tuple[Proof, ...]:
    """Show on all examples that each turn is learned whole, shifted by one, and up to a stop token.

    `stops` is what `generation_config.json` will list; `vocabulary_size` is how many ids the model has embeddings for.
    """
    allowed = np.array(sorted(stops), np.int32)
    num_turns = num_targets = num_ahead = 0
    for example in examples:
        tokens, targets = np.asarray(example.token_ids, np.int32), np.asarray(example.targets, np.int32)
        _check_example(example, tokens, targets, chat, vocabulary_size)
        learned = 0
        for start, stop in ((span.start, span.stop) for span in example.spans):
            num_ahead += _check_turn(example, tokens, targets[start:stop], start, chat, allowed)
            learned += stop - start
        if learned != example.num_supervised:
            place = _first_outside(example, targets)
            got = f"{_token(targets[place], chat)} at position {place}"
            raise failed(_row(example), "nothing learned outside assistant turns", got)
        num_turns, num_targets = num_turns + len(example.spans), num_targets + learned
    counted = {"examples": len(examples), "turns": num_turns}
    return (
        Proof("every learned turn ends with a stop token", {**counted, "stop_token_ids": len(stops)}),
        Proof("every target is the next token", {**counted, "targets": num_targets, "stops_written_ahead": num_ahead}),
        Proof("every example learns something that the model can say", {**counted, "targets": num_targets}),
        Proof("no sequence begins with two beginning-of-sequence tokens", {"examples": len(examples)}),
    )


def _check_example(example: Example, tokens: Ids, targets: Ids, chat: ChatFormat, vocabulary_size: int) -> None:
    """Refuse a sequence that is not whole, learns nothing, or that the model or its server would not know."""
    where = _row(example)
    if len(tokens) != len(targets):
        raise failed(where, f"a target for each of {len(tokens)} positions", len(targets))
    if not example.num_supervised:
        raise failed(where, "something to learn", "no target at all", "Leave the row out, or give a turn a weight of 1")
    ends = [place for span in example.spans for place in (span.start, span.stop)]
    if not ends or ends != sorted(ends) or ends[0] < 0 or ends[-1] > len(targets):
        raise failed(where, f"turns in order within {len(targets)} positions", ends)
    highest, lowest = max(int(tokens.max()), int(targets.max())), int(tokens.min())
    if highest >= vocabulary_size or lowest < 0:
        cure = "Give base model and tokenizer the same vocabulary, or use the tokenizer that belongs to the model"
        raise failed(
            where, f"token ids below the model's {vocabulary_size:,}", highest if lowest >= 0 else lowest, cure
        )
    if len(tokens) > 1 and tokens[0] == tokens[1] and int(tokens[0]) in chat.tokenizer.special_ids:
        cure = "Remove it from the template or from the tokenizer's post-processor: one of both adds it"
        raise failed(where, "one beginning-of-sequence token", f"two of {_token(tokens[0], chat)}", cure)


def _check_turn(example: Example, tokens: Ids, said: Ids, start: int, chat: ChatFormat, allowed: Ids) -> bool:
    """Refuse a turn with holes, without its stop token, or off by one; return whether its stop is not the next token.

    In ReAct text the model must stop where the data goes on with an observation: there, and only at the last target of
    a turn, may the target differ from the token that follows.
    """
    where, stop = _row(example), start + len(said)
    if not len(said) or (said == NOT_LEARNED).any():
        hole = start + int((said == NOT_LEARNED).argmax()) if len(said) else start
        raise failed(where, f"every target of the turn at positions {start} to {stop - 1} learned", f"none at {hole}")
    stopping = np.isin(said, allowed)
    if not stopping[-1]:
        raise failed(
            where,
            "a stop token as the last target of a turn",
            _token(said[-1], chat),
            "List the token that ends a turn in eos_token_id of generation_config.json",
        )
    if stopping[:-1].any():
        raise failed(where, "a stop token only at the end of a turn", f"one at position {start + stopping.argmax()}")
    wrong = (said[:-1] != tokens[start + 1 : stop]).nonzero()[0]
    if len(wrong):
        place = int(wrong[0])
        next_token = _token(tokens[start + place + 1], chat)
        raise failed(where, f"the next token {next_token} as target of {start + place}", _token(said[place], chat))
    return stop < len(tokens) and bool(said[-1] != tokens[stop])


def _first_outside(example: Example, targets: Ids) -> int:
    outside = targets != NOT_LEARNED
    for span in example.spans:
        outside[span.start : span.stop] = False
    return int(outside.argmax())


def _row(example: Example) -> str:
    return f"row {example.conversation_id}"


def _token(token: int | np.int32, chat: ChatFormat) -> str:
    number = int(token)
    return "nothing" if number == NOT_LEARNED else repr(chat.tokenizer.decode([number]))
