"""Archives that real comet writes: without a network, holding what they were given and nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sfteval.tracking import Experiment, Table, write_offline
from tests.sfteval.tracking.archives import everything, guard, read

pytestmark = pytest.mark.slow  # comet takes its second

OURS = {"metric_msg", "parameter_msg", "log_other", "file_upload", "html"}
SECRETS = {
    "COMET_API_KEY": "Ab3dEf6hIj9lMn2pQr5tUv8xY",
    "HF_TOKEN": "hf_AbCdEfGhIjKlMnOpQrStUv",
    "OPENAI_API_KEY": "sk-proj-AbCdEfGhIjKlMnOpQr_StUv",
    "MY_LAB_SECRET": "correct-horse-battery",
}
HOME_CONFIG = """[comet]
api_key = from-the-home-folder
experiment_key = fromthehomefolderfromthehomefolder
project_name = another-project
workspace = another-workspace
disabled = true
offline_directory = /nowhere

[comet_auto_log]
disable = true
code = true
env_details = true
env_host = true

[comet_start]
online = true
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Write two experiments with every guard on; return archives, connections that were tried, and the folder."""
    folder = tmp_path_factory.mktemp("comet")
    connections = guard(folder / "guard")
    (folder / "home").mkdir()
    (folder / "home" / ".comet.config").write_text(HOME_CONFIG)
    (folder / ".comet.config").write_text(HOME_CONFIG)
    (folder / ".env").write_text("COMET_API_KEY=from-the-working-folder\n")
    (folder / "report.html").write_text(f"<p>a report that quotes {SECRETS['HF_TOKEN']}</p>")
    first = Experiment(
        "no-think@8f3c21aa",
        tags=("sfteval", "role:a"),
        metrics={"reasoning/exact": 0.41, "lost": None, "nan": float("nan")},
        series={"loss": [(1, 2.5), (2, 1.5), (3, float("inf"))]},
        parameters={"suite": {"seed": 0, "share": float("nan")}, "api_key": "hunter2"},
        others={"verdict": "pass", "said": f"key {SECRETS['MY_LAB_SECRET']}", "score": float("nan")},
        tables={"samples.csv": Table(("id", "value"), [("=1", 0.5), (SECRETS["OPENAI_API_KEY"], float("nan"))])},
        assets={"report.html": folder / "report.html"},
        html=f"<p>short {SECRETS['COMET_API_KEY']}</p>",
    )
    second = Experiment("think@c07be211", metrics={"reasoning/exact": 0.96})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder / "guard"))
        patch.setenv("HOME", str(folder / "home"))
        patch.setenv("COMET_CONFIG", str(folder / ".comet.config"))
        patch.setenv("COMET_START_ONLINE", "1")
        patch.setenv("COMET_EXPERIMENT_KEY", "fromtheenvironmentfromtheenvironment")
        for name, secret in SECRETS.items():
            patch.setenv(name, secret)
        patch.setattr(sys, "argv", ["sfteval", "--hf_token", SECRETS["HF_TOKEN"]])
        patch.chdir(folder)
        archives = write_offline((first, second), Path("archives"))
    tried = connections.read_text() if connections.exists() else ""
    return [folder / path for path in archives], tried, folder


def test_each_experiment_has_an_archive_named_after_it(written: Any) -> None:
    archives, _, folder = written
    assert [path.name for path in archives] == ["1-no-think-8f3c21aa.zip", "2-think-c07be211.zip"]
    assert sorted((folder / "archives").iterdir()) == archives


def test_no_connection_is_tried(written: Any) -> None:
    assert written[1] == ""


@pytest.mark.parametrize("code", ["socket.create_connection(('127.0.0.1', 9))", "socket.gethostbyname('localhost')"])
def test_the_guard_would_have_seen_one(code: str, tmp_path: Path) -> None:
    connections = guard(tmp_path)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-P", "-c", f"import socket; {code}"]
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 1
    assert connections.read_text().startswith("socket.")


def test_an_archive_holds_what_it_was_given(written: Any) -> None:
    found = read(written[0][0])
    assert found["metrics"] == [("reasoning/exact", None, 0.41), ("loss", 1, 2.5), ("loss", 2, 1.5)]
    assert found["parameters"]["suite|seed"] == 0
    assert found["parameters"]["api_key"] == "(redacted)"
    assert found["others"]["Name"] == "no-think@8f3c21aa"
    assert found["others"]["verdict"] == "pass"
    assert found["others"]["metrics_without_a_value"] == "lost, nan"
    assert found["others"]["said"] == "key (redacted)"
    assert "score" not in found["others"]
    assert found["files"] == {
        "samples.csv": "id,value\n'=1,0.5\n(redacted),\n",
        "report.html": "<p>a report that quotes (redacted)</p>",
    }
    assert found["html"] == ["<p>short (redacted)</p>"]
    assert sorted(found["experiment"]["tags"]) == ["role:a", "sfteval"]


def test_an_archive_holds_nothing_else(written: Any) -> None:
    for archive in written[0]:
        assert read(archive)["types"] <= OURS


def test_two_experiments_are_never_mixed(written: Any) -> None:
    first, second = (read(archive) for archive in written[0])
    assert second["metrics"] == [("reasoning/exact", None, 0.96)]
    assert first["experiment"]["offline_id"] != second["experiment"]["offline_id"]


def test_configuration_of_the_home_folder_changes_nothing(written: Any) -> None:
    for archive in written[0]:
        experiment = read(archive)["experiment"]
        assert experiment["project_name"] == "sfteval"
        assert experiment["workspace"] is None
        assert not experiment["offline_id"].startswith("from")


def test_no_secret_no_place_and_no_name_of_this_machine_leaks(written: Any) -> None:
    archives, _, folder = written
    for archive in archives:
        held = everything(archive)
        for leak in (
            "hunter2",
            "from-the",
            "fromthe",
            *SECRETS.values(),
            str(folder),
            sys.executable,
            "sfteval-comet-",
        ):
            assert leak not in held
        assert not re.search(rf"\b{re.escape(os.uname().nodename)}\b", held)


def test_the_word_nan_is_nowhere(written: Any) -> None:
    for archive in written[0]:
        found = read(archive)
        stored = [*(value for *_, value in found["metrics"]), *found["parameters"].values(), *found["others"].values()]
        assert not [value for value in stored if str(value).lower() in ("nan", "inf", "-inf", "infinity")]


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_offline((Experiment("quiet"),), tmp_path)
    assert capfd.readouterr() == ("", "")
