"""One step: what it reports, and the same bits however many batches compute at once."""

import itertools
from array import array
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sfttrain.config import LoraSettings, OptimizerSettings
from sfttrain.lora import add_adapter
from sfttrain.model import Layout, load_model
from sfttrain.optim import Optimizer, build_optimizer
from sfttrain.step import WORKER_BYTES, cut, num_workers, take_step
from sfttrain.types import NOT_LEARNED, Example
from tests.sfttrain.zoo import tiny_checkpoint

CPU = torch.device("cpu")
CUTS: list[tuple[Layout, int]] = [("packed", 1), ("packed", 2), ("packed", 3), ("grouped", 1), ("grouped", 2)]


def noise(length: int, seed: int) -> Example:
    tokens = torch.randint(2, 256, (length + 1,), generator=torch.Generator().manual_seed(seed)).tolist()
    return Example(array("i", tokens[:-1]), array("i", [NOT_LEARNED] * (length // 2) + tokens[1 + length // 2 :]))


EXAMPLES = [noise(length, seed) for seed, length in enumerate([30, 9, 41, 12, 30, 22, 3, 50, 17])]


def learned(folder: Path, workers: int, steps: int = 3, lora: int = 0) -> tuple[list[Any], list[torch.Tensor]]:
    """Take a few steps on the same five batches, and return what they told and the weights."""
    model = load_model(folder, CPU)
    if lora:
        model = add_adapter(model, LoraSettings(rank=lora), seed=0)
    optimizer = build_optimizer(model, OptimizerSettings(lr=1e-2))
    batches = cut(EXAMPLES, 50, "packed", 1)
    assert len(batches) == 6
    told = []
    for _ in range(steps):
        one = take_step(model, optimizer, batches, share=1.0, precision="fp32", workers=workers)
        told.append((one.loss, one.grad_norm, one.num_supervised, one.num_tokens, one.by_position.tolist()))
    return told, [parameter.detach().clone() for parameter in model.parameters()]


@pytest.mark.parametrize("lora", [0, 4])
def test_batches_at_once_give_the_bits_of_one_after_the_other_every_time(toy_base: Path, lora: int) -> None:
    runs = [learned(toy_base, workers, lora=lora) for workers in (1, 2, 2, 5)]
    told, weights = runs[0]
    assert told[2][0] < told[0][0]
    for other_told, other_weights in runs[1:]:
        assert other_told == told
        assert all(torch.equal(ours, theirs) for ours, theirs in zip(weights, other_weights, strict=True))


def test_a_step_moves_the_model_alike_however_it_is_cut(toy_base: Path) -> None:
    found = []
    ways: list[tuple[int, Layout, int]] = [
        (1000, "packed", 1),
        (50, "packed", 1),
        (50, "packed", 2),
        (90, "grouped", 1),
    ]
    for max_tokens, layout, workers in ways:
        model = load_model(toy_base, CPU, layout)
        sgd = torch.optim.SGD(model.parameters())
        optimizer = Optimizer((sgd,), (0.1,), tuple(model.parameters()), 1e9)
        batches = cut(EXAMPLES, max_tokens, layout, workers)
        told = take_step(model, optimizer, batches, share=1.0, precision="fp32", workers=workers)
        found.append((told, [parameter.detach() for parameter in model.parameters()]))
    first, weights = found[0]
    for told, moved in found[1:]:
        assert (told.loss, told.grad_norm) == pytest.approx((first.loss, first.grad_norm), rel=1e-5)
        assert (told.num_tokens, told.num_supervised) == (214, first.num_supervised)
        torch.testing.assert_close(told.by_position, first.by_position, rtol=1e-5, atol=1e-4)
        for ours, theirs in zip(weights, moved, strict=True):
            torch.testing.assert_close(theirs, ours, rtol=1e-5, atol=1e-5)


def test_a_thread_that_fails_ends_the_step(toy_base: Path) -> None:
    model = load_model(toy_base, CPU)
    batches = cut(EXAMPLES, 50, "packed", 1)
    batches[3].input_ids[0, 0] = 10**6
    with pytest.raises(IndexError):
        take_step(model, build_optimizer(model, OptimizerSettings()), batches, share=1.0, precision="fp32", workers=2)
    assert torch.get_num_threads() == 1


def test_a_small_model_on_a_cpu_computes_as_many_batches_at_once_as_there_are_threads(
    toy_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(toy_base, CPU)
    for threads, expected in ((1, 1), (2, 2), (4, 4), (64, 4)):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        assert num_workers(model) == expected
    size = sum(parameter.numel() * 4 for parameter in model.parameters())
    for limit, expected in ((size, 4), (size - 1, 1)):
        monkeypatch.setattr("sfttrain.step.WORKER_BYTES", limit)
        assert num_workers(model) == expected
    assert size < WORKER_BYTES


@pytest.mark.parametrize(
    ("kind", "drawing", "settings"),
    [
        ("llama", "attention_dropout", {}),
        ("gpt2", "embd_pdrop", {"attn_pdrop": 0.0, "resid_pdrop": 0.0, "summary_first_dropout": 0.0}),
        ("mixtral", "router_jitter_noise", {"num_local_experts": 2}),
    ],
)
def test_a_model_that_draws_as_it_learns_computes_one_batch_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, drawing: str, settings: dict[str, Any]
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    for share, expected in ((0.0, 2), (0.1, 1)):
        folder = tiny_checkpoint(tmp_path / str(share), kind, **settings, **{drawing: share})
        assert num_workers(load_model(folder, CPU)) == expected


def test_adapters_that_drop_out_compute_one_batch_after_the_other(
    toy_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    for dropout, expected in ((0.0, 2), (0.1, 1)):
        model = add_adapter(load_model(toy_base, CPU), LoraSettings(rank=2, dropout=dropout), seed=0)
        assert num_workers(model) == expected


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 60), st.sampled_from(CUTS), st.randoms())
def test_no_way_to_cut_a_step_loses_a_token_or_a_target(
    lengths: list[int], max_tokens: int, how: tuple[Layout, int], random: Any
) -> None:
    examples = [noise(length, random.randrange(10**6)) for length in lengths]
    expected = Counter(pair for one in examples for pair in zip(one.token_ids, one.targets, strict=True))
    whole = Counter((tuple(one.token_ids), tuple(one.targets)) for one in examples)
    found: Counter[tuple[int, int]] = Counter()
    rows: Counter[tuple[tuple[int, ...], tuple[int, ...]]] = Counter()
    batches = cut(examples, max_tokens, *how)
    for batch in batches:
        seen = torch.ones_like(batch.input_ids) if batch.attention_mask is None else batch.attention_mask
        tokens, targets = batch.input_ids.flatten().tolist(), batch.targets.tolist()
        shown = seen.flatten().tolist()
        assert all(target == NOT_LEARNED for target, one in zip(targets, shown, strict=True) if not one)
        for start, stop in itertools.pairwise(batch.cu_seqlens.tolist()):
            length = sum(shown[start:stop])
            assert batch.position_ids.flatten()[start : start + length].tolist() == list(range(length))
            row = (tuple(tokens[start : start + length]), tuple(targets[start : start + length]))
            rows[row] += 1
            found.update(zip(*row, strict=True))
        assert batch.num_tokens == sum(shown)
        assert batch.num_supervised == sum(target != NOT_LEARNED for target in targets)
        assert batch.input_ids.numel() <= max_tokens or len(batch.cu_seqlens) == 2
    assert found == expected
    assert rows == whole
    assert cut(examples, max_tokens, *how)[0].input_ids.tolist() == batches[0].input_ids.tolist()
