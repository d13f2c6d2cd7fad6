"""What an early-stopped comparison asks, round by round: suites in, a growing share of them out, until all is decided.

Only tasks that decide are asked. Their prompts come in an order that follows from the seed and their content alone,
never from a position or an outcome, and prompts that share a stem come together: the cluster is the unit. A round has
half as many clusters again as all before it, of the tasks that still have an undecided gating metric. Golden samples
are asked in the first round, beside the order: they guard, and count in a figure when their turn comes.
Does not ask, compare or decide. Source: research on statistics, 3.8; the evidence is `sfteval.stats.anytime`'s.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sfteval.errors import ConfigurationError
from sfteval.identity import content_hash
from sfteval.types import Comparison, MetricComparison, Sample, Suite, Task, Verdict

FIRST = 32  # clusters of each task
GROWTH = 1.5  # from round to round
DECIDED = (Verdict.PASS, Verdict.REGRESS)
EXISTING = ("run", "responses", "scores")  # answers that were made before: leaving one out saves nothing

Clusters = tuple[tuple[str, ...], ...]  # the sample ids of each cluster


@dataclass(frozen=True, slots=True)
class Asked:
    """What both sides have been asked by the end of one round."""

    number: int  # of the round, from 1
    whole: tuple[Suite, ...]  # what may be asked: the tasks that gate, and those with golden samples
    left_out: tuple[str, ...]  # tasks that decide nothing
    order: Mapping[str, Clusters]  # of each task that gates, all its clusters
    counts: Mapping[str, int]  # of each, the clusters asked so far
    before: Mapping[str, int] | None  # of each, those asked by the end of the round before; None: there was none
    golden: Mapping[str, tuple[str, ...]]  # sample ids by task, asked whatever their turn

    @property
    def suites(self) -> tuple[Suite, ...]:
        """The suites with the samples asked by now, in the suites' own order."""
        return self._with({task: self._ids(task, self.counts) for task in self._tasks()})

    @property
    def added(self) -> tuple[Suite, ...]:
        """The suites with the samples that this round adds: what is asked in batches never asks the others again."""
        ids = {task: self._ids(task, self.counts) for task in self._tasks()}
        return self._with({task: new - self._ids(task, self.before) for task, new in ids.items()})

    def in_order(self, task: str) -> Clusters:
        """Return the clusters of a task asked so far, in the order in which they came; none of one that only guards."""
        return self.order.get(task, ())[: self.counts.get(task, 0)]

    def largest(self, task: str) -> int:
        """Return the number of samples of the largest cluster, asked or not."""
        return max(map(len, self.order[task]))

    def said(self) -> str:
        """Return what the round asks, in a line."""
        parts = [
            f"{count:,} of {len(self.order[task]):,} {'clusters' if self.largest(task) > 1 else 'prompts'} of {task}"
            for task, count in self.counts.items()
        ]
        return f"round {self.number}: {', '.join(parts)}"

    def _tasks(self) -> list[str]:
        return [task.name for suite in self.whole for task in suite.tasks]

    def _ids(self, task: str, counts: Mapping[str, int] | None) -> set[str]:
        if counts is None:
            return set()
        clusters = self.order.get(task, ())[: counts.get(task, 0)]
        return {name for cluster in clusters for name in cluster} | {*self.golden.get(task, ())}

    def _with(self, ids: Mapping[str, set[str]]) -> tuple[Suite, ...]:
        parts = [
            replace(suite, tasks=tuple(part for task in suite.tasks if (part := _part(task, ids[task.name])).samples))
            for suite in self.whole
        ]
        return tuple(suite for suite in parts if suite.tasks)


def _part(task: Task, ids: set[str]) -> Task:
    return replace(task, samples=tuple(sample for sample in task.samples if sample.id in ids))


def first_round(suites: Sequence[Suite], *, seed: int, golden: Mapping[str, Sequence[str]]) -> Asked:
    """Return what the first round asks.

    Raises: ConfigurationError where no metric gates: nothing would be decided.
    """
    order = {task.name: in_random_order(task, seed) for suite in suites for task in suite.tasks if task.gating}
    if not any(order.values()):
        raise ConfigurationError(
            "--until-decided",
            expected="a metric that gates",
            got="none",
            next_move="Name one in the suite or in a --gate file, or leave --until-decided away",
        )
    wanted = {*order, *(name for name, ids in golden.items() if ids)}
    kept = (replace(suite, tasks=tuple(task for task in suite.tasks if task.name in wanted)) for suite in suites)
    return Asked(
        number=1,
        whole=tuple(suite for suite in kept if suite.tasks),
        left_out=tuple(task.name for suite in suites for task in suite.tasks if task.name not in wanted),
        order=order,
        counts={name: min(FIRST, len(clusters)) for name, clusters in order.items()},
        before=None,
        golden={name: tuple(ids) for name, ids in golden.items()},
    )


