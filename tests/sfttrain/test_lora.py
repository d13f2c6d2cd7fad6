"""Adapters: nothing changes before the first step, little is learned, much is kept, and others can read it."""

import asyncio
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import ConfigurationError
from sfteval.progress import silent_progress
from sfttrain.batch import flatten, micro_batches
from sfttrain.checkpoint import copy_chat_files, save_model
from sfttrain.config import LoraSettings, OptimizerSettings, Recipe
from sfttrain.lora import add_adapter, merged, save_adapter, target_modules
from sfttrain.loss import logits_at, summed_loss
from sfttrain.model import load_model
from sfttrain.optim import build_optimizer
from sfttrain.prepare import prepare
from sfttrain.proofs import prove, prove_firewall
from sfttrain.step import take_step
from sfttrain.types import Arm, Example, ids

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
SETTINGS = LoraSettings(rank=4, alpha=8.0)
MODULES_OF_A_LAYER = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
IDS = torch.arange(40, 60)[None]


@pytest.fixture
def examples(recipe: Recipe) -> list[Example]:
    material = prepare(recipe, (Arm.THINK,), silent_progress())
    return [one for group in material.examples[Arm.THINK] for one in group]


def adapted(base: Path, seed: int = 0, settings: LoraSettings = SETTINGS) -> Any:
    return add_adapter(load_model(base, CPU), settings, seed)


def trained(base: Path, examples: list[Example], settings: LoraSettings = SETTINGS) -> Any:
    model = adapted(base, settings=settings)
    model.train()
    optimizer = build_optimizer(model, OptimizerSettings(lr=1e-2))
    for _ in range(3):
        take_step(model, optimizer, micro_batches(examples[:6], 2000), share=1.0, precision="fp32")
    return model.eval()


def written(base: Path, folder: Path, model: Any) -> Path:
    folder.mkdir(parents=True)
    save_adapter(folder, model, base)
    copy_chat_files(base, folder, (258, 256))
    return folder


@torch.no_grad()
def logits(model: Any) -> torch.Tensor:
    """Return what a model that transformers loaded says of one sequence."""
    found: torch.Tensor = model.eval()(input_ids=IDS).logits[0]
    return found


@torch.no_grad()
def packed_logits(model: Any, tokens: Iterable[int] = IDS[0].tolist()) -> torch.Tensor:
    """Return what a model of ours says of one sequence."""
    example = Example(ids(tokens), ids(tokens))
    return logits_at(model.eval(), flatten([example]), torch.arange(example.num_tokens))


def greedy(model: Any, prompt: Sequence[int], num_tokens: int) -> list[int]:
    tokens = list(prompt)
    for _ in range(num_tokens):
        tokens.append(int(packed_logits(model, tokens)[-1].argmax()))
    return tokens[len(prompt) :]


def test_only_the_adapters_of_every_linear_module_in_the_layers_learn(toy_base: Path) -> None:
    model = adapted(toy_base)
    learning = {name: one for name, one in model.named_parameters() if one.requires_grad}
    assert {part for name in learning for part in name.split(".")} >= MODULES_OF_A_LAYER
    assert len(learning) == 2 * len(MODULES_OF_A_LAYER) * 2  # two matrices, seven modules, two layers
    assert all(one.dtype == torch.float32 and min(one.shape) == SETTINGS.rank for one in learning.values())
    assert not [name for name in learning if "lora_" not in name or "lm_head" in name or "embed" in name]


def test_a_fresh_adapter_changes_no_answer(toy_base: Path) -> None:
    assert torch.equal(packed_logits(adapted(toy_base)), packed_logits(load_model(toy_base, CPU)))


def test_the_seed_alone_decides_the_adapters(toy_base: Path) -> None:
    def matrices(seed: int) -> list[torch.Tensor]:
        torch.rand(seed + 3)  # whatever was drawn before
        return [one for name, one in adapted(toy_base, seed).named_parameters() if "lora_A" in name]

    first, again, other = matrices(5), matrices(5), matrices(6)
    assert all(map(torch.equal, first, again))
    assert not any(map(torch.equal, first, other))


