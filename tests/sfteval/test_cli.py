"""The commands as a user meets them: help, one sentence for every mistake, the right exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from sfteval.cli import COMMANDS, cli, explained
from sfteval.cli.gate import exit_code
from sfteval.cli.options import awaited, parsed_settings, printable
from sfteval.errors import ConfigurationError
from sfteval.types import Verdict

GOLDEN = Path(__file__).parent / "help.txt"


def called(*words, **options):
    return CliRunner().invoke(cli, list(words), prog_name="sfteval", **options)


def test_the_help_is_the_golden_one():
    """Regenerate with: sfteval --help > tests/sfteval/help.txt (80 columns)."""
    assert called("--help", terminal_width=80).output == GOLDEN.read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_its_first_line_in_the_list(command):
    result = called(command, "--help")
    assert result.exit_code == 0, result.output
    assert COMMANDS[command]


def test_help_loads_neither_torch_nor_pandas():
    code = (
        "import sys; from sfteval.cli import cli\n"
        "try: cli(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'pandas', 'transformers', 'numpy', 'scipy', 'comet_ml', 'aiohttp'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_an_unknown_command_names_the_nearest():
    result = called("compar")
    assert result.exit_code == 2
    assert 'expected a command, got "compar". Did you mean "compare"?' in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("compare", "a", "b"), "--suite: expected at least one suite"),
        (
            ("compare", "nowhere", "b", "--suite", "starter"),
            "nowhere: expected a checkpoint directory, got no such directory",
        ),
        (("run", "nowhere", "--suite", "starte"), "nowhere: expected a checkpoint directory"),
        (("score", "reasonin", "--responses", "x.jsonl", "-o", "out"), 'Did you mean "reasoning"?'),
        (("suites", "show", "startr"), 'Did you mean "starter"?'),
        (("suites", "new", "nowhere.jsonl"), "nowhere.jsonl: expected a JSONL file of prompts"),
        (("compare", "a", "b", "--suite", "starter", "--baseline-set", "x"), "--baseline-set: expected key=value"),
        (("report", "nowhere"), "nowhere"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = called(*words)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert result.output.startswith("Error: ")


def test_debug_shows_the_traceback(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = called("suites", "new", "nowhere.jsonl", "--debug")
    assert result.exit_code == 1
    assert result.exception is not None


def test_a_crash_is_not_dressed_up():
    assert explained(ZeroDivisionError("ours")) is None


def test_a_full_disk_anywhere_is_one_line_and_13(capsys):
    assert explained(OSError(28, "No space left on device", "runs/x")) == 13
    assert (
        "runs/x: expected a file that can be read and written, got No space left on device." in capsys.readouterr().err
    )


def test_names_from_outside_cannot_colour_the_terminal():
    assert printable("a\x1b[31mb\nc\u202e") == "a [31mb c "


@pytest.mark.parametrize(
    ("verdict", "warn", "fail"),
    [(Verdict.PASS, 0, 0), (Verdict.REGRESS, 10, 10), (Verdict.INCONCLUSIVE, 0, 11), (Verdict.NOT_COMPARABLE, 12, 12)],
)
def test_a_verdict_is_an_exit_code(verdict, warn, fail):
    assert (exit_code(verdict, "warn"), exit_code(verdict, "fail")) == (warn, fail)


def test_settings_are_json_where_they_can_be():
    words = ("enable_thinking=false", "temperature=0.6", "name=lab", "x=a=b")
    assert parsed_settings(words, "--set") == {"enable_thinking": False, "temperature": 0.6, "name": "lab", "x": "a=b"}
    with pytest.raises(ConfigurationError):
        parsed_settings(("=3",), "--set")


def answers(path, values):
    path.write_text("".join(json.dumps({"id": f"q{i}", "response": value}) + "\n" for i, value in enumerate(values)))
    return f"responses:{path}"


@pytest.fixture
def gated(tmp_path, monkeypatch):
    """A folder with a suite `mine` of 200 prompts whose accuracy gates."""
    monkeypatch.chdir(tmp_path)
    rows = [{"id": f"q{i}", "prompt": f"{i}?", "target": "4"} for i in range(200)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert called("suites", "new", "mine.jsonl", "-o", "mine").exit_code == 0
    toml = tmp_path / "mine" / "suite.toml"
    toml.write_text(toml.read_text().replace("gating = []", 'gating = ["accuracy"]'))
    return tmp_path


@pytest.mark.parametrize(("wrong", "code"), [(0, 0), (40, 10), (2, 0)])
def test_the_gate_ends_with_its_verdict(gated, wrong, code):
    old = answers(gated / "old.jsonl", ["4"] * 150 + ["5"] * 50)
    new = answers(gated / "new.jsonl", ["5"] * wrong + ["4"] * (150 - wrong) + ["5"] * 50)
    result = called("gate", old, new, "--suite", "mine", "--comet", "off")
    assert result.exit_code == code, result.output
    assert (gated / "reports" / "old-vs-new" / "results.json").exists()


def test_compare_ends_0_whatever_its_verdict(gated):
    old, new = answers(gated / "old.jsonl", ["4"] * 200), answers(gated / "new.jsonl", ["5"] * 200)
    result = called("compare", old, new, "--suite", "mine", "--comet", "off", "-o", "r")
    assert result.exit_code == 0
    assert "REGRESS" in result.output
    assert "report.html" in result.output


def test_compare_ends_12_when_data_is_missing(gated):
    old, new = answers(gated / "old.jsonl", ["4"] * 200), answers(gated / "new.jsonl", ["4"] * 100)
    assert called("compare", old, new, "--suite", "mine", "--comet", "off", "-o", "r").exit_code == 12


def test_json_is_all_that_stands_on_standard_output(gated):
    old = answers(gated / "old.jsonl", ["4"] * 200)
    result = called("compare", old, old, "--suite", "mine", "--comet", "off", "-o", "r", "--json")
    assert json.loads(result.stdout) == json.loads((gated / "r" / "results.json").read_text())


def test_a_stored_report_renders_again_to_the_same_bytes(gated):
    old, new = answers(gated / "old.jsonl", ["4"] * 200), answers(gated / "new.jsonl", ["5"] * 200)
    called("compare", old, new, "--suite", "mine", "--comet", "off", "-o", "r")
    before = {path.name: path.read_bytes() for path in (gated / "r").iterdir()}
    assert called("report", "r").exit_code == 0
    assert {path.name: path.read_bytes() for path in (gated / "r").iterdir()} == before


@pytest.mark.slow
def test_ctrl_c_ends_130_and_says_that_nothing_is_lost(gated):
    code = (
        "import sys, time\n"
        "import sfteval.score as s\n"
        "s.score_task = lambda *a: (print('here', flush=True), time.sleep(60))\n"
        "from sfteval.cli import cli; cli(sys.argv[1:])"
    )
    old = answers(gated / "old.jsonl", ["4"] * 200)
    words = [sys.executable, "-c", code, "compare", old, old, "--suite", "mine", "--comet", "off"]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    assert child.stdout.readline() == "here\n"
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "call the same command again to go on" in said
    assert "Traceback" not in said
    assert list((gated / "runs").glob("old-*/generations/mine.jsonl"))


def test_a_command_leaves_ctrl_c_as_it_found_it():
    async def work():
        return signal.getsignal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    assert awaited(work()) is not before
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def ruled(tmp_path, monkeypatch):
    """A suite of constraints whose keyword is a part of a word in B's answers: published a pass, by our rules none."""
    monkeypatch.chdir(tmp_path)
    target = {"instructions": [{"id": "keywords:existence", "kwargs": {"keywords": ["art"]}}]}
    rows = [{"id": f"q{i}", "prompt": f"Write art {i}.", "target": target} for i in range(100)]
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "rules" / "suite.toml").write_text(
        '[suite]\nname = "rules"\n[[task]]\nname = "rules"\nscorer = "constraints"\ndata = "rows.jsonl"\n'
        'metrics = ["prompt_strict"]\ngating = ["prompt_strict"]\n'
    )
    whole = answers(tmp_path / "old.jsonl", ["some art"] * 100)
    part = answers(tmp_path / "new.jsonl", ["some art"] * 70 + ["a party"] * 30)
    return [whole, part, "--suite", "rules", "--comet", "off", "-o", "r"]


