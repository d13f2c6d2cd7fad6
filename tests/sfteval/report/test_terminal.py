"""What the terminal shows: the scoreboard, the verdict and the gate's last line."""

import io
from dataclasses import replace

from rich.console import Console

from sfteval.report import gate_line, scoreboard, verdict_line
from sfteval.types import Comparison, Finding, Verdict
from tests.sfteval.report.example import BASELINE, HOSTILE, comparison, hostile, metric, small

GOLDEN = """\
Task         Metric            A     B          B - A [95 %]    n  Finding
────────────────────────────────────────────────────────────────────────────
reasoning    exact *        .410  .960  +.550 [+.491, +.604]  300  better
constraints  prompt_strict  .867  .827  -.040 [-.100, +.020]  150  not shown
toolcalls    exact          .950  .783  -.167 [-.227, -.107]  150  worse !
A no-think, B think; * decides the verdict; ! turns among answers that both
completed: it depends on the token budget
"""


def shown(world: Comparison, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(scoreboard(world))
    output: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in output.splitlines()) + "\n"


def test_the_scoreboard_reads_so() -> None:
    assert shown(small()) == GOLDEN


def test_long_names_break_at_underscores_and_the_table_fits_80_columns() -> None:
    world = comparison(metrics=(metric("constraints_combinations", "instruction_strict", finding=Finding.EQUIVALENT),))
    lines = shown(world).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[2].split() == [
        "constraints_",
        "instruction_",
        ".410",
        ".960",
        "+.550",
        "[+.491,",
        "+.604]",
        "300",
        "equivalent",
    ]
    assert lines[3].split() == ["combinations", "strict", "*"]


def test_a_metric_that_says_the_same_as_its_tasks_first_is_left_to_the_report() -> None:
    same, other = (metric(name=name, gating=False, verdict=None) for name in ("loose", "other"))
    other = replace(other, finding=Finding.WORSE)
    text = shown(comparison(metrics=(metric(), same, other)))
    assert "loose" not in text
    assert "other" in text
    assert "1 more metric in the report" in " ".join(text.split())


def test_no_line_is_wider_than_the_terminal() -> None:
    assert max(map(len, shown(small(), width=80).splitlines())) <= 80


def test_a_task_is_named_once() -> None:
    world = comparison(metrics=(metric(), metric(name="f1", gating=False, verdict=None)))
    assert shown(world).count("reasoning") == 1


def test_the_verdict_is_one_line_with_its_word_once() -> None:
    assert verdict_line(small()) == (
        "PASS: think is better than no-think: +0.550 on reasoning (0.410 to 0.960, "
        "95 % interval +0.491 to +0.604, n = 300)."
    )
    assert verdict_line(comparison(verdict=Verdict.NOT_COMPARABLE, headline="Templates differ.")) == (
        "NOT COMPARABLE: Templates differ."
    )


def test_the_gate_names_the_metrics_that_decided() -> None:
    lost = metric(verdict=Verdict.INCONCLUSIVE, difference=-0.02, gate_ci_low=-0.08, gate_ci_high=0.04, n_needed=1_200)
    assert gate_line(comparison(metrics=(lost,), verdict=Verdict.INCONCLUSIVE), 11) == (
        "gate: inconclusive (exit 11): reasoning exact -0.020 [-0.080, +0.040], margin 0.050, n 300, "
        "about 1200 prompts needed"
    )
    nothing = comparison(metrics=(), verdict=Verdict.NOT_COMPARABLE, headline="Templates differ.")
    assert gate_line(nothing, 12) == "gate: not comparable (exit 12): Templates differ."


def test_names_cannot_steer_the_terminal() -> None:
    world = replace(hostile(), baseline=replace(BASELINE, name=f"[red]x[/red]{HOSTILE}"))
    for text in (shown(world), verdict_line(world), gate_line(world, 10)):
        assert not any(ord(character) < 32 and character != "\n" for character in text)
    assert "[red]x[/red]" in shown(world)


def test_missing_numbers_are_dashes() -> None:
    empty = metric(baseline=None, candidate=None, difference=None, ci_low=None, ci_high=None, n=0)
    (row,) = (line for line in shown(comparison(metrics=(empty,))).splitlines() if "reasoning" in line)
    assert row.split() == ["reasoning", "exact", "*", "-", "-", "-", "0", "better"]
