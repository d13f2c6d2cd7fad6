"""A Comparison in, `summary.md` out: what a pull request or a step summary shows.

The verdict, the scoreboard, accuracy by slice, outcomes, probes and the worst regressions, folded. Model text stands in
code fences that it cannot close and never mentions anybody; names are escaped. At most `LONGEST` characters, which is
less than what GitHub takes. The first line is a hidden marker by which a comment is found and replaced.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from sfteval.report.contract import contract_sentence, differing_table, drift_legend, drift_mark
from sfteval.report.fairness import fairness_sentence
from sfteval.report.instructions import (
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
from sfteval.report.states import deciding_metrics, worst_regressions
from sfteval.report.terminal import verdict_line
from sfteval.report.text import (
    MINUS,
    ZERO_WIDTH,
    interval,
    number,
    one_line,
    shortened,
    signed,
    typeset,
    typeset_signs,
    utf8,
    visible,
    words,
)
from sfteval.types import Comparison, InstructionComparison, MetricComparison, Outcome, Pair, Reading, Slice, Verdict

LONGEST = 60_000
MARKER = "<!-- sfteval:summary -->"
MOST_ROWS = 40
NUM_REGRESSIONS = 5
LONGEST_EXCERPT = (600, 300)  # head, tail
MARKS = {Verdict.PASS: "✅", Verdict.REGRESS: "❌", Verdict.INCONCLUSIVE: "❔", Verdict.NOT_COMPARABLE: "⛔"}
CUT = "\n\n*Shortened: see report.html.*\n"

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~$]")
_MENTION = re.compile(r"[@#]|:(?=//)|(?<=www)\.")


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


def escaped(text: str) -> str:
    """Return a name as Markdown that reads the same and does nothing: no markup, link or mention."""
    text = _SPECIAL.sub(r"\\\g<0>", one_line(shortened(text, 200)))
    return _MENTION.sub(rf"\g<0>{ZERO_WIDTH}", text)


def fenced(text: str) -> str:
    """Return model text in a code fence longer than any run of backticks within it."""
    text = visible(shortened(text, *LONGEST_EXCERPT))
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _sections(comparison: Comparison) -> Iterator[str]:
    a, b = escaped(comparison.baseline.name), escaped(comparison.candidate.name)
    yield f"## {MARKS[comparison.verdict]} {escaped_sentence(verdict_line(comparison))}"
    yield f"A is **{a}**, the baseline; B is **{b}**, the candidate. Differences are B − A."
    yield escaped_sentence(fairness_sentence(comparison))
    yield escaped_sentence(rules_sentence(comparison))
    yield "\n".join(f"> ⚠️ {escaped_sentence(warning)}" for warning in comparison.warnings)
    yield _scoreboard(comparison)
    yield "\n\n".join(escaped_sentence(typeset_signs(said)) for said in sensitivity_sentences(comparison))
    yield from _slices(comparison)
    for task in comparison.instructions:
        yield _instructions(task) if task.parts else ""
    yield _outcomes(comparison)
    yield _probes(comparison)
    yield _contract(comparison)
    for pair in worst_regressions(comparison, NUM_REGRESSIONS):
        yield _regression(pair, deciding_metrics(comparison).get(pair.task, ""))
    command = comparison.reproduce.get("command")
    yield f"Reproduce:\n\n{fenced(str(command))}" if command else ""


def escaped_sentence(text: str) -> str:
    """Return a sentence of ours, which may hold names, as harmless Markdown."""
    return _MENTION.sub(rf"\g<0>{ZERO_WIDTH}", _SPECIAL.sub(r"\\\g<0>", one_line(shortened(text, 1_000))))


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
    return f"{_table(head, 'llrrrrrl', rows)}\n\n{note}{hidden}"


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
    return f"{title}\n\n" + _table((escaped(field), "A", "B", "n"), f"{side}rrr", rows[:MOST_ROWS])


def _instructions(task: InstructionComparison) -> str:
    """Return what our repairs change, and folded tables; groups and numbers of instructions are left to the page."""
    said = " ".join(filter(None, (repairs_sentence(task), missing_sentence(task))))
    parts = [
        (escaped(row.name), row.a, row.b, typeset(f"{row.difference} {row.bounds}"), row.n)
        for row in (*level_rows(task), *part_rows(task, "id"))
    ]
    repairs = [
        (escaped(name), *map(typeset, cells), escaped_sentence(what)) for name, what, *cells in repair_rows(task)
    ]
    deltas = [(name, *map(typeset, cells)) for name, *cells in delta_rows(task)]
    papers = [(escaped(name), *cells) for name, *cells in paper_rows(task)]
    folds = [_fold("By instruction", task, ("", "A", "B", "Difference [95 %]", "n"), "lrrrr", parts)]
    if repairs:
        head = ("Share", "A, ours", "published", "delta", "B, ours", "published", "delta", "n")
        folds.append(_fold("What our repairs change", task, head, "lrrrrrrr", deltas))
        folds.append(_fold("Verdicts that our repairs turn", task, ("", "A", "B", "n", "Our rule"), "lrrrl", repairs))
    folds.append(_fold("For papers, lm-eval's names", task, ("", *paper_head(task)), "lrrrr", papers))
    return "\n\n".join([f"**{escaped(task.task)}**: {escaped_sentence(typeset_signs(said))}", *folds])


def _fold(
    title: str, task: InstructionComparison, head: Sequence[str], align: str, rows: Sequence[tuple[str, ...]]
) -> str:
    """Return a folded table; rows beyond `MOST_ROWS` are left to the page."""
    table = _table(head, align, rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        table += f"\n\n*{len(rows) - MOST_ROWS} more rows in report.html.*"
    return f"<details><summary>{title}: {_html(task.task)}</summary>\n\n{table}\n\n</details>"


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
    return _table(head, "l" + "r" * len(outcomes), rows[:MOST_ROWS])


def _probes(comparison: Comparison) -> str:
    rows = [(escaped(p.probe), words(p.verdict), escaped_sentence(p.sentence)) for p in comparison.probes]
    return _table(("Probe", "Verdict", "What it saw"), "lll", rows[:MOST_ROWS]) if rows else ""


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
    table = _table(("Chat format", "A", "B"), "lll", cells)
    return f"<details><summary>{_html(sentence)}</summary>\n\n{table}\n\n</details>"


def _regression(pair: Pair, metric: str) -> str:
    title = f"Regressed: {_html(pair.task)} · {_html(pair.sample.id)}"
    blocks = [
        ("Prompt", pair.sample.prompt),
        (f"A ({words(pair.baseline.outcome)})", _said(pair.baseline_reading)),
        (f"B ({words(pair.candidate.outcome)})", _said(pair.candidate_reading)),
    ]
    if failed := failures(pair.candidate, metric):
        blocks.append(("What B did not follow", "\n".join(failed)))
    body = "\n\n".join(f"{head}\n\n{fenced(text)}" for head, text in blocks)
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _said(reading: Reading) -> str:
    """Return what one side said: its answer and its tool calls as they were written."""
    return "\n".join(filter(None, [reading.answer, *(call.raw for call in reading.tool_calls)])) or "(no answer)"


def _html(name: str) -> str:
    """Return a name inside an HTML element, where Markdown's escapes do not count."""
    return _MENTION.sub(rf"\g<0>{ZERO_WIDTH}", html.escape(one_line(shortened(name, 200))).replace("`", "&#96;"))


def _table(head: Iterable[str], align: str, rows: Iterable[Iterable[str]]) -> str:
    rule = ("---:" if side == "r" else ":---" for side in align)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))
