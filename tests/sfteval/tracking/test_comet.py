"""Comet archives: written without a network, holding what they were given and nothing else."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sfteval.errors import StoreError
from sfteval.tracking import Experiment, Table, comet, upload, upload_command, write_offline

pytestmark = pytest.mark.slow  # writes real archives

GUARD = """
import pathlib, random, socket
random.random = lambda: 0.99  # comet draws whether to report its warnings to sentry.io: here it always would
def refuse(*arguments, **named):
    with pathlib.Path({record!r}).open("a") as record:
        record.write(repr(arguments) + "\\n")
    raise OSError("no network in this test")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
"""

OURS = {"metric_msg", "parameter_msg", "log_other", "file_upload", "html"}


def read(archive: Path) -> dict[str, Any]:
    """Return what an archive holds, by kind."""
    with zipfile.ZipFile(archive) as opened:
        lines = [json.loads(line) for line in opened.read("messages.json").splitlines()]
        texts = {
            line["payload"]["additional_params"]["fileName"]: opened.read(line["payload"]["file_path"]).decode()
            for line in lines
            if line["type"] == "file_upload"
        }
        experiment = json.loads(opened.read("experiment.json"))
    payloads = [(line["type"], line["payload"]) for line in lines]
    return {
        "experiment": experiment,
        "types": {kind for kind, _ in payloads},
        "metrics": [
            (item["metric"]["metricName"], item["metric"]["step"], item["metric"]["metricValue"])
            for kind, item in payloads
            if kind == "metric_msg" and item["metric"]["metricName"] != "process duration"
        ],
        "parameters": {
            item["param"]["paramName"]: item["param"]["paramValue"]
            for kind, item in payloads
            if kind == "parameter_msg"
        },
        "others": {item["key"]: item["value"] for kind, item in payloads if kind == "log_other"},
        "files": texts,
        "html": [item["html"] for kind, item in payloads if kind == "html"],
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Write two experiments with every guard on; return archives, connections that were tried, and the folder."""
    folder = tmp_path_factory.mktemp("comet")
    (folder / "guard").mkdir()
    (folder / "home").mkdir()
    (folder / "guard" / "sitecustomize.py").write_text(GUARD.format(record=str(folder / "connections")))
    (folder / "home" / ".comet.config").write_text("[comet]\napi_key = from-the-home-folder\n")
    (folder / "report.html").write_text("<p>a report</p>")
    first = Experiment(
        "no-think@8f3c21aa",
        tags=("sfteval", "role:a"),
        metrics={"reasoning/exact": 0.41, "lost": None},
        series={"loss": [(1, 2.5), (2, 1.5)]},
        parameters={"suite": {"seed": 0}, "api_key": "hunter2"},
        others={"verdict": "pass"},
        tables={"samples.csv": Table(("id", "value"), [("=1", 0.5)])},
        assets=(folder / "report.html",),
        html="<p>short</p>",
    )
    second = Experiment("think@c07be211", metrics={"reasoning/exact": 0.96})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder / "guard"))
        patch.setenv("HOME", str(folder / "home"))
        patch.setenv("COMET_API_KEY", "from-the-environment")
        patch.setenv("COMET_START_ONLINE", "1")
        patch.chdir(folder)
        (folder / ".env").write_text("COMET_API_KEY=from-the-working-folder\n")
        archives = write_offline((first, second), Path("archives"))
    tried = (folder / "connections").read_text() if (folder / "connections").exists() else ""
    return [folder / path for path in archives], tried, folder


def test_each_experiment_has_an_archive_named_after_it(written: Any) -> None:
    archives, _, folder = written
    assert [path.name for path in archives] == ["1-no-think-8f3c21aa.zip", "2-think-c07be211.zip"]
    assert sorted((folder / "archives").iterdir()) == archives


def test_no_connection_is_tried(written: Any) -> None:
    assert written[1] == ""


