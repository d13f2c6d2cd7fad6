"""A plan in, what it asks of whom and what that may cost at most out; nobody is asked, and nothing is opened.

Reads checkpoints, suites and rubrics as the comparison itself does, so that what is wrong with them is said here too.
Knows no answer that is stored already: calling the comparison asks less by those. A conversation with tools counts as
one call, however many rounds it takes. Does not print.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.checkpoints.several import several
from sfteval.generate import effective_sampling
from sfteval.judging.forecast import judges_foreseen
from sfteval.judging.hearing import CHARACTERS_PER_TOKEN
from sfteval.judging.verdict import check_judges
from sfteval.pipeline import ComparePlan
from sfteval.preflight import check_contracts, load_suites
from sfteval.rules import gated, with_tasks
from sfteval.scorers.rules import by_rules
from sfteval.types import Checkpoint, Json, Suite, Task

STORED = ("run", "responses", "scores")  # nobody is asked


@dataclass(frozen=True, slots=True)
class Line:
    """What one checkpoint or one judge is asked, at most."""

    role: str  # "A", "B" or "judge"
    name: str
    num_pairs: int  # of answers that a judge hears; prompts, for a checkpoint
    num_calls: int  # 0: its answers exist already
    most_calls: int  # more than `num_calls` where verdicts are asked for again
    num_prompt_tokens: int  # about
    num_tokens: int  # at most
    money: float | None  # at most; None: nobody named a price


def forecast(plan: ComparePlan) -> list[Line]:
    """Return what both sides and every judge are asked, each at its own price.

    Raises: ConfigurationError, CheckpointError, NotComparableError for what the comparison would refuse.
    """
    loaded = load_suites(plan.run.suites, limit=plan.run.limit, samples=plan.run.samples)
    rules = gated(by_rules(loaded, plan.run.scorer_mode), plan.rules, plan.judging.rubrics)
    suites = with_tasks(rules, plan.run.tasks)
    prices = plan.run.policy.input_price, plan.run.policy.output_price
    lines = []
    for role, argument, settings in (
        ("A", plan.baseline, plan.baseline_set),
        ("B", plan.candidate, plan.candidate_set),
    ):
        asked = [with_overrides(resolve_checkpoint(one), dict(settings)) for one in several(argument)]
        check_contracts(asked, allow_drift=plan.run.allow_template_drift)
        lines += [_side(role, checkpoint, suites, prices) for checkpoint in asked]
    check_judges(plan.judging, suites)
    return lines + _judges(plan, suites)


def total(lines: Iterable[Line]) -> Json:
    """Return all lines as one; money is None where no line has any."""
    lines = list(lines)
    money = [line.money for line in lines if line.money is not None]
    names = ("num_calls", "most_calls", "num_prompt_tokens", "num_tokens")
    return {
        **{name: sum(getattr(line, name) for line in lines) for name in names},
        "money": sum(money) if money else None,
    }


def _side(role: str, checkpoint: Checkpoint, suites: Sequence[Suite], prices: tuple[float, float]) -> Line:
    tasks = [task for suite in suites for task in suite.tasks]
    num_prompts = sum(len(task.samples) * task.num_samples for task in tasks)
    if checkpoint.kind in STORED:
        return Line(role, checkpoint.name, num_prompts, 0, 0, 0, 0, _money(0, 0, prices))
    prompt = sum(_characters(task) for task in tasks) // CHARACTERS_PER_TOKEN
    answer = sum(
        len(task.samples) * task.num_samples * effective_sampling(task, checkpoint).max_tokens for task in tasks
    )
    return Line(
        role, checkpoint.name, num_prompts, num_prompts, num_prompts, prompt, answer, _money(prompt, answer, prices)
    )


def _judges(plan: ComparePlan, suites: Sequence[Suite]) -> list[Line]:
    lines, prices = [], (plan.judging.policy.input_price, plan.judging.policy.output_price)
    for seen in judges_foreseen(plan.judging, suites):
        money = _money(seen.num_prompt_tokens, seen.num_tokens, prices)
        name = f"{seen.judge} on {seen.task}"
        counts = seen.num_pairs, seen.num_calls, seen.most_calls, seen.num_prompt_tokens, seen.num_tokens
        lines.append(Line("judge", name, *counts, money))
    return lines


def _characters(task: Task) -> int:
    return task.num_samples * sum(len(message.content) for sample in task.samples for message in sample.messages)


def _money(num_prompt_tokens: int, num_tokens: int, prices: tuple[float, float]) -> float | None:
    if not any(prices):
        return None
    return (num_prompt_tokens * prices[0] + num_tokens * prices[1]) / 1e6
