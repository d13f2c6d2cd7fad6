"""The firewall, on the user's own model: packed conversations compute what they compute alone, and nothing crosses.

Three sequences side by side, so that one has neighbours on both sides. By gradient: what one learns has a gradient of
exactly 0 in the others' embeddings, either way. By value: each token's loss is what it is alone, whoever stands
beside. And by layout: a batch holds every sequence whole, from position 0. Knows no rows and no template.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from sfteval.errors import ProofError
from sfttrain import batch as batches
from sfttrain.loss import token_losses
from sfttrain.model import Layout, Precision, autocast
from sfttrain.proofs.proof import FAULT, Proof, spread
from sfttrain.types import NOT_LEARNED, Batch, Example

TOLERANCE: dict[Precision, float] = {"fp32": 1e-4, "bf16": 5e-2}  # nats per token, packed against alone
MAX_TOKENS = 512  # of each of the three sequences
NUM_LAID_OUT = 256  # examples whose layout is looked at
BATCH_TOKENS = 4096  # of each of the batches that hold them
NOT_A_NUMBER = 'Check the weights of the base; if they are whole, write precision = "fp32"'
CURES: dict[Layout, str] = {
    "packed": 'Write layout = "grouped" in [batch]: each conversation is then a row of its own. Report this '
    "architecture with its config.json",
    "grouped": "This architecture cannot be trained on several conversations at once; report it with its config.json",
}


@dataclass(frozen=True, slots=True)
class _Measured:
    leak: float  # largest gradient of any sequence's loss in another's embeddings
    own: float  # the smallest, over sequences, of the largest in its own
    against_alone: float  # nats, largest difference of a token's loss
    against_other_order: float


def prove_layout(examples: Sequence[Example], layout: Layout = "packed") -> Proof:
    """Show that batches hold each example whole, once, with its own positions and its own ends."""
    some = spread(examples, NUM_LAID_OUT)
    budget = max(BATCH_TOKENS, max(one.num_tokens for one in some))
    if layout == "grouped":
        return _prove_padding(some, batches.grouped_batches(some, budget))
    laid_out = batches.micro_batches(some, budget)
    waiting = iter(some)
    for batch in laid_out:
        ends = batch.cu_seqlens.tolist()
        held = list(itertools.islice(waiting, len(ends) - 1))
        lengths = [one.num_tokens for one in held]
        _require("where sequences end in a batch", [0, *itertools.accumulate(lengths)], ends)
        _require("the positions in a batch", [p for n in lengths for p in range(n)], batch.position_ids[0].tolist())
        _require("the tokens of a batch", [t for one in held for t in one.token_ids], batch.input_ids[0].tolist())
        _require("the targets of a batch", [t for one in held for t in one.targets], batch.targets.tolist())
        _require("a batch's count of targets", [sum(one.num_supervised for one in held)], [batch.num_supervised])
    _require("the examples in no batch", [], [one.num_tokens for one in waiting])
    return Proof(
        "batches hold every sequence whole, from position 0", {"examples": len(some), "batches": len(laid_out)}
    )


def _prove_padding(examples: Sequence[Example], laid_out: Sequence[Batch]) -> Proof:
    """Show that every row of every batch holds one example, from position 0, and teaches nothing beyond its end."""
    held = [row for batch in laid_out for row in _rows(batch)]
    expected = [(list(one.token_ids), list(one.targets)) for one in examples]
    _require("the number of rows", [len(expected)], [len(held)])
    for (tokens, targets), (held_tokens, held_targets) in zip(sorted(expected), sorted(held), strict=True):
        _require("the tokens of a row", tokens, held_tokens)
        _require("the targets of a row", targets, held_targets)
    return Proof(
        "batches hold every sequence whole, from position 0", {"examples": len(held), "batches": len(laid_out)}
    )


def _rows(batch: Batch) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the tokens and targets of every row of a padded batch, without the padding at its end."""
    assert batch.attention_mask is not None
    width = batch.input_ids.shape[1]
    rows = zip(batch.input_ids.tolist(), batch.targets.view(-1, width).tolist(), strict=True)
    for (tokens, targets), seen, positions in zip(
        rows, batch.attention_mask.tolist(), batch.position_ids.tolist(), strict=True
    ):
        length = sum(seen)
        _require("what a row shows of itself", [1] * length + [0] * (width - length), seen)
        _require("the positions of a row", range(width), positions)
        _require("the targets on padding", [NOT_LEARNED] * (width - length), targets[length:])
        yield tokens[:length], targets[:length]


def prove_firewall(
    model: Any, examples: Sequence[Example], precision: Precision, layout: Layout = "packed"
) -> tuple[Proof, ...]:
    """Lay three short examples beside each other and show that they know nothing of each other."""
    three = three_of(examples, _longest_worth_looking_at(model))
    was_training = model.training
    model.eval()
    try:
        measured = _measure(model, three, precision, layout)
    finally:
        model.train(was_training)
    cure = NOT_A_NUMBER if math.isnan(measured.against_alone) else CURES[layout]
    if measured.leak != 0.0 or not measured.own > 0.0:
        expected = "a gradient of exactly 0 from one packed conversation into another, and one above 0 into itself"
        raise _leaks(expected, f"{measured.leak:.3g} and {measured.own:.3g}", cure)
    tolerance = TOLERANCE[precision]
    for difference, what in ((measured.against_alone, "alone"), (measured.against_other_order, "in another order")):
        if not difference <= tolerance:  # not-a-number fails too
            expected = f"the loss of a packed conversation within {tolerance} nats of it {what}"
            raise _leaks(expected, f"{difference:.3g}", cure)
    sizes = {"sequences": len(three), "longest_tokens": max(one.num_tokens for one in three)}
    alone, reordered = measured.against_alone, measured.against_other_order
    return (
        Proof(
            "no gradient crosses from one packed conversation into another",
            {"gradient": measured.leak, "own_gradient": measured.own, **sizes},
        ),
        Proof("packed loss equals solo loss", {"difference_nats": alone, "tolerance_nats": tolerance, **sizes}),
        Proof("neighbours in another order change no loss", {"difference_nats": reordered, **sizes}),
    )


