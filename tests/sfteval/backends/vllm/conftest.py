"""A fake vLLM on the path of child processes, and a checkpoint to serve with it."""

import os

import pytest

from sfteval.backends.vllm import keeper
from tests.sfteval.backends.vllm.faking import PACKAGE, Fake
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
