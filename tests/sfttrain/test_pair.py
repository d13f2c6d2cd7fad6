"""Both arms see the same rows in the same order; a pair that was killed goes on with what is missing."""

import dataclasses
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sfteval.errors import CheckpointError
from sfteval.progress import silent_progress
from sfttrain import pair
from sfttrain.config import Recipe
from sfttrain.course import examples_of_steps
from sfttrain.prepare import prepare
from sfttrain.types import Arm


def count_trainings(monkeypatch: Any) -> list[Arm]:
    trained: list[Arm] = []
    train_arm = pair.train_arm

    def counting(material: Any, arm: Arm, *rest: Any) -> Any:
        trained.append(arm)
        return train_arm(material, arm, *rest)

    monkeypatch.setattr(pair, "train_arm", counting)
    return trained


def test_a_finished_arm_is_reused_and_a_missing_one_is_made(
    recipe: Recipe, other_seed: Recipe, tmp_path: Path, monkeypatch: Any
) -> None:
    trained = count_trainings(monkeypatch)
    first = pair.train_pair(recipe, tmp_path, silent_progress())
    weights = (tmp_path / "no-think" / "model.safetensors").read_bytes()
    shutil.rmtree(tmp_path / "no-think")
    again = pair.train_pair(recipe, tmp_path, silent_progress())
    assert trained == [Arm.THINK, Arm.NO_THINK, Arm.NO_THINK]
    assert (tmp_path / "no-think" / "model.safetensors").read_bytes() == weights
    assert again[Arm.THINK]["totals"] == first[Arm.THINK]["totals"]
    pair.train_pair(other_seed, tmp_path, silent_progress())
    assert trained[3:] == [Arm.THINK, Arm.NO_THINK]


@pytest.mark.slow
def test_arms_side_by_side_are_those_of_one_after_the_other(recipe: Recipe, tmp_path: Path, monkeypatch: Any) -> None:
    pair.train_pair(recipe, tmp_path / "in turn", silent_progress())
    monkeypatch.setattr(pair, "WORTH_A_PROCESS_STEPS", 0)
    trained = count_trainings(monkeypatch)
    pair.train_pair(recipe, tmp_path / "beside", silent_progress())
    assert trained == [Arm.THINK]
    for arm in pair.ARMS:
        weights = [(tmp_path / way / arm / "model.safetensors").read_bytes() for way in ("in turn", "beside")]
        assert weights[0] == weights[1]


