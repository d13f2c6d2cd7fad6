"""Archives are whole or not there: with a stand-in for comet that works, dies, hangs, tears or drops."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import pytest

from sfteval.errors import StoreError
from sfteval.tracking import Experiment, Table, comet, write_offline
from tests.sfteval.tracking.archives import read
from tests.sfteval.tracking.fake_comet import fake_comet

RUN = Experiment("run@1", metrics={"a": 1.0}, tables={"samples.csv": Table(("id",), [("x",)])}, html="<p>hi</p>")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))
    return tmp_path / "fake"


def test_each_experiment_is_an_archive_of_its_own(fake: Path, tmp_path: Path) -> None:
    fake_comet(fake)
    archives = write_offline([RUN, Experiment("other@2", metrics={"b": 2.0})], tmp_path / "comet")
    assert [path.name for path in archives] == ["1-run-1.zip", "2-other-2.zip"]
    first, second = (read(path) for path in archives)
    assert (first["metrics"], second["metrics"]) == ([("a", None, 1.0)], [("b", None, 2.0)])
    assert (first["files"], first["html"]) == ({"samples.csv": "id\nx\n"}, ["<p>hi</p>"])


def test_two_comparisons_in_one_process_do_not_merge(fake: Path, tmp_path: Path) -> None:
    fake_comet(fake)
    archives = [write_offline([Experiment("run", metrics={name: 1.0})], tmp_path / name)[0] for name in ("x", "y")]
    assert [read(path)["metrics"] for path in archives] == [[("x", None, 1.0)], [("y", None, 1.0)]]
    keys = {read(path)["experiment"]["offline_id"] for path in archives}
    assert len(keys) == 2


def test_writing_again_replaces(fake: Path, tmp_path: Path) -> None:
    fake_comet(fake)
    (archive,) = write_offline([Experiment("run", metrics={"a": 1.0})], tmp_path / "comet")
    content = archive.read_bytes()
    with archive.open("rb") as being_read:
        write_offline([Experiment("run", metrics={"a": 2.0})], tmp_path / "comet")
        assert being_read.read() == content, "who reads the old one reads it whole"
    assert list((tmp_path / "comet").iterdir()) == [archive]
    assert read(archive)["metrics"] == [("a", None, 2.0)]


@pytest.mark.parametrize(
    ("how", "got"),
    [
        ("crashes", "ImportError: no module named wrapt"),
        ("exits", "no reason"),
        ("refuses", "comet took no file samples.csv"),
        ("tears", "a torn archive (File is not a zip file)"),
        ("drops", "an archive without a"),
    ],
)
def test_whatever_comet_does_is_one_error_and_no_archive(how: str, got: str, fake: Path, tmp_path: Path) -> None:
    fake_comet(fake, how)
    with pytest.raises(StoreError) as refused:
        write_offline([RUN], tmp_path / "comet")
    assert str(refused.value) == (
        f"{tmp_path / 'comet'}: expected room for Comet archives, got {got}. "
        "Pass --comet off, or call the same command again."
    )
    assert not list(tmp_path.rglob("*.zip"))


def test_a_comet_that_hangs_is_not_waited_for(fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_comet(fake, "hangs")
    monkeypatch.setattr(comet, "WRITE_TIMEOUT_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(StoreError, match=r"got none in 0\.5 s"):
        write_offline([RUN, RUN, RUN], tmp_path / "comet")
    assert time.monotonic() - started < 10


def test_an_archive_of_before_outlives_a_failure(fake: Path, tmp_path: Path) -> None:
    fake_comet(fake)
    (before,) = write_offline([RUN], tmp_path / "comet")
    content = before.read_bytes()
    fake_comet(fake, "tears")
    with pytest.raises(StoreError):
        write_offline([RUN], tmp_path / "comet")
    assert [path.read_bytes() for path in (tmp_path / "comet").iterdir()] == [content]


def test_a_kill_in_between_leaves_no_torn_archive_in_the_report(fake: Path, tmp_path: Path) -> None:
    halfway = fake_comet(fake, "stops halfway")
    code = (
        "from pathlib import Path; from sfteval.tracking import *;"
        f"write_offline([Experiment('run')], Path({str(tmp_path / 'report' / 'comet')!r}))"
    )
    environment = os.environ | {"TMPDIR": str(fake)}
    parent = subprocess.Popen([sys.executable, "-c", code], env=environment)
    try:
        for _ in range(600):
            if halfway.exists() and halfway.read_text():
                break
            time.sleep(0.05)
        child = int(halfway.read_text())
    finally:
        parent.kill()
        parent.wait()
    os.kill(child, signal.SIGKILL)
    assert not (tmp_path / "report").exists()
    assert list(fake.rglob("*.zip")), "half an archive was there, elsewhere"


def test_no_experiments_are_no_archives(tmp_path: Path) -> None:
    assert write_offline((), tmp_path / "comet") == ()


def test_a_folder_that_cannot_be_made_is_one_error(fake: Path, tmp_path: Path) -> None:
    fake_comet(fake)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"expected room for Comet archives, got (Not a directory|File exists)"):
        write_offline([RUN], tmp_path / "file" / "comet")


def test_the_child_gets_no_key(fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_comet(fake)
    (fake / "sitecustomize.py").write_text(
        f"import os, pathlib; pathlib.Path({str(tmp_path / 'seen')!r}).write_text('\\n'.join(sorted(os.environ)))"
    )
    for name in ("COMET_API_KEY", "COMET_WORKSPACE", "HF_TOKEN", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "a-key-of-mine")
    write_offline([RUN], tmp_path / "comet")
    seen = (tmp_path / "seen").read_text().splitlines()
    assert "PATH" in seen
    assert not {"COMET_API_KEY", "COMET_WORKSPACE", "HF_TOKEN", "OPENAI_API_KEY"} & set(seen)


def test_comet_is_not_imported_here() -> None:
    code = (
        "import sys, sfteval.tracking, sfteval.report; print(sorted({'comet_ml', 'rich', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_breaks_off_on_the_way_into_the_report_leaves_the_archive_of_before(
    fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_comet(fake)
    (before,) = write_offline([RUN], tmp_path / "comet")
    content = before.read_bytes()

    def full(source: IO[bytes], copy: IO[bytes]) -> None:
        copy.write(source.read(20))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(StoreError, match="got No space left on device"):
        write_offline([RUN], tmp_path / "comet")
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "comet").iterdir()] == [(before.name, content)]


@pytest.mark.parametrize("how", ["works", "tears"])
def test_nothing_is_left_where_archives_are_made(
    how: str, fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_comet(fake, how)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with contextlib.suppress(StoreError):
        write_offline([RUN], tmp_path / "comet")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_files_go_along_without_keys_and_others_byte_by_byte(
    fake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_comet(fake)
    monkeypatch.setenv("LAB_API_KEY", "correct-horse-battery")
    page = '<p title="hf_AbCdEfGhIjKlMnOpQrSt">correct-horse-battery</p>\r\n\x1b'
    (tmp_path / "report.html").write_bytes(page.encode())
    (tmp_path / "odd.bin").write_bytes(b"hf_AbCdEfGhIjKlMnOpQrSt")
    assets = {"report.html": tmp_path / "report.html", "odd.bin": tmp_path / "odd.bin"}
    (archive,) = write_offline([Experiment("run", assets=assets)], tmp_path / "comet")
    assert read(archive)["files"] == {
        "report.html": '<p title="(redacted)">(redacted)</p>\n\x1b',  # the stand-in reads with one kind of line end
        "odd.bin": "hf_AbCdEfGhIjKlMnOpQrSt",
    }
    assert (tmp_path / "report.html").read_bytes() == page.encode(), "the report itself stays as it is"
