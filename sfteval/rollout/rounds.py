"""Agent tasks and a backend in, finished conversations out: all of them go forward together, one turn a round.

The next turn of every open conversation is one list of requests, so that batches fill. Each turn's answer is stored
like any other, under the hash of the prompt so far: a rollout that was killed goes on where it stopped, and a stored
run is played again without a model. What a run may cost counts over all rounds. The trajectories are written when the
last conversation has ended. Does not know what a conversation is worth.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sfteval.asking import REFUSED, AskingPolicy, ask, failed
from sfteval.backends import Backend
from sfteval.backends.replay import StoredRun
from sfteval.errors import TemplateError
from sfteval.generate import effective_sampling, request_of
from sfteval.progress import Progress
from sfteval.rollout.conversation import Conversation, after, broken_off, opened
from sfteval.scorers.episodes import limits_of
from sfteval.store import LazySequence, RunFolder
from sfteval.types import Checkpoint, Generation, Request, Task, Trajectory

OnceReady = Callable[[int], Awaitable[None]] | None
Key = tuple[str, str, int]  # a conversation: task, sample id and index


@dataclass(frozen=True, slots=True)
class _Played:
    """One conversation of one task."""

    task: Task
    conversation: Conversation
    broken: Generation | None = None  # the error that ended it

    def heard(self, answer: Generation) -> "_Played":
        conversation = after(self.conversation, answer)
        return replace(self, conversation=conversation, broken=answer if conversation.end == "error" else None)


async def roll_out(
    backend: Backend,
    checkpoint: Checkpoint,
    tasks: Sequence[Task],
    folder: RunFolder,
    progress: Progress,
    *,
    seed: int,
    policy: AskingPolicy,
    dialect: str | None,
    once_ready: OnceReady = None,
    paid: Sequence[Sequence[Generation]] = (),
) -> dict[str, Sequence[Generation]]:
    """Play every conversation of every task to its end; return one answer for each, in the order of the samples.

    The answer is the last turn's, with the tokens and seconds of all of them, and the trajectory in `recorded`.
    `paid` are answers whose cost counts too. Raises: DataError for an item that cannot be played, and what `ask` does.
    """
    played = [_Played(task, conversation) for task in tasks for conversation in _opened(task, dialect)]
    questions: dict[str, list[str]] = {task.name: [] for task in tasks}
    refused = _refused_before(backend, tasks)
    clock, started, num_errors = asyncio.get_running_loop().time, asyncio.get_running_loop().time(), 0
    for number in itertools.count(1):
        played = [_renderable(one, backend, checkpoint, seed) for one in played]
        places = [place for place, one in enumerate(played) if one.conversation.end is None]
        if not places:
            break
        requests = [_request(played[place], checkpoint, seed) for place in places]
        asked = await ask(
            backend,
            requests,
            folder,
            progress,
            f"{checkpoint.name}, turn {number}",
            _left(policy, num_errors, clock() - started),
            seed=seed,
            once_ready=once_ready,
            paid=itertools.chain(*paid, _stored(questions, folder)),
        )
        answers = [_as_then(answer, refused) for answer in _answers(requests, asked, folder)]
        for place, request, question, answer in zip(places, requests, asked, answers, strict=True):
            played[place] = played[place].heard(answer)
            questions[request.task].append(question)
        num_errors += sum(answer.finish_reason == "error" for answer in answers)
    for name, all_asked in questions.items():
        folder.write_questions(name, all_asked)
    return {task.name: _kept(task, [one for one in played if one.task is task], folder) for task in tasks}


def _opened(task: Task, dialect: str | None) -> Iterator[Conversation]:
    limits, spoken = limits_of(task), task.options.get("dialect", dialect)
    for sample in task.samples:
        for index in range(task.num_samples):
            yield opened(sample, index, limits, spoken, f'task "{task.name}", sample "{sample.id}"')


def _request(one: _Played, checkpoint: Checkpoint, seed: int) -> Request:
    conversation, sampling = one.conversation, effective_sampling(one.task, checkpoint)
    return request_of(one.task.name, conversation.asked, conversation.sample_index, checkpoint, sampling, seed)


def _renderable(one: _Played, backend: Backend, checkpoint: Checkpoint, seed: int) -> _Played:
    """Return the conversation, ended where the checkpoint's template has no form for what the agent itself wrote.

    Raises: TemplateError where it has none for a single call and its result: such a template cannot be asked at all.
    """
    conversation = one.conversation
    if conversation.end is not None or not conversation.turns:
        return one
    try:
        backend.questions([_request(one, checkpoint, seed)])
    except TemplateError:
        if all(len(message.tool_calls) < 2 for message in conversation.messages):
            raise
        return replace(one, conversation=broken_off(conversation, "unrenderable"))
    return one


def _left(policy: AskingPolicy, num_errors: int, seconds: float) -> AskingPolicy:
    """Return what earlier rounds have left of a policy."""
    return replace(policy.after(seconds), max_errors=max(0, policy.max_errors - num_errors))


def _stored(questions: Mapping[str, Sequence[str]], folder: RunFolder) -> Iterator[Generation]:
    """Yield the answers of earlier rounds, each once."""
    for task, asked in questions.items():
        found = folder.generations(task)
        yield from (found[question] for question in dict.fromkeys(asked) if question in found)


def _answers(requests: Sequence[Request], questions: Sequence[str], folder: RunFolder) -> list[Generation]:
    names = {request.task for request in requests}
    files = {name: (folder.generations(name), folder.errors(name)) for name in names}
    out = []
    for request, question in zip(requests, questions, strict=True):
        finished, broken = files[request.task]
        if question in finished:
            out.append(finished[question])
        elif question in broken:
            out.append(broken[question])
        else:
            out.append(failed(request, question, "no answer to this question is stored"))
    return out


def _refused_before(backend: Backend, tasks: Sequence[Task]) -> frozenset[Key]:
    """Return the conversations of a stored run with which its server would not go on: nobody refuses them now."""
    if not isinstance(backend, StoredRun):
        return frozenset()
    return frozenset(
        (task.name, one.sample_id, one.sample_index)
        for task in tasks
        for one in backend.folder.trajectories(task.name)
        if one.end == "refused"
    )


def _as_then(answer: Generation, refused: frozenset[Key]) -> Generation:
    """Return the answer, a missing one marked as refused where it was refused then."""
    key = (answer.task, answer.sample_id, answer.sample_index)
    return replace(answer, stop_reason=REFUSED) if answer.error is not None and key in refused else answer


def _kept(task: Task, played: Sequence[_Played], folder: RunFolder) -> Sequence[Generation]:
    """Write the trajectories of a task, and return its conversations as answers, made when they are looked at."""
    trajectories = folder.write_trajectories(task.name, (one.conversation.trajectory for one in played))
    hashes = [one.conversation.sample.content_hash for one in played]
    found = folder.generations(task.name)
    broken = {place: one.broken for place, one in enumerate(played) if one.broken is not None}

    def answer(position: int) -> Generation:
        trajectory = trajectories[position]
        given = [found[turn.question] for turn in trajectory.turns]
        return summed(trajectory, [*given, broken[position]] if position in broken else given, hashes[position])

    return LazySequence(len(played), answer)


def summed(trajectory: Trajectory, answers: Sequence[Generation], content_hash: str) -> Generation:
    """Return one answer for a whole conversation: the last turn's text, and what all turns took."""
    told = [answer.verified for answer in answers]
    verified = False if False in told else None if None in told else True
    return replace(
        answers[-1],
        sample_id=trajectory.sample_id,
        sample_index=trajectory.sample_index,
        prompt_token_ids=(),
        token_ids=answers[-1].token_ids if len(answers) == 1 else (),
        num_prompt_tokens=sum(answer.num_prompt_tokens for answer in answers),
        num_tokens=sum(answer.num_tokens for answer in answers),
        latency_seconds=round(sum(answer.latency_seconds for answer in answers), 6),
        content_hash=content_hash,
        verified=verified,
        recorded={"trajectory": trajectory.as_dict()},
    )
