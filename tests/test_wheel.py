"""The wheel in an environment with no checkout and no torch: suites are inside, answers made elsewhere compare."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A fresh environment that holds nothing but the wheel and its base dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "wheel", str(ROOT), "--no-deps", "-w", str(folder)], check=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", "-q", "install", "-c", ROOT / "constraints.txt", wheel],
        check=True,
    )
    return folder / "env" / "bin"


def called(installed, folder, *words, check=True):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [installed / "sfteval", *words], cwd=folder, check=check, capture_output=True, text=True, env=environment
    )


def test_the_base_install_is_light(installed, tmp_path):
    listed = subprocess.run(
        [installed / "python", "-m", "pip", "list"], check=True, capture_output=True, text=True
    ).stdout
    assert "torch" not in listed
    assert "embedded backend   no" in called(installed, tmp_path, "doctor").stdout


def test_the_shipped_suites_are_in_the_wheel(installed, tmp_path):
    assert "starter" in called(installed, tmp_path, "suites", "list").stdout


def test_answers_made_elsewhere_compare_without_torch(installed, tmp_path):
    (tmp_path / "p.jsonl").write_text('{"id": "a", "prompt": "2+2?", "target": "4"}\n')
    for name in "xy":
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "a", "response": "4"}) + "\n")
    called(installed, tmp_path, "suites", "new", "p.jsonl", "-o", "mine")
    done = called(
        installed, tmp_path, "compare", "responses:x.jsonl", "responses:y.jsonl", "--suite", "mine", "-o", "r"
    )
    assert "report.html" in done.stdout
    assert (tmp_path / "r" / "report.html").exists()


def test_a_checkpoint_without_torch_says_what_to_install(installed, tmp_path):
    from tests.toys import toy_checkpoint

    toy_checkpoint(tmp_path / "ckpt")
    done = called(installed, tmp_path, "run", "ckpt", "--suite", "starter", "--limit", "1", check=False)
    assert done.returncode == 13
    assert "pip install 'sfteval[local]'" in done.stderr


def test_the_trainer_without_torch_says_what_to_install(installed, tmp_path):
    done = subprocess.run([installed / "sfttrain", "--help"], capture_output=True, text=True, check=True)
    assert "pair" in done.stdout
