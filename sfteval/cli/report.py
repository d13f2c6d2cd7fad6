"""`sfteval report DIR`: render a report again from what is stored."""

from pathlib import Path

import click

from sfteval.cli.compare import PLOTS
from sfteval.cli.options import debug_option
from sfteval.errors import ConfigurationError, DataError, SftevalError


@click.command("report")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="NAME",
    help="html, md, json, junit, csv, samples or tex; all but tex.",
)
@click.option("--no-text", is_flag=True, help="Numbers only: no prompt, answer, judge's word, place or host.")
@PLOTS
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Where to write [default: DIR].")
@debug_option
def command(folder: Path, formats: tuple[str, ...], no_text: bool, plots: bool, out: Path | None) -> None:
    """Write the report of DIR again: nothing is asked, scored or compared."""
    from sfteval.report import ALL, load_comparison, verdict_line, write_report

    if no_text:
        refuse_texts(folder, out)
    comparison = load_comparison(folder)
    try:
        files = write_report(comparison, out or folder, formats=formats or ALL, text=not no_text, plots=plots)
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        if isinstance(error, SftevalError):
            raise
        raise DataError(
            str(folder / "results.json"),
            expected="results as `compare` wrote them",
            got=repr(error)[:80],
            next_move="Compare the two runs again",
        ) from error
    click.echo(verdict_line(comparison))
    for path in files:
        click.echo(str(path))


def refuse_texts(folder: Path, out: Path | None) -> None:
    """Refuse to write a report without text where texts lie already.

    Raises: ConfigurationError.
    """
    from sfteval.report import FORMATS

    samples = FORMATS["samples"].file
    if out is None or out.resolve() == folder.resolve():
        expected, got = "another folder for a report without text", "the stored one, whose samples it would erase"
    elif (out / samples).exists():
        expected, got = "a folder without the samples of another report", f"{samples} in {out}"
    else:
        return
    raise ConfigurationError("--no-text", expected=expected, got=got, next_move="Pass -o OTHER")