def in_random_order(task: Task, seed: int) -> Clusters:
    """Return the clusters of a task by a hash of the seed and their samples' content."""
    clusters: dict[str, list[Sample]] = {}
    for sample in task.samples:
        clusters.setdefault(sample.cluster or f"={sample.id}", []).append(sample)

    def place(samples: Sequence[Sample]) -> tuple[str, list[str]]:
        ids = sorted(sample.id for sample in samples)  # they tell apart what asks the very same
        return content_hash([seed, sorted(sample.content_hash or sample.id for sample in samples)]), ids

    return tuple(tuple(sample.id for sample in samples) for samples in sorted(clusters.values(), key=place))


def next_round(asked: Asked, comparison: Comparison) -> Asked | None:
    """Return what the next round asks; None when every gating metric is decided, or no prompt is left."""
    open_tasks = {metric.task for metric in _undecided(comparison)}
    counts = {
        task: min(len(asked.order[task]), math.ceil(count * GROWTH)) if task in open_tasks else count
        for task, count in asked.counts.items()
    }
    if counts == asked.counts:
        return None
    return replace(asked, number=asked.number + 1, counts=counts, before=asked.counts)


def with_early_stop(comparison: Comparison, asked: Asked, *, prices: tuple[float, float] = (0.0, 0.0)) -> Comparison:
    """Return the decided comparison with what the early stop saved: in its headline, its warnings and its record.

    `prices` are per million tokens of prompts and of answers.
    """
    record = _record(comparison, asked, prices)
    warnings = list(comparison.warnings)
    if asked.left_out:
        warnings.append(f"--until-decided asks what decides; not asked: {', '.join(asked.left_out)}")
    return replace(
        comparison,
        headline=f"{comparison.headline} {record['said']}",
        warnings=tuple(warnings),
        reproduce={**comparison.reproduce, "early_stop": record},
    )


def _record(comparison: Comparison, asked: Asked, prices: tuple[float, float]) -> dict[str, Any]:
    tasks = dict(_tasks(asked))
    num_asked, num_prompts = (sum(task[key] for task in tasks.values()) for key in ("prompts_asked", "prompts"))
    tokens, money = _saved(comparison, (num_prompts - num_asked) / num_asked, prices)
    record = {
        "decided": not list(_undecided(comparison)),
        "rounds": asked.number,
        "prompts_asked": num_asked,
        "prompts": num_prompts,
        "share": num_asked / num_prompts,
        "tasks": tasks,
        "left_out": list(asked.left_out),
        "tokens_saved": tokens,
        "money_saved": money,
    }
    return {**record, "said": _sentence(record)}


def _tasks(asked: Asked) -> Iterator[tuple[str, dict[str, int]]]:
    parts = {task.name: len(task.samples) for suite in asked.suites for task in suite.tasks}
    for suite in asked.whole:
        for task in suite.tasks:
            yield (
                task.name,
                {
                    "clusters_asked": asked.counts.get(task.name, 0),
                    "clusters": len(asked.order.get(task.name, ())),
                    "prompts_asked": parts[task.name],
                    "prompts": len(task.samples) if task.name in asked.order else parts[task.name],
                },
            )


def _saved(comparison: Comparison, factor: float, prices: tuple[float, float]) -> tuple[int | None, float | None]:
    """Return about how many tokens and how much money the prompts would have cost that were not asked.

    `factor` is their number over that of those asked; None where nobody counted, or where no price is known.
    """
    sides = {"baseline": comparison.baseline, "candidate": comparison.candidate}
    costs = [comparison.costs[side] for side, checkpoint in sides.items() if checkpoint.kind not in EXISTING]
    prompt = factor * sum(cost["num_prompt_tokens"] for cost in costs)
    answer = factor * sum(cost["num_tokens"] for cost in costs)
    counted = any(cost["num_tokens"] for cost in costs)
    money = (prompt * prices[0] + answer * prices[1]) / 1e6
    return (round(prompt + answer) if counted else None), (money if counted and any(prices) else None)


def _sentence(record: Mapping[str, Any]) -> str:
    prompts = f"{record['prompts']:,} prompt{'s' * (record['prompts'] != 1)}"
    if not record["decided"]:
        return (
            f"All {prompts} were asked and leave a gating metric undecided; its interval holds at every look and is "
            "wider than that of one look: without --until-decided the same answers may decide."
        )
    if record["prompts_asked"] == record["prompts"]:
        return f"Every gating metric is decided after all {prompts}."
    said = f"Every gating metric is decided after {record['prompts_asked']:,} of {prompts} ({record['share']:.0%})"
    if not record["tokens_saved"]:
        return f"{said}."
    money = f", or {record['money_saved']:.2f} at the given price" if record["money_saved"] else ""
    return f"{said}, which saved about {record['tokens_saved']:,} tokens{money}."


def _undecided(comparison: Comparison) -> Iterator[MetricComparison]:
    return (metric for metric in comparison.metrics if metric.gating and metric.verdict not in DECIDED)
