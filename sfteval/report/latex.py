"""A Comparison in, `results.tex` out: the scoreboard as a table for a paper, with what to cite.

The table needs the package booktabs. Above it, as comments, stand the verdict, the command that made it, the methods
and BibTeX entries. Every name is escaped and no comment can end early. Does not know the other files.
"""

from collections.abc import Iterator

from sfteval.report.citation import bibtex
from sfteval.report.contract import drift_legend
from sfteval.report.terminal import verdict_line
from sfteval.report.text import interval, number, one_line, shortened, signed, utf8, words
from sfteval.types import Comparison, MetricComparison

LONGEST_NAME = 80
ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
        "[": "{[}",  # at the beginning of a row it would be an argument of the row before
        "]": "{]}",
        "*": "{*}",
    }
)
HEAD = r"Task & Metric & A & B & B $-$ A & 95\,\% interval & $p$ & $n$ & Finding \\"


def render_latex(comparison: Comparison) -> bytes:
    """Return the bytes of `results.tex`."""
    return utf8("\n".join([*map(_comment, _notes(comparison)), *_table(comparison)]) + "\n")


def latex(text: str) -> str:
    """Return a name as LaTeX that reads the same and does nothing."""
    return one_line(shortened(text, LONGEST_NAME)).translate(ESCAPES)


def _notes(comparison: Comparison) -> Iterator[str]:
    yield "Needs \\usepackage{booktabs}."
    yield verdict_line(comparison)
    if legend := drift_legend(comparison):
        yield legend
    if command := comparison.reproduce.get("command"):
        yield f"Made by: {command}"
    methods: dict[str, list[str]] = {}
    for metric in comparison.metrics:
        methods.setdefault(metric.method, []).append(f"{metric.task} {metric.metric}")
    for method, names in methods.items():
        yield f"{method}: {', '.join(names)}"
    yield from ["", "To cite:", *bibtex(comparison).splitlines(), ""]


def _comment(line: str) -> str:
    """Return one line of comment; its indentation is kept."""
    indent = " " * (len(line) - len(line.lstrip(" ")))
    return f"% {indent}{one_line(line)}".rstrip()


def _table(comparison: Comparison) -> Iterator[str]:
    a, b = latex(comparison.baseline.name), latex(comparison.candidate.name)
    yield from [r"\begin{table}", r"\centering", r"\begin{tabular}{llrrrrrrl}", r"\toprule", HEAD, r"\midrule"]
    task = None
    for metric in comparison.metrics:
        if task not in (None, metric.task):
            yield r"\addlinespace"
        yield _row(metric, first=metric.task != task)
        task = metric.task
    yield from [r"\bottomrule", r"\end{tabular}"]
    yield (
        rf"\caption{{A is {a}, the baseline, and B is {b}, the candidate; paired differences over $n$ prompts,"
        r" two-sided $p$. Metrics in bold decide.}"
    )
    yield from [r"\label{tab:sfteval}", r"\end{table}"]


def _row(metric: MetricComparison, *, first: bool) -> str:
    name = latex(metric.metric)
    cells = [
        latex(metric.task) if first else "",
        rf"\textbf{{{name}}}" if metric.gating else name,
        _math(number(metric.baseline)),
        _math(number(metric.candidate)),
        _math(signed(metric.difference)),
        _math(interval(metric.ci_low, metric.ci_high)),
        _p_value(metric.p_value),
        str(metric.n),
        words(metric.finding),
    ]
    return " & ".join(cells) + r" \\"


def _math(shown: str) -> str:
    """Return numbers with true signs; a dash stands where there is none."""
    if shown in ("", "-"):
        return "--"
    return shown.replace("-", "$-$").replace("+", "$+$")


def _p_value(value: float | None) -> str:
    if value is None:
        return "--"
    return "$<$.001" if value < 0.001 else number(value).removeprefix("0")
