"""One served model as a backend: Requests in, Generations out, everything else by what the server showed that it can.

Token ids are taken where the server gives them; elsewhere answers are marked `unverified`. Does not retry and does not
choose how many requests are in flight: that is `asking`'s work.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sfteval.backends.endpoint.answers import generation, read_answer, starts_in_thought
from sfteval.backends.endpoint.capabilities import Capabilities
from sfteval.backends.endpoint.client import Client, open_client
from sfteval.backends.endpoint.continuation import continuation_body, read_continuations
from sfteval.backends.endpoint.hostile import Malformed, token_ids
from sfteval.backends.endpoint.likelihood import check_lengths, likelihood_body, read_likelihoods
from sfteval.backends.endpoint.probed import Probed
from sfteval.backends.endpoint.questions import question
from sfteval.backends.endpoint.texts import decoded, encoded
from sfteval.backends.endpoint.wire import as_chat_body, chat_body, most_tokens, tokenize_body
from sfteval.backends.protocol import Note, TokenLikelihood, unheard
from sfteval.errors import BackendError
from sfteval.types import Checkpoint, Generation, Json, Message, Request

CONCURRENCY = 16
MAX_CONCURRENCY = 512


@asynccontextmanager
async def open_endpoint(
    checkpoint: Checkpoint, *, timeout_seconds: float = 600.0, key: str | None = None, probed: Probed | None = None
) -> AsyncIterator["EndpointBackend"]:
    """Open a session with a server; without a `key` the environment's is sent; `probed` is what is known of it."""
    assert checkpoint.url is not None
    async with open_client(checkpoint.url, key=key, timeout_seconds=timeout_seconds) as client:
        yield EndpointBackend(client, checkpoint, probed)


