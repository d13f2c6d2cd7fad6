"""Comet archives in, one sentence out: sent where a key exists, else how to send them later.

Sending never raises and never decides anything: the archives stay. One child process an archive, one after another,
because the first makes the project that the others join; whoever does not answer in time is not waited for.
Source of the limits: `comet upload` of comet_ml 3.58 without a network or a key takes 20 s to say so, each time.
"""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sfteval.tracking.comet import QUIET
from sfteval.tracking.redaction import is_secret, redacted_text, secrets_of, without_keys

UPLOAD_TIMEOUT_SECONDS = 120.0  # of all archives of one call together
LONGEST_REASON = 160
KEY = "COMET_API_KEY"
_FAILED = re.compile(r"Number of failed experiment uploads: [1-9]")


def delivered(archives: Sequence[Path], mode: str, timeout_seconds: float = UPLOAD_TIMEOUT_SECONDS) -> str:
    """Return what became of the archives, in one sentence; `mode` is offline, or auto: send them where a key exists."""
    if not archives:
        return "nothing to archive"
    kept = f"{len(archives)} archive{'s' if len(archives) > 1 else ''} in {archives[0].parent}"
    if mode != "auto" or not os.environ.get(KEY):
        return f"{kept}; upload with: {upload_command(archives)}"
    left, reason = upload(archives, timeout_seconds)
    if not left:
        return f"{kept}, uploaded"
    arrived = f"{len(archives) - len(left)} uploaded" if len(left) < len(archives) else "not uploaded"
    return f"{kept}, {arrived} ({reason}); upload with: {upload_command(left)}"


def upload_command(archives: Sequence[Path]) -> str:
    """Return the command that sends the archives later."""
    return shlex.join(["comet", "upload", *map(str, archives)])


def upload(archives: Sequence[Path], timeout_seconds: float = UPLOAD_TIMEOUT_SECONDS) -> tuple[tuple[Path, ...], str]:
    """Send the archives with the key of the environment; return those that did not arrive, and why. Never raises.

    The first that does not arrive ends it: the others would wait as long for the same answer.
    """
    if not os.environ.get(KEY):
        return tuple(archives), f"no {KEY}"
    deadline = time.monotonic() + timeout_seconds
    for number, archive in enumerate(archives):
        if reason := _send(archive, max(deadline - time.monotonic(), 0.0), timeout_seconds):
            return tuple(archives[number:]), reason
    return (), ""


def _send(archive: Path, seconds: float, whole: float) -> str:
    """Return why one archive did not arrive; "": it did."""
    command = [str(Path(sys.executable).with_name("comet")), "upload", str(archive)]
    try:
        done = subprocess.run(
            command,
            env={name: value for name, value in os.environ.items() if name.startswith("COMET_") or not is_secret(name)}
            | QUIET,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {whole:g} s"
    except (OSError, subprocess.SubprocessError) as refused:
        return f"comet does not start: {getattr(refused, 'strerror', None) or type(refused).__name__}"
    said = done.stdout.decode("utf-8", "replace")
    return "" if done.returncode == 0 and not _FAILED.search(said) else _reason(said)


def _reason(said: str) -> str:
    """Return the first line that complains, else the last: one line without keys, places or terminal codes."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["comet gave no reason"]
    line = next((line for line in lines if "ERROR" in line), lines[-1])[: 4 * LONGEST_REASON]
    shown = "".join(letter for letter in line if letter.isprintable())
    return without_keys(redacted_text(shown), secrets_of(os.environ))[:LONGEST_REASON]
