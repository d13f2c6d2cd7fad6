"""What `--help` says, and that saying it loads no heavy library."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from sfttrain.cli import main
from tests.sfttrain.command_line import invoke


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


def golden(command: str) -> str:
    """Return the help of a command as a terminal of 100 columns shows it."""
    result = CliRunner().invoke(main, [command, "--help"], terminal_width=100, prog_name="sfttrain")
    assert result.exit_code == 0
    return result.output


def test_the_help_of_run_is_the_golden_one() -> None:
    assert golden("run") == RUN_HELP


def test_the_help_of_pair_is_the_golden_one() -> None:
    assert golden("pair") == PAIR_HELP


@pytest.mark.parametrize("command", ["run", "pair", "data", "base"])
def test_the_range_of_a_seed_is_told_by_where_it_begins(command: str) -> None:
    text = golden(command)
    assert ", from 0 on." in text
    assert "9223372036854775807" not in text


@pytest.mark.parametrize("command", ["run", "pair", "show", "data", "base"])
def test_the_help_of_a_command_loads_no_heavy_library(command: str) -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom sfttrain.cli import main\n"
        f"assert CliRunner().invoke(main, ['{command}', '--help']).exit_code == 0\n"
        "print([name for name in ('torch', 'transformers', 'peft', 'datasets', 'rich') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


RUN_HELP = """\
Usage: sfttrain run [OPTIONS] RECIPE

  Train one arm of a dataset to the checkpoint OUT.

Options:
  --arm [think|no-think]      [default: think]
  -o, --out DIRECTORY         Where the checkpoint goes.  [required]
  --base DIRECTORY            The base model, a Hugging Face directory.
  --data TEXT                 Conversations: JSONL, JSON, Parquet or hf:ORG/NAME[@REV][:SPLIT].
  --seed INTEGER              Instead of the recipe's seed, from 0 on.
  --resume / --no-resume      Go on from where a stopped run stood (it does), or not.
  --plan                      Say what it will take, in memory and time, and stop.
  --merge                     With [lora]: write a whole model, the adapters added to its weights.
  --comet                     Write a Comet archive into the checkpoint, offline.
  --fsdp                      Under torchrun: each process keeps a slice of the weights.
  --on-overlong [drop|error]  A row longer than max_tokens.
  --canaries N                Plant N secrets among the rows, for `sfteval probe`.
  --canary-repeats N,N,...    Rows that hold each secret, in equal shares.  [default: 1,4,16]
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
  --data TEXT                 Conversations: JSONL, JSON, Parquet or hf:ORG/NAME[@REV][:SPLIT].
  --seed INTEGER              Instead of the recipe's seed, from 0 on.
  --resume / --no-resume      Go on from where a stopped run stood (it does), or not.
  --plan                      Say what it will take, in memory and time, and stop.
  --merge                     With [lora]: write a whole model, the adapters added to its weights.
  --comet                     Write a Comet archive into the checkpoint, offline.
  --fsdp                      Under torchrun: each process keeps a slice of the weights.
  --on-overlong [drop|error]  A row longer than max_tokens.
  --canaries N                Plant N secrets among the rows, for `sfteval probe`.
  --canary-repeats N,N,...    Rows that hold each secret, in equal shares.  [default: 1,4,16]
  --debug                     Show the traceback of an error.
  -h, --help                  Show this message and exit.
"""
