"""The commands: words in, one call, one exit code. One file a command.

Every error of ours ends here as one line and its class's exit code; a crash keeps its traceback and exit code 1, so
that it never reads as a verdict. `sfteval --help` loads neither torch nor pandas.
"""

import importlib
import os
import sys
from typing import Any

import click

from sfteval import __version__

COMMANDS = {
    "compare": "Is CANDIDATE better than BASELINE, at what, and how sure are we?",
    "gate": "The verdict of `compare` as an exit code.",
    "run": "Ask one checkpoint and score its answers.",
    "score": "Score answers that were made elsewhere.",
    "import": "Keep the answers and scores of another harness as a stored run.",
    "plan": "How many prompts a margin needs, and what they cost.",
    "aa": "How often this gate cries wolf, measured on stored answers.",
    "judge": "May this judge vote? Measured on pairs whose winner is known.",
    "probe": "Is a checkpoint overfitted? Nine probes, one verdict each.",
    "report": "Render a report again from what is stored.",
    "suites": "List, show and make suites.",
    "template": "Is a checkpoint asked as it was trained?",
    "doctor": "What this machine can do, and what to install for more.",
    "quickstart": "Train a tiny pair of checkpoints and compare them.",
}


MODULES = {"import": "imports"}  # a module cannot have the name of a keyword


class Commands(click.Group):
    """A group that loads a command's module only when it is called, and turns our errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = MODULES.get(cmd_name, cmd_name)
        command: click.Command = importlib.import_module(f"sfteval.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from sfteval.errors import nearest

            raise click.UsageError(f'expected a command, got "{args[0]}". {nearest(args[0], COMMANDS)}', ctx)
        return super().resolve_command(ctx, args)

    def main(self, args: Any = None, *rest: Any, **options: Any) -> Any:
        """Call the command and end with its exit code; 1 is left to a crash."""
        words = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(args, *rest, **{**options, "standalone_mode": False})
            sys.stdout.flush()
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except (KeyboardInterrupt, click.Abort):
            code = stopped()
        except BrokenPipeError:  # `sfteval suites list | head`: nobody reads on, and nothing is wrong
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115  for the rest of the process
            code = 0
        except Exception as error:
            code = explained(error)
            if code is None or "--debug" in words:
                raise
        sys.exit(code if isinstance(code, int) else 0)


def stopped() -> int:
    """Say that nothing is lost and return the exit code of Ctrl-C."""
    click.echo("\nStopped. What was finished is kept: call the same command again to go on.", err=True)
    return 130


def explained(error: Exception) -> int | None:
    """Print one line for a mistake that the user can mend and return its exit code; None: it is a crash."""
    from sfteval.cli.options import printable
    from sfteval.errors import InfrastructureError, SftevalError
    from sfteval.tracking import redacted_text

    if isinstance(error, OSError) and not isinstance(error, SftevalError):
        error = InfrastructureError(
            str(error.filename or "disk or pipe"),
            expected="a file that can be read and written",
            got=error.strerror or type(error).__name__,
            next_move="Mend that and call the same command again: what was finished is kept",
        )
    if not isinstance(error, SftevalError):
        return None
    click.echo(f"Error: {printable(redacted_text(str(error)))}", err=True)
    return error.exit_code


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sfteval")
def cli() -> None:
    """Is checkpoint B better than checkpoint A, at what, and how sure are we?

    \b
    A checkpoint is a directory | a PEFT adapter directory | hf:ORG/NAME[@REV] |
    http://HOST:PORT/v1#MODEL | run:DIR | responses:FILE.jsonl
    """


main = cli
