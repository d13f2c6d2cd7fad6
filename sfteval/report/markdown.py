"""A Comparison in, `summary.md` out: what a pull request or a step summary shows.

The verdict, the scoreboard, probes and the worst regressions, folded, stand in every summary; slices, instructions,
calls, judges and outcomes as far as there is room. Model text stands in code fences that it cannot close and never
mentions anybody; names are escaped. At most `LONGEST` characters, which is less than what GitHub takes of a comment
(65,536). The first line is a hidden marker by which a comment is found and replaced.
"""

from collections.abc import Iterator, Sequence

from sfteval.report.calls import failure_line
from sfteval.report.contract import contract_sentence, differing_table, drift_legend, drift_mark
from sfteval.report.fairness import fairness_sentence
from sfteval.report.instructions import failures, rules_sentence
from sfteval.report.markdown_details import details
from sfteval.report.markup import MOST_ROWS, escaped, escaped_sentence, fenced, html_name, table
from sfteval.report.probed_markdown import probe_sections
from sfteval.report.states import deciding_metrics, worst_regressions
from sfteval.report.terminal import verdict_line
from sfteval.report.text import MINUS, interval, number, signed, typeset, utf8, words
from sfteval.types import Comparison, MetricComparison, Pair, Reading, Verdict

LONGEST = 60_000
MARKER = "<!-- sfteval:summary -->"
NUM_REGRESSIONS = 5
MARKS = {Verdict.PASS: "✅", Verdict.REGRESS: "❌", Verdict.INCONCLUSIVE: "❔", Verdict.NOT_COMPARABLE: "⛔"}
CUT = "*Truncated: see report.html.*"
MOST_METRICS, MOST_WARNINGS, MOST_GUARDS = 20, 10, 20


def render_markdown(comparison: Comparison) -> bytes:
    """Return the bytes of `summary.md`."""
    pieces = [(section, is_detail) for section, is_detail in _sections(comparison) if section]
    shown = [MARKER, *_fitting(pieces, LONGEST - len(f"{MARKER}\n\n{CUT}\n"))]
    if len(shown) <= len(pieces):
        shown.append(CUT)
    return utf8("\n\n".join(shown).rstrip("\n") + "\n")


def _fitting(pieces: Sequence[tuple[str, bool]], room: int) -> list[str]:
    """Return the sections that fit, in their order; details give way to what every summary holds."""
    kept = set()
    for wanted in (False, True):
        for place, (section, is_detail) in enumerate(pieces):
            if is_detail is wanted and len(section) + 2 <= room:
                kept.add(place)
                room -= len(section) + 2
    return [section for place, (section, _) in enumerate(pieces) if place in kept]


def _sections(comparison: Comparison) -> Iterator[tuple[str, bool]]:
    """Yield every section, and whether it is a detail that may be left to the page."""
    yield from ((section, False) for section in _head(comparison))
    yield from ((section, True) for section in details(comparison))
    yield from ((section, False) for section in probe_sections(comparison))
    yield _contract(comparison), True
    for pair in worst_regressions(comparison, NUM_REGRESSIONS):
        yield _regression(pair, deciding_metrics(comparison).get(pair.task, "")), False
    command = comparison.reproduce.get("command")
    yield f"Reproduce:\n\n{fenced(str(command))}" if command else "", False


def _head(comparison: Comparison) -> Iterator[str]:
    a, b = escaped(comparison.baseline.name), escaped(comparison.candidate.name)
    yield f"## {MARKS[comparison.verdict]} {escaped_sentence(verdict_line(comparison))}"
    yield f"A is **{a}**, the baseline; B is **{b}**, the candidate. Differences are B − A."
    yield escaped_sentence(fairness_sentence(comparison))
    yield escaped_sentence(rules_sentence(comparison))
    yield _warnings(comparison)
    yield _scoreboard(comparison)
    yield _guards(comparison)


