"""Given token ids asked through the engine: how likely they are, or what comes after them.

`Likelihoods` and `Continuations` wrap a backend as `asking` wants it, so that what is asked of token ids is stored,
resumed, tried again and kept within budgets as every other answer is. A question's identity is the backend's own (of a
greeting, which knows weights' arithmetic, template or address) with the token ids. A server is sent one sequence a
request, at most so many at once: prompt log probabilities have cost servers their memory. Knows no probe.
Source: research on probes, A2 (vLLM issues 5907 and 5550 for the memory).
"""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sfteval.asking import answered_apart
from sfteval.backends import Backend, TokenContinuer, TokenScorer
from sfteval.backends.protocol import Note, TokenLikelihood, unheard
from sfteval.errors import DataError
from sfteval.identity import content_hash
from sfteval.types import Generation, Json, Message, Request, Sample, Sampling, TokenScores

SEQUENCES_AT_ONCE = 16  # against a server
UNIT_ROWS, UNIT_POSITIONS = 128, 40_960  # of one unit of work, where a backend works on one at a time
GREETING = Message("user", "Hello.")


@runtime_checkable
class Scores(TokenScorer, Backend, Protocol):
    """A backend that knows how likely given tokens are."""


@runtime_checkable
class Continues(TokenContinuer, Backend, Protocol):
    """A backend that goes on with given tokens."""


@dataclass(frozen=True, slots=True)
class GivenTokens(Sample):
    """One sequence of token ids."""

    token_ids: tuple[int, ...] = ()
    first: int = 1  # place of the first token whose likelihood is asked for


def tokens_request(task: str, name: str, token_ids: Sequence[int], *, first: int = 1, max_tokens: int = 0) -> Request:
    """Return the question for given tokens; `max_tokens` may come after them."""
    known = content_hash([list(token_ids), first])
    sample = GivenTokens(name, (GREETING,), content_hash=known, token_ids=tuple(token_ids), first=first)
    return Request(task, sample, 0, Sampling(max_tokens=max_tokens), seed=0)


