"""A run that was stopped anywhere goes on to the very bytes of one that was not."""

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import CheckpointError, StoreError
from sfteval.progress import silent_progress
from sfttrain.config import (
    EvaluateSettings,
    LoraSettings,
    OptimizerSettings,
    Recipe,
    SaveSettings,
    ScheduleSettings,
)
from sfttrain.pair import train_one
from sfttrain.state import STATE_FILE, steps_folder
from sfttrain.train import Launch
from sfttrain.types import Arm
from tests.sfttrain.command_line import recipe_toml

pytestmark = pytest.mark.slow  # trains again and again

NUM_STEPS = 6
ADAMW, MUON = OptimizerSettings(lr=1e-2), OptimizerSettings(name="muon", lr=0.02)
DROPPING = LoraSettings(rank=4, dropout=0.3)
PATIENT = EvaluateSettings(every_steps=1, patience=2)
TIMES = ("seconds", "tokens_per_second")


class Killed(BaseException):
    """What ends a process at once."""


class EndsAfter:
    """A progress at which a process is stopped after so many steps: by a real Ctrl-C, or as if it were killed."""

    def __init__(self, steps: int, *, kill: bool = False) -> None:
        self.steps, self.kill = steps, kill
        self.said: list[str] = []

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator["EndsAfter"]:
        yield self

    def advance(self, n: int = 1, note: str = "") -> None:
        if not note.startswith("loss"):
            return
        self.steps -= 1
        if self.steps == 0 and self.kill:
            raise Killed
        if self.steps == 0:
            signal.raise_signal(signal.SIGINT)

    def say(self, line: str) -> None:
        self.said.append(line)


def train(recipe: Recipe, out: Path, progress: Any = None, resume: bool | None = None) -> dict[str, Any]:
    return train_one(recipe, Arm.THINK, out, progress or silent_progress(), Launch(resume))


