"""Experiments in, Comet archives out, without a network: each whole under its name, or not there at all.

Comet itself runs in child processes, one an experiment: its banner, its threads, its reading of configuration files
and its habit of handing out the same experiment twice stay there. They write outside of the report; an archive comes
into it when it was read back and holds what was ordered, so that a kill at any moment leaves no half of one.
Source of the limits: comet_ml 3.58 run here without a network (an online start without one blocks and loses all).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sfteval.errors import StoreError
from sfteval.tracking.archive import lacking
from sfteval.tracking.experiment import Experiment
from sfteval.tracking.redaction import is_secret, redacted_text, secrets_of, without_keys

WRITE_TIMEOUT_SECONDS = 120.0  # of all archives of one call together
LATER = "Pass --comet off, or call the same command again"
QUIET = {  # comet reports its own warnings to sentry.io, in half of all processes, even offline
    "COMET_ERROR_TRACKING_ENABLE": "0",
    "COMET_INTERNAL_REPORTING": "0",
    "PYTHONWARNINGS": "ignore",
}
TEXTS = {".html", ".md", ".json", ".csv", ".txt", ".xml", ".jsonl"}

Order = Mapping[str, Any]


def write_offline(experiments: Sequence[Experiment], folder: Path) -> tuple[Path, ...]:
    """Write one archive per experiment into `folder` and return their paths, in order.

    An archive is named after its experiment, so that writing it again replaces it. Raises: StoreError.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="sfteval-comet-", ignore_cleanup_errors=True) as scratch:
            rooms = [Path(scratch).resolve() / str(number) for number in range(len(experiments))]
            orders = [_order(one, room) for one, room in zip(experiments, rooms, strict=True)]
            made = _archived(orders, rooms, folder)
            folder.mkdir(parents=True, exist_ok=True)
            names = [f"{number}-{_slug(experiment.name)}.zip" for number, experiment in enumerate(experiments, 1)]
            return tuple(_moved(path, folder / name) for path, name in zip(made, names, strict=True))
    except StoreError:
        raise
    except OSError as refused:
        raise _not_written(folder, refused.strerror or refused) from refused


def _order(experiment: Experiment, room: Path) -> dict[str, Any]:
    """Lay what one child needs into its room: the order, and copies of the files without keys."""
    room.mkdir()
    secrets = secrets_of(os.environ)
    order = experiment.as_json()
    order["assets"] = {
        name: str(_copied(Path(path), room / f"asset-{number}{Path(name).suffix}", secrets))
        for number, (name, path) in enumerate(order["assets"].items())
    }
    written = without_keys(json.dumps(order, allow_nan=False), secrets)
    (room / "order.json").write_text(written, encoding="ascii")
    ordered: dict[str, Any] = json.loads(written)
    return ordered


def _copied(source: Path, copy: Path, secrets: Sequence[str]) -> Path:
    if source.suffix not in TEXTS:
        shutil.copyfile(source, copy)
        return copy
    text = source.read_bytes().decode("utf-8", "surrogateescape")
    copy.write_bytes(without_keys(text, secrets).encode("utf-8", "surrogateescape"))
    return copy


def _archived(orders: Sequence[Order], rooms: Sequence[Path], folder: Path) -> list[Path]:
    """Run comet once per order, all at the same time, and return the archives in order."""
    deadline = time.monotonic() + WRITE_TIMEOUT_SECONDS
    children: list[subprocess.Popen[bytes]] = []
    try:
        children.extend(_start(room) for room in rooms)
        for child, room in zip(children, rooms, strict=True):
            _wait(child, room, folder, max(deadline - time.monotonic(), 0.0))
    finally:
        for child in children:
            child.kill()
            child.wait()
    made = [next(room.glob("*.zip")) for room in rooms]
    for archive, order in zip(made, orders, strict=True):
        if lack := lacking(archive, order):
            raise _not_written(folder, lack)
    return made


def _start(room: Path) -> subprocess.Popen[bytes]:
    """Start comet in a child that has no key, no terminal and a working folder without configuration."""
    environment = {
        name: value for name, value in os.environ.items() if not (name.startswith("COMET_") or is_secret(name))
    }
    command = [sys.executable, "-P", str(Path(__file__).with_name("archiver.py")), str(room)]
    with (room / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=room,
            env=environment | QUIET | {"TMPDIR": str(room)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait(child: "subprocess.Popen[bytes]", room: Path, folder: Path, seconds: float) -> None:
    try:
        code = child.wait(seconds)
    except subprocess.TimeoutExpired as late:
        raise _not_written(folder, f"none in {WRITE_TIMEOUT_SECONDS:g} s") from late
    if code != 0 or not any(room.glob("*.zip")):
        said = (room / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no reason"]
        raise _not_written(folder, redacted_text(said[-1][:200]))


def _moved(archive: Path, target: Path) -> Path:
    """Copy an archive to where its name says, which may be another disk, and name it when it is whole there."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with archive.open("rb") as made, part.open("wb") as copy:
            shutil.copyfileobj(made, copy)
            copy.flush()
            os.fsync(copy.fileno())
        return part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _not_written(folder: Path, got: object) -> StoreError:
    return StoreError(str(folder), expected="room for Comet archives", got=got, next_move=LATER)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:80] or "experiment"