def test_adding_an_adapter_leaves_the_generator_of_the_run_as_it_was(toy_base: Path) -> None:
    model = load_model(toy_base, CPU)
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    add_adapter(model, SETTINGS, 0)
    assert torch.equal(torch.rand(3), expected)


def test_targets_are_names_or_ends_of_names(toy_base: Path) -> None:
    model = load_model(toy_base, CPU)
    assert list(target_modules(model, ("v_proj", "self_attn.q_proj"))) == [
        f"model.layers.{layer}.self_attn.{name}" for layer in (0, 1) for name in ("q_proj", "v_proj")
    ]
    one = "model.layers.1.mlp.up_proj"
    chosen = add_adapter(model, LoraSettings(rank=2, targets=(one,)), 0)
    assert len([name for name, weight in chosen.named_parameters() if weight.requires_grad]) == 2


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (("q_porj",), r'\[lora\] targets: expected linear modules inside the layers, got "q_porj"\. Did you mean "q_p'),
        (("q_proj", "lm_head"), 'got "lm_head". Known: down_proj, gate_proj'),
        (("embed_tokens",), 'got "embed_tokens"'),
        (("mlp",), 'got "mlp"'),
        (("",), 'got ""'),
        ((), "got none"),
        (("all-linear", "q_proj"), r'got "all-linear"\. Write \["all-linear"\] alone'),
    ],
)
def test_a_target_that_is_no_linear_module_of_a_layer_is_refused(
    toy_base: Path, targets: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        add_adapter(load_model(toy_base, CPU), LoraSettings(rank=2, targets=targets), 0)


def test_rank_zero_is_no_adapter(toy_base: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected at least 1, got 0"):
        add_adapter(load_model(toy_base, CPU), LoraSettings(), 0)


def test_the_firewall_and_every_other_proof_hold_around_an_adapter(
    toy_base: Path, recipe: Recipe, examples: list[Example]
) -> None:
    material = prepare(recipe, (Arm.THINK,), silent_progress())
    assert len(prove(material, Arm.THINK, adapted(toy_base), "fp32")) >= 6
    shown = {
        name: one
        for proof in prove_firewall(trained(toy_base, examples), examples, "fp32")
        for name, one in proof.numbers.items()
    }
    assert shown["gradient"] == 0.0 < shown["own_gradient"]
    assert shown["difference_nats"] < 1e-4


def test_a_step_moves_the_adapters_and_nothing_else(toy_base: Path, examples: list[Example]) -> None:
    before = {name: one.clone() for name, one in load_model(toy_base, CPU).state_dict().items()}
    model = trained(toy_base, examples, LoraSettings(rank=4, dropout=0.1))
    moved = [name for name, one in model.named_parameters() if "lora_B" in name and bool(one.abs().max() > 0)]
    assert len(moved) == 14
    after = {
        name.removeprefix("base_model.model.").replace(".base_layer", ""): one
        for name, one in model.state_dict().items()
        if "lora_" not in name
    }
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)


def gradients(model: Any, examples: list[Example]) -> list[torch.Tensor]:
    model.train()
    summed_loss(model, flatten(examples[:3]))[0].backward()  # type: ignore[no-untyped-call]
    return [one.grad for one in model.parameters() if one.requires_grad]


@pytest.mark.parametrize("order", ["adapter first", "recompute first"])
def test_recomputing_activations_changes_no_gradient_of_an_adapter(
    toy_base: Path, examples: list[Example], order: str
) -> None:
    plain = gradients(adapted(toy_base), examples)
    base = load_model(toy_base, CPU)
    if order == "recompute first":
        base.gradient_checkpointing_enable()
    model = add_adapter(base, SETTINGS, 0)
    if order == "adapter first":
        model.gradient_checkpointing_enable()
    assert base.is_gradient_checkpointing
    recomputed = gradients(model, examples)
    assert len(recomputed) == 28
    assert any(bool(one.abs().max() > 0) for one in plain)
    for left, right in zip(plain, recomputed, strict=True):
        torch.testing.assert_close(left, right, atol=1e-6, rtol=1e-5)


def test_merging_changes_no_logit_and_leaves_a_plain_directory(
    toy_base: Path, examples: list[Example], tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM

    model = trained(toy_base, examples)
    expected = packed_logits(model)
    assert (expected - packed_logits(load_model(toy_base, CPU))).abs().max() > 0.1  # it did learn something
    plain = merged(model)
    torch.testing.assert_close(packed_logits(plain), expected, atol=1e-5, rtol=1e-5)
    save_model(tmp_path, plain, toy_base, (258, 256))
    assert not (tmp_path / "adapter_config.json").exists()
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert not [name for name, _ in loaded.named_parameters() if "lora" in name]
    torch.testing.assert_close(logits(loaded), expected, atol=1e-4, rtol=1e-4)


def test_an_adapter_directory_gives_the_trained_logits_back_to_peft(
    toy_base: Path, examples: list[Example], tmp_path: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = trained(toy_base, examples)
    folder = written(toy_base, tmp_path / "think", model)
    assert {path.name for path in folder.iterdir()} >= {
        "adapter_config.json", "adapter_model.safetensors", "chat_template.jinja", "generation_config.json",
        "tokenizer.json",
    }  # fmt: skip
    loaded = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(toy_base), str(folder))
    torch.testing.assert_close(logits(loaded), packed_logits(model), atol=1e-4, rtol=1e-4)


def test_an_adapter_directory_is_reproducible_and_tells_no_path_of_this_machine(toy_base: Path, tmp_path: Path) -> None:
    first, second = (written(toy_base, tmp_path / name, adapted(toy_base)) for name in ("one", "two"))
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    config = json.loads((first / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"], config["bias"], config["task_type"]) == (4, 8.0, "none", "CAUSAL_LM")
    assert config["target_modules"] == sorted(MODULES_OF_A_LAYER)
    assert not Path(config["base_model_name_or_path"]).is_absolute()
    assert (first / config["base_model_name_or_path"]).resolve() == toy_base.resolve()


@pytest.mark.parametrize("write", [merged, None])
def test_weights_that_are_not_finite_are_never_written(toy_base: Path, tmp_path: Path, write: Any) -> None:
    model = adapted(toy_base)
    with torch.no_grad():
        next(one for name, one in model.named_parameters() if "lora_B" in name)[0, 0] = float("nan")
    with pytest.raises(ConfigurationError, match="expected finite weights"):
        merged(model) if write else save_adapter(tmp_path, model, toy_base)
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_sfteval_asks_an_adapter_after_it_and_its_base_have_moved_together(
    toy_base: Path, examples: list[Example], tmp_path: Path
) -> None:
    from sfteval.backends import open_backend
    from sfteval.checkpoints import resolve_checkpoint
    from sfteval.generate import requests_of
    from sfteval.types import Message, Sample, Sampling, Task

    shutil.copytree(toy_base, tmp_path / "here" / "base")
    model = trained(toy_base, examples)
    written(tmp_path / "here" / "base", tmp_path / "here" / "lab" / "think", model)
    (tmp_path / "here").rename(tmp_path / "there")
    checkpoint = resolve_checkpoint(str(tmp_path / "there" / "lab" / "think"))
    assert checkpoint.kind == "adapter"
    sample = Sample("s", (Message("user", "Say 2"),), content_hash="h")
    task = Task("t", "answered", (sample,), ("answered",), sampling=Sampling(temperature=0.0, max_tokens=8))

    async def ask() -> Any:
        async with open_backend(checkpoint) as backend:
            await backend.ready()
            return (await backend.answer(requests_of(task, checkpoint, 0)))[0]

    answer = asyncio.run(ask())
    prompt, length = answer.prompt_token_ids, len(answer.token_ids)
    assert list(answer.token_ids) == greedy(model, prompt, length)
    assert list(answer.token_ids) != greedy(load_model(toy_base, CPU), prompt, length)
