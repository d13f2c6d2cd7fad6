"""The output head as a loss: hidden states in, cross entropy out, and never all logits at once.

The vocabulary is walked in blocks, twice: first for the normaliser, then for the gradients, which are computed in the
forward pass and kept instead of probabilities. Memory grows with the positions and with the vocabulary, not with their
product. `install` makes a model's own head answer so while a question is asked (`asked`), so that the loss enters
through the model's own call, whatever wraps it. A head that does more than multiply (soft caps, scales) is left alone.
Does not know batches or optimizers.
Source: the order of computation of Cut Cross-Entropy, Wijmans et al. 2024 (arXiv 2411.09009), without its filter of
small gradients: nothing is left out.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from sfttrain.types import NOT_LEARNED

BLOCK_ELEMENTS = {"cpu": 2**21, "cuda": 2**26}  # logits in work at once: about what a CPU's cache holds
KEPT_BYTES = 2**26  # logits of up to so many bytes are kept between the two walks
SMALLEST_BLOCK = 256  # columns
ROUND_ROWS = 128  # a CPU kernel is compiled and kept for every number of rows: round it up


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What a head is asked instead of logits."""

    places: torch.Tensor  # int64 [learned] into the flattened positions
    targets: torch.Tensor  # int64 [learned]
    scale: float  # of the gradients
    learns: bool = True  # False: the weight gets no gradient, and each loss may go on with its own


_asked: ContextVar[Question | None] = ContextVar("asked", default=None)


@contextmanager
def asked(question: Question) -> Iterator[None]:
    """Make the installed head of this thread answer with losses [rows] in place of logits."""
    token = _asked.set(question)
    try:
        yield
    finally:
        _asked.reset(token)


