"""A mock OpenAI server as a process: every chat request is answered after a fixed time, any number at once.

Bare asyncio, so that it is never what is measured. `GET /bench/times` tells the seconds between the first question that
came in and the last that was answered since the last call, and their number.
"""

import argparse
import asyncio
import json
import sys

MARK = b"Say why."  # in every question, and in no probe of what the server can

ANSWER = {
    "id": "chatcmpl-bench",
    "object": "chat.completion",
    "created": 0,
    "model": "toy",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "The answer is 4. " * 12 + "4"},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 40, "completion_tokens": 50, "total_tokens": 90},
}
MODELS = {"object": "list", "data": [{"id": "toy", "object": "model", "created": 0, "owned_by": "bench"}]}


def packed(status: str, value: object) -> bytes:
    body = json.dumps(value).encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Connection(asyncio.Protocol):
    """One client's connection; what all have seen is the class's."""

    answer, models, missing = packed("200 OK", ANSWER), packed("200 OK", MODELS), packed("404 Not Found", {})
    delay_seconds = 0.02
    first, last, num = 0.0, 0.0, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer, self.loop = transport, b"", asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body, self.buffer = self.buffer[end + 4 : end + 4 + length], self.buffer[end + 4 + length :]
            self._handle(head.split(b" ", 2)[1], body)

    def _handle(self, path: bytes, body: bytes) -> None:
        if path == b"/v1/chat/completions":
            question = MARK in body
            if question and Connection.num == 0:
                Connection.first = self.loop.time()
            Connection.num += question
            self.loop.call_later(self.delay_seconds, self._answer, question)
        elif path == b"/v1/models":
            self.transport.write(self.models)
        elif path == b"/bench/times":
            times = {"seconds": Connection.last - Connection.first, "num": Connection.num}
            Connection.num = 0
            self.transport.write(packed("200 OK", times))
        else:
            self.transport.write(self.missing)

    def _answer(self, question: bool) -> None:
        if question:
            Connection.last = self.loop.time()
        self.transport.write(self.answer)


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)  # end with whoever holds our stdin
    await ended.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(serve(parser.parse_args().port))
