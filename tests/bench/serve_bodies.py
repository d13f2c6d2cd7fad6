"""The bodies that `sfteval run` sends to a server for a suite, one a line, for the bare client to send the same.

`python -m tests.bench.serve_bodies URL MODEL SUITE FILE`
"""

import asyncio
import json
import sys
from pathlib import Path

from sfteval.backends.endpoint import open_endpoint
from sfteval.backends.endpoint.wire import chat_body
from sfteval.checkpoints import resolve_checkpoint
from sfteval.generate import requests_of
from sfteval.suites import load_suite


async def main(url: str, model: str, suite: str) -> str:
    checkpoint = resolve_checkpoint(f"{url}#{model}")
    (task,) = load_suite(suite).tasks
    async with open_endpoint(checkpoint) as backend:
        can = await backend.capabilities()
        bodies = [chat_body(request, model, can) for request in requests_of(task, checkpoint, 0)]
    return "".join(json.dumps(body) + "\n" for body in bodies)


if __name__ == "__main__":
    Path(sys.argv[4]).write_text(asyncio.run(main(*sys.argv[1:4])))
