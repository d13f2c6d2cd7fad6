"""`sfteval gate` where GITHUB_ACTIONS is true: the runner is told, and what goes wrong there changes no verdict.

Run: pytest tests/sfteval/test_gate_github.py
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import BackendError, NotComparableError
from sfteval.report import write_report
from sfteval.report.github import LARGEST_SUMMARY_BYTES
from sfteval.types import Verdict
from tests.sfteval.report.example import comparison, metric, small

REGRESSED = replace(
    small(),
    metrics=(metric(verdict=Verdict.REGRESS),),
    verdict=Verdict.REGRESS,
    headline="REGRESS: worse on reasoning.",
)
UNDECIDED = comparison(metrics=(), verdict=Verdict.INCONCLUSIVE, headline="INCONCLUSIVE: too few prompts.")


@pytest.fixture
def github(tmp_path, monkeypatch):
    """A folder with a runner's files, both empty, in which commands are called as a step of a workflow."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for variable, name in (("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_OUTPUT", "output")):
        (tmp_path / name).touch()
        monkeypatch.setenv(variable, str(tmp_path / name))
    return tmp_path


@pytest.fixture
def gated(monkeypatch):
    """Give what lets a gate end with a comparison, or an error, that was made by hand; its report is written."""

    def end(with_):
        def decided(checkpoints, confirm, options):
            if isinstance(with_, Exception):
                raise with_
            print("a name ::error::forged ##[error]older")
            write_report(with_, Path("r"), formats=("md",))
            return with_, Path("r")

        monkeypatch.setattr("sfteval.cli.gate.decided", decided)

    return end


def gate(*words):
    return CliRunner().invoke(cli, ["gate", "a", "b", *words], prog_name="sfteval")


def commands(stream):
    """Return the lines that the runner would obey: between stop-commands and its word, none."""
    obeyed, word = [], None
    for line in stream.splitlines():
        if word is not None:
            word = None if line == f"::{word}::" else word
        elif line.startswith("::stop-commands::"):
            word = line.removeprefix("::stop-commands::")
        elif line.startswith("::") or "##[" in line:
            obeyed.append(line)
    assert word is None
    return obeyed


def test_a_verdict_is_annotated_summed_up_and_given_as_outputs(github, gated):
    gated(REGRESSED)
    done = gate()
    assert done.exit_code == 10
    assert [line.split(" ")[0] for line in commands(done.stdout)] == ["::error", "::error", "::warning"]
    assert (github / "summary").read_text() == (github / "r" / "summary.md").read_text()
    assert (github / "output").read_text() == f"verdict=regress\nreport={github}/r\n"


def test_nothing_that_is_printed_meanwhile_is_a_command(github, gated):
    gated(small())
    done = gate()
    assert "::error::forged" in done.stdout
    assert not [line for line in commands(done.stdout) if "forged" in line]


def test_the_word_that_ends_the_silence_is_another_each_time(github, gated):
    gated(small())
    assert gate().stdout.splitlines()[0] != gate().stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("words", "code", "level"), [((), 0, "::warning"), (("--on-inconclusive", "fail"), 11, "::error")]
)
def test_an_undecided_verdict_is_told_by_what_it_does(github, gated, words, code, level):
    gated(UNDECIDED)
    done = gate(*words)
    assert done.exit_code == code
    assert commands(done.stdout)[0].startswith(level)
    assert "verdict=inconclusive\n" in (github / "output").read_text()


def test_with_json_the_runner_is_told_on_standard_error(github, gated):
    gated(small())
    done = gate("--json")
    assert "::notice title=sfteval gate%3A pass" in done.stderr
    assert "::" not in done.stdout.replace("::error::forged", "")


def test_what_may_not_be_compared_has_a_verdict_without_a_report(github, gated):
    gated(NotComparableError("a", expected="the same template", got="another", next_move="Train again"))
    done = gate()
    assert done.exit_code == 12
    assert commands(done.stdout) == [
        "::error title=sfteval gate::a: expected the same template, got another. Train again."
    ]
    assert (github / "output").read_text() == "verdict=not_comparable\n"


