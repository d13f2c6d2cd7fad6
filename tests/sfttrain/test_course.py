"""Which rows every step holds, and how many steps there are: a function of material and recipe alone."""

import dataclasses
import itertools

import pytest

from sfteval.progress import silent_progress
from sfttrain.config import Recipe, ScheduleSettings
from sfttrain.course import count_steps, examples_of_steps, order_hash
from sfttrain.pair import ARMS
from sfttrain.prepare import Material, prepare
from sfttrain.types import Arm


@pytest.fixture
def material(recipe: Recipe) -> Material:
    return prepare(recipe, ARMS, silent_progress())


def rows(material: Material, arm: Arm, recipe: Recipe, num_steps: int) -> list[list[str]]:
    steps = itertools.islice(examples_of_steps(material, arm, recipe), num_steps)
    return [list(dict.fromkeys(one.conversation_id for one in step)) for step in steps]


def test_an_epoch_holds_every_row_once(material: Material, recipe: Recipe) -> None:
    epoch = dataclasses.replace(recipe, schedule=ScheduleSettings(epochs=1))
    num_steps = count_steps(material, Arm.THINK, epoch)
    seen = list(itertools.chain.from_iterable(rows(material, Arm.THINK, epoch, num_steps)))
    assert sorted(seen) == sorted(material.train_ids)
    two = dataclasses.replace(recipe, schedule=ScheduleSettings(epochs=2))
    more = rows(material, Arm.THINK, two, count_steps(material, Arm.THINK, two))
    assert more[:num_steps] == rows(material, Arm.THINK, epoch, num_steps)
    assert sorted(itertools.chain.from_iterable(more)) == sorted(2 * material.train_ids)
    assert more[num_steps:] != more[:num_steps]


def test_arms_share_their_rows_step_by_step_and_another_seed_does_not(
    material: Material, recipe: Recipe, other_seed: Recipe
) -> None:
    assert rows(material, Arm.THINK, recipe, 20) == rows(material, Arm.NO_THINK, recipe, 20)
    assert order_hash(material, Arm.THINK, recipe) == order_hash(material, Arm.NO_THINK, recipe)
    assert rows(material, Arm.THINK, recipe, 20) != rows(material, Arm.THINK, other_seed, 20)
    assert order_hash(material, Arm.THINK, recipe) != order_hash(material, Arm.THINK, other_seed)


def test_matched_by_tokens_the_arm_that_learns_less_a_step_ends_on_the_first_step_that_suffices(
    material: Material, recipe: Recipe
) -> None:
    matched = dataclasses.replace(recipe, match="tokens")
    steps = {arm: count_steps(material, arm, matched) for arm in ARMS}
    learned = {
        arm: [
            sum(one.num_supervised for one in step)
            for step in itertools.islice(examples_of_steps(material, arm, matched), steps[arm])
        ]
        for arm in ARMS
    }
    assert steps[Arm.THINK] == 4
    target = sum(learned[Arm.THINK])
    assert sum(learned[Arm.NO_THINK][:-1]) < target <= sum(learned[Arm.NO_THINK])


def test_an_arm_by_itself_has_nothing_to_be_matched_with(recipe: Recipe) -> None:
    alone = prepare(recipe, (Arm.NO_THINK,), silent_progress())
    assert count_steps(alone, Arm.NO_THINK, dataclasses.replace(recipe, match="tokens")) == 4
