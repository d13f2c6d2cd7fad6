"""RMS norms in one step: the same numbers as the model's own, and nobody else's norm touched."""

from pathlib import Path
from typing import Any

import pytest
import torch

from sfttrain import norm
from sfttrain.norm import RMSNorm
from tests.sfttrain.zoo import tiny_checkpoint

WIDTH = 24


def qwen_norm() -> Any:
    from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

    made = Qwen3RMSNorm(WIDTH)
    with torch.no_grad():
        made.weight.copy_(torch.linspace(0.5, 2, WIDTH))
    return made


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(1, WIDTH), (3, 5, WIDTH), (2, 3, 4, WIDTH), (0, WIDTH)])
def test_one_step_gives_the_output_of_the_models_own_norm_to_the_bit(
    shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    model_norm = qwen_norm()
    hidden = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype)
    assert torch.equal(RMSNorm.apply(hidden, model_norm.weight, model_norm.variance_epsilon), model_norm(hidden))


def test_its_gradients_are_those_of_the_formula_in_double_precision() -> None:
    generator = torch.Generator().manual_seed(0)
    hidden, coming = (torch.randn(5, WIDTH, generator=generator) * 3 for _ in range(2))
    inputs = (hidden.requires_grad_(), torch.rand(WIDTH, generator=generator).requires_grad_())
    found = torch.autograd.grad((RMSNorm.apply(*inputs, 1e-6) * coming).sum(), inputs)
    exact, weight = (one.detach().double().requires_grad_() for one in inputs)
    formula = weight * exact / (exact.pow(2).mean(-1, keepdim=True) + 1e-6).sqrt()
    expected = torch.autograd.grad((formula * coming).sum(), (exact, weight))
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(one.float(), other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_its_gradients_are_those_of_the_models_own_norm(dtype: torch.dtype) -> None:
    model_norm = qwen_norm()
    generator = torch.Generator().manual_seed(0)
    hidden = (torch.randn(7, WIDTH, generator=generator) * 5).to(dtype).requires_grad_()
    coming = torch.randn(7, WIDTH, generator=generator)
    expected = torch.autograd.grad((model_norm(hidden) * coming).sum(), (hidden, model_norm.weight))
    found = torch.autograd.grad(
        (RMSNorm.apply(hidden, model_norm.weight, 1e-6) * coming).sum(), (hidden, model_norm.weight)
    )
    for one, other in zip(expected, found, strict=True):
        assert one.dtype == other.dtype
        relative, absolute = (2e-2, 1e-3) if dtype == torch.bfloat16 else (1e-5, 1e-5)
        torch.testing.assert_close(one.float(), other.float(), rtol=relative, atol=absolute)


def test_a_frozen_weight_gets_no_gradient() -> None:
    hidden = torch.randn(2, WIDTH, requires_grad=True)
    weight = torch.ones(WIDTH)
    RMSNorm.apply(hidden, weight, 1e-6).sum().backward()
    assert weight.grad is None
    assert hidden.grad is not None


def own(folder: Path, kind: str) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny_checkpoint(folder, kind), dtype=torch.float32)


@pytest.mark.parametrize(("kind", "installed"), [("qwen3", True), ("llama", True), ("gemma3_text", False)])
def test_only_norms_that_compute_the_same_are_replaced(kind: str, installed: bool, tmp_path: Path) -> None:
    model = own(tmp_path, kind)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert bool(norm.install(model)) is installed
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_a_model_left_to_itself_computes_with_its_own_norms_again(tmp_path: Path) -> None:
    model = own(tmp_path, "qwen3")
    assert norm.install(model) == 9  # 2 layers of 4, and the last
    norm.leave_to_itself(model)
    assert not any("forward" in vars(module) for module in model.modules())


def test_autograd_keeps_less_for_it_than_for_the_models_own() -> None:
    model_norm, hidden = qwen_norm(), torch.randn(64, WIDTH, requires_grad=True)

    def kept(compute: Any) -> int:
        sizes: dict[int, int] = {}

        def pack(tensor: torch.Tensor) -> torch.Tensor:
            sizes[tensor.data_ptr()] = tensor.numel() * tensor.itemsize
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            compute(hidden)
        return sum(sizes.values())

    assert kept(lambda x: RMSNorm.apply(x, model_norm.weight, 1e-6)) < 0.7 * kept(model_norm)