def _warnings(comparison: Comparison) -> str:
    shown = [escaped_sentence(warning) for warning in comparison.warnings[:MOST_WARNINGS]]
    if num_more := len(comparison.warnings) - len(shown):
        shown.append(f"{num_more} more warnings in report.html.")
    return "\n".join(f"> ⚠️ {warning}" for warning in shown)


def _guards(comparison: Comparison) -> str:
    """Return the golden samples that are not kept."""
    lost = [guard for guard in comparison.guards if guard.verdict is not Verdict.PASS]
    lines = [f"- {MARKS[guard.verdict]} {escaped_sentence(guard.said)}" for guard in lost[:MOST_GUARDS]]
    if num_more := len(lost) - len(lines):
        lines.append(f"- {num_more} more in report.html")
    return "\n".join(lines)


def _scoreboard(comparison: Comparison) -> str:
    metrics, mark = comparison.metrics, drift_mark(comparison)
    if not metrics:
        return ""
    first = sorted(range(len(metrics)), key=lambda place: not metrics[place].gating)[:MOST_METRICS]
    shown = [metrics[place] for place in sorted(first)]
    rows = [
        (
            escaped(metric.task),
            (f"**{escaped(metric.metric)}**" if metric.gating else escaped(metric.metric)) + f" {mark}" * bool(mark),
            number(metric.baseline),
            number(metric.candidate),
            typeset(f"{signed(metric.difference)} {interval(metric.ci_low, metric.ci_high)}".strip()),
            str(metric.n),
            f"+{metric.b_only} {MINUS}{metric.a_only}",
            _finding(metric),
        )
        for metric in shown
    ]
    hidden = f"\n\n*{len(metrics) - len(shown)} more rows in report.html.*" if len(metrics) > len(shown) else ""
    head = ("Task", "Metric", "A", "B", "Difference [95 %]", "n", "Flips", "Finding")
    note = "Bold metrics decide the verdict. Flips: prompts that only B / only A got right."
    note += f" {drift_legend(comparison)}." * bool(mark)
    return f"{table(head, 'llrrrrrl', rows)}\n\n{note}{hidden}"


def _finding(metric: MetricComparison) -> str:
    shown = words(metric.finding)
    if metric.verdict is not None:
        shown += f" ({words(metric.verdict)})"
    return shown + (", depends on the token budget" if metric.depends_on_budget else "")


def _contract(comparison: Comparison) -> str:
    """Return one line where the chat formats are the same, a folded table where they differ."""
    sentence, rows = contract_sentence(comparison), differing_table(comparison)
    if not rows:
        return escaped_sentence(sentence)
    cells = [
        (
            f"**{escaped(row.what)}**" if row.same is False else escaped(row.what),
            escaped(row.baseline),
            escaped(row.candidate),
        )
        for row in rows[:MOST_ROWS]
    ]
    rendered = table(("Chat format", "A", "B"), "lll", cells)
    return f"<details><summary>{html_name(sentence)}</summary>\n\n{rendered}\n\n</details>"


def _regression(pair: Pair, metric: str) -> str:
    title = f"Regressed: {html_name(pair.task)} · {html_name(pair.sample.id)}"
    blocks = [
        ("Prompt", pair.sample.prompt),
        (f"A ({words(pair.baseline.outcome)})", _said(pair.baseline_reading)),
        (f"B ({words(pair.candidate.outcome)})", _said(pair.candidate_reading)),
    ]
    if failed := failures(pair.candidate, metric):
        blocks.append(("What B did not follow", "\n".join(failed)))
    if why := failure_line(pair.candidate):
        blocks.append(("Why B fails", why))
    body = "\n\n".join(f"{head}\n\n{fenced(text)}" for head, text in blocks)
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _said(reading: Reading) -> str:
    """Return what one side said: its answer and its tool calls as they were written."""
    return "\n".join(filter(None, [reading.answer, *(call.raw for call in reading.tool_calls)])) or "(no answer)"
