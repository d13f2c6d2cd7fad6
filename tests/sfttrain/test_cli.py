"""The commands: one line per mistake, the right exit code, and a light --help."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sfteval.errors import TemplateError
from sfttrain.cli import main

RECIPE = """
[batch]
step_tokens = 400
max_tokens = 400
[schedule]
steps = 2
warmup_steps = 1
"""


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom sfttrain.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "heavy = ('torch', 'transformers', 'pandas', 'numpy', 'rich', 'jinja2')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_help_names_every_command() -> None:
    text = invoke("--help").output
    for command in ("run", "pair", "show", "data", "base"):
        assert f"\n  {command} " in text


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


def golden(command: str) -> str:
    """Return the help of a command as a terminal of 100 columns shows it."""
    result = CliRunner().invoke(main, [command, "--help"], terminal_width=100, prog_name="sfttrain")
    assert result.exit_code == 0
    return result.output


def test_the_help_of_run_is_the_golden_one() -> None:
    assert golden("run") == RUN_HELP


def test_the_help_of_pair_is_the_golden_one() -> None:
    assert golden("pair") == PAIR_HELP


@pytest.mark.parametrize("command", ["run", "pair", "show", "data", "base"])
def test_the_help_of_a_command_loads_no_heavy_library(command: str) -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom sfttrain.cli import main\n"
        f"assert CliRunner().invoke(main, ['{command}', '--help']).exit_code == 0\n"
        "print([name for name in ('torch', 'transformers', 'peft', 'datasets', 'rich') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.fixture
def whole_recipe(tmp_path: Path, toy_base: Path, toy_rows: Path) -> Path:
    """A recipe that names its base and two sources, relative to nothing."""
    path = tmp_path / "whole.toml"
    other = tmp_path / "other.jsonl"
    rows = [json.dumps({"prompt": f"Count to {number}", "completion": "1"}) for number in range(10)]
    other.write_text("\n".join(rows) + "\n")
    sources = f"[[data.sources]]\npath = {str(toy_rows)!r}\n[[data.sources]]\npath = {str(other)!r}\nweight = 0.5\n"
    path.write_text(f"base = {str(toy_base)!r}\n[data]\nheld_out_share = 0.2\n{sources}{RECIPE}")
    return path


def record(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((out / "sft_run.json").read_text())
    return told


def test_a_recipe_of_several_sources_is_learned_from_and_data_stands_instead_of_all(
    whole_recipe: Path, toy_rows: Path, tmp_path: Path
) -> None:
    assert invoke("run", whole_recipe, "-o", tmp_path / "both").exit_code == 0
    both = record(tmp_path / "both")["data"]["sources"]
    assert [(Path(one["path"]).name, one["weight"], one["format"]) for one in both] == [
        ("rows.jsonl", 1.0, "messages"),
        ("other.jsonl", 0.5, "prompt/completion"),
    ]
    assert invoke("run", whole_recipe, "-o", tmp_path / "one", "--data", toy_rows).exit_code == 0
    (one,) = record(tmp_path / "one")["data"]["sources"]
    assert Path(one["path"]).name == "rows.jsonl"


@pytest.mark.slow
def test_a_plan_tells_memory_and_time_and_writes_nothing(whole_recipe: Path, tmp_path: Path) -> None:
    planned = invoke("run", whole_recipe, "-o", tmp_path / "out", "--plan")
    assert planned.exit_code == 0
    lines = planned.stdout.splitlines()
    assert lines[0] == "27,104 parameters, 27,104 of them learn (100.0%, all weights)"
    assert any(line.startswith("think: 2 steps, ") for line in lines)
    both = invoke("pair", whole_recipe, "-o", tmp_path / "out", "--plan").stdout
    assert "no-think: 2 steps, " in both
    assert "both, one after the other: about " in both
    assert not (tmp_path / "out").exists()


def test_a_row_that_is_too_long_is_dropped_or_ends_it(whole_recipe: Path, tmp_path: Path) -> None:
    whole_recipe.write_text(whole_recipe.read_text().replace("max_tokens = 400", "max_tokens = 150"))
    refused = invoke("run", whole_recipe, "-o", tmp_path / "out", "--on-overlong", "error")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1] == (
        "Error: row row-0: expected examples of up to max_tokens = 150 tokens, got one of 398. Raise max_tokens in "
        '[batch], shorten the row, or set on_overlong = "drop" in [data].'
    )
    assert not (tmp_path / "out").exists()
    assert invoke("run", whole_recipe, "-o", tmp_path / "out", "--on-overlong", "drop").exit_code == 0
    assert record(tmp_path / "out")["data"]["sources"][0]["rows_overlong"] == 8


@pytest.mark.parametrize("command", ["run", "pair"])
def test_an_adapter_that_is_not_there_cannot_be_merged(command: str, whole_recipe: Path, tmp_path: Path) -> None:
    result = invoke(command, whole_recipe, "-o", tmp_path / "out", "--merge")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: --merge: expected adapters: rank above 0 in [lora], got 0. Set it, or leave --merge out.\n",
    )


def test_adapters_are_written_reused_and_merged_by_one_command(whole_recipe: Path, tmp_path: Path) -> None:
    whole_recipe.write_text(whole_recipe.read_text() + "[lora]\nrank = 2\n")
    command = ("run", whole_recipe, "-o", tmp_path / "out")
    assert invoke(*command).exit_code == 0
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()
    assert f"think: {tmp_path / 'out'} is finished with this recipe, data and base" in invoke(*command).stderr
    assert invoke(*command, "--merge").exit_code == 0
    assert not (tmp_path / "out" / "adapter_config.json").exists()
    assert (tmp_path / "out" / "model.safetensors").is_file()


@pytest.mark.slow
def test_a_comet_archive_is_written_where_it_is_asked_for(whole_recipe: Path, tmp_path: Path) -> None:
    assert invoke("run", whole_recipe, "-o", tmp_path / "out", "--comet").exit_code == 0
    assert len(list((tmp_path / "out").glob("*.zip"))) == 1


def test_a_pair_is_matched_by_tokens_where_that_is_said(whole_recipe: Path, tmp_path: Path) -> None:
    result = invoke("pair", whole_recipe, "-o", tmp_path / "lab", "--match", "tokens")
    assert result.exit_code == 0
    assert "both arms: the same rows in the same order, each for as long as it takes" in result.stderr
    think, no_think = (record(tmp_path / "lab" / arm)["totals"]["steps"] for arm in ("think", "no-think"))
    assert think < no_think


def test_one_process_has_nobody_to_share_its_weights_with(whole_recipe: Path, tmp_path: Path) -> None:
    result = invoke("run", whole_recipe, "-o", tmp_path / "out", "--fsdp")
    assert result.exit_code == 2
    assert "Error: --fsdp: expected more than one process, got one." in result.stderr


def test_a_stopped_run_is_refused_taken_up_or_left_aside(whole_recipe: Path, tmp_path: Path, monkeypatch: Any) -> None:
    from sfttrain import train

    class Pressed(train.Interrupts):
        def __enter__(self) -> "Pressed":
            self.pressed = True
            return self

    command = ("run", whole_recipe, "-o", tmp_path / "out")
    with monkeypatch.context() as patched:
        patched.setattr(train, "Interrupts", Pressed)
        assert invoke(*command).exit_code == 130
    other = invoke(*command, "--seed", 9, "--resume")
    assert other.exit_code == 2
    assert "got that of another. Start from nothing with --no-resume" in other.stderr
    assert "going on after step 1" in invoke(*command, "--resume").stderr
    with monkeypatch.context() as patched:
        patched.setattr(train, "Interrupts", Pressed)
        assert invoke(*command, "--seed", 9).exit_code == 130
    assert "going on" not in invoke(*command, "--seed", 9, "--no-resume").stderr


def test_what_a_dataset_looks_like_is_shown(whole_recipe: Path) -> None:
    shown = invoke("show", whole_recipe, "--overview")
    assert shown.exit_code == 0
    assert "think: " in shown.stdout
    assert "no-think: " in shown.stdout
    assert "side by side, no padding (sfttrain)" in shown.stdout


def test_tokens_are_parted_where_that_is_asked_for(whole_recipe: Path) -> None:
    assert "⟦222<|im_end|>⟧" in invoke("show", whole_recipe, "--row", "row-2", "--arm", "no-think").stdout
    parted = invoke("show", whole_recipe, "--row", "row-2", "--arm", "no-think", "--tokens").stdout
    assert "⟦2·2·2·<|im_end|>·⟧" in parted


def test_a_page_of_rows_is_written(whole_recipe: Path, tmp_path: Path) -> None:
    page = tmp_path / "new" / "page.html"
    shown = invoke("show", whole_recipe, "--html", page, "--row", "row-2")
    assert (shown.exit_code, shown.stdout) == (0, f"{page} written\n")
    assert "Row row-2" in page.read_text()
    assert "Row row-1" not in page.read_text()


def test_several_datasets_are_validated_together_and_their_tokens_counted(
    toy_base: Path, toy_rows: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.jsonl"
    again.write_text(toy_rows.read_text())
    done = invoke("data", toy_rows, again, "--base", toy_base)
    assert done.exit_code == 0
    rows = [[Path(line.split()[0]).name, line.split()[1]] for line in done.stdout.splitlines() if line]
    assert rows.count(["rows.jsonl", "messages"]) == rows.count(["again.jsonl", "messages"]) == 2
    assert "all" in [row[0] for row in rows]
    assert invoke("data", toy_rows, tmp_path / "nowhere.jsonl").exit_code == 2
    assert invoke("data").exit_code == 2


RUN_HELP = """\
Usage: sfttrain run [OPTIONS] RECIPE

  Train one arm of a dataset to the checkpoint OUT.