def three_of(examples: Sequence[Example], max_tokens: int = MAX_TOKENS) -> list[Example]:
    """Return three short examples of different lengths, cut where even the shortest are long."""
    by_length = sorted((one for one in examples if one.num_supervised), key=lambda one: one.num_tokens)
    fitting = [one for one in by_length if one.num_tokens <= max_tokens] or by_length[:1]
    places = (0, len(fitting) // 4, len(fitting) // 2 if max_tokens == MAX_TOKENS else -1)
    short, middle, long = (_cut(fitting[place], max_tokens) for place in places)
    return [middle, short, long]


def _longest_worth_looking_at(model: Any) -> int:
    """Return how long the three may be: where a window slides, longer than it, so that it does."""
    window = getattr(model.config, "sliding_window", None)
    return min(max(MAX_TOKENS, 2 * window), BATCH_TOKENS) if isinstance(window, int) else MAX_TOKENS


def _cut(example: Example, max_tokens: int) -> Example:
    """Return at most `max_tokens` positions around the first that is learned: attention asks for no sense."""
    first = next(place for place, target in enumerate(example.targets) if target >= 0)
    start = max(0, min(first - max_tokens // 2, example.num_tokens - max_tokens))
    window = slice(start, start + max_tokens)
    return Example(example.token_ids[window], example.targets[window], (), example.conversation_id)


def _measure(model: Any, examples: list[Example], precision: Precision, layout: Layout) -> _Measured:
    order = [2, 0, 1]
    losses, gradients = _gradients(model, examples, precision, layout)
    with torch.no_grad(), autocast(model.device, precision):
        alone = [token_losses(model, _batch([one], model.device, layout)) for one in examples]
        reordered = _by_example(model, [examples[place] for place in order], layout)
    return _Measured(
        leak=_largest([g for i, row in enumerate(gradients) for j, g in enumerate(row) if i != j]),
        own=float(torch.stack([gradients[i][i].max() for i in range(len(examples))]).min()),
        against_alone=_largest_difference(losses, alone),
        against_other_order=_largest_difference([losses[place] for place in order], reordered),
    )


def _gradients(
    model: Any, examples: list[Example], precision: Precision, layout: Layout
) -> tuple[list[torch.Tensor], list[list[torch.Tensor]]]:
    """Return the packed losses by example, and how much [i][j] each position of j moves the loss of i, absolute.

    Only embeddings get a gradient: no weight's `.grad` is touched.
    """
    batch = _batch(examples, model.device, layout)
    embeddings = model.get_input_embeddings()(batch.input_ids).detach().requires_grad_()
    with autocast(model.device, precision):
        losses = _split(token_losses(model, batch, inputs_embeds=embeddings), examples)
    ends = batch.cu_seqlens.tolist()
    moved = []
    for loss in losses:
        (gradient,) = torch.autograd.grad(loss.sum(), embeddings, retain_graph=True)
        by_position = gradient.abs().amax(dim=-1).flatten()
        moved.append([by_position[start:stop] for start, stop in itertools.pairwise(ends[: len(examples) + 1])])
    return [loss.detach() for loss in losses], moved


def _by_example(model: Any, examples: list[Example], layout: Layout) -> list[torch.Tensor]:
    return _split(token_losses(model, _batch(examples, model.device, layout)), examples)


def _split(losses: torch.Tensor, examples: list[Example]) -> list[torch.Tensor]:
    return list(losses.split([one.num_supervised for one in examples]))  # type: ignore[no-untyped-call]


def _batch(examples: list[Example], device: torch.device, layout: Layout) -> Batch:
    """Return the examples laid out, rounded up and moved as a training step does it."""
    return batches.placed(batches.padded(examples) if layout == "grouped" else batches.flatten(examples), device)


def _largest_difference(ours: Sequence[torch.Tensor], theirs: Sequence[torch.Tensor]) -> float:
    return _largest([(a - b).abs() for a, b in zip(ours, theirs, strict=True)])


def _largest(values: Sequence[torch.Tensor]) -> float:
    """Return the largest of all; not-a-number, where one is (Python's `max` would pass over it)."""
    return float(torch.cat(list(values)).max())


def _require(what: str, expected: Sequence[int], got: Sequence[int]) -> None:
    if list(expected) != list(got):
        pairs = itertools.zip_longest(expected, got, fillvalue="nothing")
        place, (wanted, found) = next((i, pair) for i, pair in enumerate(pairs) if pair[0] != pair[1])
        raise ProofError(what, expected=f"{wanted} at place {place}", got=found, next_move=FAULT)


def _leaks(expected: str, got: str, cure: str) -> ProofError:
    return ProofError("the firewall of this model", expected=expected, got=got, next_move=cure)