def test_the_guard_would_have_seen_one(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(GUARD.format(record=str(tmp_path / "connections")))
    code = "import socket; socket.create_connection(('127.0.0.1', 9))"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-P", "-c", code], env=environment, capture_output=True, check=False)
    assert "127.0.0.1" in (tmp_path / "connections").read_text()


def test_an_archive_holds_what_it_was_given(written: Any) -> None:
    found = read(written[0][0])
    assert found["metrics"] == [("reasoning/exact", None, 0.41), ("loss", 1, 2.5), ("loss", 2, 1.5)]
    assert found["parameters"] == {"suite|seed": 0, "api_key": "(redacted)", "curr_step": 2}  # the last is comet's
    assert found["others"]["Name"] == "no-think@8f3c21aa"
    assert found["others"]["verdict"] == "pass"
    assert found["others"]["metrics_without_a_value"] == "lost"
    assert found["files"] == {"samples.csv": "id,value\n'=1,0.5\n", "report.html": "<p>a report</p>"}
    assert found["html"] == ["<p>short</p>"]
    assert sorted(found["experiment"]["tags"]) == ["role:a", "sfteval"]
    assert found["experiment"]["project_name"] == "sfteval"


def test_an_archive_holds_nothing_else(written: Any) -> None:
    for archive in written[0]:
        assert read(archive)["types"] <= OURS


def test_two_experiments_are_never_mixed(written: Any) -> None:
    first, second = (read(archive) for archive in written[0])
    assert second["metrics"] == [("reasoning/exact", None, 0.96)]
    assert first["experiment"]["offline_id"] != second["experiment"]["offline_id"]


def test_no_secret_and_no_place_of_this_machine_leaks(written: Any) -> None:
    archives, _, folder = written
    for archive in archives:
        with zipfile.ZipFile(archive) as opened:
            content = b"".join(opened.read(name) for name in opened.namelist()).decode()
        for leak in ("hunter2", "from-the", str(folder), os.uname().nodename, sys.executable):
            assert leak not in content


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_offline((Experiment("quiet"),), tmp_path)
    assert capfd.readouterr() == ("", "")


def test_no_experiments_are_no_archives(tmp_path: Path) -> None:
    assert write_offline((), tmp_path / "comet") == ()


def test_a_child_that_fails_is_one_error_with_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comet.sys, "executable", "/bin/false")
    with pytest.raises(StoreError) as refused:
        write_offline((Experiment("run"),), tmp_path / "comet")
    assert str(refused.value) == (
        f"{tmp_path / 'comet'}: expected room for Comet archives, got no reason. "
        "Pass --comet off, or call the same command again."
    )
    assert list((tmp_path / "comet").iterdir()) == []


def test_the_command_to_send_later_is_quoted() -> None:
    command = upload_command((Path("reports/my lab/comet/1-a.zip"), Path("b.zip")))
    assert command == "comet upload 'reports/my lab/comet/1-a.zip' b.zip"


def test_without_a_key_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COMET_API_KEY", raising=False)
    monkeypatch.setattr(comet.subprocess, "run", lambda *_, **__: pytest.fail("a process was started"))
    assert upload((tmp_path / "a.zip",)) is False


@pytest.mark.parametrize(("code", "arrived"), [("exit 0", True), ("exit 1", False), ("sleep 30", False)])
def test_sending_never_raises_and_tells_whether_it_arrived(
    code: str, arrived: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "comet").write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/arguments"\n{code}\n')
    (tmp_path / "comet").chmod(0o755)
    monkeypatch.setenv("COMET_API_KEY", "a-key")
    monkeypatch.setattr(comet.sys, "executable", str(tmp_path / "python"))
    assert upload((tmp_path / "a.zip",), timeout_seconds=1.0) is arrived
    assert (tmp_path / "arguments").read_text() == f"upload {tmp_path}/a.zip\n"


def test_sending_without_comet_is_no_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMET_API_KEY", "a-key")
    monkeypatch.setattr(comet.sys, "executable", str(tmp_path / "python"))
    assert upload((tmp_path / "a.zip",)) is False


def test_comet_is_not_imported_here() -> None:
    code = (
        "import sys, sfteval.tracking, sfteval.report; print(sorted({'comet_ml', 'rich', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
