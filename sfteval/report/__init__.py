"""A Comparison in, files for people, pages and machines out.

`write_report` writes a report directory, `load_comparison` reads it back, `scoreboard` and `verdict_line` are for the
terminal, `experiments` is what goes to Comet. A format is one file of this room plus one line in `FORMATS`. Rounds and
counts; every other number was made by `compare`. Does not know how answers were made or what a verdict costs.
"""

import os
from collections.abc import Callable, Collection, Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from sfteval.errors import ConfigurationError, StoreError, nearest
from sfteval.report.budgets import budget_sentences
from sfteval.report.calls import flow_sentences
from sfteval.report.comet_records import experiments, write_comet
from sfteval.report.fairness import fairness_sentence
from sfteval.report.flips import render_flips
from sfteval.report.github import annotations, output, refusal, step_summary
from sfteval.report.html import render_html
from sfteval.report.instructions import sensitivity_sentences
from sfteval.report.judged import judge_sentences
from sfteval.report.junit import render_junit
from sfteval.report.latex import render_latex
from sfteval.report.markdown import render_markdown
from sfteval.report.passes import passes_sentences
from sfteval.report.plots import is_plot, render_plots
from sfteval.report.probed import probe_sentences
from sfteval.report.public import without_text
from sfteval.report.results import render_results, results_json
from sfteval.report.results_csv import render_results_csv
from sfteval.report.samples import render_samples
from sfteval.report.seeds import seeds_table
from sfteval.report.spread import spread_sentences
from sfteval.report.stored import RESULTS, SAMPLES, load_comparison, settled
from sfteval.report.terminal import gate_line, scoreboard, verdict_line
from sfteval.types import Comparison

__all__ = [
    "ALL",
    "FORMATS",
    "Format",
    "annotations",
    "budget_sentences",
    "experiments",
    "fairness_sentence",
    "flow_sentences",
    "forget_charts",
    "gate_line",
    "judge_sentences",
    "load_comparison",
    "output",
    "passes_sentences",
    "probe_sentences",
    "refusal",
    "results_json",
    "scoreboard",
    "seeds_table",
    "sensitivity_sentences",
    "spread_sentences",
    "step_summary",
    "verdict_line",
    "write_comet",
    "write_report",
]


@dataclass(frozen=True, slots=True)
class Format:
    """One file of a report directory."""

    file: str
    render: Callable[[Comparison], bytes]


FORMATS: dict[str, Format] = {
    "html": Format("report.html", render_html),
    "md": Format("summary.md", render_markdown),
    "csv": Format("results.csv", render_results_csv),
    "flips": Format("flips.csv", render_flips),
    "junit": Format("junit.xml", render_junit),
    "tex": Format("results.tex", render_latex),
    "samples": Format(SAMPLES, render_samples),
    "json": Format(RESULTS, render_results),  # last: where it is, the report is whole
}
ALL = tuple(name for name in FORMATS if name != "tex")
TOGETHER = {"csv": ("csv", "flips")}  # both tables, where tables are asked for
PLOTS = "plots"


def write_report(
    comparison: Comparison,
    folder: Path,
    *,
    formats: Sequence[str] = ALL,
    text: bool = True,
    plots: bool = False,
) -> tuple[Path, ...]:
    """Write the report's files, each whole or not at all, and return their paths.

    Every file is made from the comparison as it will be read back, so that rendering a stored report gives the same
    bytes. With `text=False` no prompt and no answer is written and no archive of samples, for reports that may leave
    the house. `plots` adds the main charts as SVG files below `plots` and the scoreboard as a LaTeX table.

    Raises: ConfigurationError for a format that is none, or for samples without text; StoreError.
    """
    chosen = _chosen([*formats, *(["tex"] if plots else [])], text=text)
    comparison = settled(comparison if text else without_text(comparison))
    drawn = render_plots(comparison) if plots else {}
    pictures = tuple(_write(folder / PLOTS / name, content) for name, content in drawn.items())
    if plots:
        _forget_plots(folder / PLOTS, set(drawn))
    return (*pictures, *(_write(folder / form.file, form.render(comparison)) for form in chosen))


def _chosen(names: Sequence[str], *, text: bool) -> list[Format]:
    """Return the formats in the catalogue's order, each once."""
    for name in names:
        _format(name)
    wanted = {one for name in names for one in TOGETHER.get(name, (name,))}
    if not text:
        if tuple(names) == ("samples",):
            raise ConfigurationError(
                "--no-text", expected="a format without text", got="samples", next_move="Leave --no-text away"
            )
        wanted.discard("samples")
    return [form for name, form in FORMATS.items() if name in wanted]


def forget_charts(folder: Path, written: Collection[Path]) -> None:
    """Remove charts and a LaTeX table that an earlier comparison left in the folder: they show other numbers."""
    _forget_plots(folder / PLOTS, {path.name for path in written})
    if (table := folder / FORMATS["tex"].file) not in written:
        _remove(table)


def _forget_plots(folder: Path, drawn: Container[str]) -> None:
    """Remove the pictures of an earlier report, which would stand beside other numbers."""
    for path in folder.glob("*.svg"):
        if path.name not in drawn and is_plot(path.name):
            _remove(path)


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise ConfigurationError(
            "--format", expected="a report format", got=f'"{name}"', next_move=nearest(name, FORMATS)
        )
    return FORMATS[name]


def _write(path: Path, content: bytes) -> Path:
    """Write a temporary file beside the path, then rename it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as refused:
        _remove(temporary)
        got, move = refused.strerror or refused, "Free space or pass another -o/--out, then call the same command again"
        raise StoreError(str(path), expected=f"room for {len(content):,} bytes", got=got, next_move=move) from refused
    return path


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