def test_a_server_that_is_down_is_no_verdict(github, gated):
    gated(BackendError("http://127.0.0.1:9/v1", expected="a server", got="none", next_move="Start it"))
    done = gate()
    assert done.exit_code == 13
    assert len(commands(done.stdout)) == 1
    assert (github / "output").read_text() == ""


def test_a_crash_lets_the_runner_listen_again(github, gated):
    gated(KeyError("x"))
    done = gate()
    assert done.exit_code == 1
    assert commands(done.stdout) == []


@pytest.mark.parametrize("variable", ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
def test_a_file_that_cannot_be_written_changes_no_exit_code(github, gated, monkeypatch, variable):
    monkeypatch.setenv(variable, str(github / "no" / "such" / "folder"))
    gated(REGRESSED)
    done = gate()
    assert done.exit_code == 10
    assert f"{variable}: not written, No such file or directory" in done.stderr


def test_a_summary_that_cannot_be_read_changes_no_exit_code(github, gated, monkeypatch):
    gated(REGRESSED)
    monkeypatch.setattr("sfteval.report.step_summary", lambda *given: 1 / 0)
    done = gate()
    assert done.exit_code == 10
    assert "GitHub was not told: division by zero" in done.stderr


def test_a_runner_without_these_files_is_a_runner_all_the_same(github, gated, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    monkeypatch.delenv("GITHUB_OUTPUT")
    gated(REGRESSED)
    assert gate().exit_code == 10


def test_a_summary_begins_on_a_line_of_its_own_and_stays_within_the_limit(github, gated):
    gated(small())
    (github / "summary").write_text("no line end")
    gate()
    assert (github / "summary").read_text().startswith("no line end\n<!-- sfteval:summary -->\n")
    for left, expected in ((1_000, "PASS: think is better"), (10, None)):
        (github / "summary").write_bytes(b"x" * (LARGEST_SUMMARY_BYTES - left))
        gate()
        added = (github / "summary").read_bytes()[LARGEST_SUMMARY_BYTES - left :].decode()
        assert len(added.encode()) <= left
        assert (expected in added) if expected else added == ""


def test_elsewhere_nothing_is_told(github, gated, monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS")
    gated(REGRESSED)
    done = gate()
    assert done.exit_code == 10
    assert not [line for line in done.output.splitlines() if line.startswith("::")]
    assert (github / "output").read_text() == (github / "summary").read_text() == ""


@pytest.mark.slow
def test_a_real_gate_tells_its_real_report(github):
    rows = [{"id": f"q{i}", "prompt": f"{i}?", "target": "4"} for i in range(150)]
    (github / "mine").mkdir()
    (github / "mine" / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (github / "mine" / "suite.toml").write_text(
        '[suite]\nname = "mine"\nversion = "1"\n[[task]]\nname = "mine"\nscorer = "exact"\n'
        'data = "rows.jsonl"\nmetrics = ["accuracy"]\ngating = ["accuracy"]\n'
    )
    for name, num_right in (("a", 140), ("b", 60)):
        said = [{"id": f"q{i}", "response": "4" if i < num_right else "5"} for i in range(150)]
        (github / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said))
    words = ["responses:a.jsonl", "responses:b.jsonl", "--suite", "mine", "--comet", "off", "-o", "r"]
    done = CliRunner().invoke(cli, ["gate", *words])
    assert done.exit_code == 10, done.output
    assert commands(done.stdout)[1].startswith(
        "::error title=mine accuracy%3A regress::0.933 -> 0.400, difference -0.533"
    )
    assert (github / "summary").read_text() == (github / "r" / "summary.md").read_text()
    assert (github / "output").read_text() == f"verdict=regress\nreport={github}/r\n"
