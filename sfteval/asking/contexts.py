"""A conversation and given texts in, token ids out: where a context ends and its continuation begins.

The cut is lm-eval's: white space at the end of the context belongs to the continuation, and the continuation's tokens
are those of the whole text behind as many as the context alone has. A template whose generation prompt ends in a line's
end thus adds that token to every continuation alike, here as there. The template and the tokenizer are the checkpoint's
where it lies here, and the server's own elsewhere. Does not know how likely anything is.
Source: lm-eval 0.4.13, `TemplateLM._encode_pair`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sfteval.backends.protocol import TokenLikelihood
from sfteval.chat import ChatFormat
from sfteval.chat.format import OPEN_THINK
from sfteval.errors import BackendError, ConfigurationError, TransientError
from sfteval.types import Continuation, Json, Message, Request

Pair = tuple[tuple[int, ...], tuple[int, ...]]  # token ids of a context and of what follows it

HELLO = (Message("user", "Hello."),)


@runtime_checkable
class Teller(Protocol):
    """A backend that has the checkpoint's template and tokenizer, and tells how likely given tokens are."""

    chat: ChatFormat

    async def likelihoods(self, sequences: Sequence[Sequence[int]]) -> list[list[TokenLikelihood]]: ...


@runtime_checkable
class ServedTeller(Protocol):
    """A backend whose server may tell the same, and has the template and the tokenizer."""

    name: str

    async def likelihoods(self, sequences: Sequence[Sequence[int]]) -> list[list[TokenLikelihood]]: ...
    async def tells_likelihoods(self) -> bool: ...
    async def served_prompt(
        self, messages: Sequence[Message], tools: Sequence[Json], template_kwargs: Json, *, add_generation_prompt: bool
    ) -> tuple[int, ...] | None: ...
    async def encode(self, text: str) -> tuple[int, ...]: ...
    async def decode(self, token_ids: Sequence[int]) -> str: ...


class Contexts(Protocol):
    """Who renders and who encodes."""

    async def prompt(self, messages: Sequence[Message], kwargs: Json) -> str:
        """Return what the model would be given for these messages."""
        ...

    async def encode(self, text: str) -> tuple[int, ...]:
        """Return the token ids of a text as it stands."""
        ...


@dataclass(frozen=True, slots=True)
class OwnContexts:
    """By the checkpoint's files."""

    chat: ChatFormat

    async def prompt(self, messages: Sequence[Message], kwargs: Json) -> str:
        """Render."""
        return self.chat.prompt(messages, (), kwargs).text

    async def encode(self, text: str) -> tuple[int, ...]:
        """Encode."""
        return self.chat.tokenizer.encode(text)


@dataclass(frozen=True, slots=True)
class ServedContexts:
    """By the server."""

    teller: ServedTeller

    async def prompt(self, messages: Sequence[Message], kwargs: Json) -> str:
        """Ask for the prompt's ids, and for their text."""
        ids = await self.teller.served_prompt(messages, (), kwargs, add_generation_prompt=True)
        return await self.teller.decode(ids or ())

    async def encode(self, text: str) -> tuple[int, ...]:
        """Ask for the ids."""
        return await self.teller.encode(text)


async def pairs_of(contexts: Contexts, request: Request, continuations: Sequence[Continuation]) -> list[Pair]:
    """Return the token ids of each continuation and of the context before it; a context is rendered once."""
    known: dict[tuple[Message, ...], tuple[str, tuple[int, ...]]] = {}
    pairs = []
    for one in continuations:
        if one.messages not in known:
            text = await contexts.prompt(asked(one.messages), request.template_kwargs) + begun(one.messages)
            known[one.messages] = text, await contexts.encode(text.rstrip())
        text, before = known[one.messages]
        pairs.append((before, (await contexts.encode(text + one.text))[len(before) :]))
    return pairs


def asked(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Return the conversation up to where the assistant speaks last."""
    return messages[:-1] if messages[-1].role == "assistant" else messages


def begun(messages: tuple[Message, ...]) -> str:
    """Return what the assistant's last turn begins with, where the conversation ends in one."""
    return messages[-1].content if messages[-1].role == "assistant" else ""


async def check_server(teller: ServedTeller, request: Request) -> None:
    """Try out, before anything is asked, all that a question of likelihood needs of a server.

    Raises: ConfigurationError, and TransientError where the server fails just now.
    """
    contexts = ServedContexts(teller)
    try:
        tells = await teller.tells_likelihoods()
        prompt = await contexts.prompt(HELLO, request.template_kwargs) if tells else ""
        served = await teller.served_prompt(HELLO, (), request.template_kwargs, add_generation_prompt=True)
        fits = bool(prompt) and await contexts.encode(prompt) == served
    except TransientError:  # it may be well in a moment: that is no answer
        raise
    except BackendError:  # a route that is not there
        fits = False
    if not fits:
        raise ConfigurationError(
            f'task "{request.task}"',
            expected="a server that tells how likely given tokens are, and tokenizes and detokenizes its own prompt",
            got=f'"{teller.name}", which does not',
            next_move="Serve the model with vLLM, give the checkpoint's folder, or leave this task away on both sides",
        )
    refuse_thought(prompt, request)


def refuse_thought(prompt: str, request: Request) -> None:
    """Refuse a prompt behind which a thought begins: a given answer would be read as a thought.

    Raises: ConfigurationError.
    """
    if OPEN_THINK.search(prompt):
        raise ConfigurationError(
            f'task "{request.task}"',
            expected="a prompt behind which the answer begins",
            got="one that opens a thought",
            next_move="Pass --baseline-set or --candidate-set enable_thinking=false, or leave this task away",
        )
