"""Experiments in, Comet archives out, without a network; and, where a key exists, archives sent.

Comet itself runs in child processes, one an experiment: its banner, its threads, its reading of the working folder's
configuration and its habit of handing out the same experiment twice stay there. Sending never raises and never decides
anything: the archive stays, and the command to send it later can always be printed.
Source of the limits: comet_ml 3.58 run here without a network (an online start without one blocks and loses all).
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sfteval.errors import StoreError
from sfteval.tracking.experiment import Experiment

WRITE_TIMEOUT_SECONDS = 180.0
LATER = "Pass --comet off, or call the same command again"
QUIET = {  # comet reports its own warnings to sentry.io, in half of all processes, even offline
    "COMET_ERROR_TRACKING_ENABLE": "0",
    "COMET_INTERNAL_REPORTING": "0",
    "PYTHONWARNINGS": "ignore",
}


def write_offline(experiments: Sequence[Experiment], folder: Path) -> tuple[Path, ...]:
    """Write one archive per experiment into `folder` and return their paths, in order.

    An archive is named after its experiment, so that writing it again replaces it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as scratch:
            made = _archive([experiment.as_json() for experiment in experiments], Path(scratch).resolve())
            names = [f"{number}-{_slug(experiment.name)}.zip" for number, experiment in enumerate(experiments, 1)]
            return tuple(path.replace(folder / name) for path, name in zip(made, names, strict=True))
    except StoreError:
        raise
    except OSError as refused:
        raise _not_written(folder, refused.strerror or refused) from refused


def upload_command(archives: Sequence[Path]) -> str:
    """Return the command that sends the archives later."""
    return shlex.join(["comet", "upload", *map(str, archives)])


def upload(archives: Sequence[Path], timeout_seconds: float = 60.0) -> bool:
    """Send the archives if COMET_API_KEY exists; return whether all arrived. Never raises; the archives stay."""
    if not archives or not os.environ.get("COMET_API_KEY"):
        return False
    command = [str(Path(sys.executable).with_name("comet")), "upload", *map(str, archives)]
    try:
        done = subprocess.run(
            command,
            env=os.environ | QUIET,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_seconds,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _archive(orders: Sequence[Mapping[str, Any]], scratch: Path) -> list[Path]:
    """Run comet once per order, all at the same time, and return the archives in order."""
    rooms = [scratch / str(number) for number in range(len(orders))]
    children: list[subprocess.Popen[bytes]] = []
    try:
        for room, order in zip(rooms, orders, strict=True):
            room.mkdir()
            (room / "order.json").write_text(json.dumps(order), encoding="ascii")
            children.append(_start(room))
        for child, room in zip(children, rooms, strict=True):
            _wait(child, room)
    finally:
        for child in children:
            child.kill()
            child.wait()
    return [next(room.glob("*.zip")) for room in rooms]


def _start(room: Path) -> subprocess.Popen[bytes]:
    """Start comet in a child that has no key, no terminal and a working folder without configuration."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMET_")}
    command = [sys.executable, "-P", str(Path(__file__).with_name("archiver.py")), str(room)]
    with (room / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=room,
            env=environment | QUIET,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait(child: "subprocess.Popen[bytes]", room: Path) -> None:
    try:
        code = child.wait(WRITE_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as late:
        raise _not_written(room.parent.parent, f"none in {WRITE_TIMEOUT_SECONDS:.0f} s") from late
    if code != 0 or not any(room.glob("*.zip")):
        said = (room / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no reason"]
        raise _not_written(room.parent.parent, said[-1])


def _not_written(folder: Path, got: object) -> StoreError:
    return StoreError(str(folder), expected="room for Comet archives", got=got, next_move=LATER)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:80] or "experiment"