def install(model: Any, logits: Callable[[], torch.Tensor]) -> None:
    """Let the model's head answer questions, if its logits are nothing but the head's product; `logits` runs the model.

    Shown on the model itself: what is planted in place of the head's output must come back, bit for bit. Its own
    output would not do: of a zero row, as the embedding of padding is, a cap or a scale leaves no trace.
    """
    head: Any = model.get_output_embeddings()
    if not isinstance(head, torch.nn.Linear) or getattr(head, "bias", None) is not None:
        return
    planted: list[torch.Tensor] = []

    def plant(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> torch.Tensor:
        planted.append(torch.linspace(-50, 50, output.numel()).to(output).view_as(output))
        return planted[-1]

    hook = head.register_forward_hook(plant)
    try:
        with torch.no_grad():
            found = logits()
    finally:
        hook.remove()
    if len(planted) == 1 and torch.equal(planted[0], found):
        vars(head)["forward"] = functools.partial(_answer, head)


def is_installed(model: Any) -> bool:
    """Return whether the model's head answers questions."""
    head = model.get_output_embeddings()
    return head is not None and "forward" in vars(head)


def _answer(head: torch.nn.Linear, hidden: torch.Tensor) -> torch.Tensor:
    question = _asked.get()
    if question is None:
        return functional.linear(hidden, head.weight)
    kind = hidden.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else head.weight.dtype
    with torch.autocast(kind, enabled=False):
        return LinearCrossEntropy.apply(hidden.flatten(0, -2), head.weight, question, dtype)  # type: ignore[no-untyped-call,no-any-return]


class LinearCrossEntropy(torch.autograd.Function):
    """Cross entropy [learned] in nats of `hidden[places] @ weight.T`; products in `dtype`, sums in fp32.

    Gradients are computed here, for the losses' sum times the question's scale: the weight's is that of a sum only.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, question: Question, dtype: torch.dtype
    ) -> torch.Tensor:
        num_learned = len(question.places)
        missing = -num_learned % ROUND_ROWS if hidden.device.type == "cpu" else 0
        rows = functional.pad(hidden.index_select(0, question.places).to(dtype), (0, 0, 0, missing))
        targets = functional.pad(question.targets, (0, missing), value=NOT_LEARNED)
        wants_weight = ctx.needs_input_grad[1] and question.learns
        walk = _Walk(weight, dtype, len(rows), keep=ctx.needs_input_grad[0] or wants_weight)
        normaliser, target_logits = walk.normaliser(rows, targets)
        if ctx.needs_input_grad[0] or wants_weight:
            by_row, by_weight = walk.gradients(rows, targets, normaliser, question.scale, wants_weight)
            ctx.save_for_backward(by_row[:num_learned].to(hidden.dtype), by_weight, question.places)
            ctx.scale, ctx.shape = question.scale, hidden.shape
        return (normaliser - target_logits)[:num_learned].clone()  # of its own: autograd warns of views

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        by_row, by_weight, places = ctx.saved_tensors
        factors = gradients[0] / ctx.scale
        by_hidden = by_row.new_zeros(ctx.shape)
        by_hidden.index_copy_(0, places, by_row * factors[:, None].to(by_row.dtype))
        if by_weight is None:
            return by_hidden, None, None, None
        if len(factors) and not bool((factors == factors[0]).all()):
            raise RuntimeError("the head's weight has a gradient for a sum of losses only")
        if len(factors) and float(factors[0]) != 1.0:
            by_weight = by_weight * factors[0]
        return by_hidden, by_weight, None, None


class _Walk:
    """The vocabulary in blocks of columns, and the logits of each block, kept where they are few."""

    def __init__(self, weight: torch.Tensor, dtype: torch.dtype, num_rows: int, *, keep: bool) -> None:
        self.weight, self.dtype = weight.detach(), dtype
        size = weight.shape[0]
        columns = max(BLOCK_ELEMENTS.get(weight.device.type, 2**24) // max(num_rows, 1), SMALLEST_BLOCK)
        columns = 2 ** (columns.bit_length() - 1)  # few different shapes: a CPU kernel is compiled for each
        self.blocks = [(start, min(start + columns, size)) for start in range(0, size, columns)]
        self.keep = keep and num_rows * size * dtype.itemsize <= KEPT_BYTES
        self.kept: list[torch.Tensor] = []

    def normaliser(self, rows: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the log of the summed exponentials and the target's logit, fp32 [rows] both."""
        parts = rows.new_empty(len(rows), len(self.blocks), dtype=torch.float32)
        target_logits = rows.new_zeros(len(rows), dtype=torch.float32)
        for index, (start, stop) in enumerate(self.blocks):
            logits = rows @ self._columns(start, stop).t()
            if self.keep:
                self.kept.append(logits)
            exact = logits.float()
            parts[:, index] = exact.logsumexp(1)
            inside, column = _inside(targets, start, stop)
            target_logits += torch.where(inside, exact.gather(1, column[:, None])[:, 0], 0.0)
        return parts.logsumexp(1), target_logits

    def gradients(
        self, rows: torch.Tensor, targets: torch.Tensor, normaliser: torch.Tensor, scale: float, wants_weight: bool
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return the gradients of the scaled, summed losses by rows and by weight, fp32."""
        by_row = torch.zeros_like(rows, dtype=torch.float32)
        by_weight = torch.empty_like(self.weight) if wants_weight else None
        learned = targets != NOT_LEARNED
        shift = (normaliser - torch.log(torch.tensor(scale))).masked_fill(~learned, torch.inf)[:, None]
        for index, (start, stop) in enumerate(self.blocks):
            columns = self._columns(start, stop)
            logits = self.kept[index] if self.keep else rows @ columns.t()
            probabilities = (logits.float() if logits.dtype != torch.float32 else logits).sub_(shift).exp_()
            inside, column = _inside(targets, start, stop)
            probabilities.scatter_add_(1, column[:, None], torch.where(inside, -scale, 0.0)[:, None])
            error = probabilities.to(self.dtype)
            by_row += error @ columns
            if by_weight is not None:
                by_weight[start:stop] = error.t() @ rows
        self.kept.clear()
        return by_row, by_weight

    def _columns(self, start: int, stop: int) -> torch.Tensor:
        return self.weight[start:stop].to(self.dtype)


def _inside(targets: torch.Tensor, start: int, stop: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return which targets a block holds, and the column of each (any column for the others)."""
    return (targets >= start) & (targets < stop), (targets - start).clamp(0, stop - start - 1)
