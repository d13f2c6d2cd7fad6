"""A bare aiohttp client as a process: the given bodies, so many at once, each answer parsed and none kept.

`python -m tests.bench.serve_bare URL BODIES CONCURRENCY FIGURES`
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp


async def ask(session: aiohttp.ClientSession, url: str, bodies: Iterator[bytes]) -> None:
    for body in bodies:
        async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
            answer = await response.json()
            assert answer["choices"][0]["message"]["content"] is not None


async def main(url: str, bodies: list[bytes], concurrency: int) -> float:
    shared = iter(bodies)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(600)) as session:
        started = time.perf_counter()
        await asyncio.gather(*(ask(session, f"{url}/chat/completions", shared) for _ in range(concurrency)))
        return time.perf_counter() - started


if __name__ == "__main__":
    address, file, number, figures = sys.argv[1:]
    seconds = asyncio.run(main(address, Path(file).read_bytes().splitlines(), int(number)))
    Path(figures).write_text(json.dumps({"asking": seconds}))
