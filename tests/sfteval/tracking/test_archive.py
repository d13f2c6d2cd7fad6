"""An archive is read back before it gets its name: what it lacks is said."""

import json
import zipfile
from pathlib import Path
from typing import Any

from sfteval.tracking.archive import lacking

ORDER: dict[str, Any] = {
    "metrics": {"a": 1.0},
    "series": {"loss": [(1, 2.5), (2, 1.5)]},
    "tables": {"samples.csv": "id\n"},
    "assets": {"report.html": "/somewhere/report.html"},
    "html": "<p>x</p>",
}


def archive(folder: Path, *left_out: str) -> Path:
    """Write an archive of the order without some of its messages."""
    files = {"tmp1": "samples.csv", "tmp2": "report.html"}
    messages = [
        *(("metric_msg", {"metric": {"metricName": name}}) for name in ("a", "loss", "loss")),
        *(("file_upload", {"file_path": k, "additional_params": {"fileName": name}}) for k, name in files.items()),
        ("html", {"html": "<p>x</p>"}),
    ]
    lines = [json.dumps({"type": kind, "payload": payload}) for kind, payload in messages]
    kept = [line for line in lines if not any(word in line for word in left_out)]
    path = folder / "key.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as opened:
        opened.writestr("experiment.json", "{}")
        opened.writestr("messages.json", "\n".join(kept))
        for name, content in files.items():
            if content not in left_out:
                opened.writestr(name, f"the content of {content}")
    return path


def test_a_whole_archive_lacks_nothing(tmp_path: Path) -> None:
    assert lacking(archive(tmp_path), ORDER) == ""
    assert lacking(archive(tmp_path), {**ORDER, "html": "", "metrics": {}}) == ""


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    assert lacking(archive(tmp_path, '"a"'), ORDER) == "an archive without a"
    assert lacking(archive(tmp_path, "report.html"), ORDER) == "an archive without report.html"
    assert lacking(archive(tmp_path, "<p>"), ORDER) == "an archive without 0 pages for one"
    longer = {**ORDER, "series": {"loss": [(1, 2.5), (2, 1.5), (3, 1.0)]}}
    assert lacking(archive(tmp_path), longer) == "an archive without loss"


def test_a_file_that_is_announced_and_not_there_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path)
    with zipfile.ZipFile(path) as whole:
        held = {name: whole.read(name) for name in whole.namelist() if name != "tmp2"}
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in held.items():
            opened.writestr(name, content)
    assert lacking(path, ORDER) == "an archive without report.html"


def test_one_wrong_byte_in_a_file_is_a_torn_archive(tmp_path: Path) -> None:
    path = archive(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"the content of report", b"the c0ntent of report"))
    assert lacking(path, ORDER).startswith("a torn archive (")


def test_what_is_no_archive_of_comet_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "key.zip"
    for content in (b"", b"PK\x05\x06" + bytes(18), b"no zip"):
        path.write_bytes(content)
        assert lacking(path, ORDER).startswith("a torn archive (")
    assert lacking(tmp_path / "none.zip", ORDER).startswith("a torn archive (")
