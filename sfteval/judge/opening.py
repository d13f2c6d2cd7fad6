"""A judge argument in, a judge with everything it needs to be asked out.

A judge is named like a checkpoint: an OpenAI-compatible address goes through the `openai` client, anything else is
served by our own backends. What it was asked is kept in a run folder of its own, found by what the judge is. Does not
know what is judged.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sfteval.asking import AskingPolicy
from sfteval.backends import Backend, Serving, open_backends
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import ConfigurationError
from sfteval.identity import content_hash
from sfteval.judge.asking import SAMPLING, Bench, Judge
from sfteval.judge.rubric import Form, Rubric
from sfteval.judge.served import open_served_judge
from sfteval.progress import Progress
from sfteval.store import RunFolder
from sfteval.types import Checkpoint, Json, Sampling

FORMS: tuple[Form, ...] = ("pairwise", "pointwise")
STORED = ("run", "responses")


def judge_named(argument: str, rubric: Rubric, sampling: Sampling = SAMPLING) -> tuple[Judge, Checkpoint]:
    """Return a judge and what it is asked through; one of ours is known by its content, a served one by name.

    Raises: CheckpointError for what cannot be asked, ConfigurationError for answers that exist already.
    """
    checkpoint = resolve_checkpoint(argument)
    if checkpoint.kind in STORED:
        raise ConfigurationError(
            "--judge",
            expected="a checkpoint or an address that can be asked",
            got=f'"{argument}"',
            next_move="Give a directory, hf:ORG/NAME or http://HOST:PORT/v1#MODEL",
        )
    name = checkpoint.model or f"{checkpoint.name}@{(checkpoint.fingerprint or '')[:16]}"
    return Judge(name, rubric, sampling), checkpoint


@asynccontextmanager
async def open_bench(
    judge: Judge,
    checkpoint: Checkpoint,
    runs: Path,
    progress: Progress,
    *,
    policy: AskingPolicy | None = None,
    serving: Serving | None = None,
    backend: str = "auto",
    seed: int = 0,
) -> AsyncIterator[Bench]:
    """Yield what a judge is asked with; its folder is locked until the block ends."""
    serving = serving or Serving()
    async with AsyncExitStack() as stack:
        opened: Backend
        if checkpoint.kind == "endpoint":
            schemas: dict[str, Json] = {form: judge.rubric.schema(form) for form in FORMS}
            opened = await stack.enter_async_context(
                open_served_judge(checkpoint, schemas, timeout_seconds=serving.timeout_seconds)
            )
        else:
            backends = await stack.enter_async_context(open_backends((checkpoint,), backend, serving))
            opened = await stack.enter_async_context(backends.open(checkpoint))
        folder = stack.enter_context(RunFolder(judge_path(checkpoint, runs)))
        yield Bench(opened, folder, progress, policy or AskingPolicy(), seed, checkpoint.template_kwargs)


def judge_path(checkpoint: Checkpoint, runs: Path) -> Path:
    """Return the folder of what a judge was asked; every rubric's questions lie in it, each under its own hash."""
    key = checkpoint.fingerprint or content_hash([checkpoint.url, checkpoint.model])
    return runs / f"judge-{checkpoint.name}-{key[:8]}"
