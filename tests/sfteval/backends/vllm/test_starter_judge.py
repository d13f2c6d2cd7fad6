"""The starter's tiny judge behind a real vLLM, over HTTP: it earns its lock there too, by the same verdicts.

One server. It judges the first of the pairs, and the same altered copies, on which it was heard in this process.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from sfteval.backends import Serving
from sfteval.backends.chat import chat_to_ask
from sfteval.backends.vllm.fleet import open_fleet
from sfteval.checkpoints import resolve_checkpoint
from sfteval.judge import read_lock, read_rubric
from sfteval.judge.opening import judge_named
from sfteval.store import RunFolder
from tests.sfteval.backends.vllm.served import assert_close_calls

pytest.importorskip("torch", reason="the embedded backend needs torch")
pytestmark = [
    pytest.mark.vllm,
    pytest.mark.usefixtures("installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]

NUM_PAIRS = 60
RUBRIC = "starter_reference"
AS_TRAINED = ("--default-chat-template-kwargs", '{"enable_thinking": false}')


class Bench:
    """A served judge, and a folder in which commands ask it."""

    def __init__(self, folder, server, name):
        self.folder, self.lock = folder, folder / "judge.lock"
        self.address, self.key = f"{server.client.url}#{name}", server.key

    def sfteval(self, *words):
        environment = {**os.environ, "SFTEVAL_API_KEY": self.key}
        done = subprocess.run([sys.executable, "-m", "sfteval", *words], cwd=self.folder, env=environment,
                              capture_output=True, text=True)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def bench(judged, tmp_path_factory):
    folder = tmp_path_factory.mktemp("judge-served")
    pairs = (judged.checkpoints / "judge-gold.jsonl").read_text().splitlines(keepends=True)[:NUM_PAIRS]
    (folder / "gold.jsonl").write_text("".join(pairs))
    checkpoint = resolve_checkpoint(str(judged.checkpoints / "judge"))
    serving = Serving(logs=folder / "logs", timeout_seconds=120.0, vllm_args=AS_TRAINED)

    async def opened(stack):
        fleet = await stack.enter_async_context(open_fleet([checkpoint], serving))
        backend = await stack.enter_async_context(fleet.backend(checkpoint))
        await backend.ready()
        return backend

    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        try:
            backend = runner.run(opened(stack))
            made = Bench(folder, backend.server, backend.model)
            made.sfteval("judge", "validate", "gold.jsonl", "--judge", made.address, "--rubric", RUBRIC)
            yield made
        finally:
            runner.run(stack.aclose())


def first_verdicts(runs):
    """Return what a judge said at the first try to each prompt, by the hash of the prompt."""
    (folder,) = runs.glob("judge-*")
    return {answer.sample_id: answer for answer in RunFolder(folder).generations("pairwise").values()
            if answer.sample_index == 0}  # fmt: skip


def test_behind_vllm_the_judge_earns_its_lock_by_its_served_name(bench):
    lock = read_lock(bench.lock)
    assert (lock.standing, lock.reasons) == ("trusted", ())
    judge, checkpoint = judge_named(bench.address, read_rubric(RUBRIC))
    assert (judge.name, checkpoint.kind) == (lock.judge, "endpoint")
    assert lock.covers(judge.identity("pairwise"))
    assert not lock.covers(replace(judge, name="another").identity("pairwise"))


def test_behind_vllm_verdicts_are_those_of_this_process_but_for_close_calls(bench, judged):
    served, own = first_verdicts(bench.folder / "runs"), first_verdicts(judged.runs)
    asked = served.keys() & own.keys()
    assert len(asked) == len(served) >= 2 * NUM_PAIRS
    differing = [key for key in asked if served[key].text.strip() != shown(own[key].text)]
    assert len(differing) <= 0.02 * len(asked)
    checkpoint = resolve_checkpoint(str(judged.checkpoints / "judge"))
    tokenizer = chat_to_ask(checkpoint).tokenizer
    retold = [
        replace(served[key], prompt_token_ids=own[key].prompt_token_ids, token_ids=tokenizer.encode(served[key].text))
        for key in differing
    ]
    assert_close_calls(checkpoint, list(zip((own[key] for key in differing), retold, strict=True)))


def shown(text):
    """Return an answer as a server shows it: without the stop token."""
    return text.removesuffix("<|im_end|>").strip()


def test_behind_vllm_the_locked_judge_is_heard_in_a_comparison(bench, judged):
    runs = [next(str(run) for run in judged.runs.glob(f"{name}-*") if (run / "run.json").exists())
            for name in ("no-think", "think")]  # fmt: skip
    said = bench.sfteval("compare", *(f"run:{run}" for run in runs), "--suite", "starter", "--limit", "60",
                         "--judge", bench.address, "--judge-lock", str(bench.lock), "--comet", "off", "-o", "report",
                         "--judge-rubric", f"reasoning={RUBRIC}")  # fmt: skip
    results = json.loads((bench.folder / "report" / "results.json").read_text())
    rows = {row["metric"]: row for row in results["metrics"] if row["task"] == "reasoning"}
    assert rows["preference"]["difference"] == pytest.approx(rows["accuracy"]["difference"], abs=0.1)
    (task,) = results["judge"]["tasks"]
    assert [judge["standing"] for judge in task["judges"]] == ["trusted"]
    assert "An equality check with the reference, no more." in said
