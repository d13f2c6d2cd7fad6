"""The firewall: packed sequences compute what they compute alone, and nothing leaks, by value or by gradient."""

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.nn import functional

from sfteval.errors import CheckpointError
from sfttrain.attention import Segments, segment_attention, segments, unpackable_layers
from sfttrain.batch import flatten
from sfttrain.loss import summed_loss, token_losses
from sfttrain.model import load_model
from sfttrain.types import NOT_LEARNED, Example
from tests.toys import toy_checkpoint

LENGTHS = [5, 90, 7, 40, 1, 42, 90]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_model(toy_checkpoint(tmp_path_factory.mktemp("toy")), torch.device("cpu")).eval()


def ends(lengths: list[int]) -> torch.Tensor:
    return torch.tensor([0, *itertools.accumulate(lengths)], dtype=torch.int32)


def tensors(lengths: list[int], heads: int = 4, shared: int = 2) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = [(1, count, sum(lengths), 8) for count in (heads, shared, shared)]
    return [torch.randn(shape, generator=generator, requires_grad=True) for shape in shapes]


def one_by_one(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, lengths: list[int]) -> torch.Tensor:
    parts = zip(*(torch.split(tensor, lengths, dim=2) for tensor in (query, key, value)), strict=True)
    out = [functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True) for q, k, v in parts]
    return torch.cat(out, dim=2).transpose(1, 2)


@pytest.mark.parametrize("lengths", [LENGTHS, [3], [16, 16, 16], [1, 1], [200, 3]])
def test_packed_attention_equals_each_sequence_alone(lengths: list[int]) -> None:
    inputs, again = tensors(lengths), tensors(lengths)
    packed, _ = segment_attention(torch.nn.Module(), *inputs, None, segments=segments(ends(lengths)))
    alone = one_by_one(*again, lengths)
    torch.testing.assert_close(packed, alone, rtol=1e-5, atol=1e-6)
    weights = torch.randn(packed.shape, generator=torch.Generator().manual_seed(1))
    (packed * weights).sum().backward()
    (alone * weights).sum().backward()
    for ours, theirs in zip(inputs, again, strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("window", [1, 4, 41, 1000])
@pytest.mark.parametrize("lengths", [LENGTHS, [16, 16, 16]])
def test_a_window_slides_within_each_sequence(lengths: list[int], window: int) -> None:
    inputs, again = tensors(lengths), tensors(lengths)
    packed, _ = segment_attention(
        torch.nn.Module(), *inputs, None, segments=segments(ends(lengths)), sliding_window=window
    )
    owner = torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))
    back = torch.arange(len(owner))[:, None] - torch.arange(len(owner))
    seen = (owner[:, None] == owner) & (back >= 0) & (back < window)
    query, key, value = again
    alone = functional.scaled_dot_product_attention(query, key, value, seen, enable_gqa=True).transpose(1, 2)
    torch.testing.assert_close(packed, alone, rtol=1e-5, atol=1e-6)
    weights = torch.randn(packed.shape, generator=torch.Generator().manual_seed(1))
    (packed * weights).sum().backward()
    (alone * weights).sum().backward()
    for ours, theirs in zip(inputs, again, strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-5)


def test_no_gradient_leaves_a_sequence_or_its_window() -> None:
    inputs = tensors([30, 50])
    packed, _ = segment_attention(torch.nn.Module(), *inputs, None, segments=segments(ends([30, 50])), sliding_window=8)
    packed[0, 60].sum().backward()  # sees 53 to 60
    for tensor in inputs[1:]:
        assert tensor.grad is not None
        felt = tensor.grad[0].abs().sum((0, 2)).nonzero()[:, 0].tolist()
        assert felt == list(range(53, 61)) if tensor is inputs[2] else set(felt) <= set(range(53, 61))


def test_equal_lengths_move_no_token() -> None:
    assert segments(ends([16, 16])).padded is None
    assert segments(ends(LENGTHS)).padded is not None


def test_attention_never_guesses_where_sequences_begin() -> None:
    with pytest.raises(RuntimeError, match="needs `segments`"):
        segment_attention(torch.nn.Module(), *tensors([4]), None)


def test_an_attention_that_caps_is_refused_by_name() -> None:
    with pytest.raises(CheckpointError, match="got an attention with softcap"):
        segment_attention(torch.nn.Module(), *tensors([4]), None, segments=segments(ends([4])), softcap=2.0)


def test_layers_that_cannot_be_packed_are_named() -> None:
    assert unpackable_layers(SimpleNamespace(layer_types=["full_attention", "linear_attention"])) == "linear_attention"
    assert unpackable_layers(SimpleNamespace(attn_logit_softcapping=50.0)) == "attn_logit_softcapping"
    assert unpackable_layers(SimpleNamespace(model_type="gpt_oss")) == "attention sinks"
    seeing = SimpleNamespace(get_text_config=lambda decoder: SimpleNamespace(layer_types=["linear_attention"]))
    assert unpackable_layers(seeing) == "linear_attention"
    assert unpackable_layers(SimpleNamespace(layer_types=["full_attention", "sliding_attention"])) == ""


def pair_of_examples() -> tuple[Example, Example]:
    return Example(tuple(range(9)), tuple(range(1, 10))), Example(tuple(range(20, 60)), tuple(range(21, 61)))


def leak(model: Any) -> float:
    """Return the largest gradient of the second sequence's loss in the first one's embeddings."""
    first, second = pair_of_examples()
    batch = flatten([first, second])
    batch.targets[: first.num_tokens] = NOT_LEARNED
    embeddings = model.get_input_embeddings()(batch.input_ids).detach().requires_grad_()
    summed_loss(model, batch, inputs_embeds=embeddings)[0].backward()  # type: ignore[no-untyped-call]
    assert embeddings.grad[0, first.num_tokens :].abs().max() > 0
    return float(embeddings.grad[0, : first.num_tokens].abs().max())


def test_no_gradient_crosses_from_one_packed_sequence_into_another(model: Any) -> None:
    assert leak(model) == 0.0


def test_the_gradient_check_sees_an_attention_that_ignores_the_boundaries(model: Any, monkeypatch: Any) -> None:
    def everything(cu_seqlens: torch.Tensor) -> Segments:
        return segments(cu_seqlens[[0, -1]])

    monkeypatch.setattr("sfttrain.attention.segments", everything)
    assert leak(model) > 0.0


def test_packed_loss_equals_solo_loss_token_by_token(model: Any) -> None:
    examples = pair_of_examples()
    alone = torch.cat([token_losses(model, flatten([one])) for one in examples])
    torch.testing.assert_close(token_losses(model, flatten(examples)), alone, rtol=1e-5, atol=1e-5)


def test_the_model_equals_that_of_transformers(model: Any, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    peer = AutoModelForCausalLM.from_pretrained(toy_checkpoint(tmp_path), attn_implementation="eager").eval()
    example, _ = pair_of_examples()
    logits = peer(torch.tensor([example.token_ids])).logits[0]
    expected = functional.cross_entropy(logits, torch.tensor(example.targets), reduction="none")
    torch.testing.assert_close(token_losses(model, flatten([example])), expected, rtol=1e-4, atol=1e-5)
