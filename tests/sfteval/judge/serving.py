"""A judge behind a scripted server, with a bench to be asked from: toys of the judge's tests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from sfteval.asking import AskingPolicy
from sfteval.judge import Bench, Judge, read_rubric
from sfteval.judge.opening import judge_named, open_bench
from sfteval.progress import silent_progress
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.judge.judges import Say

QUICK = AskingPolicy(backoff_seconds=0.001)


def heard(
    script: Script,
    folder: Path,
    work: Callable[[Judge, Bench], Awaitable[Any]],
    policy: AskingPolicy = QUICK,
    rubric: str = "helpfulness",
) -> tuple[ScriptedServer, Any]:
    """Return the server and what came of it."""

    async def go() -> tuple[ScriptedServer, Any]:
        async with ScriptedServer(script) as server:
            judge, checkpoint = judge_named(f"{server.url}#toy", read_rubric(rubric))
            async with open_bench(judge, checkpoint, folder, silent_progress(), policy=policy) as bench:
                return server, await work(judge, bench)

    return asyncio.run(go())


def heard_together(
    says: Mapping[str, Say], folder: Path, work: Callable[[list[tuple[Judge, Bench]]], Awaitable[Any]]
) -> Any:
    """Return what came of several judges, by name, behind one server."""

    async def go() -> Any:
        script = Script(say=lambda body: says[body["model"]](body), models=tuple(says))
        async with ScriptedServer(script) as server, AsyncExitStack() as stack:
            opened = []
            for name in says:
                judge, checkpoint = judge_named(f"{server.url}#{name}", read_rubric("helpfulness"))
                bench = open_bench(judge, checkpoint, folder, silent_progress(), policy=QUICK)
                opened.append((judge, await stack.enter_async_context(bench)))
            return await work(opened)

    return asyncio.run(go())
