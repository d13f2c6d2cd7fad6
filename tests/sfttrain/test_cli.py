"""The commands: one line per mistake, the right exit code, quiet where nobody reads on."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sfteval.errors import TemplateError
from tests.sfttrain.command_line import invoke


def test_a_pair_from_the_command_line(recipe_file: Path, toy_base: Path, toy_rows: Path, tmp_path: Path) -> None:
    result = invoke("pair", recipe_file, "-o", tmp_path / "lab", "--base", toy_base, "--data", toy_rows, "--seed", 3)
    assert result.exit_code == 0, result.output
    runs = [json.loads((tmp_path / "lab" / arm / "sft_run.json").read_text()) for arm in ("think", "no-think")]
    assert [run["recipe"]["seed"] for run in runs] == [3, 3]
    again = invoke("pair", recipe_file, "-o", tmp_path / "lab", "--base", toy_base, "--data", toy_rows, "--seed", 3)
    assert again.output.count("is finished with this recipe") == 2


def test_one_arm_and_a_look_at_a_row(recipe_file: Path, toy_base: Path, toy_rows: Path, tmp_path: Path) -> None:
    given = ("--base", toy_base, "--data", toy_rows, "--arm", "no-think")
    assert invoke("run", recipe_file, "-o", tmp_path / "one", *given).exit_code == 0
    shown = invoke("show", recipe_file, *given, "--row", "row-2")
    assert "⟦222<|im_end|>⟧" in shown.output


def test_starter_rows_and_a_users_file_are_normalised(tmp_path: Path) -> None:
    made = invoke("data", "starter:20", "-o", tmp_path / "rows.jsonl")
    assert made.exit_code == 0, made.output
    assert made.output.endswith("20 rows written\n")
    copied = invoke("data", tmp_path / "rows.jsonl", "-o", tmp_path / "again.jsonl")
    assert copied.exit_code == 0
    assert (tmp_path / "again.jsonl").read_text() == (tmp_path / "rows.jsonl").read_text()
    assert invoke("data", "starter:many", "-o", tmp_path / "x.jsonl").exit_code == 2


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"recipe": "starter_pare"}, 2, 'Did you mean "starter_pair"?'),
        ({"base": "nowhere"}, 2, "expected a checkpoint directory, got no such directory"),
        ({"data": "nowhere.jsonl"}, 2, "expected conversations to learn from, got no such file"),
    ],
)
def test_a_mistake_is_one_line_on_standard_error(
    recipe_file: Path, toy_base: Path, toy_rows: Path, tmp_path: Path, change: Any, code: int, says: str
) -> None:
    given = {"recipe": recipe_file, "base": toy_base, "data": toy_rows} | change
    result = invoke("pair", given["recipe"], "-o", tmp_path / "lab", "--base", given["base"], "--data", given["data"])
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "lab").exists()


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    result = invoke("pair", "nowhere", "-o", tmp_path / "lab", "--debug")
    assert type(result.exception).__name__ == "ConfigurationError"


def test_ctrl_c_ends_with_130(
    recipe_file: Path, toy_base: Path, toy_rows: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    def interrupt(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("sfttrain.learn.take_step", interrupt)
    result = invoke("run", recipe_file, "-o", tmp_path / "one", "--base", toy_base, "--data", toy_rows)
    assert result.exit_code == 130
    assert "Stopped." in result.stderr
    assert not (tmp_path / "one").exists()


def test_a_full_disk_is_infrastructure(
    recipe_file: Path, toy_base: Path, toy_rows: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sfttrain.export.save_model", full)
    result = invoke("run", recipe_file, "-o", tmp_path / "one", "--base", toy_base, "--data", toy_rows)
    assert result.exit_code == 13
    assert "No space left on device" in result.stderr


@pytest.mark.parametrize(
    ("kind", "code"),
    [("ENOENT", 2), ("ENOTDIR", 2), ("EISDIR", 2), ("EEXIST", 2), ("EACCES", 13), ("ENOSPC", 13), ("EIO", 13)],
)
def test_a_wrong_path_is_the_users_mistake_and_a_failing_disk_is_not(
    kind: str, code: int, tmp_path: Path, monkeypatch: Any
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(getattr(errno, kind), "as the kernel says", "some/file")

    monkeypatch.setattr("sfttrain.config.read_recipe", fail)
    result = invoke("pair", "starter_pair", "-o", tmp_path / "lab")
    assert result.exit_code == code
    assert result.stderr.startswith("Error: some/file: expected ")


def test_a_folder_below_a_file_is_the_users_mistake(
    recipe_file: Path, toy_base: Path, toy_rows: Path, tmp_path: Path
) -> None:
    out = recipe_file / "one"
    result = invoke("run", recipe_file, "-o", out, "--base", toy_base, "--data", toy_rows)
    assert result.exit_code == 2
    assert result.stderr.count("Error: ") == 1


def test_an_error_is_one_line_whatever_it_quotes(tmp_path: Path, monkeypatch: Any) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise TemplateError("a template", expected="a rendering", got="no\nway \x1b[31m\u2028", next_move="Mend\r it")

    monkeypatch.setattr("sfttrain.config.read_recipe", refuse)
    result = invoke("pair", "starter_pair", "-o", tmp_path / "lab")
    assert result.stderr == "Error: a template: expected a rendering, got no way  [31m . Mend  it.\n"


@pytest.fixture
def closed_pipe() -> Iterator[int]:
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.slow
def test_a_closed_pipe_ends_the_printing_quietly(
    recipe_file: Path, toy_base: Path, toy_rows: Path, closed_pipe: int
) -> None:
    command = [sys.executable, "-m", "sfttrain", "show", recipe_file, "--base", toy_base, "--data", toy_rows]
    done = subprocess.run(command, stdout=closed_pipe, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_a_closed_pipe_makes_no_success_of_what_is_not_done(
    recipe_file: Path, toy_base: Path, toy_rows: Path, tmp_path: Path, closed_pipe: int
) -> None:
    command = [sys.executable, "-m", "sfttrain", "pair", "nowhere", "-o", tmp_path / "lab"]
    assert subprocess.run(command, stderr=closed_pipe).returncode == 2
    command = [*command[:4], recipe_file, "-o", tmp_path / "lab", "--base", toy_base, "--data", toy_rows]
    assert subprocess.run(command, stderr=closed_pipe).returncode == 13
    assert not (tmp_path / "lab" / "think").exists()


def test_ctrl_c_while_libraries_load_ends_with_130(tmp_path: Path, monkeypatch: Any) -> None:
    class Interrupted:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "sfttrain.pair":
                raise KeyboardInterrupt

    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "sfttrain.pair", raising=False)
    result = invoke("pair", "starter_pair", "-o", tmp_path / "lab")
    assert (result.exit_code, result.stderr.count("\n")) == (130, 1)


@pytest.mark.parametrize(
    ("processes", "says"),
    [("1", "from there."), ("2", "from the last checkpoint on the way, if [save] every_steps made one.")],
)
def test_what_ctrl_c_costs_is_said(processes: str, says: str, tmp_path: Path, monkeypatch: Any) -> None:
    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setenv("WORLD_SIZE", processes)
    monkeypatch.setattr("sfttrain.config.read_recipe", interrupt)
    told = invoke("pair", "starter_pair", "-o", tmp_path / "lab").stderr
    assert told == f"Stopped. What was finished stays; the same command goes on {says}\n"


@pytest.mark.parametrize("seed", ["-1", str(2**63), str(2**64)])
@pytest.mark.parametrize("command", [("pair", "starter_pair"), ("run", "starter_pair"), ("base",), ("data", "starter")])
def test_a_seed_is_a_number_that_every_generator_takes(command: tuple[str, ...], seed: str, tmp_path: Path) -> None:
    result = invoke(*command, "-o", tmp_path / "out", "--seed", seed)
    assert result.exit_code == 2
    assert f"{seed} is not in the range 0<=x<=9223372036854775807" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "sfttrain", "--version"], capture_output=True, text=True, check=True)
    assert "version" in done.stdout
