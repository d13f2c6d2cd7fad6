"""One checkpoint asked through a vLLM server of our own: Requests in, Generations with every token id out.

What is said about an answer comes from its token ids and our own tokenizer; vLLM's parse is kept beside it. A prompt is
`verified` when the ids that vLLM used are those that we render; tools go to its template as they are written, for its
own types would add and drop keys. Where the answer stops is ours to say as well: an adapter may end its turns elsewhere
than the base that the server knows. Does not start a server and does not retry.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sfteval.backends.chat import read_tokens
from sfteval.backends.endpoint.answers import Answer, generation, read_answer
from sfteval.backends.endpoint.backend import EndpointBackend
from sfteval.backends.endpoint.wire import chat_body
from sfteval.backends.prompts import Prompts, ids_hash, question_of
from sfteval.backends.protocol import Note, TokenLikelihood, unheard
from sfteval.backends.vllm.server import Server
from sfteval.chat import ChatFormat
from sfteval.errors import BackendError, RefusedError, TemplateError, TransientError
from sfteval.types import Checkpoint, Generation, Json, Message, Request

CONCURRENCY = 32
MAX_CONCURRENCY = 512
BARE_TOOL: Json = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


class VllmBackend:
    """One name on one server."""

    name = "vllm"
    concurrency = CONCURRENCY
    max_concurrency = MAX_CONCURRENCY

    def __init__(
        self,
        checkpoint: Checkpoint,
        chat: ChatFormat,
        server: Server,
        model: str,
        described: Callable[[], Json],
        computed_by: str,
    ) -> None:
        """Take who serves it, as what and in which arithmetic; `described` tells of a started server."""
        self._computed_by = computed_by
        self.checkpoint, self.chat, self.server, self.model, self._described = (
            checkpoint,
            chat,
            server,
            model,
            described,
        )
        self.think_end_id = chat.tokenizer.token_id("</think>")
        self._prompts = Prompts(chat)
        self._asked: EndpointBackend | None = None
        self._takes_tools_as_written = True

    # -- what is asked -------------------------------------------------------------------------------------------------

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Hash the arithmetic, the prompt's token ids, the sampling, the seed where it matters, and the index."""
        return [self._question(request) for request in requests]

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        """One request a unit."""
        return [(position,) for position in range(len(requests))]

    def _question(self, request: Request) -> str:
        return question_of(self._computed_by, self._prompts.outline(request), request)

    # -- asking --------------------------------------------------------------------------------------------------------

    async def ready(self, note: Note = unheard) -> None:
        """Start the server unless it runs.

        Raises: BackendError when it does not come up.
        """
        asked = await self._endpoint(note)
        can = await asked.capabilities()
        if not can.token_ids:
            raise BackendError(
                f"vLLM serving {self.checkpoint.name}",
                expected="a version that returns token ids",
                got=str(self._described().get("vllm")),
                next_move="Install vLLM 0.20 or newer, or name another by --vllm-python",
            )
        self._takes_tools_as_written = await self._shows_bare_tools(asked)

    def description(self) -> Json | None:
        """Name the server, its version and what decides its numbers."""
        if self._asked is None:
            return None
        return {"backend": self.name, "token_ids": True, "think_end_id": self.think_end_id, **self._described()}

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Ask for one answer.

        Raises: TransientError for load, time-outs and malformed answers, and when the server died and was started
        again; BackendError when it died for good.
        """
        (request,) = requests
        seen = self.server.starts
        try:
            asked = await self._endpoint()
            body = chat_body(request, self.model, await asked.capabilities())
            body |= {"ignore_eos": True, "stop_token_ids": list(self.chat.stop_token_ids)}
            body["chat_template_kwargs"] = self._variables(request.template_kwargs, request.sample.tools)
            started = time.monotonic()
            row = await asked.client.post("/chat/completions", body)
        except TransientError as error:
            await self._after(error, seen)
            raise
        answer = read_answer(row, asked.client.malformed)
        return [self._generation(request, answer, time.monotonic() - started)]

    async def logprobs(self, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
        """Return the log probability, in nats, of every token but the first given those before it.

        Raises: BackendError, and ConfigurationError for a sequence that is too long.
        """
        return [[token.logprob for token in told] for told in await self.likelihoods(sequences)]

    async def likelihoods(self, sequences: Sequence[Sequence[int]]) -> list[list[TokenLikelihood]]:
        """Return how likely every token but the first is given those before it.

        Raises: BackendError, and ConfigurationError for a sequence that is too long.
        """
        seen = self.server.starts
        try:
            return await (await self._endpoint()).likelihoods(sequences)
        except TransientError as error:
            await self._after(error, seen)
            raise

    async def continued(self, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[tuple[int, ...]]:
        """Return what comes greedily after given token ids, up to the checkpoint's own stop tokens.

        Raises: BackendError.
        """
        seen = self.server.starts
        try:
            return await (await self._endpoint()).continued(prompts, max_tokens, self.chat.stop_token_ids)
        except TransientError as error:
            await self._after(error, seen)
            raise

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
        asked, variables = await self._endpoint(), self._variables(template_kwargs, tools)
        return await asked.served_prompt(messages, tools, variables, add_generation_prompt=add_generation_prompt)

    def _variables(self, template_kwargs: Json, tools: Sequence[Json]) -> dict[str, Any]:
        """Return what the template is told beside the conversation: tools as they are written, where vLLM lets us."""
        if not tools or not self._takes_tools_as_written:
            return dict(template_kwargs)
        return {**template_kwargs, "tools": [dict(tool) for tool in tools]}

    async def _shows_bare_tools(self, asked: EndpointBackend) -> bool:
        messages, tools, variables = (Message("user", "Hello."),), (BARE_TOOL,), {"tools": [BARE_TOOL]}
        with contextlib.suppress(RefusedError, TransientError, TemplateError):
            return await asked.served_prompt(messages, tools, variables) == self.chat.prompt(messages, tools).token_ids
        return False

    async def _endpoint(self, note: Note = unheard) -> EndpointBackend:
        """Return how the server that runs now is asked, starting it first if none does."""
        client = await self.server.ready(note)
        if self._asked is None or self._asked.client is not client:
            served = Checkpoint(self.model, "endpoint", self.checkpoint.name, url=client.url, model=self.model)
            self._asked = EndpointBackend(client, served)
        return self._asked

    async def _after(self, error: TransientError, seen: int) -> None:
        if not error.is_load:
            await self.server.mend(seen, unheard)

    def _generation(self, request: Request, answer: Answer, seconds: float) -> Generation:
        prompt = self._prompts.outline(request)
        text, finish, stop_reason = read_tokens(self.chat, answer.token_ids, request.sampling.stop)
        if finish == "length" and answer.finish_reason != "length":  # a stop text that only the server sees
            finish, stop_reason = "stop", answer.stop_reason
        said = replace(answer, text=text, finish_reason=finish, stop_reason=stop_reason)
        return replace(
            generation(request, self._question(request), said, seconds),
            think_prefilled=prompt.think_prefilled,
            verified=ids_hash(answer.prompt_token_ids) == prompt.sha256,
        )
