"""The course of a run: how many steps each arm takes, and which rows every step holds. Pure.

A function of the material and the recipe, and of nothing that happens on the way: whoever resumes, or checks, computes
the same. Knows no model.
"""

import itertools
from collections.abc import Iterator

from sfteval.errors import ConfigurationError
from sfteval.identity import content_hash
from sfttrain.batch import all_steps, plan_steps
from sfttrain.config import Recipe
from sfttrain.prepare import Material
from sfttrain.types import Arm, Example


def count_steps(material: Material, arm: Arm, recipe: Recipe) -> int:
    """Return how many optimizer steps an arm takes: as many as the other, or until it has learned as many tokens."""
    costs, budget = material.costs, recipe.batch.step_tokens
    epochs = range(recipe.schedule.epochs)
    num_steps = recipe.schedule.steps or sum(len(plan_steps(costs, budget, recipe.seed, epoch)) for epoch in epochs)
    if recipe.match == "steps" or len(material.examples) == 1:
        return num_steps
    learned = {each: _supervised_by_step(material, each, recipe) for each in material.examples}
    target = max(sum(itertools.islice(tokens, num_steps)) for each, tokens in learned.items())
    own = itertools.accumulate(_supervised_by_step(material, arm, recipe))
    return next(number for number, tokens in enumerate(own, 1) if tokens >= target)


def check_canaries(material: Material, arm: Arm, recipe: Recipe) -> None:
    """Refuse a run that ends before every canary was seen as often as it is planted."""
    if material.canaries is None:
        return
    epoch = len(plan_steps(material.costs, recipe.batch.step_tokens, recipe.seed, 0))
    if (num_steps := count_steps(material, arm, recipe)) < epoch:
        raise ConfigurationError(
            "[canaries]",
            expected=f"at least one whole epoch of {epoch:,} steps",
            got=f"{num_steps:,} steps",
            next_move="Raise steps in [schedule], or train without canaries",
        )


def order_hash(material: Material, arm: Arm, recipe: Recipe) -> str:
    """Return the identity of the whole order: which rows every step holds, from the first to the last."""
    ids = [one.id for one in material.conversations]
    planned = all_steps(material.costs, recipe.batch.step_tokens, recipe.seed)
    steps = itertools.islice(planned, count_steps(material, arm, recipe))
    return content_hash([[ids[index] for index in indices] for indices in steps])


def examples_of_steps(material: Material, arm: Arm, recipe: Recipe) -> Iterator[list[Example]]:
    """Yield what each step teaches an arm, epoch after epoch, without end."""
    examples = material.examples[arm]
    for indices in all_steps(material.costs, recipe.batch.step_tokens, recipe.seed):
        yield [one for index in indices for one in examples[index]]


def _supervised_by_step(material: Material, arm: Arm, recipe: Recipe) -> Iterator[int]:
    """Yield how many tokens each step teaches an arm, without end."""
    counts = [sum(one.num_supervised for one in group) for group in material.examples[arm]]
    for indices in all_steps(material.costs, recipe.batch.step_tokens, recipe.seed):
        yield sum(counts[index] for index in indices)
