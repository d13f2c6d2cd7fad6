"""The firewall: causal attention within each sequence of a packed batch, and nowhere else.

One function, registered with transformers, serves every decoder; it is told explicitly where sequences begin and end
and never guesses from position ids or masks (transformers drops its own packed mask as soon as a cache or an all-ones
mask appears). On CUDA in half precision it is torch's variable-length kernel. Elsewhere sequences of similar length
are computed together, each padded at its end: under a causal mask no token ever sees the padding after it, so this is
exact. A sliding window is kept within each sequence. Does not know what the tokens mean. Other layers (linear and
recurrent ones, soft caps, sinks) are refused by name: they train on padded batches.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch.nn import functional

from sfteval.errors import CheckpointError

NAME = "sfttrain_segments"
PACKABLE = {"full_attention", "sliding_attention", "attention"}  # kinds of layers
WITH_SINKS = {"gpt_oss"}  # model types whose attention has learned sinks
SLACK_SHARE, SLACK_TOKENS = 1.25, 16  # sequences up to this much longer than the shortest share a group


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Where sequences lie in a batch, and how they are grouped for the CPU kernel; made once per batch."""

    cu_seqlens: torch.Tensor  # int32 [sequences + 1]
    max_length: int
    padded: torch.Tensor | None  # place in the batch for each place of the padded layout; None: nothing moves
    places: torch.Tensor | None  # place in the padded layout for each token
    group_sizes: list[int]  # padded tokens of each group
    group_lengths: tuple[int, ...]  # padded length of the sequences of each group


def segments(cu_seqlens: torch.Tensor) -> Segments:
    """Group the sequences of a batch by length."""
    ends: list[int] = cu_seqlens.tolist()
    starts_lengths = [(start, stop - start) for start, stop in itertools.pairwise(ends)]
    groups = _groups(sorted(starts_lengths, key=lambda pair: pair[1]))
    sizes = [len(group) * group[-1][1] for group in groups]
    lengths = tuple(group[-1][1] for group in groups)
    longest = max(lengths, default=0)
    if len(groups) == 1 and sizes[0] == ends[-1]:
        return Segments(cu_seqlens, longest, None, None, sizes, lengths)
    padded, places = _layout(groups, ends[-1])
    return Segments(cu_seqlens, longest, padded.to(cu_seqlens.device), places.to(cu_seqlens.device), sizes, lengths)


