"""`results.tex`: a table that LaTeX reads, and what to cite."""

import re
from dataclasses import replace

from sfteval.report.latex import latex, render_latex
from sfteval.types import Comparison
from tests.sfteval.report.example import comparison, hostile, metric, small


def rendered(world: Comparison) -> str:
    return render_latex(world).decode()


def test_the_table_reads_so() -> None:
    table = rendered(small()).partition(r"\midrule")[2].partition(r"\bottomrule")[0]
    assert table == (
        "\n"
        r"reasoning & \textbf{exact} & 0.410 & 0.960 & $+$0.550 & [$+$0.491, $+$0.604] & $<$.001 & 300 & better \\"
        "\n\\addlinespace\n"
        r"constraints & prompt\_strict & 0.867 & 0.827 & $-$0.040 & [$-$0.100, $+$0.020] & .031 & 150 & not shown \\"
        "\n\\addlinespace\n"
        r"toolcalls & exact & 0.950 & 0.783 & $-$0.167 & [$-$0.227, $-$0.107] & .031 & 150 & worse \\"
        "\n"
    )


def test_a_task_is_named_once() -> None:
    rows = [
        line for line in rendered(comparison(metrics=(metric("t", "a"), metric("t", "b")))).splitlines() if "&" in line
    ]
    assert [row.split(" & ")[0] for row in rows[1:]] == ["t", ""]


def test_every_sign_of_latex_is_escaped() -> None:
    assert latex("a_b%c&d#e$f{g}") == r"a\_b\%c\&d\#e\$f\{g\}"
    assert latex("\\input{x}") == r"\textbackslash{}input\{x\}"
    assert latex("[2pt] *") == "{[}2pt{]} {*}"
    assert latex('a~b^c<d>|"') == (
        r"a\textasciitilde{}b\textasciicircum{}c\textless{}d\textgreater{}\textbar{}\textquotedbl{}"
    )


def test_hostile_text_opens_no_command_and_ends_no_comment() -> None:
    text = rendered(hostile())
    body = text[text.index(r"\begin{table}") :]
    ours = r"\\(?:begin|end|centering|toprule|midrule|bottomrule|caption|label|textbf|text\w+|[\\{}$&#%_,])"
    assert not re.sub(ours, "", body).count("\\")
    head = text[: text.index(r"\begin{table}")]
    assert all(line.startswith("%") for line in head.splitlines())


def test_a_number_that_is_missing_is_a_dash() -> None:
    world = comparison(metrics=(metric(baseline=None, difference=None, ci_low=None, ci_high=None, p_value=None),))
    (row,) = [line for line in rendered(world).splitlines() if "textbf" in line]
    assert row == r"reasoning & \textbf{exact} & -- & 0.960 & -- & -- & -- & 300 & better \\"


def test_the_entries_are_the_software_and_the_methods_that_were_used() -> None:
    world = replace(small(), reproduce={"versions": {"sfteval": "0.1.0"}, "command": "sfteval compare a b"})
    text = rendered(world)
    assert "% @software{sfteval,\n" in text
    assert "%   version = {0.1.0},\n" in text
    assert "% Made by: sfteval compare a b\n" in text
    assert re.findall(r"@article\{(\w+)", text) == ["fagerland2013mcnemar", "tango1998equivalence"]
    graded = replace(small(), metrics=(metric(method="sign flip, exact, BCa bootstrap"), metric("b")))
    assert re.findall(r"@article\{(\w+)", rendered(graded)) == [
        "fagerland2013mcnemar", "tango1998equivalence", "efron1987better", "holm1979simple",
    ]  # fmt: skip


def test_a_version_from_a_file_cannot_leave_its_braces() -> None:
    text = rendered(replace(small(), reproduce={"versions": {"sfteval": "1}\n\\input{x}"}}))
    assert "version = {1 inputx}," in text
