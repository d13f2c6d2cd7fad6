"""Options of `compare` and `gate` in, who judges out: which judges, with which locks, labels and prices."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import asking_policy, prices, serving
from sfteval.errors import ConfigurationError

if TYPE_CHECKING:
    from sfteval.judging.plan import JudgePlan

JUDGE_OPTIONS = (
    click.option(
        "--judge",
        "judges",
        multiple=True,
        metavar="CHECKPOINT",
        help="Who compares the answers to open prompts; repeatable: the majority counts, if all have locks.",
    ),
    click.option(
        "--judge-lock",
        "judge_locks",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="What `judge validate` found of it; without one it only advises.",
    ),
    click.option(
        "--judge-rubric",
        "judge_rubrics",
        multiple=True,
        metavar="TASK=NAME|PATH",
        help="What judges look at in a task, whatever its options say; several names with commas.",
    ),
    click.option(
        "--judge-gold",
        "judge_gold",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Labels of some of these very pairs of answers: what they and the judge say together.",
    ),
    click.option(
        "--judge-price",
        metavar="IN,OUT",
        help="Money for a million tokens of a judge [default: --price]; --max-cost does not bound what judges cost.",
    ),
)


def judge_plan(options: dict[str, Any]) -> "JudgePlan":
    """Return who judges; a budget of money is the checkpoints' and not the judges'.

    Raises: ConfigurationError for a lock, a rubric, labels or a price without a judge.
    """
    from dataclasses import replace

    from sfteval.judging.plan import NOBODY, JudgePlan

    judges, locks = options.get("judges") or (), options.get("judge_locks") or ()
    rubrics, gold = _rubrics(options.get("judge_rubrics") or ()), options.get("judge_gold") or ()
    price = options.get("judge_price")
    given = {"--judge-lock": locks, "--judge-rubric": rubrics, "--judge-gold": gold, "--judge-price": price}
    if not judges:
        for left in (name for name, value in given.items() if value):
            raise ConfigurationError(
                left, expected="a judge beside it", got="none", next_move=f"Add --judge, or leave {left} away"
            )
        return NOBODY
    input_price, output_price = prices(price or options["price"])
    policy = replace(asking_policy(options), max_cost=None, input_price=input_price, output_price=output_price)
    return JudgePlan(judges, locks, gold, rubrics, options["runs"], options["backend"], policy, serving(options))


def _rubrics(words: Sequence[str]) -> dict[str, str]:
    """Return the rubric of each task that is named."""
    named = {task: rubric for task, _, rubric in (word.partition("=") for word in words)}
    for task, rubric in named.items():
        if not (task and rubric):
            raise ConfigurationError(
                "--judge-rubric", expected="TASK=NAME", got=f'"{task}"', next_move="Write --judge-rubric TASK=reference"
            )
    return named
