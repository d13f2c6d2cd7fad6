"""Recipes: defaults, overrides, and errors that name the line and the nearest key."""

from pathlib import Path

import pytest

from sfteval.errors import ConfigurationError
from sfttrain.config import Recipe, SourceSettings, find_recipe, override, read_recipe


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
        ("[schedule]\nepochs = 1.5\n", "line 2: expected epochs = a whole number from 1 to 100,000, got 1.5"),
        ("[schedule]\nepochs = true\n", "line 2: expected epochs = a whole number from 1 to 100,000, got True"),
        ("[optimizer]\nlr = inf\n", "line 2: expected lr = a number from 0 to 100, got inf"),
        ("schedule = 3\n", "expected a section [schedule], got 3"),
        (
            "[optimizer]\nbetas = [0.9]\n",
            "line 2: expected betas = [a number from 0, below 1, a number from 0, below 1], got [0.9]",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        recipe(tmp_path, text)
    assert expected in str(caught.value)


LARGE = "9" * 400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed = -1\n", "line 1: expected seed = a whole number from 0 to 9,223,372,036,854,775,807, got -1. Change"),
        (f"seed = {2**64}\n", "to 9,223,372,036,854,775,807, got 18446744073709551616. Change the value."),
        ("[schedule]\nepochs = 0\n", "line 2: expected epochs = a whole number from 1 to 100,000, got 0. Change"),
        ("[schedule]\nsteps = -1\n", "expected steps = a whole number from 0 to 2,147,483,647, got -1. Change"),
        (
            "[schedule]\nwarmup_steps = 10_000_000\n",
            "expected warmup_steps = a whole number from 0 to 1,000,000, got 10000000. Change",
        ),
        ("[schedule]\nhold_share = 1e308\n", "expected hold_share = a number from 0 to 1, got 1e+308. Change"),
        ("[schedule]\nfinal_share = -5\n", "expected final_share = a number from 0 to 1, got -5. Change"),
        ("[data]\nheld_out_share = -2\n", "expected held_out_share = a number from 0, below 1, got -2. Change"),
        ("[data]\nheld_out_share = 1\n", "expected held_out_share = a number from 0, below 1, got 1. Change"),
        ("[batch]\nstep_tokens = 0\n", "expected step_tokens = a whole number from 1 to 2,147,483,647, got 0. Change"),
        ("[batch]\nmax_tokens = 0\n", "expected max_tokens = a whole number from 1 to 2,147,483,647, got 0. Change"),
        ("[optimizer]\nlr = -1\n", "line 2: expected lr = a number from 0 to 100, got -1. Change the value."),
        ("[optimizer]\nlr = nan\n", "line 2: expected lr = a number from 0 to 100, got nan. Change the value."),
        ('[optimizer]\nname = "muon"\nlr = -1\n', "line 3: expected lr = a number from 0 to 100, got -1. Change"),
        ("[optimizer]\nadamw_lr = -1\n", "expected adamw_lr = a number from 0 to 100, got -1. Change"),
        ("[optimizer]\nweight_decay = -3\n", "expected weight_decay = a number from 0 to 100, got -3. Change"),
        ("[optimizer]\nmax_grad_norm = -1\n", "number above 0, up to 1,000,000,000, got -1. Change"),
        ("[optimizer]\nbetas = [1.5, 2]\n", "a number from 0, below 1], got [1.5, 2]. Change the value."),
        (f"[optimizer]\nlr = {LARGE}\n", f"from 0 to 100, got {LARGE[:80]}... (400 characters). Change the value."),
        (f"seed = 0x{LARGE * 20}\n", "got a number of thousands of digits. Change the value."),
    ],
)
def test_a_value_outside_its_range_is_refused_with_the_range(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        recipe(tmp_path, text)
    assert expected in str(caught.value)


def test_the_ends_of_a_range_belong_to_it(tmp_path: Path) -> None:
    text = f"seed = {2**63 - 1}\n[optimizer]\nlr = 0\n[schedule]\nhold_share = 1\nfinal_share = 1\nwarmup_steps = 0\n"
    read = recipe(tmp_path, text)
    assert (read.seed, read.optimizer.lr, read.schedule.hold_share) == (9223372036854775807, 0.0, 1.0)


def test_an_override_keeps_to_the_range_as_well() -> None:
    with pytest.raises(ConfigurationError) as caught:
        override(Recipe(), {"seed": -1})
    assert str(caught.value) == (
        "recipe, seed: expected a whole number from 0 to 9,223,372,036,854,775,807, got -1. Change the value."
    )


def test_a_byte_order_mark_is_no_part_of_the_recipe(tmp_path: Path) -> None:
    assert recipe(tmp_path, "\ufeffseed = 3\n").seed == 3


def test_a_number_that_python_does_not_read_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"expected a TOML file, got .*limit"):
        recipe(tmp_path, f"seed = {'9' * 5000}\n")


def test_a_file_that_is_not_toml_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected a TOML file"):
        recipe(tmp_path, "seed = = 1")


def test_the_command_line_wins_over_the_file() -> None:
    changed = override(Recipe(base="a", seed=1), {"base": "b", "data.path": "c", "seed": 2})
    assert (changed.base, changed.data.path, changed.seed) == ("b", "c", 2)
    assert override(Recipe(seed=1), {"seed": None}).seed == 1


def test_shipped_recipes_are_found_by_name_and_can_be_read() -> None:
    for name in ("starter_pair", "qwen3-0.6b.toml"):
        assert read_recipe(find_recipe(name), Recipe).schedule.epochs > 0


def test_a_recipe_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(ConfigurationError, match='Did you mean "starter_pair"'):
        find_recipe("starter_pare")


def test_several_sources_are_sections_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "mix.toml"
    path.write_text('[[data.sources]]\npath = "a.jsonl"\n[[data.sources]]\npath = "b.jsonl"\nweight = 2\n')
    assert read_recipe(path, Recipe).data.sources == (SourceSettings("a.jsonl"), SourceSettings("b.jsonl", 2.0))


def test_a_source_with_a_weight_of_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mix.toml"
    path.write_text('[[data.sources]]\npath = "a.jsonl"\nweight = 0\n')
    with pytest.raises(ConfigurationError) as caught:
        read_recipe(path, Recipe)
    assert f"{path}, line 3: expected weight = a number above 0, up to 1,000, got 0." in str(caught.value)
