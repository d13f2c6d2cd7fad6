"""`sfteval quickstart`: a tiny base model, two fine-tunes of it, one comparison; no GPU, no hub, no key.

Trains by calling `python -m sfttrain` as child processes, for the two packages meet on disk. What exists is reused;
a killed quickstart goes on where it stopped.
"""

import contextlib
import ctypes
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.compare import COMET, compared, published
from sfteval.cli.compare import command as compare
from sfteval.cli.options import awaited, debug_option, progress_for
from sfteval.errors import ConfigurationError, DataError, InfrastructureError, SftevalError

if TYPE_CHECKING:
    from sfteval.progress import Progress

NUM_ROWS = 2000
NUM_JUDGE_ROWS, NUM_GOLD_PAIRS = 8000, 400
JUDGED_TASK, RUBRIC = "reasoning", "starter_reference"
UNEARNED = "{} did not earn its vote ({}): it is not asked about the answers"
FREE_BYTES = 500_000_000


@click.command("quickstart")
@click.option("--full", is_flag=True, help="Ask all probes; train a tiny judge too, and let it compare the answers.")
@click.option("--fresh", is_flag=True, help="Start over: forget the checkpoints, runs and the report of before.")
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Seed of the whole world."
)
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("reports/quickstart"), show_default=True)
@click.option("--checkpoints", type=click.Path(path_type=Path), default=Path("checkpoints/quickstart"),
              show_default=True, help="Where the three checkpoints go.")  # fmt: skip
