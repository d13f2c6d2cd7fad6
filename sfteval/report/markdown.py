"""A Comparison in, `summary.md` out: what a pull request or a step summary shows.

The verdict, the scoreboard, accuracy by slice, outcomes, probes and the worst regressions, folded. Model text stands in
code fences that it cannot close and never mentions anybody; names are escaped. At most `LONGEST` characters, which is
less than what GitHub takes. The first line is a hidden marker by which a comment is found and replaced.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from sfteval.report.calls import failure_line, flow_foot, flow_head, flow_rows, flow_sentence, rate_groups, right_rows
from sfteval.report.contract import contract_sentence, differing_table, drift_legend, drift_mark
from sfteval.report.fairness import fairness_sentence
from sfteval.report.instructions import (
    Row,
    delta_rows,
    failures,
    level_rows,
    missing_sentence,
    paper_head,
    paper_rows,
    part_rows,
    repair_rows,
    repairs_sentence,
    rules_sentence,
    sensitivity_sentences,
)
from sfteval.report.judged import judge_rows, judge_sentences_of
from sfteval.report.markup import MOST_ROWS, escaped, escaped_sentence, fenced, folded, html_name, table
from sfteval.report.passes import HEAD as PASSES_HEAD
from sfteval.report.passes import passes_rows
from sfteval.report.seeds import HEAD as SEEDS_HEAD
from sfteval.report.seeds import seeds_rows
from sfteval.report.spread import spread_sentences
from sfteval.report.states import deciding_metrics, worst_regressions
from sfteval.report.terminal import verdict_line
from sfteval.report.text import (
    MINUS,
    interval,
    number,
    signed,
    typeset,
    typeset_signs,
    utf8,
    words,
)
from sfteval.types import (
    CallComparison,
    Comparison,
    InstructionComparison,
    JudgeComparison,
    MetricComparison,
    Outcome,
    Pair,
    Reading,
    Slice,
    Verdict,
)

LONGEST = 60_000
MARKER = "<!-- sfteval:summary -->"
NUM_REGRESSIONS = 5
RATE_HEAD = ("", "A", "B", "Difference [95 %]", "n")
MARKS = {Verdict.PASS: "✅", Verdict.REGRESS: "❌", Verdict.INCONCLUSIVE: "❔", Verdict.NOT_COMPARABLE: "⛔"}
CUT = "\n\n*Shortened: see report.html.*\n"


def render_markdown(comparison: Comparison) -> bytes:
    """Return the bytes of `summary.md`."""
    sections = [section for section in _sections(comparison) if section]
    text = MARKER
    for section in sections:
        if len(text) + len(section) + len(CUT) > LONGEST:
            text += CUT
            break
        text += f"\n\n{section}"
    return utf8(text.rstrip("\n") + "\n")


def _sections(comparison: Comparison) -> Iterator[str]:
    a, b = escaped(comparison.baseline.name), escaped(comparison.candidate.name)
    yield f"## {MARKS[comparison.verdict]} {escaped_sentence(verdict_line(comparison))}"
    yield f"A is **{a}**, the baseline; B is **{b}**, the candidate. Differences are B − A."
    yield escaped_sentence(fairness_sentence(comparison))
    yield escaped_sentence(rules_sentence(comparison))
    yield "\n".join(f"> ⚠️ {escaped_sentence(warning)}" for warning in comparison.warnings)
    yield _scoreboard(comparison)
    rows = [tuple(map(escaped, row)) for row in seeds_rows(comparison)]
    yield table(SEEDS_HEAD, "lll", rows[:MOST_ROWS]) if rows else ""
    yield "\n\n".join(escaped_sentence(typeset_signs(said)) for said in sensitivity_sentences(comparison))
    yield "\n\n".join(map(escaped_sentence, spread_sentences(comparison)))
    yield _passes(comparison)
    yield from _slices(comparison)
    for task in comparison.instructions:
        yield _instructions(task) if task.parts else ""
    for failing in comparison.calls:
        yield _calls(failing) if failing.num_answers else ""
    for judged in comparison.judged:
        yield _judged(judged)
    yield _outcomes(comparison)
    yield _probes(comparison)
    yield _contract(comparison)
    for pair in worst_regressions(comparison, NUM_REGRESSIONS):
        yield _regression(pair, deciding_metrics(comparison).get(pair.task, ""))
    command = comparison.reproduce.get("command")
    yield f"Reproduce:\n\n{fenced(str(command))}" if command else ""


def _scoreboard(comparison: Comparison) -> str:
    metrics, mark = comparison.metrics, drift_mark(comparison)
    if not metrics:
        return ""
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
        for metric in metrics[:MOST_ROWS]
    ]
    hidden = f"\n\n*{len(metrics) - MOST_ROWS} more rows in report.html.*" if len(metrics) > MOST_ROWS else ""
    head = ("Task", "Metric", "A", "B", "Difference [95 %]", "n", "Flips", "Finding")
    note = "Bold metrics decide the verdict. Flips: prompts that only B / only A got right."
    note += f" {drift_legend(comparison)}." * bool(mark)
    return f"{table(head, 'llrrrrrl', rows)}\n\n{note}{hidden}"


def _passes(comparison: Comparison) -> str:
    rows = [tuple(typeset(escaped(cell)) for cell in row) for row in passes_rows(comparison)]
    return table(PASSES_HEAD, "lrrrr", rows[:MOST_ROWS]) if rows else ""


def _judged(task: JudgeComparison) -> str:
    said = "\n\n".join(escaped_sentence(sentence) for sentence in judge_sentences_of(task))
    rows = [tuple(map(escaped, row)) for row in judge_rows(task)]
    return f"{said}\n\n{table(('B is preferred', 'Share', '95 %', 'Prompts'), 'lrrr', rows)}"


def _finding(metric: MetricComparison) -> str:
    shown = words(metric.finding)
    if metric.verdict is not None:
        shown += f" ({words(metric.verdict)})"
    return shown + (", depends on the token budget" if metric.depends_on_budget else "")


def _slices(comparison: Comparison) -> Iterator[str]:
    deciding = deciding_metrics(comparison)
    shown = [piece for piece in comparison.slices if deciding.get(piece.task, piece.metric) == piece.metric]
    for task, field in dict.fromkeys((piece.task, piece.field) for piece in shown):
        yield _slice(task, field, [piece for piece in shown if (piece.task, piece.field) == (task, field)])


def _slice(task: str, field: str, pieces: Sequence[Slice]) -> str:
    rows = [(escaped(piece.value), number(piece.baseline), number(piece.candidate), str(piece.n)) for piece in pieces]
    title = f"**{escaped(task)}** by {escaped(field)} ({escaped(pieces[0].metric)})"
    side = "r" if all(re.fullmatch(r"-?[\d.]+", piece.value) for piece in pieces) else "l"
    return f"{title}\n\n" + table((escaped(field), "A", "B", "n"), f"{side}rrr", rows[:MOST_ROWS])


def _instructions(task: InstructionComparison) -> str:
    """Return what our repairs change, and folded tables; groups and numbers of instructions are left to the page."""
    said = " ".join(filter(None, (repairs_sentence(task), missing_sentence(task))))
    parts = _cells([*level_rows(task), *part_rows(task, "id")])
    repairs = [
        (escaped(name), *map(typeset, cells), escaped_sentence(what)) for name, what, *cells in repair_rows(task)
    ]
    deltas = [(name, *map(typeset, cells)) for name, *cells in delta_rows(task)]
    papers = [(escaped(name), *cells) for name, *cells in paper_rows(task)]
    folds = [folded("By instruction", task.task, RATE_HEAD, "lrrrr", parts)]
    if repairs:
        head = ("Share", "A, ours", "published", "delta", "B, ours", "published", "delta", "n")
        folds.append(folded("What our repairs change", task.task, head, "lrrrrrrr", deltas))
        folds.append(
            folded("Verdicts that our repairs turn", task.task, ("", "A", "B", "n", "Our rule"), "lrrrl", repairs)
        )
    folds.append(folded("For papers, lm-eval's names", task.task, ("", *paper_head(task)), "lrrrr", papers))
    return "\n\n".join([f"**{escaped(task.task)}**: {escaped_sentence(typeset_signs(said))}", *folds])


def _calls(task: CallComparison) -> str:
    """Return what became of the answers, and folded tables; codes and places are left to the page."""
    head = ("A, then B", *map(escaped, flow_head(task)), "all of A")
    rows = [
        (escaped(name), *(str(cell.count or "·") for cell in cells), f"{total:,}")
        for name, cells, total in flow_rows(task)
    ]
    foot = ("all of B", *(f"{count:,}" for count in flow_foot(task)))
    flow = folded(
        "First failing layer, A in rows, B in columns", task.task, head, "l" + "r" * (len(head) - 1), [*rows, foot]
    )
    rates = [row for _, group in rate_groups(task) for row in group]
    titled = {
        "Rates of tool calls": rates,
        "By tool, expected calls that are right, where that differs": _differing(right_rows(task, "tool")),
        "By type, expected arguments that are right, where that differs": _differing(right_rows(task, "type")),
    }
    folds = [folded(title, task.task, RATE_HEAD, "lrrrr", _cells(rows)) for title, rows in titled.items() if rows]
    return "\n\n".join([f"**{escaped(task.task)}**: {escaped_sentence(flow_sentence(task))}", flow, *folds])


def _differing(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.a != row.b]


def _cells(rows: Iterable[Row]) -> list[tuple[str, ...]]:
    return [(escaped(row.name), row.a, row.b, typeset(f"{row.difference} {row.bounds}"), row.n) for row in rows]


def _outcomes(comparison: Comparison) -> str:
    outcomes = [outcome for outcome in Outcome if outcome is not Outcome.OK]
    rows = []
    for task, sides in comparison.outcomes.items():
        counts = [
            (sides.get("baseline", {}).get(name, 0), sides.get("candidate", {}).get(name, 0)) for name in outcomes
        ]
        if any(a or b for a, b in counts):
            rows.append((escaped(task), *(f"{a} / {b}" for a, b in counts)))
    if not rows:
        return ""
    head = ("Unfinished answers, A / B", *(words(outcome) for outcome in outcomes))
    return table(head, "l" + "r" * len(outcomes), rows[:MOST_ROWS])


def _probes(comparison: Comparison) -> str:
    rows = [(escaped(p.probe), words(p.verdict), escaped_sentence(p.sentence)) for p in comparison.probes]
    return table(("Probe", "Verdict", "What it saw"), "lll", rows[:MOST_ROWS]) if rows else ""


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