def _groups(pairs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Cut (start, length) pairs, sorted by length, into runs of similar length."""
    groups: list[list[tuple[int, int]]] = []
    for pair in pairs:
        if groups and pair[1] <= groups[-1][0][1] * SLACK_SHARE + SLACK_TOKENS:
            groups[-1].append(pair)
        else:
            groups.append([pair])
    return groups


def _layout(groups: Sequence[Sequence[tuple[int, int]]], num_tokens: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the padded layout as indices, there and back; padding repeats its own sequence's first token."""
    padded: list[int] = []
    places = [0] * num_tokens
    for group in groups:
        width = group[-1][1]
        for start, length in group:
            places[start : start + length] = range(len(padded), len(padded) + length)
            padded.extend(range(start, start + length))
            padded.extend([start] * (width - length))
    return torch.tensor(padded), torch.tensor(places)


def segment_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    segments: Segments | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attend causally within each sequence; all tensors are [1, heads, tokens, width] as transformers hands them."""
    if segments is None:
        raise RuntimeError("sfttrain's attention needs `segments`; it never guesses where sequences begin")
    for name in ("softcap", "s_aux", "position_bias"):
        if options.get(name) is not None:
            raise refused(type(module).__name__, f"an attention with {name}")
    window = options.get("sliding_window")
    if query.is_cuda and query.dtype in (torch.bfloat16, torch.float16) and not dropout:
        return _varlen(query, key, value, scaling, segments, window), None
    with torch.autocast(query.device.type, enabled=False):  # in half precision the CPU kernel is slower and less exact
        out = _grouped(query.float(), key.float(), value.float(), scaling, dropout, segments, window)
        return out.to(query.dtype), None


def _varlen(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    scaling: float | None,
    segments: Segments,
    window: int | None,
) -> torch.Tensor:
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    ends, longest = segments.cu_seqlens, segments.max_length
    seen = (-1 if window is None else window - 1, 0)
    if flash := _flash_attention():
        out = flash(q, k, v, ends, ends, longest, longest, softmax_scale=scaling, causal=True, window_size=seen)
    else:
        from torch.nn.attention.varlen import varlen_attn

        shared = q.shape[1] != k.shape[1]
        out = varlen_attn(q, k, v, ends, ends, longest, longest, scale=scaling, window_size=seen, enable_gqa=shared)
    assert isinstance(out, torch.Tensor)
    return out.unsqueeze(0)


@cache
def _flash_attention() -> Any:
    """Return FlashAttention-2's kernel for sequences of various lengths; None: it is not installed."""
    try:
        from flash_attn import flash_attn_varlen_func
    except ImportError:
        return None
    return flash_attn_varlen_func


def _grouped(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    scaling: float | None,
    dropout: float,
    segments: Segments,
    window: int | None,
) -> torch.Tensor:
    outputs = []
    rows = [
        torch.split(_pad(tensor[0].transpose(0, 1), segments), segments.group_sizes) for tensor in (query, key, value)
    ]
    for length, *group in zip(segments.group_lengths, *rows, strict=True):
        q, k, v = (tensor.unflatten(0, (-1, length)).transpose(1, 2) for tensor in group)
        mask = _window_mask(length, window, q.device)
        out = functional.scaled_dot_product_attention(
            q, k, v, mask, dropout, mask is None, scale=scaling, enable_gqa=q.shape[1] != k.shape[1]
        )
        outputs.append(out.transpose(1, 2).flatten(0, 1))
    return _unpad(torch.cat(outputs) if len(outputs) > 1 else outputs[0], segments).unsqueeze(0)


def _window_mask(length: int, window: int | None, device: torch.device) -> torch.Tensor | None:
    """Return which token sees which [length, length]; None: each sees all before it, as causal attention has it."""
    if window is None or length <= window:
        return None
    return torch.ones(length, length, dtype=torch.bool, device=device).tril().triu(1 - window)


def _pad(rows: torch.Tensor, segments: Segments) -> torch.Tensor:
    if segments.padded is None or segments.places is None:
        return rows
    moved: torch.Tensor = _Pad.apply(rows.flatten(1), segments.padded, segments.places)  # type: ignore[no-untyped-call]
    return moved.view(-1, *rows.shape[1:])


def _unpad(rows: torch.Tensor, segments: Segments) -> torch.Tensor:
    if segments.padded is None or segments.places is None:
        return rows
    moved: torch.Tensor = _Unpad.apply(rows.flatten(1), segments.places)  # type: ignore[no-untyped-call]
    return moved.view(-1, *rows.shape[1:])


class _Pad(torch.autograd.Function):
    """Rows into the padded layout; back, each token takes its own gradient: padding is seen by nobody and has none."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, padded: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(places)
        return rows.index_select(0, padded)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (places,) = ctx.saved_tensors
        return gradients[0].index_select(0, places), None, None


class _Unpad(torch.autograd.Function):
    """The padded layout back into rows; what stands on padding is dropped and gets a zero gradient."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(places)
        ctx.num_rows = rows.shape[0]
        return rows.index_select(0, places)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (places,) = ctx.saved_tensors
        gradient = gradients[0]
        return gradient.new_zeros(ctx.num_rows, gradient.shape[1]).index_copy_(0, places, gradient), None


def unpackable_layers(config: Any) -> str:
    """Return the names of what keeps a model's packed sequences from being told apart here; "": nothing does."""
    if hasattr(config, "get_text_config"):  # of a model that also sees or hears
        config = config.get_text_config(decoder=True)
    kinds: set[str] = set()
    for name in ("layer_types", "layers_block_type"):
        kinds |= set(map(str, getattr(config, name, None) or ())) - PACKABLE
    for name in ("attn_logit_softcapping", "alibi", "hybrid_override_pattern", "ssm_cfg", "attn_layer_indices"):
        if getattr(config, name, None):
            kinds.add(name)
    if getattr(config, "model_type", None) in WITH_SINKS:
        kinds.add("attention sinks")
    return ", ".join(sorted(kinds))


def register() -> str:
    """Make the function known to transformers and return the name to load a model with."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, segment_attention)
    return NAME


def leave_to_itself() -> None:
    """Keep torch.compile out of the function: it would compile it anew for every batch."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, torch.compiler.disable(segment_attention))  # type: ignore[no-untyped-call]


def refused(where: str, got: str) -> CheckpointError:
    """Return the error for a model whose packed sequences would leak into each other here."""
    return CheckpointError(
        where,
        expected="layers of full or sliding attention only, to keep packed sequences apart",
        got=got,
        next_move='Set layout = "grouped" in [batch]',
    )