@click.option("--runs", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
@COMET
@click.option("--json", "as_json", is_flag=True, help="Print results.json and nothing else.")
@debug_option
def command(
    full: bool, fresh: bool, seed: int, out: Path, checkpoints: Path, runs: Path, comet: str, as_json: bool
) -> None:
    """Train a tiny base model and a think / no-think pair of it, then compare the two.

    The first call takes about five minutes on two cores; the next one reuses what exists.
    """
    started = time.monotonic()
    _check_machine(checkpoints)
    _check_folders(checkpoints, runs, out)
    if fresh:
        _forget(checkpoints, runs, out)
    progress = progress_for(as_json)
    rows = checkpoints / "rows.jsonl"
    _train(["base", "-o", str(checkpoints / "base"), "--seed", str(seed)], as_json)
    _train(["data", f"starter:{NUM_ROWS}", "-o", str(rows), "--seed", str(seed)], as_json)
    _train(["pair", "starter_pair", "-o", str(checkpoints), "--base", str(checkpoints / "base"), "--data", str(rows),
            "--seed", str(seed)], as_json)  # fmt: skip
    words = [str(checkpoints / "no-think"), str(checkpoints / "think"), "--suite", "starter", "-o", str(out)]
    if full:
        words += [
            "--probes",
            "all",
            *_judged_by(_trained_judge(checkpoints, seed, as_json), checkpoints, runs, progress),
        ]
    options: dict[str, Any] = compare.make_context("compare", [*words, "--backend", "transformers"]).params
    options |= {"runs": runs, "comet": comet, "as_json": as_json, "command": shlex.join(["sfteval", "compare", *words])}
    comparison = compared(options, progress)
    published(comparison, options, progress)
    from sfteval.progress import seconds

    progress.say(f"quickstart: {seconds(time.monotonic() - started)}")


def _trained_judge(checkpoints: Path, seed: int, quiet: bool) -> Path:
    """Train the tiny judge and write the labelled pairs that it is measured on; return where it is."""
    rows, judge = checkpoints / "judge-rows.jsonl", checkpoints / "judge"
    seeded = ["--seed", str(seed)]
    _train(["data", f"starter-judge:{NUM_JUDGE_ROWS}", "-o", str(rows), *seeded], quiet)
    _train(["data", f"starter-gold:{NUM_GOLD_PAIRS}", "-o", str(checkpoints / "judge-gold.jsonl"), *seeded], quiet)
    _train(["run", "starter_judge", "--arm", "no-think", "-o", str(judge), "--base", str(checkpoints / "base"),
            "--data", str(rows), *seeded], quiet)  # fmt: skip
    return judge


def _judged_by(folder: Path, checkpoints: Path, runs: Path, progress: "Progress") -> list[str]:
    """Measure the judge, and return the words by which it judges; none, and a line why, where it earned no vote."""
    from sfteval.cli.judge import command as judge_command
    from sfteval.cli.judge import heard, lines
    from sfteval.judge import read_rubric, write_lock
    from sfteval.judge.opening import judge_named
    from sfteval.judging.hearing import plan_hearing

    gold, path = checkpoints / "judge-gold.jsonl", checkpoints / "judge.lock"
    words = [str(gold), "--judge", str(folder), "--rubric", RUBRIC, "-o", str(path), "--runs", str(runs)]
    options = judge_command.commands["validate"].make_context("validate", [*words, "--backend", "transformers"]).params
    judge, checkpoint = judge_named(str(folder), read_rubric(RUBRIC))
    try:
        lock = awaited(heard(judge, checkpoint, plan_hearing(gold), options, progress))
    except DataError as error:  # it has learned no form of a verdict
        progress.say(UNEARNED.format(folder, f"expected {error.expected}, got {error.got}"))
        return []
    write_lock(lock, path)
    if lock.standing != "trusted":
        progress.say(UNEARNED.format(folder, "; ".join(lock.reasons)))
        return []
    progress.say(lines(lock)[-1])
    return ["--judge", str(folder), "--judge-lock", str(path), "--judge-rubric", f"{JUDGED_TASK}={RUBRIC}"]


def _check_machine(checkpoints: Path) -> None:
    missing = [name for name in ("torch", "transformers", "safetensors") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            "quickstart",
            expected="torch and transformers",
            got=f"no {missing[0]}",
            next_move="pip install 'sfteval[local]'",
        )
    place = next(path for path in (checkpoints, *checkpoints.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < FREE_BYTES:
        raise InfrastructureError(
            str(checkpoints), expected=f"{FREE_BYTES / 1e6:.0f} MB of free disk", got=f"{free / 1e6:.0f} MB",
            next_move="Free space and call the same command again",
        )  # fmt: skip


def _check_folders(*folders: Path) -> None:
    for folder in folders:
        taken = next((path for path in (folder, *folder.parents) if path.exists() and not path.is_dir()), None)
        if taken is not None:
            raise ConfigurationError(
                str(folder), expected="a folder", got=f"the file {taken}", next_move="Choose another"
            )


def _forget(checkpoints: Path, runs: Path, out: Path) -> None:
    """Remove what an earlier quickstart made and nothing else: checkpoints with our record, their runs, our files."""
    from sfteval.checkpoints import resolve_checkpoint
    from sfteval.judge.opening import judge_path
    from sfteval.provenance import run_path
    from sfteval.report import FORMATS

    for arm in ("base", "think", "no-think", "judge"):
        folder = checkpoints / arm
        if not (folder / "sft_run.json").is_file():
            continue
        with contextlib.suppress(SftevalError):  # torn, so never asked
            checkpoint = resolve_checkpoint(str(folder))
            asked = judge_path(checkpoint, runs) if arm == "judge" else run_path(checkpoint, runs)
            shutil.rmtree(asked, ignore_errors=True)
        shutil.rmtree(folder)
    if (out / "results.json").is_file():
        shutil.rmtree(out / "comet", ignore_errors=True)
        for form in FORMATS.values():
            (out / form.file).unlink(missing_ok=True)


def _train(words: list[str], quiet: bool) -> None:
    """Run `python -m sfttrain ...`; its own last word stands when it fails, and its exit code becomes ours."""
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(
            [sys.executable, "-m", "sfttrain", *words],
            stdout=subprocess.DEVNULL if quiet else None,
            stderr=said if quiet else None,
            env=_environment(),
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # one thread here
        )
        try:
            code = child.wait()
        except KeyboardInterrupt:
            _stop(child)
            code = 130
        finally:
            if child.poll() is None:
                child.kill()
        if code and quiet:
            said.seek(0)
            click.echo((said.read().strip().splitlines() or ["sfttrain ended without a word"])[-1], err=True)
    if code:
        raise SystemExit(code)


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Let a child that Ctrl-C reached end by itself, and pass it on to one that it did not reach."""
    for patience in (3, 10):
        try:
            child.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)
        else:
            return


def _die_with_parent() -> None:
    """Ask the kernel to end the child when we are killed: an orphan would go on training into the same folder."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _environment() -> dict[str, str]:
    # OMP_WAIT_POLICY=PASSIVE would help beside a busy process, but costs 1.7 times the steps' time on a quiet machine.
    return {"PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false", **os.environ}
