"""The starting weights of the tiny base: one pair of heads is wired to copy before the first step.

A head of layer 0 attends to the previous token and writes it where a head of layer 1 looks for it: together they find
"what followed this token last time", the induction head that a model of this size needs minutes to discover by itself.
The other attention weights are orthogonal. Knows no tokenizer, no data and no optimizer.
Source: induction heads, Olsson et al. 2022 (arXiv 2209.11895); mimetic initialisation, Trockman and Kolter 2023
(arXiv 2305.09828); the sizes were measured on the starter world.
"""

from typing import Any

import torch

EMBEDDING_STD = 0.1
OUTPUT_SCALE = 0.3  # of what attention and MLP write, beside embeddings of EMBEDDING_STD
SHARED_SHARE = 0.7  # length of the direction that all embeddings share, in mean embedding norms
QUERY_NORM = 3.0  # makes attention sharp from the start
NUM_FAST_FREQUENCIES = 6  # rotary frequencies that tell a neighbour from the token beside it


@torch.no_grad()
def wire(model: Any, seed: int) -> None:
    """Set the weights of a Qwen3 model in place; about half of the heads of layers 0 and 1 become copying pairs."""
    generator = torch.Generator().manual_seed(seed)
    decoder = model.model
    config = model.config
    embeddings = decoder.embed_tokens.weight
    embeddings.copy_(torch.randn(embeddings.shape, generator=generator) * EMBEDDING_STD)
    for layer in decoder.layers:
        _orthogonal_layer(layer, generator)
    shared = torch.randn(embeddings.shape[1], generator=generator)
    shared /= shared.norm()
    embeddings.add_(SHARED_SHARE * embeddings.norm(dim=1).mean() * shared)
    first, second = decoder.layers[0].self_attn, decoder.layers[1].self_attn
    for head in range(config.num_attention_heads // 2):
        rows = slice(head * config.head_dim, (head + 1) * config.head_dim)
        _previous_token_head(first, rows, shared, config.rope_parameters["rope_theta"], generator)
        written = _orthogonal(len(shared), config.head_dim, generator)
        first.o_proj.weight[:, rows] = written * OUTPUT_SCALE
        second.q_proj.weight[rows] = first.v_proj.weight[rows]  # asks: where was my token written as "previous"?
        second.k_proj.weight[rows] = written.T


def _orthogonal_layer(layer: Any, generator: torch.Generator) -> None:
    """Queries equal keys, and outputs undo values: attention starts as "copy what is like me"."""
    attention, mlp = layer.self_attn, layer.mlp
    size, width = attention.q_proj.weight.shape
    query, value = _orthogonal(size, width, generator), _orthogonal(size, width, generator)
    attention.q_proj.weight.copy_(query)
    attention.k_proj.weight.copy_(query)
    attention.v_proj.weight.copy_(value)
    attention.o_proj.weight.copy_(value.T * OUTPUT_SCALE)
    attention.q_norm.weight.fill_(QUERY_NORM)
    inner = mlp.up_proj.weight.shape[0]
    for projection in (mlp.gate_proj, mlp.up_proj):
        projection.weight.copy_(torch.randn(inner, width, generator=generator) * width**-0.5)
    mlp.down_proj.weight.copy_(torch.randn(width, inner, generator=generator) * inner**-0.5 * OUTPUT_SCALE**2)


def _previous_token_head(
    attention: Any, rows: slice, shared: torch.Tensor, rope_theta: float, generator: torch.Generator
) -> None:
    """All queries are one vector, all keys that vector turned by one position, so that they meet at distance 1."""
    half = (rows.stop - rows.start) // 2
    angles = torch.rand(half, generator=generator) * 2 * torch.pi
    fast = (torch.arange(half) < NUM_FAST_FREQUENCIES).float()
    x, y = torch.cos(angles) * fast, torch.sin(angles) * fast
    turn = rope_theta ** (-torch.arange(half) / half)
    cos, sin = torch.cos(turn), torch.sin(turn)
    query = torch.cat([x, y])
    key = torch.cat([x * cos - y * sin, y * cos + x * sin])
    attention.q_proj.weight[rows] = torch.outer(query / query.norm(), shared)
    attention.k_proj.weight[rows] = torch.outer(key / key.norm(), shared)


def _orthogonal(num_rows: int, num_columns: int, generator: torch.Generator) -> torch.Tensor:
    size = max(num_rows, num_columns)
    square: torch.Tensor = torch.linalg.qr(torch.randn(size, size, generator=generator))[0]
    return square[:num_rows, :num_columns]
