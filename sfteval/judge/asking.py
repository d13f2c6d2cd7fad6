"""Contests and a judge in, votes out: asked in both orders, and again, so many times, where no verdict could be read.

A judge is asked by the engine that asks checkpoints, with the same retries, concurrency, budget and folder: what was
answered once is never paid for again, and a killed command goes on where it was. Does not know who said what.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from sfteval.asking import AskingPolicy, ask
from sfteval.backends import Backend
from sfteval.identity import content_hash
from sfteval.judge.material import LONGEST_PART, contest_messages, exhibit_messages
from sfteval.judge.preferences import identical, preference
from sfteval.judge.rubric import Form, Rubric
from sfteval.judge.verdicts import Verdict, points_of, read_verdict, reason_of
from sfteval.progress import Progress
from sfteval.store import RunFolder
from sfteval.types import (
    Contest,
    Exhibit,
    Generation,
    Grade,
    Json,
    Message,
    Preference,
    Request,
    Sample,
    Sampling,
    Usage,
    Vote,
)

SAMPLING = Sampling(temperature=0.0, top_p=1.0, max_tokens=1024)
AGAIN_TEMPERATURE = 0.7  # at 0 the same malformed verdict would come again
NUM_TRIES = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judges, and how it is asked; a change of anything here is another judge."""

    name: str  # the served model's, or a checkpoint's
    rubric: Rubric
    sampling: Sampling = SAMPLING
    num_tries: int = NUM_TRIES
    repeat: int = 0  # a second hearing of the same material; 0: the first

    def identity(self, form: Form) -> str:
        """Return the hash of model name, prompt, fences, form and sampling: what a lock is bound to."""
        drawn = [self.sampling.temperature, self.sampling.top_p, self.sampling.top_k, self.sampling.max_tokens]
        again = [AGAIN_TEMPERATURE, self.num_tries]
        fences = [self._example(form), LONGEST_PART]
        return content_hash([self.name, self.rubric.sha256(form), fences, drawn, list(self.sampling.stop), again])

    def _example(self, form: Form) -> list[str]:
        """Return how the smallest material would be shown."""
        asked = (Message("user", "?"),)
        if form == "pairwise":
            shown = contest_messages(self.rubric, Contest("", asked, "a", "b", "r"), candidate_first=False)
        else:
            shown = exhibit_messages(self.rubric, Exhibit("", asked, "a", "r"))
        return [message.content for message in shown]


@dataclass(frozen=True, slots=True)
class Bench:
    """What judging needs beside a judge: who answers for it, where answers are kept, how stubbornly it is asked."""

    backend: Backend
    folder: RunFolder
    progress: Progress
    policy: AskingPolicy = field(default_factory=AskingPolicy)
    seed: int = 0
    template_kwargs: Json = field(default_factory=dict)  # with which a checkpoint of ours was trained


@dataclass(frozen=True, slots=True)
class _Matter(Generic[T]):
    """One thing to hear a judge about."""

    key: T
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a judge said of one thing in the end."""

    verdict: Verdict
    num_tries: int
    usage: Usage  # of all tries


async def prefer(judge: Judge, bench: Bench, contests: Sequence[Contest]) -> list[Preference]:
    """Return the judge's preference on each contest, in their order; identical answers tie without a call.

    Raises: BackendError when the judge is gone; BudgetError when a budget is spent. What was heard is kept.
    """
    asked = [contest for contest in contests if not contest.is_identical]
    votes = await hear(judge, bench, asked)
    return [
        identical(contest, judge.name) if contest.is_identical else preference(contest, votes[contest.id])
        for contest in contests
    ]


async def hear(judge: Judge, bench: Bench, contests: Sequence[Contest]) -> dict[str, tuple[Vote, Vote]]:
    """Return the votes on each contest, by its id: the baseline first, then the candidate first."""
    matters = [
        _Matter((contest.id, swapped), contest_messages(judge.rubric, contest, candidate_first=swapped))
        for contest in contests
        for swapped in (False, True)
    ]
    heard = await _heard(judge, bench, "pairwise", matters)
    votes = {
        key: Vote(
            judge=judge.name,
            candidate_first=key[1],
            choice=said.verdict.value["choice"] if not said.verdict.failure else None,
            criteria=dict(said.verdict.value["criteria"]) if not said.verdict.failure else {},
            reason=reason_of(said.verdict),
            failure=said.verdict.failure,
            num_tries=said.num_tries,
            usage=said.usage,
        )
        for key, said in heard.items()
    }
    return {contest.id: (votes[contest.id, False], votes[contest.id, True]) for contest in contests}


async def grade(judge: Judge, bench: Bench, exhibits: Sequence[Exhibit]) -> list[Grade]:
    """Return the judge's grade of each answer, in their order.

    Raises: what `prefer` raises.
    """
    matters = [_Matter(exhibit.id, exhibit_messages(judge.rubric, exhibit)) for exhibit in exhibits]
    heard = await _heard(judge, bench, "pointwise", matters)
    return [
        Grade(
            exhibit=exhibit.id,
            judge=judge.name,
            points=points_of(said.verdict),
            reason=reason_of(said.verdict),
            failure=said.verdict.failure,
            num_tries=said.num_tries,
            usage=said.usage,
        )
        for exhibit in exhibits
        for said in [heard[exhibit.id]]
    ]


async def _heard(judge: Judge, bench: Bench, form: Form, matters: Sequence[_Matter[T]]) -> dict[T, _Said]:
    """Ask about every matter, and again about those whose verdict could not be read."""
    heard: dict[T, _Said] = {}
    owed = list(matters)
    for attempt in range(judge.num_tries):
        if not owed:
            break
        requests = [_request(judge, bench, form, matter.messages, attempt) for matter in owed]
        answers = await _answers(judge, bench, form, requests)
        for matter, generation in zip(owed, answers, strict=True):
            before = heard[matter.key].usage if matter.key in heard else Usage()
            verdict = read_verdict(generation, judge.rubric, form)
            heard[matter.key] = _Said(verdict, attempt + 1, before + _used(generation))
        owed = [matter for matter in owed if heard[matter.key].verdict.failure]
    return heard


def _used(generation: Generation) -> Usage:
    return Usage(1, generation.num_prompt_tokens, generation.num_tokens, generation.latency_seconds)


async def _answers(judge: Judge, bench: Bench, form: Form, requests: Sequence[Request]) -> list[Generation]:
    questions = await ask(
        bench.backend, requests, bench.folder, bench.progress, judge.name, bench.policy, seed=bench.seed
    )
    finished, failed = bench.folder.generations(form), bench.folder.errors(form)
    return [(finished if question in finished else failed)[question] for question in questions]


def _request(judge: Judge, bench: Bench, form: Form, messages: tuple[Message, ...], attempt: int) -> Request:
    """Return the question of one attempt; its seed follows from the material and the attempt, never from a position."""
    material = content_hash([[message.role, message.content] for message in messages])
    sampling = judge.sampling if attempt == 0 else _warmer(judge.sampling)
    index = judge.repeat * judge.num_tries + attempt
    return Request(
        task=form,
        sample=Sample(id=material[:16], messages=messages, content_hash=material),
        sample_index=index,
        sampling=sampling,
        seed=int(content_hash([bench.seed, material, index])[:8], 16) & 0x7FFFFFFF,
        template_kwargs=bench.template_kwargs,
    )


def _warmer(sampling: Sampling) -> Sampling:
    return replace(sampling, temperature=max(sampling.temperature, AGAIN_TEMPERATURE))
