"""A Comparison in, what GitHub Actions shows of it out: annotations, the summary of a step, outputs of a step.

Text in, text out: the lines and the Markdown are made here, the runner's files are written elsewhere. At most
`MOST_ANNOTATIONS` lines, the verdict first, then what decided it. Names and model text end no line and begin no
command of their own.
Source: the runner's own reader, actions/runner ActionCommand.cs (a command is `::name key=value,key=value::data`; data
escapes % CR LF, a value also `:` and `,`) and FileCommandManager.cs (`name=value` or a delimited block); GitHub's
reference of workflow commands (10 annotations of a kind a step, 1 MiB of summary a step).
"""

from collections.abc import Iterator
from typing import Literal

from sfteval.identity import text_hash
from sfteval.report.deciding import metric_name, metric_sentence
from sfteval.report.markdown import MARKER
from sfteval.report.markup import escaped_sentence
from sfteval.report.probed import grave_lines
from sfteval.report.terminal import verdict_line
from sfteval.report.text import ZERO_WIDTH, one_line, shortened, words
from sfteval.tracking import redacted_text
from sfteval.types import Comparison, Guard, MetricComparison, Verdict

MOST_ANNOTATIONS = 10
LONGEST_MESSAGE = 1_000
LARGEST_SUMMARY_BYTES = 1_048_576
TITLE = "sfteval gate"

Level = Literal["error", "warning", "notice"]
Note = tuple[Level, str, str]  # level, title, message
LEVELS: dict[Verdict, Level] = {
    Verdict.REGRESS: "error",
    Verdict.NOT_COMPARABLE: "error",
    Verdict.INCONCLUSIVE: "warning",
    Verdict.PASS: "notice",
}


def annotations(comparison: Comparison, exit_code: int) -> list[str]:
    """Return the workflow commands that annotate the run, the gravest first; the rest is counted in the last one."""
    verdict: Level = "error" if exit_code else LEVELS[comparison.verdict]
    first: Note = (verdict, f"{TITLE}: {words(comparison.verdict)}", verdict_line(comparison))
    notes = [first, *sorted(_notes(comparison), key=lambda note: list(LEVELS.values()).index(note[0]))]
    if len(notes) > MOST_ANNOTATIONS:
        num_left = len(notes) - MOST_ANNOTATIONS + 1
        notes = [*notes[: MOST_ANNOTATIONS - 1], ("notice", TITLE, f"{num_left} more notes are in the report.")]
    return [command(*note) for note in notes]


def refusal(message: str) -> str:
    """Return the workflow command for a gate that ended without a comparison."""
    return command("error", TITLE, message)


def command(level: Level, title: str, message: str) -> str:
    """Return one workflow command that annotates the run; it is one line, whatever the words hold."""
    return f"::{level} title={_property(_plain(title))}::{_data(_plain(message))}"


def step_summary(comparison: Comparison, summary: str, room_bytes: int) -> str:
    """Return the text of `summary.md` where it fits, else the verdict, else nothing: too large is not shown at all."""
    short = f"{MARKER}\n\n{escaped_sentence(verdict_line(comparison))}\n"
    return next((text for text in (summary, short) if len(text.encode()) <= room_bytes), "")


def output(name: str, value: str) -> str:
    """Return one output of a step as its file takes it; a value of several lines stands between delimiters."""
    if not {"\n", "\r"} & set(value):
        return f"{name}={value}\n"
    delimiter = f"sfteval_{text_hash(value)[:32]}"  # a value that held its own hash would be hard to find
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _notes(comparison: Comparison) -> Iterator[Note]:
    for guard in comparison.guards:
        yield from _guard(guard)
    for metric in comparison.metrics:
        yield from _metric(metric)
    for line in grave_lines(comparison):
        yield "warning", f"{TITLE}: probe", line
    for warning in comparison.warnings:
        yield "warning", TITLE, warning


def _metric(metric: MetricComparison) -> Iterator[Note]:
    if metric.verdict is not None and metric.verdict is not Verdict.PASS:
        yield LEVELS[metric.verdict], f"{metric_name(metric)}: {words(metric.verdict)}", metric_sentence(metric)


def _guard(guard: Guard) -> Iterator[Note]:
    if guard.verdict is not Verdict.PASS:
        yield LEVELS[guard.verdict], f"{guard.name} sample: {words(guard.verdict)}", guard.said


def _plain(text: str) -> str:
    """Return the text on one line, without keys, and without the runner's older form of commands."""
    return redacted_text(one_line(shortened(text, LONGEST_MESSAGE))).replace("##[", f"##{ZERO_WIDTH}[")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