def stopped(recipe: Recipe, out: Path, after: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(recipe, out, EndsAfter(after))
    assert not out.exists()
    assert (steps_folder(out) / STATE_FILE).is_file()


def killed(recipe: Recipe, out: Path, after: int) -> None:
    with pytest.raises(Killed):
        train(recipe, out, EndsAfter(after, kill=True))


def content(out: Path) -> dict[str, Any]:
    """Return a checkpoint without what a clock tells: weights by their bytes, figures line by line, the record."""
    record = json.loads((out / "sft_run.json").read_text())
    del record["totals"]["seconds"], record["files_sha256"]
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    timeless = [{name: value for name, value in line.items() if name not in TIMES} for line in lines]
    return {"weights": weights(out), "figures": timeless, "record": record}


def weights(out: Path) -> bytes:
    (path,) = out.glob("*.safetensors")
    return path.read_bytes()


@pytest.fixture
def six_steps(recipe: Recipe) -> Recipe:
    return dataclasses.replace(recipe, schedule=ScheduleSettings(steps=NUM_STEPS, warmup_steps=1))


WAYS = {
    "adamw": {"optimizer": ADAMW},
    "muon": {"optimizer": MUON},
    "adapters that drop": {"optimizer": ADAMW, "lora": DROPPING},
    "adapters by muon": {"optimizer": MUON, "lora": DROPPING},
    "evaluated": {"optimizer": ADAMW, "evaluate": EvaluateSettings(every_steps=2)},
    "patient": {
        "optimizer": OptimizerSettings(lr=0.1),
        "evaluate": PATIENT,
        "schedule": ScheduleSettings(steps=10, warmup_steps=1),
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_was_stopped_anywhere_ends_as_one_that_was_not(way: str, six_steps: Recipe, tmp_path: Path) -> None:
    recipe = dataclasses.replace(six_steps, **WAYS[way])
    whole = train(recipe, tmp_path / "whole" / "out")
    cursor = random.Random(way).randint(1, whole["cursor"] - 1)
    stopped(recipe, tmp_path / "halved" / "out", cursor)
    train(recipe, tmp_path / "halved" / "out")
    assert content(tmp_path / "halved" / "out") == content(tmp_path / "whole" / "out")


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_every_cursor_is_as_good_as_any_other(way: str, six_steps: Recipe, tmp_path: Path) -> None:
    recipe = dataclasses.replace(six_steps, save=SaveSettings(every_steps=2), **WAYS[way])
    whole = train(recipe, tmp_path / "whole" / "out")
    for cursor in range(1, whole["cursor"]):
        for end in (stopped, killed):
            out = tmp_path / f"{end.__name__}-{cursor}" / "out"
            end(recipe, out, cursor)
            train(recipe, out)
            assert content(out) == content(tmp_path / "whole" / "out"), (end.__name__, cursor)


def test_a_run_stopped_at_its_last_step_has_only_to_be_written(six_steps: Recipe, tmp_path: Path) -> None:
    train(six_steps, tmp_path / "whole" / "out")
    stopped(six_steps, tmp_path / "halved" / "out", NUM_STEPS)
    progress = EndsAfter(1, kill=True)
    train(six_steps, tmp_path / "halved" / "out", progress)
    assert f"going on after step {NUM_STEPS}, from out.steps" in progress.said
    assert content(tmp_path / "halved" / "out") == content(tmp_path / "whole" / "out")


def test_a_killed_run_goes_on_from_the_last_checkpoint_on_the_way(six_steps: Recipe, tmp_path: Path) -> None:
    recipe = dataclasses.replace(six_steps, save=SaveSettings(every_steps=2))
    killed(recipe, tmp_path / "out", 5)
    progress = EndsAfter(100)
    train(recipe, tmp_path / "out", progress)
    assert "going on after step 4, from out.steps" in progress.said


def test_a_run_stopped_twice_goes_on_twice(six_steps: Recipe, tmp_path: Path) -> None:
    train(six_steps, tmp_path / "whole" / "out")
    stopped(six_steps, tmp_path / "halved" / "out", 2)
    stopped(six_steps, tmp_path / "halved" / "out", 2)
    progress = EndsAfter(100)
    train(six_steps, tmp_path / "halved" / "out", progress)
    assert "going on after step 4, from out.steps" in progress.said
    assert content(tmp_path / "halved" / "out") == content(tmp_path / "whole" / "out")


def test_patience_that_had_run_out_before_the_checkpoint_was_written_takes_no_step_more(
    six_steps: Recipe, tmp_path: Path, monkeypatch: Any
) -> None:
    recipe = dataclasses.replace(six_steps, save=SaveSettings(every_steps=1), **WAYS["patient"])
    assert train(recipe, tmp_path / "whole" / "out")["cursor"] == 5

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("sfttrain.train.write_final", full)
        with pytest.raises(StoreError):
            train(recipe, tmp_path / "halved" / "out")
    train(recipe, tmp_path / "halved" / "out")
    assert content(tmp_path / "halved" / "out") == content(tmp_path / "whole" / "out")


def test_nothing_of_the_state_is_left_when_the_checkpoint_stands(six_steps: Recipe, tmp_path: Path) -> None:
    stopped(six_steps, tmp_path / "out", 2)
    train(six_steps, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == ["out"]


def test_the_state_of_another_recipe_is_refused_where_resuming_was_asked_for(
    six_steps: Recipe, other_seed: Recipe, tmp_path: Path
) -> None:
    stopped(six_steps, tmp_path / "out", 2)
    with pytest.raises(CheckpointError) as refused:
        train(other_seed, tmp_path / "out", resume=True)
    assert str(refused.value) == (
        f"{tmp_path}/out.steps/state.pt: expected the state of this recipe, data and base, got that of another. "
        "Start from nothing with --no-resume, or choose another -o."
    )
    assert refused.value.exit_code == 2


def test_the_state_of_another_recipe_is_left_aside_with_a_word(
    six_steps: Recipe, other_seed: Recipe, tmp_path: Path
) -> None:
    train(other_seed, tmp_path / "whole" / "out")
    stopped(six_steps, tmp_path / "out", 2)
    progress = EndsAfter(100)
    train(other_seed, tmp_path / "out", progress)
    assert any(line.startswith("starting from nothing: ") and "that of another" in line for line in progress.said)
    assert weights(tmp_path / "out") == weights(tmp_path / "whole" / "out")


def test_no_resume_takes_every_step_anew(six_steps: Recipe, tmp_path: Path) -> None:
    stopped(six_steps, tmp_path / "out", 2)
    with pytest.raises(Killed):
        train(six_steps, tmp_path / "out", EndsAfter(NUM_STEPS, kill=True), resume=False)


def test_resume_with_nothing_to_go_on_from_starts(six_steps: Recipe, tmp_path: Path) -> None:
    assert train(six_steps, tmp_path / "out", resume=True)["cursor"] == NUM_STEPS


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def another_kind(path: Path) -> None:
    torch.save([1, 2, 3], path)


def with_code(path: Path) -> None:
    torch.save({"identity": silent_progress}, path)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [torn, emptied, another_kind, with_code])
def test_a_state_that_cannot_be_read_says_so_and_costs_only_its_steps(
    damage: Any, six_steps: Recipe, tmp_path: Path
) -> None:
    stopped(six_steps, tmp_path / "out", 2)
    damage(tmp_path / "out.steps" / "state.pt")
    with pytest.raises(CheckpointError, match=r"a file that cannot be read\. Start from nothing with --no-resume\.$"):
        train(six_steps, tmp_path / "out", resume=True)
    progress = EndsAfter(100)
    assert train(six_steps, tmp_path / "out", progress)["cursor"] == NUM_STEPS
    assert any(line.startswith("starting from nothing: ") for line in progress.said)


def test_the_last_checkpoints_on_the_way_are_kept_and_load(six_steps: Recipe, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    recipe = dataclasses.replace(six_steps, save=SaveSettings(every_steps=1, keep=3))
    train(recipe, tmp_path / "out")
    kept = sorted((tmp_path / "out.steps").iterdir())
    assert [path.name for path in kept] == ["000003", "000004", "000005"]
    for path, cursor in zip(kept, (3, 4, 5), strict=True):
        record = json.loads((path / "sft_run.json").read_text())
        assert (record["cursor"], record["totals"]["steps"]) == (cursor, cursor)
        assert len((path / "metrics.jsonl").read_text().splitlines()) == cursor
        assert AutoModelForCausalLM.from_pretrained(path).config.num_hidden_layers == 2


def test_a_checkpoint_on_the_way_is_what_a_run_of_so_many_steps_knows(six_steps: Recipe, tmp_path: Path) -> None:
    steady = dataclasses.replace(six_steps.schedule, decay="constant")
    recipe = dataclasses.replace(six_steps, schedule=steady, save=SaveSettings(every_steps=4))
    train(recipe, tmp_path / "out")
    four = dataclasses.replace(recipe, schedule=dataclasses.replace(steady, steps=4))
    train(four, tmp_path / "four")
    assert weights(tmp_path / "out.steps" / "000004") == weights(tmp_path / "four")


def test_checkpoints_of_an_earlier_recipe_do_not_push_out_those_of_this_one(
    six_steps: Recipe, other_seed: Recipe, tmp_path: Path
) -> None:
    long = dataclasses.replace(other_seed, schedule=six_steps.schedule, save=SaveSettings(every_steps=2))
    train(long, tmp_path / "out")
    short = dataclasses.replace(
        six_steps, schedule=ScheduleSettings(steps=3, warmup_steps=1), save=SaveSettings(every_steps=1, keep=1)
    )
    train(short, tmp_path / "out")
    record = json.loads((tmp_path / "out.steps" / "000002" / "sft_run.json").read_text())
    assert record["recipe"]["schedule"]["steps"] == 3


def test_a_disk_that_is_full_when_the_state_is_due_is_named(
    six_steps: Recipe, tmp_path: Path, monkeypatch: Any
) -> None:
    recipe = dataclasses.replace(six_steps, save=SaveSettings(every_steps=2))

    def full(*_: Any) -> None:
        raise RuntimeError("[enforce fail at inline_container.cc:668] . unexpected pos 64 vs 0\nmore")

    monkeypatch.setattr("sfttrain.state.torch.save", full)
    with pytest.raises(StoreError, match=r"out\.steps/state\.pt: expected to write the state of the run") as told:
        train(recipe, tmp_path / "out")
    assert told.value.exit_code == 13
    assert "\n" not in str(told.value)
    assert [path.name for path in (tmp_path / "out.steps").iterdir()] == ["000002"]
    assert not (tmp_path / "out").exists()


@pytest.fixture
def command(toy_base: Path, toy_rows: Path, tmp_path: Path) -> list[str]:
    (tmp_path / "recipe.toml").write_text(recipe_toml(80, "[save]\nevery_steps = 20\n"))
    words = ["run", tmp_path / "recipe.toml", "--base", toy_base, "--data", toy_rows]
    return [sys.executable, "-m", "sfttrain", *map(str, words)]


def num_lines(out: Path) -> int:
    """Return how many lines a run that is under way has written."""
    path = out.with_name(f".{out.name}.partial") / "metrics.jsonl"
    return path.read_text().count("\n") if path.is_file() else 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_process_that_a_signal_ended_is_taken_up_by_the_same_command(
    number: signal.Signals, code: int, command: list[str], tmp_path: Path
) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    whole, out = tmp_path / "whole" / "out", tmp_path / "halved" / "out"
    subprocess.run([*command, "-o", str(whole)], env=environment, check=True, capture_output=True)
    process = subprocess.Popen([*command, "-o", str(out)], env=environment, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while num_lines(out) < 25 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == code, said
    assert ("Stopped. What was finished stays" in said) == (code == 130)
    assert not out.exists()
    again = subprocess.run([*command, "-o", str(out)], env=environment, check=True, capture_output=True, text=True)
    assert "going on after step " in again.stderr
    assert content(out) == content(whole)
    assert not (out.parent / "out.steps" / "state.pt").exists()
    assert not (out.parent / ".out.partial").exists()
    assert weights(out.parent / "out.steps" / "000060") == weights(whole.parent / "out.steps" / "000060")
