"""The head as a loss: what torch's cross entropy gives on all logits, and never all logits."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from sfttrain import head
from sfttrain.batch import flatten, padded
from sfttrain.head import LinearCrossEntropy, Question, asked, install, is_installed
from sfttrain.loss import summed_loss, token_losses
from sfttrain.model import load_model
from sfttrain.types import NOT_LEARNED, Example
from tests.sfttrain.zoo import own_losses, tiny_checkpoint
from tests.toys import toy_checkpoint

CPU = torch.device("cpu")
WIDTH = 24
EXAMPLES = [
    Example(tuple(range(2, 14)), (NOT_LEARNED,) * 5 + tuple(range(8, 15))),
    Example(tuple(range(50, 59)), tuple(range(51, 60))),
]


@pytest.fixture(params=["kept", "computed again"])
def small_blocks(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 256 columns, and logits kept between the walks or not."""
    monkeypatch.setitem(head.BLOCK_ELEMENTS, "cpu", 1)
    if request.param != "kept":
        monkeypatch.setattr(head, "KEPT_BYTES", 0)


def made(positions: int, vocabulary: int, spread: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(positions, WIDTH, generator=generator) * spread
    weight = torch.randn(vocabulary, WIDTH, generator=generator)
    return hidden.requires_grad_(), weight.requires_grad_()


def question(positions: int, vocabulary: int, learned: int, scale: float = 1.0) -> Question:
    generator = torch.Generator().manual_seed(1)
    places = torch.randperm(positions, generator=generator)[:learned].sort().values
    targets = torch.randint(vocabulary, (learned,), generator=generator)
    edges = torch.tensor([0, vocabulary - 1, 255, 256])[:learned]  # of the vocabulary, and of blocks
    targets[: len(edges)] = edges.clamp(max=vocabulary - 1)
    return Question(places, targets, scale)


def all_logits(hidden: torch.Tensor, weight: torch.Tensor, asked: Question) -> torch.Tensor:
    logits = (hidden[asked.places] @ weight.t()).float()
    return functional.cross_entropy(logits, asked.targets, reduction="none")


def gradients(losses: torch.Tensor, scale: float, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return torch.autograd.grad(losses.sum() * scale, inputs)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("vocabulary", [7, 256, 700])
@pytest.mark.parametrize("learned", [1, 30, 129])
@pytest.mark.parametrize("scale", [1.0, 1 / 17])
def test_losses_and_gradients_are_those_of_all_logits(vocabulary: int, learned: int, scale: float) -> None:
    hidden, weight = made(150, vocabulary)
    put = question(150, vocabulary, learned, scale)
    ours = LinearCrossEntropy.apply(hidden, weight, put, torch.float32)
    theirs = all_logits(hidden, weight, put)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    for one, other in zip(
        gradients(ours, scale, hidden, weight), gradients(theirs, scale, hidden, weight), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("small_blocks")
def test_products_in_bf16_stay_close_and_gradients_keep_the_types_of_what_they_belong_to() -> None:
    hidden, weight = made(150, 700)
    put = question(150, 700, 90)
    ours, theirs = LinearCrossEntropy.apply(hidden, weight, put, torch.bfloat16), all_logits(hidden, weight, put)
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours, theirs, rtol=2e-2, atol=0.1)
    for one, other in zip(gradients(ours, 1.0, hidden, weight), gradients(theirs, 1.0, hidden, weight), strict=True):
        assert one.dtype == torch.float32
        assert float((one - other).norm() / other.norm()) < 0.02


@pytest.mark.usefixtures("small_blocks")
def test_nothing_learned_gives_no_loss_and_gradients_of_zero() -> None:
    hidden, weight = made(5, 300)
    losses = LinearCrossEntropy.apply(hidden, weight, question(5, 300, 0), torch.float32)
    assert losses.shape == (0,)
    for gradient in gradients(losses, 1.0, hidden, weight):
        assert not gradient.any()


@pytest.mark.usefixtures("small_blocks")
def test_a_frozen_head_still_tells_the_layers_below() -> None:
    hidden, weight = made(20, 300)
    put = question(20, 300, 9)
    theirs = gradients(all_logits(hidden, weight, put), 1.0, hidden)[0]
    weight.requires_grad_(False)
    ours = gradients(LinearCrossEntropy.apply(hidden, weight, put, torch.float32), 1.0, hidden)[0]
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("small_blocks")
def test_logits_of_ten_thousand_either_way_stay_finite() -> None:
    hidden, weight = made(40, 600, spread=1e3)
    put = question(40, 600, 30)
    with torch.no_grad():
        logits = hidden[put.places] @ weight.t()
        put.targets[:2] = torch.stack([logits[0].argmin(), logits[1].argmax()])
    assert logits.max() > 1e4
    assert logits.min() < -1e4
    ours, theirs = LinearCrossEntropy.apply(hidden, weight, put, torch.float32), all_logits(hidden, weight, put)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-2)
    for one, other in zip(gradients(ours, 1.0, hidden, weight), gradients(theirs, 1.0, hidden, weight), strict=True):
        assert one.isfinite().all()
        assert float((one - other).norm() / other.norm()) < 1e-4


def test_each_loss_may_go_on_alone_only_where_the_weight_learns_nothing() -> None:
    hidden, weight = made(6, 300)
    put = question(6, 300, 4)
    uneven = torch.tensor([1.0, 2.0, 0.0, -1.0])
    losses = LinearCrossEntropy.apply(hidden, weight, put, torch.float32)
    with pytest.raises(RuntimeError, match="a sum of losses only"):
        losses.backward(uneven)
    asking = Question(put.places, put.targets, 1.0, learns=False)
    losses = LinearCrossEntropy.apply(hidden, weight, asking, torch.float32)
    (ours,) = torch.autograd.grad(losses, hidden, uneven)
    (theirs,) = torch.autograd.grad(all_logits(hidden, weight, put), hidden, uneven)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


class Largest(TorchDispatchMode):
    """How many elements the largest tensor has that any operation makes."""

    elements = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for one in out if isinstance(out, tuple | list) else (out,):
            if isinstance(one, torch.Tensor):
                self.elements = max(self.elements, one.numel())
        return out


@pytest.mark.parametrize("kept_bytes", [0, 2**26])
def test_no_tensor_grows_with_positions_times_vocabulary(monkeypatch: pytest.MonkeyPatch, kept_bytes: int) -> None:
    monkeypatch.setitem(head.BLOCK_ELEMENTS, "cpu", 2**17)
    monkeypatch.setattr(head, "KEPT_BYTES", kept_bytes)
    hidden, weight = made(500, 5000)
    with Largest() as seen:
        losses = LinearCrossEntropy.apply(hidden, weight, question(500, 5000, 400), torch.float32)
        gradients(losses, 1.0, hidden, weight)
    assert seen.elements <= 2**17 < 400 * 5000 / 10
    with Largest() as seen:
        gradients(all_logits(hidden, weight, question(500, 5000, 400)), 1.0, hidden, weight)
    assert seen.elements == 400 * 5000


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_checkpoint(tmp_path_factory.mktemp("toy"))


def learned_gradients(model: Any) -> dict[str, torch.Tensor]:
    model.zero_grad()
    summed_loss(model, flatten(EXAMPLES), 0.25)[0].backward()  # type: ignore[no-untyped-call]
    return {name: one.grad for name, one in model.named_parameters() if one.grad is not None}


@pytest.mark.parametrize("frozen", [False, True])
def test_a_whole_model_with_a_tied_head_learns_what_it_learns_from_logits(toy: Path, frozen: bool) -> None:
    model = load_model(toy, CPU)
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    model.get_output_embeddings().weight.requires_grad_(not frozen)
    assert is_installed(model)
    ours = learned_gradients(model)
    del model.get_output_embeddings().forward
    assert not is_installed(model)
    theirs = learned_gradients(model)
    assert ours.keys() == theirs.keys()
    assert ("model.embed_tokens.weight" in ours) is not frozen
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, theirs[name], rtol=1e-4, atol=1e-5)


