"""A Comparison in, files for people, pages and machines out.

`write_report` writes a report directory, `load_comparison` reads it back, `scoreboard` and `verdict_line` are for the
terminal, `experiments` is what goes to Comet. A format is one file of this room plus one line in `FORMATS`. Rounds and
counts; every other number was made by `compare`. Does not know how answers were made or what a verdict costs.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sfteval.errors import ConfigurationError, StoreError, nearest
from sfteval.report.calls import flow_sentences
from sfteval.report.comet_records import experiments, write_comet
from sfteval.report.fairness import fairness_sentence
from sfteval.report.flips import render_flips
from sfteval.report.html import render_html
from sfteval.report.instructions import sensitivity_sentences
from sfteval.report.judged import judge_sentences
from sfteval.report.junit import render_junit
from sfteval.report.markdown import render_markdown
from sfteval.report.passes import passes_sentences
from sfteval.report.results import render_results, results_json
from sfteval.report.samples import render_samples
from sfteval.report.seeds import seeds_table
from sfteval.report.spread import spread_sentences
from sfteval.report.stored import RESULTS, SAMPLES, load_comparison, settled, without_text
from sfteval.report.terminal import gate_line, scoreboard, verdict_line
from sfteval.types import Comparison

__all__ = [
    "ALL",
    "FORMATS",
    "Format",
    "experiments",
    "fairness_sentence",
    "flow_sentences",
    "gate_line",
    "judge_sentences",
    "load_comparison",
    "passes_sentences",
    "results_json",
    "scoreboard",
    "seeds_table",
    "sensitivity_sentences",
    "spread_sentences",
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
    "csv": Format("flips.csv", render_flips),
    "junit": Format("junit.xml", render_junit),
    "samples": Format(SAMPLES, render_samples),
    "json": Format(RESULTS, render_results),  # last: where it is, the report is whole
}
ALL = tuple(FORMATS)


def write_report(
    comparison: Comparison, folder: Path, *, formats: Sequence[str] = ALL, text: bool = True
) -> tuple[Path, ...]:
    """Write the report's files, each whole or not at all, and return their paths.

    Every file is made from the comparison as it will be read back, so that rendering a stored report gives the same
    bytes. With `text=False` no prompt and no answer is written, for reports that may leave the house.
    """
    chosen = [_format(name) for name in dict.fromkeys(formats)]
    comparison = settled(comparison if text else without_text(comparison))
    return tuple(_write(folder / form.file, form.render(comparison)) for form in chosen)


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
