"""A model and held-out examples in, one HeldOut out: how well it foretells what it was never shown.

Loss of thought and answer apart, since a trace is long and easy and would drown the answer in one mean; bits per byte,
which two tokenizers can be compared by; and loss by position after the boundary. Which token is thought is read with
`sfteval.chat.thoughts`, as evaluation reads it from a served answer. Decides nothing and changes no weight.
Source: bits per byte, Gao et al. 2020 (The Pile, arXiv 2101.00027) section 3.1.
"""

import contextlib
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from sfteval.chat import ChatFormat, Tokenizer
from sfteval.chat.format import OPEN_THINK
from sfteval.chat.thoughts import find_thoughts
from sfteval.errors import ConfigurationError, DataError, TemplateError
from sfttrain.arm import shown_to
from sfttrain.batch import micro_batches, padded, placed
from sfttrain.config import Recipe
from sfttrain.loss import token_losses
from sfttrain.model import Layout, Precision, autocast
from sfttrain.prepare import Material
from sfttrain.render import render
from sfttrain.telemetry import loss_by_position, mean_by_position, positions_after_boundary
from sfttrain.types import NOT_LEARNED, Arm, Batch, Example

PROMPT_TAIL = 64  # tokens of a prompt's end in which an open thought would show
LONGEST_CHARACTER = 4  # bytes of UTF-8, so tokens that one character can be spread over
HALF_A_CHARACTER = "\ufffd"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The loss on rows that were kept aside."""

    loss: float  # nats per supervised token
    answer_loss: float | None  # of what is said, calls and stop tokens included; None: nothing is
    think_loss: float | None  # of what is thought, its tags included; None: nothing is
    bits_per_byte: float | None  # of the supervised text, special tokens left out of both; None: no text
    num_rows: int
    num_supervised: int
    loss_by_position: Mapping[str, float | None] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the figures flat, as `metrics.jsonl` holds them."""
        return {
            "loss": self.loss,
            "answer_loss": self.answer_loss,
            "think_loss": self.think_loss,
            "bits_per_byte": self.bits_per_byte,
            "num_rows": self.num_rows,
            "num_supervised": self.num_supervised,
            **self.loss_by_position,
        }


def held_out_examples(material: Material, arm: Arm, recipe: Recipe) -> list[Example]:
    """Return what an arm would learn of the rows held out, as far as they fit and the template renders them."""
    examples: list[Example] = []
    for row in material.held_out[: recipe.evaluate.max_rows]:
        with contextlib.suppress(TemplateError):
            shown = render(shown_to(arm, row), material.chat, material.stop_token_ids, recipe.render)
            examples += [one for one in shown if one.num_tokens <= recipe.batch.max_tokens]
    return examples


def held_out_loss(
    model: Any,
    examples: Sequence[Example],
    chat: ChatFormat,
    *,
    max_tokens: int,
    precision: Precision,
    layout: Layout = "packed",
) -> HeldOut:
    """Measure a model on held-out examples, up to `max_tokens` of them at once; the same call gives the same bits.

    Raises: DataError where no token is supervised; ConfigurationError where a loss is not finite.
    """
    if not any(example.num_supervised for example in examples):
        raise DataError(
            "the held-out rows",
            expected="at least one supervised token",
            got=f"none in {len(examples):,} examples",
            next_move="Raise held_out_share in [data], or set it to 0",
        )
    alone = layout == "grouped"
    batches = [padded([one]) for one in examples] if alone else micro_batches(examples, max_tokens)
    losses = _losses(model, batches, precision)
    if not bool(losses.isfinite().all()):
        raise ConfigurationError(
            "evaluation on the held-out rows",
            expected="finite losses",
            got=float(losses[~losses.isfinite()][0]),
            next_move="Lower lr in [optimizer] or raise warmup_steps in [schedule]",
        )
    thought = torch.tensor([place for example in examples for place in think_places(example, chat)])
    positions = torch.cat([positions_after_boundary(torch.tensor(example.targets)) for example in examples])
    return HeldOut(
        loss=float(losses.mean()),
        answer_loss=_mean(losses[~thought]),
        think_loss=_mean(losses[thought]),
        bits_per_byte=_bits_per_byte(losses, examples, chat.tokenizer),
        num_rows=len({example.conversation_id or number for number, example in enumerate(examples)}),
        num_supervised=len(losses),
        loss_by_position=mean_by_position(loss_by_position(losses, positions)),
    )