Options:
  --arm [think|no-think]      [default: think]
  -o, --out DIRECTORY         Where the checkpoint goes.  [required]
  --base DIRECTORY            The base model, a Hugging Face directory.
  --data TEXT                 Conversations: JSONL, JSON, Parquet or hf:ORG/NAME[:SPLIT].
  --seed INTEGER              Instead of the recipe's seed.  [0<=x<=9223372036854775807]
  --resume / --no-resume      Go on from where a stopped run stood (it does), or not.
  --plan                      Say what it will take, in memory and time, and stop.
  --merge                     With [lora]: write a whole model, the adapters added to its weights.
  --comet                     Write a Comet archive into the checkpoint, offline.
  --fsdp                      Under torchrun: each process keeps a slice of the weights.
  --on-overlong [drop|error]  A row longer than max_tokens.
  --debug                     Show the traceback of an error.
  -h, --help                  Show this message and exit.
"""

PAIR_HELP = """\
Usage: sfttrain pair [OPTIONS] RECIPE

  One dataset to two checkpoints: OUT/think and OUT/no-think.

  RECIPE is a TOML file or the name of a shipped recipe. An arm that is finished already is reused;
  one that was stopped goes on where it stood.

Options:
  -o, --out DIRECTORY         Where the checkpoint goes.  [required]
  --match [steps|tokens]      What both arms get equally many of.
  --base DIRECTORY            The base model, a Hugging Face directory.
  --data TEXT                 Conversations: JSONL, JSON, Parquet or hf:ORG/NAME[:SPLIT].
  --seed INTEGER              Instead of the recipe's seed.  [0<=x<=9223372036854775807]
  --resume / --no-resume      Go on from where a stopped run stood (it does), or not.
  --plan                      Say what it will take, in memory and time, and stop.
  --merge                     With [lora]: write a whole model, the adapters added to its weights.
  --comet                     Write a Comet archive into the checkpoint, offline.
  --fsdp                      Under torchrun: each process keeps a slice of the weights.
  --on-overlong [drop|error]  A row longer than max_tokens.
  --debug                     Show the traceback of an error.
  -h, --help                  Show this message and exit.
"""
