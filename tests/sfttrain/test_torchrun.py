"""The same command under torchrun: two gloo processes on this machine do what one does."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from sfteval.progress import silent_progress
from sfttrain.config import Recipe as Settings
from sfttrain.config import find_recipe, override, read_recipe
from sfttrain.pair import train_one, train_pair
from sfttrain.types import Arm
from tests.sfttrain.command_line import recipe_toml

pytestmark = pytest.mark.slow

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
TIMES = ("seconds", "tokens_per_second")
EVALUATED = "[evaluate]\nevery_steps = 4\n"
ONE_PROCESS_IS_ASKED_OTHERWISE = """
import os, sys
if os.environ["RANK"] == "1":
    sys.argv += {words!r}
from sfttrain.cli import main
main()
"""


@pytest.fixture
def words(toy_base: Path, toy_rows: Path, tmp_path: Path) -> list[str]:
    (tmp_path / "recipe.toml").write_text(recipe_toml(8, EVALUATED))
    return [str(tmp_path / "recipe.toml"), "--base", str(toy_base), "--data", str(toy_rows)]


def settings(words: list[str], **given: Any) -> Settings:
    recipe = read_recipe(find_recipe(words[0]), Settings)
    return override(recipe, {"base": words[2], "data.path": words[4], **given})


def start(*arguments: object, script: Path | None = None) -> subprocess.Popen[str]:
    what = ["-m", "sfttrain"] if script is None else [str(script)]
    return subprocess.Popen(
        [*TORCHRUN, *what, *map(str, arguments)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def torchrun(*arguments: object, script: Path | None = None) -> subprocess.CompletedProcess[str]:
    process = start(*arguments, script=script)
    try:
        output, said = process.communicate(timeout=100)
    finally:
        process.terminate()
    return subprocess.CompletedProcess(process.args, process.returncode, output, said)


def figures(out: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name not in TIMES} for line in lines]


def record(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((out / "sft_run.json").read_text())
    return told


def told_errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if line.startswith("Error: ")]


def flat(line: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of a line on one floor, as `approx` wants them; an absent one is -1."""
    figures = {"step": line["step"], **line["held_out"]} if "held_out" in line else line
    return {name: -1 if value is None else value for name, value in figures.items()}


def assert_alike(one: Path, other: Path) -> None:
    for here, there in zip(map(flat, figures(one)), map(flat, figures(other)), strict=True):
        assert here == pytest.approx(there, rel=1e-5, abs=1e-5), here["step"]
    weights, others = load_file(one / "model.safetensors"), load_file(other / "model.safetensors")
    assert weights.keys() == others.keys()
    for name, tensor in weights.items():
        torch.testing.assert_close(tensor, others[name], rtol=0, atol=2e-5)


@pytest.mark.parametrize(
    ("options", "memory"),
    [((), ""), (("--fsdp",), ""), (("--fsdp",), "[memory]\nrecompute = true\n")],
    ids=["replicated", "sharded", "sharded, activations recomputed"],
)
def test_two_processes_learn_what_one_learns(
    options: tuple[str, ...], memory: str, words: list[str], tmp_path: Path
) -> None:
    (tmp_path / "recipe.toml").write_text(recipe_toml(8, EVALUATED + memory))
    train_one(settings(words), Arm.THINK, tmp_path / "one", silent_progress())
    done = torchrun("run", *words, "-o", tmp_path / "two", *options)
    assert done.returncode == 0, done.stderr
    assert_alike(tmp_path / "one", tmp_path / "two")
    assert (record(tmp_path / "one")["processes"], record(tmp_path / "two")["processes"]) == (1, 2)
    assert [line["step"] for line in figures(tmp_path / "two") if "held_out" in line] == [0, 4, 8]
    assert done.stderr.count("training think (8)") == 1


def test_a_pair_is_made_by_two_processes_and_reused_by_one(words: list[str], tmp_path: Path) -> None:
    done = torchrun("pair", *words, "-o", tmp_path / "two", "--match", "tokens")
    assert done.returncode == 0, done.stderr
    matched = settings(words, match="tokens")
    train_pair(matched, tmp_path / "one", silent_progress())
    for arm in ("think", "no-think"):
        assert_alike(tmp_path / "one" / arm, tmp_path / "two" / arm)
    again = torchrun("pair", *words, "-o", tmp_path / "one", "--match", "tokens")
    assert (again.returncode, again.stderr.count("is finished with this recipe")) == (0, 2)


