"""RMS norms in one step: the same numbers as the model's own, and nobody else's norm touched."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

from sfttrain import norm
from sfttrain.batch import flatten
from sfttrain.config import LoraSettings
from sfttrain.lora import add_adapter
from sfttrain.loss import summed_loss
from sfttrain.model import load_model
from sfttrain.norm import RMSNorm
from sfttrain.types import Example, ids
from tests.sfttrain.zoo import tiny_checkpoint

WIDTH = 24
TOKENS = ids(range(40, 60))
BATCH = flatten([Example(TOKENS, TOKENS), Example(TOKENS[:7], TOKENS[:7])])


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


class Gated(torch.nn.Module):
    """A norm that is plain only while no gate comes along; its name must end like the others'."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.variance_epsilon = torch.nn.Parameter(torch.ones(WIDTH)), 1e-6

    def forward(self, hidden: torch.Tensor, gate: torch.Tensor | None = None) -> torch.Tensor:
        plain = torch.rsqrt(hidden.float().pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
        found: torch.Tensor = self.weight * (hidden.float() * plain).to(hidden.dtype)
        return found if gate is None else found * gate


class OfOtherConstant(Gated):
    """A norm that adds something else than what it names."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        plain = torch.rsqrt(hidden.float().pow(2).mean(-1, keepdim=True) + 1.01 * self.variance_epsilon)
        found: torch.Tensor = self.weight * (hidden.float() * plain).to(hidden.dtype)
        return found


class OfTwoInputs(Gated):
    """A norm that cannot be asked alone."""

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        hidden, gate = inputs
        return super().forward(hidden, gate)


class RoundedLast(Gated):
    """A norm that gives back the type that came in."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return super().forward(hidden).to(hidden.dtype)


Gated.__name__, OfOtherConstant.__name__ = "GatedRMSNorm", "OtherRMSNorm"
OfTwoInputs.__name__, RoundedLast.__name__ = "TwoRMSNorm", "RoundedRMSNorm"


@pytest.mark.parametrize(
    "other",
    [Gated, OfOtherConstant, OfTwoInputs, RoundedLast, lambda: of_torch(None), lambda: of_torch(1e-6)],
    ids=["gated", "of another constant", "of two inputs", "rounded last", "torch's, without a constant", "torch's"],
)
def test_a_norm_that_is_not_shown_to_be_plain_is_left_alone(other: Any) -> None:
    model = torch.nn.Sequential(other())
    assert norm.install(model) == 0
    assert torch.equal(model[0].weight, torch.ones(WIDTH))


def of_torch(epsilon: float | None) -> torch.nn.Module:
    return torch.nn.RMSNorm(WIDTH, eps=epsilon)


def test_what_would_be_installed_is_told_of_a_model_without_weights() -> None:
    with torch.device("meta"):
        without = torch.nn.Sequential(type(qwen_norm())(WIDTH))
        other = torch.nn.Sequential(Gated())
    assert norm.would_install(without)
    assert without[0].weight.is_meta
    assert not norm.would_install(other)


def test_a_copy_of_a_model_computes_with_its_own_weights() -> None:
    model = torch.nn.Sequential(qwen_norm())
    norm.install(model)
    copied, hidden = copy.deepcopy(model), torch.randn(3, WIDTH)
    with torch.no_grad():
        model[0].weight.zero_()
    assert torch.equal(copied(hidden), qwen_norm()(hidden))
    norm.leave_to_itself(copied)
    assert torch.equal(copied(hidden), qwen_norm()(hidden))
    assert not model(hidden).any()


def test_a_single_row_has_a_gradient_too() -> None:
    model_norm, hidden = qwen_norm(), torch.randn(WIDTH, requires_grad=True)
    inputs = (hidden, model_norm.weight)
    expected = torch.autograd.grad(model_norm(hidden).square().sum(), inputs)
    found = torch.autograd.grad(RMSNorm.apply(*inputs, 1e-6).square().sum(), inputs)
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(one, other)


WAYS: dict[str, tuple[bool, bool]] = {  # whether activations are recomputed, whether adapters learn
    "as it is": (False, False),
    "recomputed": (True, False),
    "adapters": (False, True),
    "adapters, recomputed": (True, True),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_model_learns_the_same_with_its_own_norms(way: str, toy_base: Path) -> None:
    recomputed, adapted = WAYS[way]
    told = []
    for own_norms in (True, False):
        model = load_model(toy_base, torch.device("cpu"))
        if own_norms:
            norm.leave_to_itself(model)
        if adapted:
            model = add_adapter(model, LoraSettings(rank=4), 0)
            with torch.no_grad():  # a fresh adapter adds nothing, and its first matrix has no gradient
                for name, one in model.named_parameters():
                    one.add_(0.1 if "lora_B" in name else 0.0)
        if recomputed:
            model.gradient_checkpointing_enable()
        loss, _ = summed_loss(model.train(), BATCH)
        loss.backward()
        told.append((loss.detach(), {name: one.grad for name, one in model.named_parameters() if one.requires_grad}))
    (loss, gradients), (ours, found) = told
    torch.testing.assert_close(ours, loss)
    assert gradients.keys() == found.keys()
    for name, gradient in gradients.items():
        assert gradient is not None
        assert gradient.abs().max() > 0, name
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-5)


def test_weights_in_double_precision_have_a_gradient_summed_in_it() -> None:
    hidden, weight = torch.randn(64, WIDTH).double(), torch.linspace(0.5, 2, WIDTH).double().requires_grad_()
    coming = torch.randn(64, WIDTH).double()
    whole, *halves = (
        torch.autograd.grad((RMSNorm.apply(hidden[rows], weight, 1e-6) * coming[rows]).sum(), weight)[0]
        for rows in (slice(None), slice(0, 31), slice(31, None))
    )
    torch.testing.assert_close(sum(halves), whole, rtol=1e-13, atol=1e-13)


def test_a_second_derivative_is_refused_and_not_made_up() -> None:
    hidden, weight = torch.randn(2, WIDTH, requires_grad=True), torch.ones(WIDTH)
    (first,) = torch.autograd.grad(RMSNorm.apply(hidden, weight, 1e-6).square().sum(), hidden, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


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
