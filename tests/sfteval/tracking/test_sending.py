"""Archives are sent where a key exists, and what became of them is one sentence; nothing here can fail a command."""

import subprocess
import sys
from pathlib import Path

import pytest

from sfteval.tracking import delivered, upload, upload_command

KEY = "Ab3dEf6hIj9lMn2pQr5tUv8xY"


@pytest.fixture
def archives(tmp_path: Path) -> tuple[Path, ...]:
    found = tuple(tmp_path / f"{number}.zip" for number in (1, 2, 3))
    for archive in found:
        archive.write_bytes(b"kept")
    return found


@pytest.fixture
def sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that holds what the stand-in for the command `comet` was called with."""
    monkeypatch.setenv("COMET_API_KEY", KEY)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return tmp_path / "arguments"


def says(folder: Path, code: str) -> None:
    (folder / "comet").write_text(f'#!/bin/sh\necho "$@" >> "{folder}/arguments"\n{code}\n')
    (folder / "comet").chmod(0o755)


def test_the_command_to_send_later_is_quoted() -> None:
    command = upload_command((Path("reports/my lab/comet/1-a.zip"), Path("b.zip")))
    assert command == "comet upload 'reports/my lab/comet/1-a.zip' b.zip"


@pytest.mark.parametrize(("mode", "key"), [("offline", KEY), ("auto", ""), ("offline", "")])
def test_without_a_key_or_a_wish_nothing_is_started_and_the_command_is_told(
    mode: str, key: str, archives: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMET_API_KEY", key)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a process was started"))
    assert delivered(archives, mode) == (f"3 archives in {archives[0].parent}; upload with: {upload_command(archives)}")


def test_nothing_to_send_is_nothing_to_say() -> None:
    assert delivered((), "auto") == "nothing to archive"


def test_without_a_key_an_upload_does_not_wait_for_comet(
    archives: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMET_API_KEY", raising=False)
    assert upload(archives) == (archives, "no COMET_API_KEY")


def test_all_that_arrived_is_said(archives: tuple[Path, ...], sends: Path, tmp_path: Path) -> None:
    says(tmp_path, "echo 'COMET INFO: Number of uploaded experiments: 1'")
    assert delivered(archives, "auto") == f"3 archives in {tmp_path}, uploaded"
    assert sends.read_text().splitlines() == [f"upload {archive}" for archive in archives]


def test_the_first_that_fails_ends_it_and_what_is_left_is_named(
    archives: tuple[Path, ...], sends: Path, tmp_path: Path
) -> None:
    says(tmp_path, 'case "$2" in *1.zip) exit 0;; esac; echo "COMET ERROR: the project is full"; exit 1')
    assert delivered(archives, "auto") == (
        f"3 archives in {tmp_path}, 1 uploaded (COMET ERROR: the project is full); "
        f"upload with: {upload_command(archives[1:])}"
    )
    assert len(sends.read_text().splitlines()) == 2
    assert [archive.read_bytes() for archive in archives] == [b"kept"] * 3


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("exit 1", "comet gave no reason"),
        ("kill -SEGV $$", "comet gave no reason"),
        ("echo 'COMET INFO: Number of failed experiment uploads: 1'", "COMET INFO: Number of failed experiment upl"),
        (f"echo 'COMET ERROR: key {KEY} refused'; echo bye; exit 1", "COMET ERROR: key (redacted) refused"),
        ("printf 'COMET ERROR: \\033[31mred\\r\\n'; exit 1", "COMET ERROR: [31mred"),
        ("head -c 3000000 /dev/zero | tr '\\0' x; exit 1", "xxxxxxxxxx"),
        ("sleep 30", "no answer in 0.5 s"),
    ],
)
def test_why_it_did_not_arrive_is_one_short_harmless_line(
    code: str, reason: str, archives: tuple[Path, ...], sends: Path, tmp_path: Path
) -> None:
    says(tmp_path, code)
    left, why = upload(archives, timeout_seconds=0.5 if "sleep" in code else 20.0)
    assert left == archives
    assert why.startswith(reason)
    assert len(why) <= 160


def test_a_count_of_no_failures_is_no_failure(archives: tuple[Path, ...], sends: Path, tmp_path: Path) -> None:
    says(tmp_path, "echo 'Number of failed experiment uploads: 0'")
    assert upload(archives) == ((), "")


def test_sending_without_comet_is_no_crash(archives: tuple[Path, ...], sends: Path) -> None:
    assert upload(archives) == (archives, "comet does not start: No such file or directory")


def test_comet_gets_its_own_key_and_no_other(
    archives: tuple[Path, ...], sends: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_AbCdEfGhIjKlMnOpQrStUv")
    says(tmp_path, f'echo "$COMET_API_KEY $HF_TOKEN." > "{tmp_path}/keys"')
    assert upload(archives[:1]) == ((), "")
    assert (tmp_path / "keys").read_text() == f"{KEY} .\n"