@pytest.mark.parametrize("options", [(), ("--fsdp",)], ids=["replicated", "sharded"])
def test_ctrl_c_ends_all_and_the_same_command_goes_on_to_the_bit(
    options: tuple[str, ...], words: list[str], tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(recipe_toml(120, EVALUATED + "[save]\nevery_steps = 20\n"))
    whole, out = tmp_path / "whole", tmp_path / "halved"
    assert torchrun("run", *words, "-o", whole, *options).returncode == 0
    process = start("run", *words, "-o", out, *options)
    deadline = time.monotonic() + 60
    while not (tmp_path / "halved.steps" / "state.pt").is_file() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode != 0
    assert said.count("Stopped. What was finished stays") == 1
    assert "the same command goes on from the last checkpoint on the way" in said
    assert not out.exists()
    assert not (tmp_path / ".halved.partial").exists()
    again = torchrun("run", *words, "-o", out, *options)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("going on after step ") == 1
    assert figures(out) == figures(whole)
    assert (out / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_finished_adapters_are_merged_by_the_first_of_two_processes(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(recipe_toml(2, "[lora]\nrank = 2\n"))
    train_one(settings(words), Arm.THINK, tmp_path / "out", silent_progress())
    done = torchrun("run", *words, "-o", tmp_path / "out", "--merge")
    assert (done.returncode, done.stderr.count("they are merged, and nothing is trained")) == (0, 1), done.stderr
    assert (tmp_path / "out" / "model.safetensors").is_file()
    assert record(tmp_path / "out")["processes"] == 1


def test_what_two_processes_left_one_goes_on_from(words: list[str], tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(recipe_toml(8, EVALUATED + "[save]\nevery_steps = 5\n"))
    assert torchrun("run", *words, "-o", tmp_path / "two", "--fsdp").returncode == 0
    train_one(settings(words), Arm.THINK, tmp_path / "one", silent_progress())
    assert_alike(tmp_path / "one.steps" / "000005", tmp_path / "two.steps" / "000005")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("nowhere",), "Error: recipe: expected a TOML file or the name of a shipped recipe, got nowhere."),
        (
            ("recipe.toml", "--base", "nowhere", "--data", "none.jsonl"),
            "Error: nowhere: expected a checkpoint directory, got no such directory.",
        ),
        (("recipe.toml", "--base", "BASE", "--data", "none.jsonl"), "Error: none.jsonl: expected conversations"),
    ],
)
def test_a_mistake_that_all_make_is_told_once(
    change: tuple[str, ...], says: str, words: list[str], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = [words[2] if word == "BASE" else word for word in change]
    began = time.monotonic()
    done = torchrun("run", *asked, "-o", tmp_path / "out")
    assert done.returncode != 0
    assert time.monotonic() - began < 60
    (told,) = told_errors(done)
    assert told.startswith(says)
    assert not (tmp_path / "out").exists()


def test_a_mistake_of_one_process_ends_all_and_is_told(words: list[str], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(ONE_PROCESS_IS_ASKED_OTHERWISE.format(words=["--base", "nowhere"]))
    done = torchrun("run", *words, "-o", tmp_path / "out", script=script)
    assert done.returncode != 0
    assert told_errors(done)[0].startswith("Error: nowhere: expected a checkpoint directory")
    assert not (tmp_path / "out").exists()


def test_processes_that_would_learn_different_things_do_not_start(words: list[str], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(ONE_PROCESS_IS_ASKED_OTHERWISE.format(words=["--seed", "5"]))
    done = torchrun("run", *words, "-o", tmp_path / "out", script=script)
    assert done.returncode != 0
    (told,) = told_errors(done)
    assert told.startswith("Error: rank 1: expected the same recipe, data or base as on rank 0, got another.")


def test_a_plan_is_told_once(words: list[str], tmp_path: Path) -> None:
    done = torchrun("run", *words, "-o", tmp_path / "out", "--plan")
    assert (done.returncode, done.stdout.count("memory at the peak")) == (0, 1)
    assert not (tmp_path / "out").exists()
