"""From a recipe to what will be learned: both arms get the same conversations, and identity is content."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from sfteval.errors import CheckpointError, ConfigurationError, DataError, TemplateError
from sfteval.progress import silent_progress
from sfttrain.config import BatchSettings, DataSettings, OptimizerSettings, Recipe
from sfttrain.prepare import Material, describe, prepare, render_row
from sfttrain.types import Arm
from tests.toys import CHATML, toy_checkpoint

BOTH = (Arm.THINK, Arm.NO_THINK)


def material(recipe: Recipe, arms: tuple[Arm, ...] = BOTH) -> Material:
    return prepare(recipe, arms, silent_progress())


def test_both_arms_learn_from_the_same_conversations(recipe: Recipe) -> None:
    made = material(recipe)
    ids = [one.id for one in made.conversations]
    for arm in BOTH:
        assert [group[0].conversation_id for group in made.examples[arm]] == ids
    assert made.counts(Arm.THINK)["supervised_tokens"] > made.counts(Arm.NO_THINK)["supervised_tokens"] > 0
    assert made.costs == [sum(one.num_tokens for one in group) for group in made.examples[Arm.THINK]]


def test_a_row_too_long_for_one_arm_is_dropped_for_both(recipe: Recipe) -> None:
    longest = max(one.num_tokens for group in material(recipe).examples[Arm.NO_THINK] for one in group)
    made = material(dataclasses.replace(recipe, batch=BatchSettings(step_tokens=400, max_tokens=longest)))
    assert made.num_overlong > 0
    assert [line for line in describe(made) if f"longer than max_tokens ({made.num_overlong}: row" in line]
    with pytest.raises(DataError, match="Raise max_tokens in"):
        material(dataclasses.replace(recipe, batch=BatchSettings(step_tokens=400, max_tokens=3)))


def test_a_row_that_the_template_refuses_is_dropped_with_a_count(recipe: Recipe, tmp_path: Path) -> None:
    picky = "{% if messages[0].content == 'Hi' %}{{ raise_exception('no greetings') }}{% endif %}" + CHATML
    changed = dataclasses.replace(recipe, base=str(toy_checkpoint(tmp_path / "base", template=picky)))
    made = material(changed)
    assert made.num_refused == len(material(recipe).conversations) - len(made.conversations) > 0
    named = f"refused: an error of the chat template ({made.num_refused}: rows row-1, row-4, "
    place = next(number for number, line in enumerate(describe(made)) if named in line)
    assert describe(made)[place + 1] == '  the first: expected to render the turns user, got "no greetings"'


def test_a_template_that_refuses_every_row_is_quoted(recipe: Recipe, tmp_path: Path) -> None:
    never = "{% if messages[0].content != 'Hello.' %}{{ raise_exception('never') }}{% endif %}" + CHATML
    with pytest.raises(TemplateError, match='got "never"'):
        material(dataclasses.replace(recipe, base=str(toy_checkpoint(tmp_path / "base", template=never))))


def test_a_row_too_long_ends_the_run_where_the_recipe_says_so(recipe: Recipe) -> None:
    strict = dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, on_overlong="error"))
    assert material(strict).num_overlong == 0
    short = dataclasses.replace(strict, batch=BatchSettings(step_tokens=400, max_tokens=100))
    with pytest.raises(DataError) as caught:
        material(short)
    longest = material(recipe).examples[Arm.THINK][0][0].num_tokens
    assert str(caught.value) == (
        f"row row-0: expected examples of up to max_tokens = 100 tokens, got one of {longest}. "
        'Raise max_tokens in [batch], shorten the row, or set on_overlong = "drop" in [data].'
    )


def test_identity_is_what_is_learned_and_not_where_it_lies(recipe: Recipe, tmp_path: Path) -> None:
    base, data = tmp_path / "elsewhere", tmp_path / "renamed.jsonl"
    shutil.copytree(recipe.base, base)
    shutil.copyfile(recipe.data.path, data)
    moved = dataclasses.replace(recipe, base=str(base), data=dataclasses.replace(recipe.data, path=str(data)))
    identity = material(recipe).identity(Arm.THINK, recipe)
    assert material(moved).identity(Arm.THINK, moved) == identity
    assert material(recipe).identity(Arm.NO_THINK, recipe) != identity
    faster = dataclasses.replace(recipe, optimizer=OptimizerSettings(lr=1.0))
    assert material(faster).identity(Arm.THINK, faster) != identity
    toy_checkpoint(base, seed=1)
    assert material(moved).identity(Arm.THINK, moved) != identity


def test_what_is_missing_is_named_with_the_option_that_gives_it(recipe: Recipe) -> None:
    with pytest.raises(ConfigurationError, match=r"recipe: expected base, got none\. Set it, or pass --base DIR"):
        material(Recipe())
    with pytest.raises(ConfigurationError, match=r"expected data\.path or \[\[data\.sources\]\], got none"):
        material(dataclasses.replace(recipe, data=DataSettings()))


def test_a_base_without_weights_or_with_a_broken_template_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    base = toy_checkpoint(tmp_path / "base")
    (base / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match="expected a Hugging Face checkpoint with safetensors"):
        material(dataclasses.replace(recipe, base=str(base)))
    toy_checkpoint(base, template="{% if %}")
    with pytest.raises(TemplateError, match="expected valid Jinja"):
        material(dataclasses.replace(recipe, base=str(base)))


def test_a_row_is_found_by_its_number_or_its_id(recipe: Recipe) -> None:
    by_number, by_id = render_row(recipe, Arm.THINK, "3"), render_row(recipe, Arm.THINK, "row-2")
    assert by_number[:2] == by_id[:2]
    with pytest.raises(ConfigurationError, match="a number from 1 to 24, got 25"):
        render_row(recipe, Arm.THINK, "25")