@pytest.mark.slow
def test_an_error_beside_is_met_in_the_open(recipe: Recipe, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(pair, "WORTH_A_PROCESS_STEPS", 0)
    (tmp_path / "no-think").mkdir()
    (tmp_path / "no-think" / "thesis.txt").write_text("mine")
    with pytest.raises(CheckpointError, match="expected a new folder"):
        pair.train_pair(recipe, tmp_path, silent_progress())
    assert (tmp_path / "think" / "sft_run.json").is_file()


def test_ctrl_c_in_the_second_arm_keeps_the_first(recipe: Recipe, tmp_path: Path, monkeypatch: Any) -> None:
    train_arm = pair.train_arm

    def stopped(material: Any, arm: Arm, *rest: Any) -> Any:
        if arm is Arm.NO_THINK:
            monkeypatch.setattr("sfttrain.learn.take_step", interrupt)
        return train_arm(material, arm, *rest)

    def interrupt(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(pair, "train_arm", stopped)
    with pytest.raises(KeyboardInterrupt):
        pair.train_pair(recipe, tmp_path / "lab", silent_progress())
    assert [path.name for path in (tmp_path / "lab").iterdir()] == ["think"]


def steps_of(out: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if "loss" in line]


def test_arms_matched_by_steps_take_equally_many(recipe: Recipe, tmp_path: Path) -> None:
    runs = pair.train_pair(recipe, tmp_path, silent_progress())
    assert [run["totals"]["steps"] for run in runs.values()] == [4, 4]
    learned = [run["totals"]["supervised_tokens"] for run in runs.values()]
    assert learned[0] > learned[1]


def test_arms_matched_by_tokens_learn_equally_many_within_a_step(recipe: Recipe, tmp_path: Path) -> None:
    runs = pair.train_pair(dataclasses.replace(recipe, match="tokens"), tmp_path, silent_progress())
    think, no_think = (runs[arm]["totals"] for arm in pair.ARMS)
    assert think["steps"] == 4
    assert no_think["steps"] > 4
    last = steps_of(tmp_path / "no-think")[-1]["num_supervised"]
    assert no_think["supervised_tokens"] - last < think["supervised_tokens"] <= no_think["supervised_tokens"]
    assert runs[Arm.THINK]["order_sha256"] != runs[Arm.NO_THINK]["order_sha256"]


def test_an_arm_that_takes_longer_begins_with_the_same_rows(recipe: Recipe) -> None:
    matched = dataclasses.replace(recipe, match="tokens")
    material = prepare(matched, pair.ARMS, silent_progress())
    rows = {
        arm: [
            [one.conversation_id for one in step]
            for step in itertools.islice(examples_of_steps(material, arm, matched), 9)
        ]
        for arm in pair.ARMS
    }
    assert [dict.fromkeys(step) for step in rows[Arm.THINK]] == [dict.fromkeys(step) for step in rows[Arm.NO_THINK]]


def told(steps: int, learned: int, loss: float, order: str, **more: Any) -> dict[str, Any]:
    totals = {"steps": steps, "tokens": 12_000, "supervised_tokens": learned, "seconds": 1.26, "final_loss": loss}
    counts = {
        "conversations": 17,
        "turns": 31,
        "turns_with_reasoning": 31,
        "examples": 23,
        "tokens": 3960,
        "supervised_tokens": 1034,
    }
    no_think = counts | {"turns_with_reasoning": 0}
    return {"totals": totals, "counts": {"think": counts, "no-think": no_think}, "order_sha256": order, **more}


def test_what_the_arms_share_and_what_differed_stands_side_by_side() -> None:
    figures = {"answer_loss": 1.5, "think_loss": 0.25, "bits_per_byte": 0.75}
    without = {"answer_loss": 2.0, "think_loss": None, "bits_per_byte": 1.0}
    runs = {
        Arm.THINK: told(4, 1_460, 1.23456, "a", held_out_loss=figures),
        Arm.NO_THINK: told(11, 1_469, 0.5, "b", held_out_loss=without),
    }
    assert "\n".join(pair.differences(runs)) + "\n" == TABLE
    together = {Arm.THINK: told(4, 9, 1.0, "a"), Arm.NO_THINK: told(4, 7, 1.0, "a", held_out_loss=None)}
    lines = pair.differences(together)
    assert lines[0] == "both arms: the same rows in the same steps"
    assert lines[-1].split() == ["held", "out,", "bits", "per", "byte", "-", "-"]


TABLE = """\
both arms: the same rows in the same order, each for as long as it takes
                           think  no-think
steps                          4        11
conversations per epoch       17        17
turns learned per epoch       31        31
turns with reasoning          31         0
sequences per epoch           23        23
tokens seen               12,000    12,000
tokens learned             1,460     1,469
seconds                    1.300     1.300
final loss, nats           1.235     0.500
held out, answers, nats    1.500     2.000
held out, thoughts, nats   0.250         -
held out, bits per byte    0.750     1.000
"""


LONG = """
precision = "fp32"
[batch]
step_tokens = 400
max_tokens = 400
[optimizer]
lr = 1e-3
[schedule]
steps = 1500
"""


@pytest.mark.slow
def test_ctrl_c_keeps_where_both_arms_stand_that_train_side_by_side(
    toy_base: Path, toy_rows: Path, tmp_path: Path
) -> None:
    (tmp_path / "recipe.toml").write_text(LONG)
    words = ["pair", tmp_path / "recipe.toml", "--base", toy_base, "--data", toy_rows, "-o", tmp_path / "lab"]
    command = [sys.executable, "-m", "sfttrain", *map(str, words)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    beside = tmp_path / "lab" / ".no-think.partial" / "metrics.jsonl"
    deadline = time.monotonic() + 60
    while not (beside.is_file() and beside.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert (process.returncode, "Stopped." in said) == (130, True)
    assert sorted(path.name for path in (tmp_path / "lab").iterdir()) == ["no-think.steps", "think.steps"]
    assert (tmp_path / "lab" / "no-think.steps" / "state.pt").is_file()
