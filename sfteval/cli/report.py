"""`sfteval report DIR`: render a report again from what is stored."""

from pathlib import Path

import click

from sfteval.cli.options import debug_option
from sfteval.errors import ConfigurationError, DataError, SftevalError


@click.command("report")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--format", "formats", multiple=True, metavar="NAME", help="html, md, json, junit, csv or samples; all.")
@click.option("--no-text", is_flag=True, help="Leave every prompt and answer out, for reports that leave the house.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Where to write [default: DIR].")
@debug_option
def command(folder: Path, formats: tuple[str, ...], no_text: bool, out: Path | None) -> None:
    """Write the report of DIR again: nothing is asked, scored or compared."""
    from sfteval.report import ALL, load_comparison, verdict_line, write_report

    if no_text and (out is None or out.resolve() == folder.resolve()):
        raise ConfigurationError(
            "--no-text",
            expected="another folder for a report without text",
            got="the stored one, whose samples it would erase",
            next_move="Pass -o OTHER",
        )
    comparison = load_comparison(folder)
    try:
        files = write_report(comparison, out or folder, formats=formats or ALL, text=not no_text)
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
