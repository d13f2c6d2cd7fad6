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
        refuse_texts(folder, out, formats)
    comparison = load_comparison(folder)
    try:
        files = write_report(comparison, out or folder, formats=formats or ALL, text=not no_text, plots=plots)
    except (TypeError, AttributeError, LookupError, ValueError, ArithmeticError) as error:
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


def refuse_texts(folder: Path, out: Path | None, formats: tuple[str, ...]) -> None:
    """Refuse to write a report without text where texts lie already and would stay beside it.

    Raises: ConfigurationError.
    """
    if out is None or out.resolve() == folder.resolve():
        expected, got = "another folder for a report without text", "the stored one, whose samples it would erase"
    elif left := texts_left(out, formats):
        expected, got = f"a folder without the {left[0]} of another report", f"{left[1]} in {out}"
    else:
        return
    raise ConfigurationError("--no-text", expected=expected, got=got, next_move="Pass -o OTHER")


def texts_left(out: Path, formats: tuple[str, ...]) -> tuple[str, str] | None:
    """Return what holds texts in a folder and is not written anew with these formats, and its name."""
    from sfteval.report import FORMATS

    if (out / FORMATS["samples"].file).exists():
        return "samples", FORMATS["samples"].file
    if any((out / "comet").glob("*.zip")):
        return "archives", "comet"
    anew = {"flips" if name == "csv" else name for name in formats or FORMATS}
    stale = [FORMATS[name].file for name in ("html", "md", "flips") if name not in anew]
    return next((("files", name) for name in stale if (out / name).exists()), None)