def think_places(example: Example, chat: ChatFormat) -> tuple[bool, ...]:
    """Return for every supervised target of an example, in order, whether it is thought; tags count as thought.

    A token belongs where its first character does. A thought that the prompt opened is seen as one.
    """
    places = [False] * len(example.targets)
    for start, stop in _turns(example):
        said = _said(example, start, stop)
        prompt = example.token_ids[max(start + 1 - PROMPT_TAIL, 0) : start + 1]
        prefilled = OPEN_THINK.search(chat.tokenizer.decode(prompt)) is not None
        if prefilled or "think>" in chat.tokenizer.decode(said):
            places[start:stop] = _thought_tokens(said, prefilled, chat.tokenizer)
    return tuple(place for place, target in zip(places, example.targets, strict=True) if target != NOT_LEARNED)


@torch.no_grad()
def _losses(model: Any, batches: Iterable[Batch], precision: Precision) -> torch.Tensor:
    """Return the loss of every supervised target, in order: float64 [supervised], on the CPU."""
    device = model.device
    was_training = model.training
    model.eval()
    try:
        losses: list[torch.Tensor] = []
        for batch in batches:
            with autocast(device, precision):
                losses.append(token_losses(model, placed(batch, device)).double())
        return torch.cat(losses).cpu()
    finally:
        model.train(was_training)


def _turns(example: Example) -> Iterator[tuple[int, int]]:
    """Yield the half-open stretch of positions of every turn, together with what is not learned in its midst."""
    if example.spans:
        for _, group in itertools.groupby(example.spans, key=lambda span: span.message_index):
            spans = list(group)
            yield spans[0].start, spans[-1].stop
        return
    for learned, run in itertools.groupby(enumerate(example.targets), key=lambda pair: pair[1] != NOT_LEARNED):
        if learned:
            places = [place for place, _ in run]
            yield places[0], places[-1] + 1


def _said(example: Example, start: int, stop: int) -> list[int]:
    """Return the ids of a turn: what is learned, and in its midst what is only read (an observation, say)."""
    following = [*example.token_ids[start + 1 : stop], example.targets[stop - 1]]
    learned = example.targets[start:stop]
    return [token if target == NOT_LEARNED else target for token, target in zip(following, learned, strict=True)]


def _thought_tokens(token_ids: Sequence[int], prefilled: bool, tokenizer: Tokenizer) -> list[bool]:
    """Return for every token of a turn whether it is thought."""
    text, starts = _text_and_starts(token_ids, tokenizer)
    thoughts = iter(find_thoughts(text, prefilled))
    thought, places = next(thoughts, None), []
    for start in starts:
        while thought is not None and thought.end <= start:
            thought = next(thoughts, None)
        places.append(thought is not None and thought.start <= start)
    return places


def _text_and_starts(token_ids: Sequence[int], tokenizer: Tokenizer) -> tuple[str, list[int]]:
    """Return the text of ids and the place in it where each begins, decoding one token further at a time.

    A byte of a character says nothing until the last one is there; each of its tokens begins where it does.
    The piece before stands in front when the next is decoded, because decoders treat a first token apart.
    """
    pieces: list[str] = []
    starts: list[int] = []
    length = before = done = 0
    known = ""  # text of token_ids[before:done]
    for end in range(1, len(token_ids) + 1):
        starts.append(length)
        text = tokenizer.decode(token_ids[before:end])
        if text.endswith(HALF_A_CHARACTER) and end - done < LONGEST_CHARACTER and end < len(token_ids):
            continue
        pieces.append(text[len(known) :])
        length += len(pieces[-1])
        before, done = done, end
        known = tokenizer.decode(token_ids[before:done])
    return "".join(pieces), starts


def _bits_per_byte(losses: torch.Tensor, examples: Sequence[Example], tokenizer: Tokenizer) -> float | None:
    """Return the bits that a byte of the supervised text costs; `losses` of all its tokens, special ones too."""
    special = tokenizer.special_ids
    is_text = torch.tensor([t not in special for one in examples for t in one.targets if t != NOT_LEARNED])
    num_bytes = 0
    for example in examples:
        for start, stop in _turns(example):
            said = [target for target in example.targets[start:stop] if target != NOT_LEARNED and target not in special]
            num_bytes += len(tokenizer.decode(said).encode("utf-8", "replace"))
    return float(losses[is_text].sum()) / math.log(2) / num_bytes if num_bytes else None


def _mean(losses: torch.Tensor) -> float | None:
    return float(losses.mean()) if len(losses) else None
