"""One HTTP session with one OpenAI-compatible server: a JSON body in, a JSON object or an error of ours out.

What a server answers is hostile data: bodies are capped, a redirect is not followed, its words reach an error message
only cut, printable and without our key. Every failure is sorted here: what ends the run (a wrong key, a wrong address),
what concerns this request alone, and what trying again may mend. Does not retry, and knows no route's meaning.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import aiohttp
from yarl import URL

from sfteval.backends.endpoint.patience import retry_after_seconds
from sfteval.errors import BackendError, ConfigurationError, RefusedError, TransientError
from sfteval.types import Json

KEY_NAME, OPENAI_KEY_NAME = "SFTEVAL_API_KEY", "OPENAI_API_KEY"
CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 4.0  # less than the five seconds after which uvicorn, hence vLLM, hangs up on the idle
MOST_BYTES = 64 << 20  # of one answer
MOST_SHOWN = 200  # characters of a server's words in a message
REFUSED_STATUS = {400, 413, 422}
TRANSIENT_STATUS = {408, 409, 425, 429}
LOAD_STATUS = {429, 503, 529}
PERMANENT_STATUS = {501, 505}  # 5xx that trying again does not mend
ADVICE = {
    401: "Set SFTEVAL_API_KEY to a key that this server takes",
    403: "Set SFTEVAL_API_KEY to a key that this server takes",
    404: "Check the address, and the model's name after the #",
}


@asynccontextmanager
async def open_client(url: str, *, key: str | None = None, timeout_seconds: float = 600.0) -> AsyncIterator["Client"]:
    """Open a session with the server at `url` (its `/v1`); without a `key` the environment's is sent.

    Raises: ConfigurationError for a key that no header can carry.
    """
    key = key_of_environment(url) if key is None else key
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    async with aiohttp.ClientSession(
        headers=headers,
        timeout=_timeout(timeout_seconds),
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # nothing packed was asked for, and a packed answer could be of any size
    ) as session:
        yield Client(session, url, key, timeout_seconds)


def key_of_environment(url: str) -> str:
    """Return the key that the environment holds for this address; "" where it holds none.

    Raises: ConfigurationError for one that no header can carry.
    """
    name = KEY_NAME if os.environ.get(KEY_NAME) or not _is_openai(URL(url)) else OPENAI_KEY_NAME
    key = os.environ.get(name, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError(
            name, expected="a key in printable ASCII", got="other characters in it", next_move="Copy the key again"
        )
    return key


def _is_openai(address: URL) -> bool:
    """Return whether a key that was made for OpenAI goes to OpenAI, and sealed."""
    return address.scheme == "https" and f".{address.host}".endswith(".openai.com")


class Client:
    """A session with one server."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str, timeout_seconds: float) -> None:
        """Wrap a session; `url` is what routes are appended to."""
        self.session, self.url, self._key, self._seconds = session, url, key, timeout_seconds
        self._addresses: dict[str, URL] = {}

    async def get(self, route: str, *, timeout_seconds: float | None = None) -> dict[str, Any]:
        """Ask for a JSON object; `timeout_seconds` may only shorten the session's.

        Raises: BackendError, or its RefusedError and TransientError.
        """
        return await self._exchange("GET", route, None, timeout_seconds)

    async def post(self, route: str, body: Json, *, timeout_seconds: float | None = None) -> dict[str, Any]:
        """Send a JSON object and return the one that comes back; a `route` with a scheme is an address of its own.

        Raises: BackendError, or its RefusedError and TransientError.
        """
        return await self._exchange("POST", route, json.dumps(body).encode(), timeout_seconds)

    def malformed(self, got: str) -> TransientError:
        """Return the error for an answer that is not what the route promises."""
        return self._transient(f"a malformed answer ({self.shown(got)})")

    async def _exchange(self, method: str, route: str, data: bytes | None, seconds: float | None) -> dict[str, Any]:
        address = self._addresses.get(route)
        if address is None:
            address = self._addresses[route] = URL(route if "://" in route else self.url + route)
        timeout = self.session.timeout if seconds is None else _timeout(min(seconds, self._seconds))
        try:
            async with self.session.request(
                method, address, data=data, allow_redirects=False, timeout=timeout
            ) as response:
                content = await self._read(response)
        except TimeoutError as error:
            raise self._transient("none in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._transient(self.shown(str(error)) or type(error).__name__) from error
        if response.status != 200:
            self._refuse(response, str(address), content)
        return self._object(content)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        if response.content_length is not None and response.content_length <= MOST_BYTES:
            return await response.read()
        content = bytearray()
        if response.content_length is None:
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > MOST_BYTES:
                    break
            else:
                return bytes(content)
        response.close()  # unread: this connection is not used again
        raise self.malformed(f"more than {MOST_BYTES >> 20} MiB")

    def _object(self, content: bytes) -> dict[str, Any]:
        try:
            value = DECODER.decode(content.decode())
            if b"\\ud" in content or b"\\uD" in content:
                json.dumps(value, ensure_ascii=False).encode()  # half of a pair is no text
        except (ValueError, RecursionError) as error:
            raise self.malformed(str(error)) from error
        if not isinstance(value, dict):
            raise self.malformed("not an object")
        return value

    def _refuse(self, response: aiohttp.ClientResponse, address: str, content: bytes) -> NoReturn:
        status = response.status
        got = f"HTTP {status}: {self.shown(_words(content))}".removesuffix(": ")
        if status in TRANSIENT_STATUS or (status >= 500 and status not in PERMANENT_STATUS):
            raise self._transient(got, retry_after_seconds(response.headers), is_load=status in LOAD_STATUS)
        if status in REFUSED_STATUS:
            raise RefusedError(
                self.url, expected="an answer", got=got, next_move="Shorten the prompt or lower max_tokens"
            )
        raise BackendError(
            address,
            expected="a key that the server takes" if status in (401, 403) else "an answer",
            got=got,
            next_move=ADVICE.get(status, "Read the server's log; the same call goes on from here"),
        )

    def _transient(self, got: str, retry_after: float | None = None, *, is_load: bool = False) -> TransientError:
        return TransientError(
            self.url,
            expected="an answer",
            got=got,
            next_move="Call the same command again to go on",
            retry_after_seconds=retry_after,
            is_load=is_load,
        )

    def shown(self, words: str) -> str:
        """Cut a server's words for a message of ours: one line, printable, without our key."""
        return shown_words(words, self._key)


def shown_words(words: str, key: str) -> str:
    """Cut a server's words for a message of ours: one line, printable, without the `key` ("": there is none)."""
    hidden = words.replace(key, "(key)") if key else words
    line = " ".join(hidden[: 10 * MOST_SHOWN].split())
    return "".join(character for character in line if character.isprintable())[:MOST_SHOWN].rstrip(". ")


def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)


def _words(content: bytes) -> str:
    """Return what an error body says, whichever of the usual forms it has."""
    text = content[: 1 << 16].decode(errors="replace")
    try:
        value = DECODER.decode(text)
    except (ValueError, RecursionError):
        return text
    for name in ("error", "message", "detail"):
        while isinstance(value, dict) and name in value:
            value = value[name]
    return value if isinstance(value, str) else text


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


DECODER = json.JSONDecoder(parse_constant=_no_constant)
