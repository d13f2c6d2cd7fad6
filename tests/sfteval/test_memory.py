"""Memory stays flat in the number of samples: asking, keeping and scoring 100,000 answers."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_MEGABYTES = 500

LARGE_RUN = r"""
import asyncio, re, sys
from dataclasses import replace
from pathlib import Path
from sfteval.asking import AskingPolicy
from sfteval.cli.run import means
from sfteval.generate import generate
from sfteval.identity import content_hash
from sfteval.progress import silent_progress
from sfteval.score import score
from sfteval.store import RunFolder
from sfteval.types import Message, Run, Sample
from tests.sfteval.scripted import ScriptedBackend, checkpoint, task

IDS = tuple(range(100))

class Wordy(ScriptedBackend):
    concurrency = max_concurrency = 64

    async def answer(self, requests):
        await asyncio.sleep(0)
        asked = zip(requests, self.questions(requests))
        return [replace(self._generation(*pair), token_ids=IDS, prompt_token_ids=IDS) for pair in asked]

def sample(n):
    prompt = f"Question {n}: " + "what comes next in a row of words that is as long as many prompts are? " * 4
    return Sample(f"s{n}", (Message("user", prompt),), target="4", content_hash=content_hash(prompt))

num, folder = int(sys.argv[1]), Path(sys.argv[2])
large = replace(task(0), samples=tuple(sample(n) for n in range(num)))
backend = Wordy(lambda request: "4" if len(request.sample.id) % 2 else "<think>" + "hm " * 100 + "</think>5")
with RunFolder(folder) as run_folder:
    policy, quiet = AskingPolicy(concurrency=64), silent_progress()
    answers = asyncio.run(generate(backend, checkpoint(), [large], run_folder, quiet, seed=0, policy=policy))
    scored = score([large], answers, run_folder, quiet)
found = means(Run(checkpoint(), {}, scored, folder))
thoughts = sum(reading.think is not None for reading in scored[0].readings)
print(len(scored[0].scores), thoughts, found["sums"]["accuracy"].value)
status = Path("/proc/self/status").read_text()  # ru_maxrss would be the parent's too, across vfork and exec
print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024)
"""


def large_run(num, folder):
    """Return what the run counted and the most memory that its process had, in MiB."""
    words = [sys.executable, "-c", LARGE_RUN, str(num), str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counted, peak = done.stdout.splitlines()
    return counted, float(peak)


@pytest.mark.slow
def test_a_hundred_thousand_answers_fit_into_500_megabytes(tmp_path):
    counted, peak = large_run(100_000, tmp_path)
    # An odd number of letters in the id answers right: s0-s9 has two, s10-s99 three, and so on.
    right = 90 + 9_000
    assert counted == f"100000 {100_000 - right} {right / 100_000}"
    assert peak < MOST_MEGABYTES