class EndpointBackend:
    """One served model."""

    name = "endpoint"
    concurrency = CONCURRENCY
    max_concurrency = MAX_CONCURRENCY

    def __init__(self, client: Client, checkpoint: Checkpoint, probed: Probed | None = None) -> None:
        """Wrap a session; what the server can is asked by `ready`, unless it is `probed`."""
        assert checkpoint.url is not None
        assert checkpoint.model is not None
        self.client, self.url, self.model = client, checkpoint.url, checkpoint.model
        self.think_end_id: int | None = None
        self._can: Capabilities | None = None
        self._probed = probed or Probed()

    async def ready(self, note: Note = unheard) -> None:
        """Ask once what the server can.

        Raises: BackendError when it does not answer, refuses the key or does not know the model.
        """
        can = await self.capabilities()
        if "seed" in can.refused | can.unread:
            note("this server may not read the seed: answers drawn at a temperature above 0 may not come again")

    async def capabilities(self) -> Capabilities:
        """Return what the server can, asking it the first time."""
        self._can = await self._probed.capabilities(self.client, self.model)
        self.think_end_id = self._can.think_end_id
        return self._can

    def description(self) -> Json | None:
        """Name the server and what it can; answers without token ids are unverified."""
        if self._can is None:
            return None
        return {
            "backend": self.name,
            "url": self.url,
            "model": self.model,
            "token_ids": self._can.token_ids,
            "verified": self._can.token_ids,
            "think_end_id": self._can.think_end_id,
            "capabilities": self._can.described(),
        }

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Hash what is asked of whom; without a fingerprint, answers are reused only in the endpoint's own folder."""
        return [question(request, self.url, self.model) for request in requests]

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        """One request a unit."""
        return [(position,) for position in range(len(requests))]

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Ask for one answer.

        Raises: TransientError for load, time-outs and malformed answers; RefusedError where the server refuses this
        request; BackendError where it refuses all; ConfigurationError for what it cannot do.
        """
        (request,) = requests
        can = self._can or await self.capabilities()
        body = chat_body(request, self.model, can)
        started = time.monotonic()
        row = await self.client.post("/chat/completions", body)
        seconds = time.monotonic() - started
        answer = read_answer(row, self.client.malformed)
        prefilled = starts_in_thought(answer, can.think_start_id, can.think_end_id)
        asked = question(request, self.url, self.model)
        return [generation(request, asked, answer, seconds, think_prefilled=prefilled)]

    async def logprobs(self, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
        """Return the log probability, in nats, of every token but the first given those before it.

        Raises: BackendError where the server does not tell them, ConfigurationError for a sequence that is too long.
        """
        return [[token.logprob for token in told] for told in await self.likelihoods(sequences)]

    async def likelihoods(self, sequences: Sequence[Sequence[int]]) -> list[list[TokenLikelihood]]:
        """Return how likely every token but the first is given those before it.

        Raises: BackendError where the server does not tell it, ConfigurationError for a sequence that is too long.
        """
        can = self._can or await self.capabilities()
        if not can.logprobs:
            raise BackendError(
                self.url,
                expected="a server that tells how likely given tokens are",
                got="one that answers neither prompt_logprobs nor echo",
                next_move="Serve the model with vLLM, or leave away what needs token probabilities",
            )
        check_lengths(self.url, sequences, can.max_model_len)
        asked = [tokens for tokens in sequences if len(tokens) > 1]  # a lone token has nothing before it
        if not asked:
            return [[] for _ in sequences]
        row = await self.client.post("/completions", likelihood_body(self.model, asked, can.logprobs))
        told = iter(read_likelihoods(row, asked, can.logprobs, self.client.malformed))
        return [next(told) if len(tokens) > 1 else [] for tokens in sequences]

    async def continued(
        self, prompts: Sequence[Sequence[int]], max_tokens: int, stop_token_ids: Sequence[int] = ()
    ) -> list[tuple[int, ...]]:
        """Return what comes greedily after given token ids; without `stop_token_ids` the server knows where to stop.

        Raises: BackendError where the server does not tell token ids.
        """
        can = self._can or await self.capabilities()
        limit = most_tokens(max_tokens, can.max_model_len)
        body = continuation_body(self.model, prompts, limit)
        if stop_token_ids:
            body |= {"ignore_eos": True, "stop_token_ids": list(stop_token_ids)}
        row = await self.client.post("/completions", body) if can.token_ids else {}
        told = read_continuations(row, len(prompts), limit, self.client.malformed) if row else None
        if told is None:
            raise BackendError(
                self.url,
                expected="a server that goes on with given tokens and tells their ids",
                got="one that does not",
                next_move="Serve the model with vLLM, or leave away what needs it",
            )
        return told

    async def tells_likelihoods(self) -> bool:
        """Return whether the server tells how likely given tokens are, and what tokens a text has."""
        can = self._can or await self.capabilities()
        return bool(can.logprobs and can.tokenize)

    async def encode(self, text: str) -> tuple[int, ...]:
        """Return the token ids of a text, special tokens as they stand in it."""
        can = self._can or await self.capabilities()
        return await encoded(self.client, self.model, can.tokenize, text)

    async def decode(self, token_ids: Sequence[int]) -> str:
        """Return the text of token ids, special tokens included."""
        can = self._can or await self.capabilities()
        return await decoded(self.client, self.model, can.tokenize, token_ids)

    async def served_prompt(
        self,
        messages: Sequence[Message],
        tools: Sequence[Json],
        template_kwargs: Json,
        *,
        add_generation_prompt: bool = True,
    ) -> tuple[int, ...] | None:
        """Return the prompt's token ids as the server makes them; None: it cannot tell.

        Raises: RefusedError where the server refuses the conversation.
        """
        can = self._can or await self.capabilities()
        body = tokenize_body(self.model, messages, tools, template_kwargs, add_generation_prompt=add_generation_prompt)
        if can.tokenize:
            told = (await self.client.post(can.tokenize, body)).get("tokens")
        elif can.token_ids:  # behind a proxy that passes on /v1 and nothing else, say
            told = (await self.client.post("/chat/completions", as_chat_body(body, can))).get("prompt_token_ids")
        else:
            return None
        try:
            return token_ids(told)
        except Malformed as error:
            raise self.client.malformed(str(error)) from error
