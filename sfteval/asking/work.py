"""Requests and a run folder in, what is left to do out: which units to ask, in which order, and what to copy.

The same question is one question, whoever asks it: samples and tasks that share it are asked once, and what one task's
file already answers is copied into another's, so that every file is whole by itself. Knows no server.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sfteval.backends import Backend
from sfteval.identity import text_hash
from sfteval.store import Answers, RunFolder
from sfteval.types import Generation, Request


@dataclass(frozen=True, slots=True)
class Work:
    """What is owed."""

    units: list[tuple[int, ...]]  # positions in the list of requests; of requests that share a question, the first
    sharing: Mapping[str, list[int]]  # the positions of requests that share a question, where several do
    num_owed: int  # requests that `units` answers


def owed_work(
    backend: Backend, requests: Sequence[Request], questions: Sequence[str], folder: RunFolder, seed: int
) -> Work:
    """Return the units of work in which at least one answer to exactly this question is missing.

    Many at once are asked in an order that follows from the seed and the questions alone, so that long answers are not
    bunched as the suite bunches them; what is asked one unit at a time keeps its backend's order.
    """
    sharing = _sharing(questions)
    repeated = {position for positions in sharing.values() for position in positions[1:]}
    asked = [position for position in range(len(requests)) if position not in repeated]
    files = _stored(requests, folder).values()
    units = [
        unit
        for places in backend.units([requests[position] for position in asked])
        if not _all_in(unit := tuple(asked[place] for place in places), questions, files)
    ]
    if backend.max_concurrency > 1:
        units.sort(key=lambda unit: text_hash(f"{seed} {[questions[position] for position in unit]}"))
    num_owed = sum(len(sharing.get(questions[position], (position,))) for unit in units for position in unit)
    return Work(units, sharing, num_owed)


def answers_to_copy(requests: Sequence[Request], questions: Sequence[str], folder: RunFolder) -> Iterator[Generation]:
    """Yield the answers that another task's file of the folder holds and the request's own task's does not."""
    stored = _stored(requests, folder)
    for request, question in zip(requests, questions, strict=True):
        if question not in stored[request.task]:
            found = next((answers[question] for answers in stored.values() if question in answers), None)
            if found is not None:
                yield answer_to(request, found)


def stored_answers(requests: Sequence[Request], questions: Sequence[str], folder: RunFolder) -> Iterator[Generation]:
    """Yield the answer of every question that has one, once however many ask it."""
    files = _stored(requests, folder).values()
    for question in dict.fromkeys(questions):
        found = next((answers[question] for answers in files if question in answers), None)
        if found is not None:
            yield found


def answer_to(request: Request, answer: Generation) -> Generation:
    """Return an answer as the answer to a request that asks the same question."""
    return replace(answer, task=request.task, sample_id=request.sample.id, sample_index=request.sample_index)


def _sharing(questions: Sequence[str]) -> dict[str, list[int]]:
    first: dict[str, int] = {}
    sharing: dict[str, list[int]] = {}
    for position, question in enumerate(questions):
        if question in first:
            sharing.setdefault(question, [first[question]]).append(position)
        else:
            first[question] = position
    return sharing


def _stored(requests: Sequence[Request], folder: RunFolder) -> dict[str, Answers]:
    names = dict.fromkeys([*(request.task for request in requests), *folder.tasks()])
    return {task: folder.generations(task) for task in names}


def _all_in(unit: tuple[int, ...], questions: Sequence[str], files: Collection[Answers]) -> bool:
    return all(any(questions[position] in answers for answers in files) for position in unit)
