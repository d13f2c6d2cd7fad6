"""The base trainer's recipe: what cannot become a model is refused in one line, before anything is written."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from sfteval.errors import ConfigurationError
from sfteval.progress import silent_progress
from sfttrain.base import BaseRecipe, FixedScheduleSettings, ModelSettings, train_base
from sfttrain.config import Recipe, find_recipe, read_recipe

STEPS = "[copying]\nsteps = 1\n[schedule]\nsteps = 1\n"
TWO_STEPS = FixedScheduleSettings(steps=2)


def read(folder: Path, text: str) -> BaseRecipe:
    path = folder / "base.toml"
    path.write_text(text, encoding="utf-8")
    return read_recipe(path, BaseRecipe)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[model]\nnum_heads = 0\n", "line 2: expected num_heads = a whole number from 1 to 32,768, got 0."),
        ("[model]\nnum_layers = 0\n", "line 2: expected num_layers = a whole number from 2 to 1,000 (copying is "),
        ("[model]\nnum_layers = 1\n", "(copying is wired across the first two), got 1. Change the value."),
        ("[model]\nvocab_size = 0\n", "line 2: expected vocab_size = a whole number from 277 to 1,048,576 (bytes an"),
        ("[model]\nvocab_size = 100\n", "(bytes and fixed pieces are tokens), got 100. Change the value."),
        ("[model]\nmax_tokens = 0\n", "expected max_tokens = a whole number from 1 to 2,147,483,647, got 0."),
        ("[model]\nhidden_size = 0\n", "expected hidden_size = a whole number from 2 to 65,536, got 0."),
        ("[model]\nintermediate_size = 0\n", "expected intermediate_size = a whole number from 1 to 1,048,576, got 0."),
        ("[corpus]\nnum_documents = 0\n", "expected num_documents = a whole number from 1 to 2,147,483,647, got 0."),
        ("[blocks]\nblock_tokens = 0\n", "expected block_tokens = a whole number from 32 to 1,048,576 (a block holds"),
        ("[blocks]\nblocks_per_step = 0\n", "expected blocks_per_step = a whole number from 1 to 1,048,576, got 0."),
        ("[optimizer]\nlr = -1\n", "line 2: expected lr = a number from 0 to 100, got -1. Change the value."),
    ],
)
def test_a_shape_that_is_no_model_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text + STEPS)
    assert expected in str(caught.value)


def test_a_base_without_steps_is_refused_by_the_section_that_lacks_them(tmp_path: Path) -> None:
    expected = "expected [{}] steps = a whole number from 1 to 2,147,483,647, got 0. Set steps."
    with pytest.raises(ConfigurationError) as absent:
        read(tmp_path, "[schedule]\nsteps = 1\n")
    assert str(absent.value) == f"{tmp_path / 'base.toml'}: {expected.format('copying')}"
    with pytest.raises(ConfigurationError) as empty:
        read(tmp_path, "[copying]\nsteps = 1\n\n[schedule]\nwarmup_steps = 1\n")
    assert str(empty.value) == f"{tmp_path / 'base.toml'}, line 4: {expected.format('schedule')}"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "recipe, [copying] steps: expected a whole number from 1 to 2,147,483,647, got 0. Change the value."),
        (
            {"copying": TWO_STEPS, "schedule": TWO_STEPS, "model": ModelSettings(hidden_size=100)},
            "recipe, [model] hidden_size: expected a multiple of 6, an even number for each of 3 heads, got 100. "
            "Change hidden_size or num_heads.",
        ),
        (
            {"copying": TWO_STEPS, "schedule": TWO_STEPS, "model": ModelSettings(hidden_size=9)},
            "recipe, [model] hidden_size: expected a multiple of 6, an even number for each of 3 heads, got 9. "
            "Change hidden_size or num_heads.",
        ),
    ],
)
def test_a_recipe_made_in_python_is_refused_before_anything_is_written(
    tmp_path: Path, change: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        train_base(replace(BaseRecipe(), **change), tmp_path / "base", silent_progress())
    assert str(caught.value) == expected
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_recipes_say_what_they_always_said() -> None:
    base = asdict(read_recipe(find_recipe("starter_base"), BaseRecipe))
    pair = asdict(read_recipe(find_recipe("starter_pair"), Recipe))
    assert list(base["copying"]) == list(pair["schedule"])
    assert base["copying"] == {
        "epochs": 3, "steps": 120, "warmup_steps": 20, "hold_share": 0.5, "decay": "linear", "final_share": 0.1,
    }  # fmt: skip
    assert json.dumps(pair["optimizer"]) == (
        '{"name": "muon", "lr": 0.015, "adamw_lr": 0.003, "weight_decay": 0.0, "betas": [0.9, 0.95], '
        '"max_grad_norm": 1.0}'
    )


def test_the_smallest_model_that_the_ranges_allow_can_be_made(tmp_path: Path) -> None:
    text = (
        "[model]\nhidden_size = 2\nnum_layers = 2\nnum_heads = 1\nintermediate_size = 1\nvocab_size = 277\n"
        "max_tokens = 1\n[corpus]\nnum_documents = 20\nnum_tokenizer_documents = 1\n"
        "[blocks]\nblock_tokens = 32\nblocks_per_step = 1\n"
    )
    run = train_base(read(tmp_path, text + STEPS), tmp_path / "base", silent_progress())
    assert run["totals"]["corpus"]["steps"] == run["totals"]["copying"]["steps"] == 1
