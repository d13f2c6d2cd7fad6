"""What a backend is: the promises that every one keeps, and three that only some can. Knows no backend."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from sfteval.types import Checkpoint, Generation, Json, Message, Request

Note = Callable[[str], None]  # hears what a long start is at
REFUSED = "refused"  # the stop reason of an error that is the request's own: trying again would not mend it


def unheard(text: str) -> None:
    """Hear a note and do nothing."""


class Backend(Protocol):
    """Something that answers."""

    name: str
    concurrency: int  # how many units of work to begin with at once
    max_concurrency: int  # how many at most, however well it bears them
    think_end_id: int | None  # the token id of `</think>`, so that thought can be counted; None: not known

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Return the identity of each question: a hash of what is asked, of the sampling and the sample index."""

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        """Cut the whole list into units of work (positions): a pure function of the list, so that resuming is exact."""

    async def ready(self, note: Note = unheard) -> None:
        """Do what the first answer needs (load weights, start a server); called only when something is owed."""

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Answer one unit; a failed transport raises BackendError, or marks single answers as errors."""

    def description(self) -> Json | None:
        """Return what belongs into the run's settings; None when it was never made ready, for nothing was owed."""


class TokenLikelihood(NamedTuple):
    """How likely one given token is behind those before it."""

    logprob: float  # in nats
    is_greedy: bool | None  # no other token is likelier; None: the server does not say


class TokenScorer(Protocol):
    """A backend that knows how likely given tokens are."""

    async def logprobs(self, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
        """Return the log probability, in nats, of every token but the first given those before it.

        `sequences` are token ids [T] each, the results [T - 1]. Raises: BackendError.
        """

    async def likelihoods(self, sequences: Sequence[Sequence[int]]) -> list[list[TokenLikelihood]]:
        """Return the same, and for each token whether it is the likeliest in its place. Raises: BackendError."""


class TokenContinuer(Protocol):
    """A backend that goes on with given tokens."""

    async def continued(self, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[tuple[int, ...]]:
        """Return what comes greedily after each prompt's token ids: at most so many ids, a stop token included.

        Raises: BackendError.
        """


class PromptTeller(Protocol):
    """A backend that can tell what it makes of a conversation."""

    async def served_prompt(
        self, messages: Sequence[Message], tools: Sequence[Json], template_kwargs: Json, *, add_generation_prompt: bool
    ) -> tuple[int, ...] | None:
        """Return the prompt's token ids as the server makes them; None: it cannot tell.

        Raises: RefusedError where the server refuses the conversation.
        """


class Backends(Protocol):
    """What answers for the checkpoints of one command."""

    @property
    def together(self) -> bool:
        """Whether all of them may be asked at the same time."""

    def open(self, checkpoint: Checkpoint) -> AbstractAsyncContextManager[Backend]:
        """Return the backend of one of the checkpoints; what it started is stopped when nobody needs it any more."""
