"""Recipes: defaults, overrides, and errors that name the line and the nearest key."""

from pathlib import Path

import pytest

from sfteval.errors import ConfigurationError
from sfttrain.config import Recipe, find_recipe, override, read_recipe


def recipe(folder: Path, text: str) -> Recipe:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return read_recipe(path, Recipe)


def test_absent_keys_keep_their_defaults(tmp_path: Path) -> None:
    assert recipe(tmp_path, "") == Recipe()


def test_values_reach_their_place_and_whole_numbers_stand_for_floats(tmp_path: Path) -> None:
    read = recipe(tmp_path, 'seed = 3\n[optimizer]\nname = "muon"\nlr = 1\nbetas = [0.8, 0.9]\n')
    assert (read.seed, read.optimizer.name, read.optimizer.lr, read.optimizer.betas) == (3, "muon", 1.0, (0.8, 0.9))


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        recipe(tmp_path, "seed = 1\n\n[schedule]\nepochs = 2\nwarmup_step = 3\n")
    assert str(caught.value) == (
        f"{tmp_path / 'recipe.toml'}, line 5: expected a key of [schedule], "
        'got "warmup_step". Did you mean "warmup_steps"?'
    )


def test_an_unknown_section_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match='line 1: expected a known key or section, got "optimiser"'):
        recipe(tmp_path, "[optimiser]\nlr = 1\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[optimizer]\nname = "sgd"\n', 'line 2: expected name = "adamw" | "muon", got \'sgd\''),
        ("[schedule]\nepochs = 1.5\n", "line 2: expected epochs = a whole number from 0, got 1.5"),
        ("[schedule]\nepochs = true\n", "line 2: expected epochs = a whole number from 0, got True"),
        ("[optimizer]\nlr = inf\n", "line 2: expected lr = a number, got inf"),
        ("schedule = 3\n", "expected a section [schedule], got 3"),
        ("[optimizer]\nbetas = [0.9]\n", "line 2: expected betas = tuple[float, float], got [0.9]"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        recipe(tmp_path, text)
    assert expected in str(caught.value)


def test_a_file_that_is_not_toml_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected a TOML file"):
        recipe(tmp_path, "seed = = 1")


def test_the_command_line_wins_over_the_file() -> None:
    changed = override(Recipe(base="a", seed=1), base=Path("b"), data=Path("c"), seed=2)
    assert (changed.base, changed.data.path, changed.seed) == ("b", "c", 2)
    assert override(Recipe(seed=1)).seed == 1


def test_shipped_recipes_are_found_by_name_and_can_be_read() -> None:
    for name in ("starter_pair", "qwen3-0.6b.toml"):
        assert read_recipe(find_recipe(name), Recipe).schedule.epochs > 0


def test_a_recipe_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(ConfigurationError, match='Did you mean "starter_pair"'):
        find_recipe("starter_pare")
