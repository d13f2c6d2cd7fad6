"""What vLLM answered beside what this process says: runs read back, answers that differ held to be close calls."""

import asyncio
import json
from pathlib import Path

from sfteval.backends import open_backend
from sfteval.rollout import replayed
from sfteval.scorers.episodes import limits_of
from sfteval.store import RunFolder
from sfteval.suites.agent.write import rows
from sfteval.suites.made import lines

CLOSE_CALL_NATS = 0.05
ERRANDS = """\
[suite]
name = "errands"
version = "1.0.0"
license = "Apache-2.0"
about = "The errands of the shipped suite, which a model of the starter world can do."
[[task]]
name = "errands"
scorer = "agent"
data = "errands.jsonl"
metrics = ["success", "state_match", "answer_match"]
gating = []
sampling = { temperature = 0.0, top_p = 1.0, max_tokens = 128 }
[task.options]
max_turns = 6
max_calls = 6
"""


def write_errands(folder: Path) -> Path:
    """Write the suite that holds the errands alone, whose prompts fit the starter's context."""
    folder.mkdir()
    (folder / "suite.toml").write_text(ERRANDS)
    (folder / "errands.jsonl").write_text(lines(rows("errands")))
    return folder


def run_folder(folder, name):
    """Return the one run folder of a checkpoint's name."""
    (path,) = (folder / "runs").glob(f"{name}-*")
    return RunFolder(path)


def runs_of(folder, name):
    """Return the answers of every plain task by task, sample and index; conversations have several answers each."""
    run = run_folder(folder, name)
    tasks = sorted(file.stem for file in (run.path / "generations").glob("*.jsonl"))
    return {
        (task, answer.sample_id, answer.sample_index): answer
        for task in tasks
        if not run.trajectories(task)
        for answer in run.generations(task).values()
    }


def in_this_process(checkpoint, work):
    """Return what the embedded backend says."""

    async def go():
        async with open_backend(checkpoint, "transformers") as backend:
            await backend.ready()
            return await work(backend)

    return asyncio.run(go())


def assert_close_calls(checkpoint, differing):
    """Assert that pairs of answers to one prompt part where the checkpoint itself hardly prefers one of two tokens."""
    sequences = []
    for own, served in differing:
        assert own.prompt_token_ids == served.prompt_token_ids
        a, b = own.token_ids, served.token_ids
        shared = next(place for place, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
        sequences += [[*own.prompt_token_ids, *ids[: shared + 1]] for ids in (a, b)]
    if not sequences:
        return
    last = [row[-1] for row in in_this_process(checkpoint, lambda backend: backend.logprobs(sequences))]
    margins = [first - second for first, second in zip(last[::2], last[1::2], strict=True)]
    assert all(abs(margin) < CLOSE_CALL_NATS for margin in margins), margins


def turns_of(folder, name, task):
    """Return the answers of every conversation of a task, in order, by sample and index."""
    run = run_folder(folder, name)
    found = run.generations(task)
    return {
        (one.sample_id, one.sample_index): [found[turn.question] for turn in one.turns]
        for one in run.trajectories(task)
    }


def first_difference(own, served):
    """Return the first pair of answers in which two rollouts of one item part; None: they are the same."""
    return next((pair for pair in zip(own, served, strict=False) if pair[0].token_ids != pair[1].token_ids), None)


def replay_again(run, tasks):
    """Return whether every stored conversation comes out again from its own answers, and how many there are."""
    same = [
        replayed(sample, one, limits_of(task)) == one
        for task in tasks
        for sample, one in zip(task.samples, run.trajectories(task.name), strict=True)
    ]
    return all(same), len(same)


def scores_of(run, task):
    """Return a run's stored scores of a task, as rows."""
    return [json.loads(line) for line in (run.path / "scores" / f"{task}.jsonl").read_text().splitlines()]
