"""SIGKILL at any moment loses at most what was in flight: the harness as a process against a server as a process."""

import json
import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sfteval.store import RunFolder
from sfteval.suites import new_suite
from tests.sfteval.backends.scripted_server import question_of

ROOT = Path(__file__).resolve().parents[2]
NUM_QUESTIONS, NUM_KILLS, CONCURRENCY = 2000, 30, 8
PROMPTS = {f"q{n}": f"What is {n} plus {n}?" for n in range(NUM_QUESTIONS)}


@contextmanager
def served(log: Path):
    words = ["-m", "tests.sfteval.backends.scripted_server", "--delay", "0.01", "--log", str(log)]
    server = subprocess.Popen(
        [sys.executable, *words, "--until-stdin-closes"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1#toy"
    finally:
        server.communicate()


class Life:
    """One life of `sfteval run`, and what the server was asked in it."""

    def __init__(self, folder: Path, url: str, runs: str) -> None:
        self.log, self.heard = folder / "server.log", (folder / "server.log").stat().st_size
        words = ["run", url, "--suite", "suite", "--runs", runs, "--concurrency", str(CONCURRENCY), "--json"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sfteval", *words],
            cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def ends_well(self) -> bool:
        _, said = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, said.decode()
        return True

    def is_killed(self, num_asked: int, seconds: float) -> None:
        """Kill it so long after it has asked so many questions."""
        while len(self.asked()) < num_asked and self.process.poll() is None:
            time.sleep(0.002)
        time.sleep(seconds)
        self.process.kill()
        self.process.communicate()

    def asked(self) -> list[str]:
        with self.log.open("rb") as file:
            file.seek(self.heard)
            rows = [json.loads(line) for line in file.read().splitlines(keepends=True) if line.endswith(b"\n")]
        return [row["question"] for row in rows if row["event"] == "asked"]


def stored(runs: Path) -> dict:
    """Return the answers on disk by what the server calls their question, latency aside."""
    answers = [answer for path in runs.glob("*") for answer in RunFolder(path).generations("mine").values()]
    found = {
        question_of({"messages": [{"role": "user", "content": PROMPTS[answer.sample_id]}], "seed": answer.seed}): answer
        for answer in answers
    }
    assert len(found) == len(answers)
    return {question: replace(answer, latency_seconds=0.0) for question, answer in found.items()}


@pytest.mark.slow
def test_killed_thirty_times_and_resumed_equals_an_uninterrupted_run(tmp_path):
    rows = [{"id": name, "prompt": prompt, "target": "4"} for name, prompt in PROMPTS.items()]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    new_suite(tmp_path / "mine.jsonl", tmp_path / "suite")
    rng = random.Random(20_260)
    with served(tmp_path / "server.log") as url:
        assert Life(tmp_path, url, "whole").ends_well()
        for kill in range(NUM_KILLS):
            on_disk = set(stored(tmp_path / "killed"))
            life = Life(tmp_path, url, "killed")
            if kill % 6 == 0:
                life.is_killed(0, rng.uniform(0, 0.6))  # while it starts, opens the server or begins to ask
            else:
                life.is_killed(rng.randrange(1, 30), rng.uniform(0, 0.03))
            asked = life.asked()
            assert not on_disk & set(asked), "what is on disk is never asked again"
            assert len(asked) == len(set(asked))
            # In flight: under way to the server, or on the way to the disk.
            assert len(set(asked) - set(stored(tmp_path / "killed"))) <= 10 * CONCURRENCY
        on_disk = set(stored(tmp_path / "killed"))
        assert 0 < len(on_disk) < NUM_QUESTIONS
        last = Life(tmp_path, url, "killed")
        assert last.ends_well()
        assert set(last.asked()) == set(stored(tmp_path / "whole")) - on_disk
        assert stored(tmp_path / "killed") == stored(tmp_path / "whole")
        nothing = Life(tmp_path, url, "killed")
        assert nothing.ends_well()
        assert nothing.asked() == []
