"""Tasks and a backend in, stored answers out: which questions are asked, with what sampling and which seed.

Every task of every suite goes to the engine in one list, so that batches fill. Seeds come from the run's seed, the
sample's content and the sample index, never from a position. Answers that exist already cost no money, and are as many
to a prompt as were made. Does not score.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from sfteval.asking import AskingPolicy, ask, failed
from sfteval.backends import Backend
from sfteval.backends.replay import Responses, StoredRun
from sfteval.identity import content_hash
from sfteval.progress import Progress
from sfteval.store import LazySequence, RunFolder
from sfteval.suites import read_sampling
from sfteval.types import Checkpoint, Generation, Request, Sample, Sampling, Task, TaskRun

REPLAYED = ("run", "responses")  # kinds of checkpoints whose answers exist already
AGENT = "agent"  # the scorer of tasks that are whole conversations


def effective_sampling(task: Task, checkpoint: Checkpoint) -> Sampling:
    """Return the task's sampling with this side's overrides.

    Raises: ConfigurationError for a value of the wrong type or out of range.
    """
    return read_sampling(checkpoint.sampling_overrides, f"{checkpoint.argument}, settings", task.sampling)


def requests_of(task: Task, checkpoint: Checkpoint, seed: int) -> list[Request]:
    """Return every question of a task to a checkpoint, in the order of its samples."""
    sampling = effective_sampling(task, checkpoint)
    return [
        request_of(task.name, sample, index, checkpoint, sampling, seed)
        for sample in task.samples
        for index in range(task.num_samples)
    ]


def request_of(
    task: str, sample: Sample, sample_index: int, checkpoint: Checkpoint, sampling: Sampling, seed: int
) -> Request:
    """Return one question; its seed comes from what is asked and the index, never from a position."""
    return Request(
        task=task,
        sample=sample,
        sample_index=sample_index,
        sampling=sampling,
        seed=int(content_hash([seed, sample.content_hash, sample_index])[:8], 16) & 0x7FFFFFFF,
        template_kwargs=checkpoint.template_kwargs,
        tool_choice=checkpoint.tool_choice,
    )


def with_all_answers(task: Task, backend: Backend) -> Task:
    """Return the task with as many samples per prompt as a responses file holds; other backends keep the task's."""
    return replace(task, num_samples=backend.most_samples(task.samples)) if isinstance(backend, Responses) else task


def with_gaps(runs: tuple[TaskRun, ...], backend: Backend, *, whole: bool) -> tuple[TaskRun, ...]:
    """Return the runs with what was never asked; `whole`: also what a stored run answered beside what is asked."""
    if isinstance(backend, Responses):
        return tuple(replace(run, absent=backend.absent(run.task)) for run in runs)
    if not isinstance(backend, StoredRun):
        return runs
    return tuple(_with_gaps(run, backend, whole=whole) for run in runs)


def _with_gaps(run: TaskRun, backend: StoredRun, *, whole: bool) -> TaskRun:
    turns = run.task.scorer == AGENT  # of a conversation only the first turn is the task's own question
    as_text = turns and run.task.options.get("dialect") == "react"  # ... and that is put in other words
    unasked = backend.unasked(run.task) if whole and not turns else ()
    return replace(run, absent=frozenset() if as_text else backend.absent(run.task), unasked=unasked)


async def generate(
    backend: Backend,
    checkpoint: Checkpoint,
    tasks: Sequence[Task],
    folder: RunFolder,
    progress: Progress,
    *,
    seed: int,
    policy: AskingPolicy,
    once_ready: Callable[[int], Awaitable[None]] | None = None,
) -> dict[str, Sequence[Generation]]:
    """Ask what is still owed and return all answers by task, in the order of the samples, as they lie on disk.

    Raises: BackendError, BudgetError, StoreError; what was answered by then is on disk.
    """
    requests = [request for task in tasks for request in requests_of(task, checkpoint, seed)]
    if checkpoint.kind in REPLAYED:
        policy = replace(policy, max_cost=None)
    questions = await ask(
        backend, requests, folder, progress, checkpoint.name, policy, seed=seed, once_ready=once_ready
    )
    asked: dict[str, list[tuple[Request, str]]] = {task.name: [] for task in tasks}
    for request, question in zip(requests, questions, strict=True):
        asked[request.task].append((request, question))
    for name, pairs in asked.items():
        folder.write_questions(name, [question for _, question in pairs])
    found = {name: _answers(pairs, folder.generations(name), folder.errors(name)) for name, pairs in asked.items()}
    return {name: _without_absent(given) for name, given in found.items()} if isinstance(backend, Responses) else found


def _answers(
    asked: Sequence[tuple[Request, str]], finished: Mapping[str, Generation], broken: Mapping[str, Generation]
) -> Sequence[Generation]:
    def answer(position: int) -> Generation:
        request, question = asked[position]
        answers = finished if question in finished else broken
        if question not in answers:
            return failed(request, question, "no answer to this question is stored")
        # Two samples may ask the very same question; each answer carries the sample it stands for.
        return replace(answers[question], sample_id=request.sample.id, sample_index=request.sample_index)

    return LazySequence(len(asked), answer)


def _without_absent(answers: Sequence[Generation]) -> tuple[Generation, ...]:
    """Drop the second and later samples that a responses file does not hold; a first one that is absent is missing."""
    return tuple(answer for answer in answers if answer.sample_index == 0 or answer.error is None)
