"""The runs of several seeds of training in, one Run out in which every seed's answers are further samples of a prompt.

So that counts, costs, slices and the answers themselves are shown as those of one side. Nothing is read before it is
looked at. Does not know statistics: answers of one seed hang together, which only `seeds` takes into account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any, TypeVar

from sfteval.errors import NotComparableError
from sfteval.identity import content_hash
from sfteval.store import LazySequence
from sfteval.types import Checkpoint, Json, Run, Score, TaskRun

T = TypeVar("T")


def pooled(runs: Sequence[Run]) -> Run:
    """Return the runs of one recipe's seeds as one.

    Raises: NotComparableError for runs of different tasks or prompts, or asked with different sampling.
    """
    first = runs[0]
    prompts = [[{score.sample_id for score in task.scores} for task in run.tasks] for run in runs]
    for run, asked in zip(runs[1:], prompts[1:], strict=True):
        _refuse_other(first, run, "tasks", *([task.task.name for task in side.tasks] for side in (first, run)))
        _refuse_other(first, run, "sampling", *(side.settings.get("sampling") for side in (first, run)))
        _refuse_other(first, run, "prompts", prompts[0], asked)
    tasks = tuple(_pooled_task(parts) for parts in zip(*(run.tasks for run in runs), strict=True))
    return Run(_recipe([run.checkpoint for run in runs]), _settings(runs), tasks)


def _refuse_other(first: Run, other: Run, what: str, a: Any, b: Any) -> None:
    if a == b:
        return
    raise NotComparableError(
        f"{first.checkpoint.argument},{other.checkpoint.argument}",
        expected=f"seeds of one recipe, asked with the same {what}",
        got="different ones",
        next_move="Ask them all the same --suite with the same settings",
    )


def _pooled_task(parts: Sequence[TaskRun]) -> TaskRun:
    """Return one task's answers of all seeds, by their sample, then by seed."""
    task = parts[0].task
    num_samples = max(part.task.num_samples for part in parts)
    order = {sample.id: place for place, sample in enumerate(task.samples)}
    places = sorted(
        (order[score.sample_id], seed, place)
        for seed, part in enumerate(parts)
        for place, score in enumerate(part.scores)
    )
    seeds = [(seed, place) for _, seed, place in places]

    def numbered(position: int) -> Score:
        seed, place = seeds[position]
        score = parts[seed].scores[place]
        return replace(score, sample_index=seed * num_samples + score.sample_index)

    return TaskRun(
        task=replace(task, num_samples=len(parts) * num_samples),
        generations=_in_order([part.generations for part in parts], seeds),
        readings=_in_order([part.readings for part in parts], seeds),
        scores=LazySequence(len(seeds), numbered),
    )


def _in_order(parts: Sequence[Sequence[T]], places: Sequence[tuple[int, int]]) -> Sequence[T]:
    def item(position: int) -> T:
        seed, place = places[position]
        return parts[seed][place]

    return LazySequence(len(places), item)


def _recipe(checkpoints: Sequence[Checkpoint]) -> Checkpoint:
    """Return what stands for all seeds: their common name, one hash over all, and what their trainings agree on."""
    first, prints = checkpoints[0], [checkpoint.fingerprint for checkpoint in checkpoints]
    letters = zip(*(checkpoint.name for checkpoint in checkpoints), strict=False)
    common = "".join(same[0] for same in takewhile(lambda several: len({*several}) == 1, letters)).rstrip("-_. ")
    return replace(
        first,
        name=f"{common.removesuffix('seed').rstrip('-_. ') or first.name}-{len(checkpoints)}-seeds",
        argument=",".join(checkpoint.argument for checkpoint in checkpoints),
        fingerprint=content_hash(sorted(map(str, prints))) if all(prints) else None,
        training=_agreed([checkpoint.training for checkpoint in checkpoints]),
    )


def _agreed(records: Sequence[Json]) -> dict[str, Any]:
    """Return what all records say alike, as deep as they are nested."""
    agreed: dict[str, Any] = {}
    for key, value in records[0].items():
        values = [record.get(key) for record in records]
        if all(isinstance(one, Mapping) for one in values):
            agreed[key] = _agreed([one for one in values if isinstance(one, Mapping)])
        elif all(one == value for one in values):
            agreed[key] = value
    return agreed


def _settings(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the settings of one side: the first seed's, and of the contracts all that any of them says."""
    settings, contracts = dict(runs[0].settings), [run.settings.get("contract", {}) for run in runs]
    said = [str(sentence) for contract in contracts for sentence in contract.get("said", ())]
    answers: dict[str, int] = {}
    for contract in contracts:
        for name, count in contract.get("answers", {}).items():
            answers[name] = answers.get(name, 0) + count
    settings["contract"] = {
        **contracts[0],
        "drifted": any(contract.get("drifted") for contract in contracts),
        "verified": all(contract.get("verified") for contract in contracts),
        "said": list(dict.fromkeys(said)),
        "answers": answers,
    }
    return settings
