"""The recipes that come with the package are read like any other, and say what they mean to say."""

from pathlib import Path

import pytest

import sfttrain
from sfttrain.base import BaseRecipe
from sfttrain.config import Recipe, find_recipe, read_recipe

SHIPPED = sorted(path.stem for path in (Path(sfttrain.__file__).parent / "recipes").glob("*.toml"))


def test_what_is_shipped_is_known_by_name() -> None:
    assert SHIPPED == ["qwen3-0.6b", "qwen3-0.6b-lora", "starter_base", "starter_judge", "starter_pair"]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_recipe_is_read_and_names_the_command_that_runs_it(name: str) -> None:
    path = find_recipe(name)
    kind = BaseRecipe if name == "starter_base" else Recipe
    assert isinstance(read_recipe(path, kind), kind)
    comment = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# sfttrain ")]
    assert len(comment) == 1
    assert f" {name} " in comment[0]


def test_the_two_ways_to_train_qwen3_see_the_same_rows_in_the_same_steps() -> None:
    full, adapters = (read_recipe(find_recipe(name), Recipe) for name in ("qwen3-0.6b", "qwen3-0.6b-lora"))
    assert (full.data, full.batch, full.schedule, full.seed) == (
        adapters.data, adapters.batch, adapters.schedule, adapters.seed
    )  # fmt: skip
    assert (full.lora.rank, full.optimizer.lr) == (0, 2e-5)
    assert (adapters.lora.rank, adapters.lora.targets, adapters.optimizer.lr) == (16, ("all-linear",), 2e-4)