class _OfTokens(ABC):
    """What both have in common: they ask of token ids what a backend makes of them."""

    kind = ""

    def __init__(self, backend: Backend, at_once: int) -> None:
        self._backend = backend
        self.name, self.think_end_id = backend.name, backend.think_end_id
        alone = backend.max_concurrency == 1
        self.concurrency = self.max_concurrency = 1 if alone else min(at_once, backend.max_concurrency)
        self._who: str | None = None

    async def ready(self, note: Note = unheard) -> None:
        """Do what the first answer needs."""
        await self._backend.ready(note)

    def description(self) -> Json | None:
        """Return what belongs into the run's settings."""
        return self._backend.description()

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Return the identity of each question."""
        return [self._question(request) for request in requests]

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        """Cut by length and by what may come after; a server gets one sequence a request."""
        return list(self._cut(requests)) if self.max_concurrency == 1 else [(place,) for place in range(len(requests))]

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Answer one unit; one sequence that is refused costs no other.

        Raises: RefusedError for a lone one that is refused, BackendError and TransientError.
        """
        return await answered_apart(self._told, requests, self._question)

    @abstractmethod
    async def _told(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Answer one unit at once."""

    def _cut(self, requests: Sequence[Request]) -> Iterator[tuple[int, ...]]:
        unit: list[int] = []
        for place in sorted(range(len(requests)), key=lambda place: (*_size(requests[place]), place)):
            limit, length = _size(requests[place])
            full = len(unit) == UNIT_ROWS or (len(unit) + 1) * (length + limit) > UNIT_POSITIONS
            if unit and (full or _size(requests[unit[0]])[0] != limit):
                yield tuple(unit)
                unit = []
            unit.append(place)
        if unit:
            yield tuple(unit)

    def _question(self, request: Request) -> str:
        if self._who is None:
            hello = Sample("greeting", (GREETING,), content_hash=content_hash("greeting"))
            (self._who,) = self._backend.questions([Request("greeting", hello, 0, Sampling(), seed=0)])
        given = _given(request)
        return content_hash([self.kind, self._who, list(given.token_ids), given.first, request.sampling.max_tokens])

    def _generation(self, request: Request, seconds: float, *, text: str = "", ids: tuple[int, ...] = ()) -> Generation:
        return Generation(
            task=request.task,
            sample_id=request.sample.id,
            sample_index=0,
            question=self._question(request),
            text=text,
            finish_reason="length" if ids and len(ids) >= request.sampling.max_tokens else "stop",
            token_ids=ids,
            num_prompt_tokens=len(_given(request).token_ids),
            num_tokens=len(ids),
            latency_seconds=round(seconds, 6),
            content_hash=request.sample.content_hash,
        )


class Likelihoods(_OfTokens):
    """How likely given tokens are."""

    kind = "likelihoods of tokens"

    def __init__(self, backend: Scores, at_once: int = SEQUENCES_AT_ONCE) -> None:
        """Ask a backend that scores tokens, `at_once` sequences at most where it is a server."""
        super().__init__(backend, at_once)
        self._scores = backend

    async def _told(self, requests: Sequence[Request]) -> Sequence[Generation]:
        started = time.monotonic()
        given = [_given(request) for request in requests]
        told = await self._scores.likelihoods([one.token_ids for one in given])
        seconds = (time.monotonic() - started) / len(requests)
        texts = [write_scores(tokens[one.first - 1 :]) for tokens, one in zip(told, given, strict=True)]
        return [self._generation(one, seconds, text=text) for one, text in zip(requests, texts, strict=True)]


class Continuations(_OfTokens):
    """What comes greedily after given tokens."""

    kind = "continuations of tokens"

    def __init__(self, backend: Continues, at_once: int = SEQUENCES_AT_ONCE) -> None:
        """Ask a backend that goes on with tokens, `at_once` sequences at most where it is a server."""
        super().__init__(backend, at_once)
        self._continues = backend

    async def _told(self, requests: Sequence[Request]) -> Sequence[Generation]:
        started = time.monotonic()
        (limit,) = {request.sampling.max_tokens for request in requests}
        told = await self._continues.continued([_given(request).token_ids for request in requests], limit)
        seconds = (time.monotonic() - started) / len(requests)
        return [self._generation(one, seconds, ids=ids) for one, ids in zip(requests, told, strict=True)]


def write_scores(told: Sequence[TokenLikelihood]) -> str:
    """Return the text under which the likelihoods of a span are stored: `{"logprobs": [...], "greedy": "10?"}`."""
    marks = {True: "1", False: "0", None: "?"}
    logprobs = [round(token.logprob, 6) for token in told]
    return json.dumps({"logprobs": logprobs, "greedy": "".join(marks[token.is_greedy] for token in told)})


def read_scores(text: str) -> TokenScores:
    """Return what `write_scores` wrote.

    Raises: DataError for any other text.
    """
    try:
        row = json.loads(text)
        logprobs = tuple(float(value) for value in row["logprobs"])
        marks = tuple({"1": True, "0": False, "?": None}[mark] for mark in row["greedy"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _foreign(text) from error
    if len(marks) != len(logprobs):
        raise _foreign(text)
    return TokenScores(logprobs, marks)


def _foreign(text: str) -> DataError:
    return DataError(
        "stored likelihoods",
        expected="log probabilities of tokens",
        got=repr(text[:60]),
        next_move="Remove the folder `probes` of this run and call the same command again",
    )


def _given(request: Request) -> GivenTokens:
    assert isinstance(request.sample, GivenTokens)
    return request.sample


def _size(request: Request) -> tuple[int, int]:
    """Return how many tokens may come after, and how many are given."""
    return request.sampling.max_tokens, len(_given(request).token_ids)
