"""A backend in, one that also tells how likely given answers are out: the engine asks it as it asks any other.

A question of likelihood has one stored answer, so that it is resumed, shared between samples and never asked twice. Its
identity is the backend's own for each context (the prompt's ids, where they are known), and the continuations' texts;
sampling and sample index do not matter, for nothing is drawn. A question that is too long for the model is stored as an
error, and costs no other question anything. Does not know which answer is right, or where a context ends (`contexts`).
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeGuard

from sfteval.asking.contexts import (
    Contexts,
    OwnContexts,
    Pair,
    ServedContexts,
    ServedTeller,
    Teller,
    asked,
    begun,
    check_server,
    pairs_of,
    refuse_thought,
)
from sfteval.asking.refusals import answered_apart
from sfteval.backends import Backend
from sfteval.backends.protocol import Note, TokenLikelihood, unheard
from sfteval.backends.replay import StoredRun
from sfteval.errors import ConfigurationError
from sfteval.identity import content_hash
from sfteval.scorers.likelihoods import Likelihood, write_likelihoods
from sfteval.types import Continuation, Generation, Json, LikelihoodSample, Request, Sample, Sampling

AT_ONCE = 64  # continuations of one unit, where a backend works on one unit at a time


def with_likelihoods(backend: Backend, requests: Sequence[Request]) -> Backend:
    """Return what answers all of these requests: the backend itself where none asks for likelihoods.

    Raises: ConfigurationError for a backend that cannot tell them, and for a prompt that opens a thought.
    """
    first = next((request for request in requests if _is_likelihood(request.sample)), None)
    if first is None or isinstance(backend, StoredRun | LikelihoodBackend):
        return backend
    if isinstance(backend, Teller):
        messages = asked(_continuations(first.sample)[0].messages)
        refuse_thought(backend.chat.prompt(messages, (), first.template_kwargs).text, first)
        return LikelihoodBackend(backend, backend, OwnContexts(backend.chat), first)
    if isinstance(backend, ServedTeller):
        return LikelihoodBackend(backend, backend, ServedContexts(backend), first)
    raise ConfigurationError(
        f'task "{first.task}"',
        expected="a backend that tells how likely given answers are",
        got=f'"{backend.name}"',
        next_move="Give the checkpoint's folder or a vLLM server of it, or leave this task away on both sides",
    )


class LikelihoodBackend:
    """One backend, and the questions of likelihood that it can answer besides."""

    def __init__(self, backend: Backend, teller: Teller | ServedTeller, contexts: Contexts, first: Request) -> None:
        """Take the same backend twice, as what asks and as what tells; `first` asks for likelihoods."""
        self._backend, self._teller, self._contexts, self._first = backend, teller, contexts, first
        self.name, self.think_end_id = backend.name, backend.think_end_id
        self.concurrency, self.max_concurrency = backend.concurrency, backend.max_concurrency

    async def ready(self, note: Note = unheard) -> None:
        """Do what the first answer needs.

        Raises: ConfigurationError for a server that cannot tell likelihoods.
        """
        await self._backend.ready(note)
        if not isinstance(self._teller, Teller):
            await check_server(self._teller, self._first)

    def description(self) -> Json | None:
        """Return what belongs into the run's settings."""
        return self._backend.description()

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Return the identity of each question."""
        drawn = iter(self._backend.questions([request for request in requests if not _is_likelihood(request.sample)]))
        return [self._question(request) if _is_likelihood(request.sample) else next(drawn) for request in requests]

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        """Leave what is drawn to the backend; cut questions of likelihood by length and number, behind it."""
        drawn = [place for place, request in enumerate(requests) if not _is_likelihood(request.sample)]
        units = [tuple(drawn[at] for at in unit) for unit in self._backend.units([requests[at] for at in drawn])]
        return [*units, *self._cut(requests)]

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Answer one unit, which is of one kind.

        Raises: RefusedError for a lone question that is refused, BackendError and TransientError.
        """
        if not _is_likelihood(requests[0].sample):
            return await self._backend.answer(requests)
        return await answered_apart(self._told, requests, self._question)

    async def _told(self, requests: Sequence[Request]) -> Sequence[Generation]:
        started = time.monotonic()
        pairs = [await pairs_of(self._contexts, request, _continuations(request.sample)) for request in requests]
        told = iter(await self._teller.likelihoods([(*pair[0], *pair[1]) for group in pairs for pair in group]))
        seconds = (time.monotonic() - started) / len(requests)
        return [
            self._generation(request, group, [next(told) for _ in group], seconds)
            for request, group in zip(requests, pairs, strict=True)
        ]

    def _cut(self, requests: Sequence[Request]) -> Iterator[tuple[int, ...]]:
        places = [place for place, request in enumerate(requests) if _is_likelihood(request.sample)]
        most = AT_ONCE if self.max_concurrency == 1 else 1
        unit: list[int] = []
        num = 0
        for place in sorted(places, key=lambda place: (_length(requests[place].sample), place)):
            more = len(_continuations(requests[place].sample))
            if unit and num + more > most:
                yield tuple(unit)
                unit, num = [], 0
            unit.append(place)
            num += more
        if unit:
            yield tuple(unit)

    def _question(self, request: Request) -> str:
        continuations = _continuations(request.sample)
        contexts = self._backend.questions([_context(request, one) for one in continuations])
        return content_hash(["likelihoods", contexts, [[begun(one.messages), one.text] for one in continuations]])

    def _generation(
        self, request: Request, pairs: Sequence[Pair], told: Sequence[Sequence[TokenLikelihood]], seconds: float
    ) -> Generation:
        likelihoods = [_of(tokens[len(before) - 1 :]) for (before, _), tokens in zip(pairs, told, strict=True)]
        return Generation(
            task=request.task,
            sample_id=request.sample.id,
            sample_index=request.sample_index,
            question=self._question(request),
            text=write_likelihoods(likelihoods),
            finish_reason="stop",
            num_prompt_tokens=sum(len(before) + len(after) for before, after in pairs),
            latency_seconds=round(seconds, 6),
            content_hash=request.sample.content_hash,
            verified=isinstance(self._teller, Teller) or None,
        )


def _of(tokens: Sequence[TokenLikelihood]) -> Likelihood:
    greedy = [token.is_greedy for token in tokens]
    most = False if False in greedy else None if None in greedy else True
    return Likelihood(sum(token.logprob for token in tokens), most)


def _is_likelihood(sample: Sample) -> TypeGuard[LikelihoodSample]:
    return isinstance(sample, LikelihoodSample)


def _continuations(sample: Sample) -> tuple[Continuation, ...]:
    return sample.continuations if isinstance(sample, LikelihoodSample) else ()


def _length(sample: Sample) -> int:
    """Return the characters of the longest text."""
    return max(sum(len(message.content) for message in one.messages) + len(one.text) for one in _continuations(sample))


def _context(request: Request, one: Continuation) -> Request:
    """Return the question for whose prompt the backend has an identity."""
    messages = asked(one.messages)
    known = content_hash([[message.as_dict() for message in messages], []])
    context = Sample(id=request.sample.id, messages=messages, content_hash=known)
    return replace(request, sample=context, sampling=Sampling(), sample_index=0, seed=0)
