"""What GitHub Actions shows of a comparison: lines that are one command each, whatever the names hold."""

import re
from dataclasses import replace

import pytest

from sfteval.report.github import MOST_ANNOTATIONS, annotations, command, output, refusal, step_summary
from sfteval.report.markdown import render_markdown
from sfteval.types import Guard, ProbeResult, Verdict
from tests.sfteval.report.example import HOSTILE, comparison, hostile, metric, small

COMMAND = re.compile(r"::(error|warning|notice) title=([^:,]*)::(.*)")


def told(lines: list[str]) -> list[tuple[str, str, str]]:
    """Return level, title and message of each command, read as the runner reads them."""
    found = []
    for line in lines:
        level, title, message = COMMAND.fullmatch(line).groups()  # type: ignore[union-attr]
        for escape, sign in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            title = title.replace(escape, sign)
        for escape, sign in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            message = message.replace(escape, sign)
        found.append((level, title, message))
    return found


def test_a_pass_is_a_notice_and_what_warns_is_a_warning() -> None:
    assert told(annotations(small(), 0)) == [
        (
            "notice",
            "sfteval gate: pass",
            "PASS: think is better than no-think: +0.550 on reasoning (0.410 to 0.960, "
            "95 % interval +0.491 to +0.604, n = 300).",
        ),
        ("warning", "sfteval gate", "1 answer of no-think is missing after a transport error."),
    ]


def test_what_decided_follows_the_verdict_the_gravest_first() -> None:
    world = comparison(
        metrics=(
            metric("a", "unsure", verdict=Verdict.INCONCLUSIVE),
            metric("b", "worse", verdict=Verdict.REGRESS),
            metric("c", "fine"),
        ),
        guards=(Guard("golden", "b", "s1", Verdict.REGRESS, "b, golden sample s1 is lost: exact 1 to 0"),),
        probes=(ProbeResult("loss_gap", "fail", "A parrot.", side="candidate"),),
        verdict=Verdict.REGRESS,
        headline="REGRESS: worse on b.",
    )
    assert [(level, title) for level, title, _ in told(annotations(world, 10))] == [
        ("error", "sfteval gate: regress"),
        ("error", "golden sample: regress"),
        ("error", "b worse: regress"),
        ("warning", "a unsure: inconclusive"),
        ("warning", "sfteval gate: probe"),
    ]


@pytest.mark.parametrize(("code", "level"), [(0, "warning"), (11, "error")])
def test_an_undecided_verdict_is_an_error_only_where_it_fails(code: int, level: str) -> None:
    world = comparison(metrics=(), verdict=Verdict.INCONCLUSIVE, headline="INCONCLUSIVE: too few prompts.")
    assert told(annotations(world, code)) == [
        (level, "sfteval gate: inconclusive", "INCONCLUSIVE: too few prompts."),
    ]


def test_there_are_at_most_ten_and_the_last_counts_the_rest() -> None:
    ten = comparison(metrics=tuple(metric("t", f"m{i}", verdict=Verdict.REGRESS) for i in range(9)))
    assert len(annotations(ten, 10)) == MOST_ANNOTATIONS == 10
    assert "m8" in annotations(ten, 10)[-1]
    more = comparison(metrics=tuple(metric("t", f"m{i}", verdict=Verdict.REGRESS) for i in range(30)))
    assert len(annotations(more, 10)) == 10
    assert annotations(more, 10)[-1] == "::notice title=sfteval gate::22 more notes are in the report."


def test_percent_line_ends_colons_and_commas_are_escaped_as_the_runner_reads_them() -> None:
    assert command("error", "a: 5 %, b", "50 % : x, y") == "::error title=a%3A 5 %25%2C b::50 %25 : x, y"
    assert command("error", "t", "%0A is no line end") == "::error title=t::%250A is no line end"


def test_hostile_names_make_one_line_a_command_and_no_other_command() -> None:
    lines = [*annotations(hostile(), 10), refusal(f"{HOSTILE}\n::error::forged ##[error]older form")]
    for line in lines:
        assert COMMAND.fullmatch(line)
        assert len(line.splitlines()) == 1
        assert "##[" not in line
        assert "\x1b" not in line


def test_keys_do_not_reach_an_annotation() -> None:
    key = "hf_" + "a1B2" * 8
    assert key not in refusal(f"server: expected 200, got 401 for {key}. Check it.")


def test_a_summary_that_fits_is_whole_else_the_verdict_else_nothing() -> None:
    whole = render_markdown(small()).decode()
    assert step_summary(small(), whole, 1_048_576) == whole
    short = step_summary(small(), whole, len(whole.encode()) - 1)
    assert short.splitlines()[0] == "<!-- sfteval:summary -->"
    assert "PASS: think is better" in short
    assert len(short) < 250
    assert step_summary(small(), whole, 10) == ""


def test_an_output_of_several_lines_stands_between_delimiters_that_it_does_not_hold() -> None:
    assert output("verdict", "pass") == "verdict=pass\n"
    first, *lines, last = output("report", "a\nverdict=pass\n").splitlines()
    name, delimiter = first.split("<<")
    assert name == "report"
    assert last == delimiter
    assert delimiter not in lines
    assert output("report", "a\rb").startswith("report<<sfteval_")


def test_an_error_of_a_longer_text_is_shortened() -> None:
    assert len(refusal("x" * 5_000)) < 1_200
    assert len(annotations(replace(small(), headline="y" * 5_000), 0)[0]) < 1_200
