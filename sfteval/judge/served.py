"""A judge behind an OpenAI-compatible server, asked through the `openai` client: a backend like any other.

The verdict's JSON Schema goes along as `response_format` where the server takes it, else plain JSON mode, else nothing:
reading stays strict in any case. What came back is checked byte by byte like any server's answer. Retries, concurrency
and budget are the engine's; the client's own are off. Does not know what is judged.
"""

import json
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sfteval.backends.endpoint.answers import generation, read_answer
from sfteval.backends.endpoint.client import key_of_environment, shown_words
from sfteval.backends.endpoint.patience import retry_after_seconds
from sfteval.backends.endpoint.questions import question
from sfteval.backends.protocol import Note, unheard
from sfteval.errors import BackendError, RefusedError, TransientError
from sfteval.identity import content_hash
from sfteval.types import Checkpoint, Generation, Json, Request

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncAPIResponse, AsyncOpenAI

CONCURRENCY = 16
MAX_CONCURRENCY = 64
MOST_BYTES = 4 << 20  # of one answer of a judge
NO_KEY = "none"  # the client insists on one
REFUSED_STATUS = {400, 413, 422}
LOAD_STATUS = {429, 503, 529}
TRANSIENT_STATUS = {408, 409, 425, 429}
FORMS = ("json_schema", "json_object", "")  # of response_format, the strictest first


@asynccontextmanager
async def open_served_judge(
    checkpoint: Checkpoint, schemas: Mapping[str, Json], *, timeout_seconds: float = 600.0
) -> AsyncIterator["ServedJudge"]:
    """Open a session with a judge at `checkpoint.url`; `schemas` are the forms of a verdict, by task.

    Raises: ConfigurationError for a key that no header can carry.
    """
    import openai  # here: it takes half a second that no other command should wait for

    assert checkpoint.url is not None
    assert checkpoint.model is not None
    logging.getLogger("openai").setLevel(logging.WARNING)  # its debug lines hold prompts
    client = openai.AsyncOpenAI(
        base_url=checkpoint.url,
        api_key=key_of_environment(checkpoint.url) or NO_KEY,
        max_retries=0,
        timeout=timeout_seconds,
    )
    if not f".{urlsplit(checkpoint.url).hostname}".endswith(".openai.com"):
        client.organization = client.project = None  # of the environment: nobody else's business
    async with client:
        yield ServedJudge(client, checkpoint, schemas)