def test_a_head_that_nobody_asks_gives_logits(toy: Path) -> None:
    model = load_model(toy, CPU).eval()
    hidden = torch.randn(1, 3, 32)
    expected = functional.linear(hidden, model.lm_head.weight)
    assert torch.equal(model.lm_head(hidden), expected)
    with asked(question(3, 265, 2)):
        assert model.lm_head(hidden).shape == (2,)
    assert torch.equal(model.lm_head(hidden), expected)


@pytest.mark.parametrize("kind", ["gemma2", "cohere", "granite", "phi"])  # a cap, two scales, a bias
def test_a_head_that_does_more_than_multiply_is_left_alone(tmp_path: Path, kind: str) -> None:
    folder = tiny_checkpoint(tmp_path, kind)
    layout = "grouped" if kind == "gemma2" else "packed"
    model = load_model(folder, CPU, layout).eval()
    assert not is_installed(model)
    batch = padded(EXAMPLES) if layout == "grouped" else flatten(EXAMPLES)
    torch.testing.assert_close(token_losses(model, batch).detach(), own_losses(folder, EXAMPLES), rtol=1e-4, atol=1e-4)


def test_a_cap_is_seen_even_where_all_logits_are_zero() -> None:
    class Capped(torch.nn.Module):
        def __init__(self, cap: float | None) -> None:
            super().__init__()
            self.lm_head, self.cap = torch.nn.Linear(4, 9, bias=False), cap
            torch.nn.init.zeros_(self.lm_head.weight)

        def get_output_embeddings(self) -> torch.nn.Module:
            return self.lm_head

        def logits(self) -> torch.Tensor:
            logits: torch.Tensor = self.lm_head(torch.zeros(1, 2, 4))
            return logits if self.cap is None else torch.tanh(logits / self.cap) * self.cap

    for cap in (None, 30.0):
        model = Capped(cap)
        install(model, model.logits)
        assert is_installed(model) is (cap is None)


def test_a_model_without_a_head_of_its_own_is_left_alone() -> None:
    class Headless(torch.nn.Module):
        def get_output_embeddings(self) -> None:
            return None

    install(Headless(), lambda: torch.zeros(1))
    assert not is_installed(Headless())
