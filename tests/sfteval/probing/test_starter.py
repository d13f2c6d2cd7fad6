"""The probes on the starter pair, trained for real: what applies in so small a world, and how long it takes."""

import json
import os
import subprocess
import sys
import time

import pytest

from sfteval.probing.plan import ALL, FAST

pytestmark = pytest.mark.slow

SECONDS = 90.0  # of all probes, on two cores
OF_WORDS = ("perturb", "diversity", "format_leak", "forgetting")


@pytest.fixture(scope="module")
def asked(starter, tmp_path_factory):
    """All probes of the think arm, asked into a run folder of its own, and the seconds that it took."""
    words = ["probe", "checkpoints/quickstart/think", "--suite", "starter", "--backend", "transformers", "--json"]
    runs = tmp_path_factory.mktemp("probes") / "runs"
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "sfteval", *words, "--runs", str(runs)],
        cwd=starter.folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # two threads on a busy machine wait for each other
        capture_output=True,
        text=True,
        check=True,
    )
    return {one["probe"]: one for one in json.loads(done.stdout)["probes"]}, time.monotonic() - started


def test_every_probe_speaks_and_none_finds_a_fault_that_is_not_there(asked):
    results, _ = asked
    assert [*results] == [*ALL]
    verdicts = {name: one["verdict"] for name, one in results.items()}
    assert "fail" not in [verdicts[name] for name in ("loss_gap", "membership", "extraction")]
    assert verdicts["membership"] == verdicts["extraction"] == "pass"


def test_what_speaks_english_says_that_this_model_knows_none(asked):
    results, _ = asked
    for name in OF_WORDS:
        assert results[name]["verdict"] == "skipped"
        assert "bits for a character of plain English text" in results[name]["sentence"]


def test_all_probes_are_asked_in_time(asked):
    assert asked[1] < SECONDS


def test_the_quickstart_asked_the_fast_ones_of_both(starter):
    found = json.loads((starter.report / "results.json").read_text())
    assert [(one["probe"], one["side"]) for one in found["probes"]] == [
        (name, side) for name in FAST for side in ("baseline", "candidate")
    ]