class ServedJudge:
    """One judge; which `response_format` it takes is found out by asking, for each form of a verdict."""

    name = "openai"
    concurrency = CONCURRENCY
    max_concurrency = MAX_CONCURRENCY
    think_end_id: int | None = None

    def __init__(self, client: "AsyncOpenAI", checkpoint: Checkpoint, schemas: Mapping[str, Json]) -> None:
        """Wrap a client."""
        assert checkpoint.url is not None
        assert checkpoint.model is not None
        self._client, self._schemas = client, schemas
        self.url, self.model = checkpoint.url, checkpoint.model
        self._hashes = {task: content_hash(schema) for task, schema in schemas.items()}
        self._taken: dict[str, str] = {}  # response_format by task, once an answer came of it

    async def ready(self, note: Note = unheard) -> None:
        """Do nothing: the first question shows what the server can."""

    def description(self) -> Json:
        """Name the server and how verdicts were asked for."""
        return {"backend": self.name, "url": self.url, "model": self.model, "response_format": dict(self._taken)}

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Hash what is asked of whom, the form of the verdict among it."""
        return [self._question(request) for request in requests]

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        """One request a unit."""
        return [(position,) for position in range(len(requests))]

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Ask for one verdict; a `response_format` is left away from then on where the same request is taken without.

        A request that is refused in every form, as one that is too long, says nothing of the form.

        Raises: TransientError, RefusedError, BackendError.
        """
        (request,) = requests
        form = self._taken.get(request.task, FORMS[0])
        while True:
            try:
                answer = await self._asked(request, form)
            except RefusedError:
                known = self._taken.get(request.task)  # others may have found out meanwhile
                if form in (known, FORMS[-1]):
                    raise
                form = FORMS[FORMS.index(form) + 1] if known is None else known
            else:
                self._taken.setdefault(request.task, form)
                return [answer]

    async def _asked(self, request: Request, form: str) -> Generation:
        import openai

        started = time.monotonic()
        try:
            row = await self._row(self._body(request, form))
        except openai.APIStatusError as error:
            raise self._refused(error) from error
        except openai.APIConnectionError as error:  # time-outs too
            cause = TimeoutError() if isinstance(error, openai.APITimeoutError) else error
            raise self._transient(self._shown(str(error))) from cause
        answer = read_answer(row, lambda got: self._transient(f"a malformed answer ({self._shown(got)})"))
        return generation(request, self._question(request), answer, time.monotonic() - started)

    async def _row(self, body: dict[str, Any]) -> Json:
        """Return the JSON object that comes back, of a bounded size."""
        # As `extra_body`: JSON needs no walk through the client's types, which costs more than sending it.
        create = self._client.chat.completions.with_streaming_response.create
        async with create(model=self.model, messages=(), extra_body=body) as response:
            content = await self._content(response)
        try:
            value = json.loads(content)
            json.dumps(value, ensure_ascii=False).encode()  # half of a pair is no text
        except (ValueError, RecursionError) as error:
            raise self._transient("a malformed answer (no JSON)") from error
        if not isinstance(value, dict):
            raise self._transient("a malformed answer (no object)")
        return value

    async def _content(self, response: "AsyncAPIResponse[Any]") -> bytes:
        """Return the bytes that come back, as they lie on the line until they are too many."""
        content = bytearray()
        try:
            async for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES:
                    break
        except Exception as error:  # of the library below the client, which maps only what comes before the body
            raise self._transient(f"half an answer ({self._shown(str(error))})") from error
        if len(content) > MOST_BYTES:
            raise self._transient(f"a malformed answer (more than {MOST_BYTES >> 20} MiB)")
        return bytes(content)

    def _body(self, request: Request, form: str) -> dict[str, Any]:
        sampling = request.sampling
        body: dict[str, Any] = {
            "messages": [message.as_dict() for message in request.sample.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "seed": request.seed,
        }
        if form == "json_schema":
            schema = {"name": "verdict", "strict": True, "schema": self._schemas[request.task]}
            body["response_format"] = {"type": form, "json_schema": schema}
        elif form:
            body["response_format"] = {"type": form}
        return body

    def _question(self, request: Request) -> str:
        return content_hash([question(request, self.url, self.model), self._hashes[request.task]])

    def _refused(self, error: "APIStatusError") -> BackendError:
        status = error.status_code
        got = f"HTTP {status}: {self._shown(_words(error.body))}".removesuffix(": ")
        if status in TRANSIENT_STATUS or status >= 500:
            return self._transient(got, retry_after_seconds(error.response.headers), is_load=status in LOAD_STATUS)
        if status in REFUSED_STATUS:
            return RefusedError(
                self.url, expected="a verdict", got=got, next_move="Read what the judge's server says of this request"
            )
        return BackendError(
            self.url,
            expected="a judge that answers",
            got=got,
            next_move="Check the address, the model's name after the # and SFTEVAL_API_KEY",
        )

    def _transient(self, got: str, retry_after: float | None = None, *, is_load: bool = False) -> TransientError:
        return TransientError(
            self.url,
            expected="a verdict",
            got=got,
            next_move="Call the same command again to go on",
            retry_after_seconds=retry_after,
            is_load=is_load,
        )

    def _shown(self, words: str) -> str:
        key = self._client.api_key
        return shown_words(words, "" if key == NO_KEY else key)


def _words(body: object) -> str:
    """Return what an error says; the client has taken `error` off already where it was there."""
    said = body.get("message", body) if isinstance(body, Mapping) else body
    return said if isinstance(said, str) else ""
