"""A Checkpoint in, something that answers Requests out.

A backend is one file here and one line in `open_backend`. It knows how to get tokens out of one kind of model or
server; it does not retry, store, score or know what the other checkpoint said. Third parties add theirs by the entry
point group `sfteval.backends`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import entry_points
from typing import Protocol

from sfteval.errors import ConfigurationError, nearest
from sfteval.types import Checkpoint, Generation, Json, Message, Request

NAMES = ("auto", "transformers", "endpoint", "replay")


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

    async def ready(self) -> None:
        """Do what the first answer needs (load weights, check a server); called only when something is owed."""

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Answer one unit; a failed transport raises BackendError, or marks single answers as errors."""

    def description(self) -> Json | None:
        """Return what belongs into the run's settings; None when it was never made ready, for nothing was owed."""


class TokenScorer(Protocol):
    """A backend that knows how likely given tokens are."""

    async def logprobs(self, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
        """Return the log probability, in nats, of every token but the first given those before it.

        `sequences` are token ids [T] each, the results [T - 1]. Raises: BackendError.
        """


class PromptTeller(Protocol):
    """A backend that can tell what it makes of a conversation."""

    async def served_prompt(
        self, messages: Sequence[Message], tools: Sequence[Json], template_kwargs: Json, *, add_generation_prompt: bool
    ) -> tuple[int, ...] | None:
        """Return the prompt's token ids as the server makes them; None: it cannot tell.

        Raises: RefusedError where the server refuses the conversation.
        """


def open_backend(checkpoint: Checkpoint, name: str = "auto") -> AbstractAsyncContextManager[Backend]:
    """Return the backend for a checkpoint as an async context; `auto` chooses by the checkpoint's kind."""
    third_party = {point.name: point for point in entry_points(group="sfteval.backends")}
    if name not in NAMES and name not in third_party:
        raise ConfigurationError(
            "--backend", expected="a known backend", got=f'"{name}"', next_move=nearest(name, (*NAMES, *third_party))
        )
    if name in third_party:
        opened: AbstractAsyncContextManager[Backend] = third_party[name].load()(checkpoint)
        return opened
    own = {"run": "replay", "responses": "replay", "endpoint": "endpoint"}.get(checkpoint.kind, "transformers")
    # A stored answer is never asked for again, whatever backend the other side wants.
    if name not in ("auto", own) and own != "replay":
        raise ConfigurationError(
            "--backend",
            expected=f"{own} for {checkpoint.argument}",
            got=f'"{name}"',
            next_move="Leave --backend away, or give a checkpoint that it can ask",
        )
    return _open(checkpoint)


@asynccontextmanager
async def _open(checkpoint: Checkpoint) -> AsyncIterator[Backend]:
    if checkpoint.kind in ("run", "responses"):
        from sfteval.backends.replay import open_replay

        yield open_replay(checkpoint)
    elif checkpoint.kind == "endpoint":
        from sfteval.backends.endpoint import open_endpoint

        async with open_endpoint(checkpoint) as endpoint:
            yield endpoint
    else:
        from sfteval.backends.transformers import open_transformers

        yield open_transformers(checkpoint)