def test_the_gate_goes_by_our_rules_and_shows_what_they_change(ruled):
    result = called("gate", *ruled)
    assert result.exit_code == 10, result.output
    results = json.loads(Path("r/results.json").read_text())
    assert [row["metric"] for row in results["metrics"]] == ["prompt_strict"]
    (told,) = results["instructions"]
    assert told["rules"] == "fixed"
    (repair,) = told["repairs"]
    assert (repair["id"], repair["n"]) == ("keywords:existence", 100)
    assert (repair["baseline_lost"], repair["candidate_lost"], repair["candidate_gained"]) == (0, 30, 0)
    assert told["deltas"][0]["candidate_delta"] == -0.3


def test_by_the_published_rules_the_gate_passes_what_they_pass(ruled):
    result = called("gate", *ruled, "--scorer-mode", "reference")
    assert result.exit_code == 0, result.output
    results = json.loads(Path("r/results.json").read_text())
    assert [row["metric"] for row in results["metrics"]] == ["prompt_strict_reference"]
    assert results["metrics"][0]["difference"] == 0.0
    assert results["instructions"][0]["rules"] == "reference"
    assert "by the published scorer's rules" in " ".join(result.output.split())
    before = Path("r/report.html").read_bytes()
    assert b"--scorer-mode reference" in before
    assert called("report", "r").exit_code == 0
    assert Path("r/report.html").read_bytes() == before


def test_published_rules_are_refused_where_no_task_has_them(gated):
    old = answers(gated / "old.jsonl", ["4"] * 200)
    result = called("compare", old, old, "--suite", "mine", "--scorer-mode", "reference")
    assert result.exit_code == 2
    assert "--scorer-mode reference: expected a task with published rules" in result.output
