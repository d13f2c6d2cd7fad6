"""`sfteval gate` as CI calls it: which words name the sides, saved baselines, and an exit code for every end.

Run: pytest tests/sfteval/test_gate_command.py
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.cli.gate import sides
from sfteval.errors import ConfigurationError

GATE = ("--suite", "mine", "--comet", "off", "-o", "r")


def called(*words):
    return CliRunner().invoke(cli, [str(word) for word in words], prog_name="sfteval")


def answers(name, values):
    """Write answers to the first so many prompts and return their checkpoint argument."""
    rows = [{"id": f"q{i}", "response": value} for i, value in enumerate(values)]
    Path(f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return f"responses:{name}.jsonl"


def write_suite(folder, words, version="1"):
    """Write the suite `mine`, whose first prompts are these words and the rest their numbers."""
    rows = [{"id": f"q{i}", "prompt": words.get(i, f"{i}?"), "target": "4"} for i in range(200)]
    folder.mkdir(exist_ok=True)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "suite.toml").write_text(
        f'[suite]\nname = "mine"\nversion = "{version}"\n[[task]]\nname = "mine"\nscorer = "exact"\n'
        'data = "rows.jsonl"\nmetrics = ["accuracy"]\ngating = ["accuracy"]\n'
    )


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A folder with the suite `mine` of 200 prompts, `old` answers, and what may replace them."""
    monkeypatch.chdir(tmp_path)
    write_suite(tmp_path / "mine", {})
    good = ["4"] * 150 + ["5"] * 50
    return {
        "old": answers("old", good),
        "same": answers("same", [*good[:199], "6"]),
        "worse": answers("worse", ["5"] * 40 + good[40:]),
        "unsure": answers("unsure", ["5"] * 10 + good[10:194] + ["4"] * 6),
        "missing": answers("missing", good[:190]),
    }


@pytest.fixture
def quick(monkeypatch):
    """Leave the report out, where it is not what is looked at."""
    monkeypatch.setattr("sfteval.cli.gate.published", lambda *given: None)


def results():
    return json.loads(Path("r/results.json").read_text())


# -- which side is which -----------------------------------------------------------------------------------------------


def test_the_baseline_is_the_first_word_or_the_option():
    assert sides(("a", "b"), None) == ("a", "b")
    assert sides(("b",), "a") == ("a", "b")


@pytest.mark.parametrize(
    ("words", "option", "got"),
    [
        (("b",), None, "one checkpoint without --baseline"),
        (("a", "b"), "c", "two checkpoints and --baseline"),
        ((), None, "no checkpoint without --baseline"),
        ((), "a", "no checkpoint and --baseline"),
        (("a", "b", "c"), None, "3 checkpoints without --baseline"),
    ],
)
def test_both_or_neither_is_one_sentence(words, option, got):
    with pytest.raises(ConfigurationError) as raised:
        sides(words, option)
    assert str(raised.value) == (
        f"gate: expected a baseline and a candidate, got {got}. "
        "Write `sfteval gate BASELINE CANDIDATE` or `sfteval gate CANDIDATE --baseline BASELINE`."
    )


# -- exit codes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("candidate", "words", "code"),
    [
        ("same", (), 0),
        ("worse", (), 10),
        ("unsure", (), 0),
        ("unsure", ("--on-inconclusive", "warn"), 0),
        ("unsure", ("--on-inconclusive", "fail"), 11),
        ("worse", ("--on-inconclusive", "fail"), 10),
        ("missing", (), 12),
        ("missing", ("--on-inconclusive", "fail"), 12),
    ],
)
def test_the_exit_code_is_the_verdict(world, quick, candidate, words, code):
    done = called("gate", world[candidate], "--baseline", world["old"], *GATE, *words)
    assert done.exit_code == code, done.output
    assert f"(exit {code}):" in done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("responses:old.jsonl",), 2),
        (("responses:old.jsonl", "responses:none.jsonl"), 2),
        (("run:nowhere", "responses:old.jsonl"), 2),
        (("responses:old.jsonl", "--baseline", "mine/suite.toml"), 2),
        (("responses:old.jsonl", "responses:same.jsonl", "--gate", "none.toml"), 2),
        (("responses:old.jsonl", "responses:same.jsonl", "--confirm", "0"), 2),
        (("responses:old.jsonl", "responses:same.jsonl", "--save-baseline", "kept"), 2),
        (("old.jsonl", "responses:same.jsonl"), 2),
        (("responses:old.jsonl", "responses:same.jsonl", "--on-inconclusive", "pass"), 2),
        (("responses:old.jsonl", "responses:other.jsonl"), 12),
        (("responses:old.jsonl", "http://127.0.0.1:9/v1#m", "--max-errors", "0"), 13),
    ],
)
def test_what_is_no_verdict_has_another_code_and_one_line(world, quick, words, code):
    Path("other.jsonl").write_text('{"id": "elsewhere", "response": "4"}\n')
    done = called("gate", *words, *GATE)
    assert done.exit_code == code, done.output
    said = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(said) == 1
    assert "Traceback" not in done.output


@pytest.mark.slow
def test_a_shell_sees_the_same_codes(world):
    for candidate, code in (("same", 0), ("worse", 10)):
        words = [sys.executable, "-m", "sfteval", "gate", world["old"], world[candidate], *GATE]
        assert subprocess.run(words, capture_output=True).returncode == code


# -- a baseline that is a stored run -----------------------------------------------------------------------------------


def stored(argument, *words):
    """Run an argument into `runs` and return the stored run's."""
    done = called("run", argument, "--suite", "mine", "--json", *words)
    assert done.exit_code == 0, done.output
    name = argument.removeprefix("responses:").removesuffix(".jsonl")
    (folder,) = Path("runs").glob(f"{name}-*")
    return f"run:{folder}"


@pytest.mark.slow
def test_a_stored_run_is_a_baseline(world):
    old = stored(world["old"])
    assert called("gate", world["same"], "--baseline", old, *GATE).exit_code == 0
    assert results()["baseline"]["kind"] == "run"
    assert called("gate", world["worse"], "--baseline", old, *GATE).exit_code == 10


@pytest.mark.slow
@pytest.mark.parametrize(("num", "code"), [(4, 0), (5, 12)])
def test_prompts_that_changed_since_a_run_was_stored_are_listed_and_left_out(world, tmp_path, num, code):
    sides = [stored(world[name]) for name in ("old", "same")]
    write_suite(tmp_path / "mine", {i: f"another {i}?" for i in range(num)}, version="2")
    done = called("gate", world["same"], "--baseline", sides[0], *GATE)
    assert done.exit_code == code, done.output
    found = results()
    names = [f"q{i}" for i in range(num)]
    assert found["left_out"]["mine"] == {
        "num_prompts": 200, "num_left_out": num, "differing": {"count": num, "ids": names}
    }  # fmt: skip
    assert found["metrics"][0]["n"] == 200 - num
    assert f"{num} of 200 prompts are left out on both sides" in " ".join(done.stdout.split())
    assert ", ".join(names) in Path("r/report.html").read_text()


@pytest.mark.slow
def test_two_stored_runs_of_different_versions_of_a_suite_are_joined_by_content(world, tmp_path):
    old = stored(world["old"])
    write_suite(tmp_path / "mine", {0: "another?"}, version="2")
    new = stored(world["same"])
    assert called("gate", old, new, *GATE).exit_code == 0
    assert results()["left_out"]["mine"]["differing"]["ids"] == ["q0"]
    assert called("gate", new, old, *GATE).exit_code == 0
    assert results()["left_out"]["mine"]["differing"]["ids"] == ["q0"]


@pytest.mark.slow
def test_of_a_part_that_is_asked_nobody_says_that_the_rest_is_missing(world):
    old = stored(world["old"])
    assert called("gate", world["same"], "--baseline", old, *GATE, "--limit", "100").exit_code == 0
    assert results()["left_out"] == {}
    part = stored(world["worse"], "--limit", "100")
    assert called("gate", world["same"], "--baseline", part, *GATE).exit_code == 12
    assert results()["left_out"]["mine"]["only_candidate"]["count"] == 100


# -- a baseline that is a file of scores -------------------------------------------------------------------------------


@pytest.fixture
def baseline(world):
    done = called("gate", world["old"], world["old"], *GATE, "--save-baseline", "kept/baseline.json")
    assert done.exit_code == 0, done.output
    assert "kept/baseline.json" in done.stderr
    return "kept/baseline.json"


@pytest.mark.slow
def test_a_saved_baseline_gates_as_the_run_that_it_was_saved_from(world, baseline):
    numbers = []
    for side in (baseline, world["old"]):
        assert called("gate", world["worse"], "--baseline", side, *GATE).exit_code == 10
        (row,) = results()["metrics"]
        numbers.append([row[key] for key in ("n", "baseline", "difference", "ci_low", "p_regress")])
    assert numbers[0] == numbers[1]
    assert called("gate", world["same"], "--baseline", baseline, *GATE).exit_code == 0
    assert called("gate", baseline, world["same"], *GATE).exit_code == 0
    assert called("gate", world["unsure"], "--baseline", baseline, *GATE, "--on-inconclusive", "fail").exit_code == 11


@pytest.mark.slow
def test_a_saved_baseline_holds_no_text_and_the_same_bytes(world, baseline):
    first = Path(baseline).read_bytes()
    assert b"199?" not in first
    assert json.loads(first)["checkpoint"]["name"] == "old"
    called("gate", world["old"], world["worse"], *GATE, "--save-baseline", baseline)
    assert Path(baseline).read_bytes() == first
    called("gate", world["worse"], "--baseline", baseline, *GATE, "--save-baseline", "again.json")
    assert json.loads(Path("again.json").read_text())["answers"] == json.loads(first)["answers"]


@pytest.mark.slow
def test_the_report_of_a_saved_baseline_says_what_is_not_stored(world, baseline):
    done = called("gate", world["worse"], "--baseline", baseline, *GATE)
    assert done.exit_code == 10, done.output
    found = results()
    assert (found["baseline"]["kind"], found["baseline"]["name"], found["matched"]) == ("scores", "old", True)
    assert found["costs"]["baseline"] == {}
    assert "not stored" in Path("r/report.html").read_text()
    assert "(not stored: a saved baseline holds scores only)" in Path("r/flips.csv").read_text()
    before = Path("r/report.html").read_bytes()
    assert called("report", "r").exit_code == 0
    assert Path("r/report.html").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(("num", "code"), [(4, 0), (5, 12)])
def test_prompts_that_changed_since_a_baseline_was_saved_are_listed(world, baseline, tmp_path, num, code):
    write_suite(tmp_path / "mine", {i: f"another {i}?" for i in range(num)}, version="2")
    done = called("gate", world["same"], "--baseline", baseline, *GATE)
    assert done.exit_code == code, done.output
    found = results()
    assert found["left_out"]["mine"]["differing"]["count"] == num
    assert "old: suite mine was version 1 then and is 2 now" in found["warnings"]


@pytest.mark.slow
def test_other_sampling_than_when_the_baseline_was_saved_is_shown(world, baseline, tmp_path):
    toml = Path("mine/suite.toml")
    toml.write_text(toml.read_text() + "sampling = { temperature = 0.7 }\n")
    assert called("gate", world["same"], "--baseline", baseline, *GATE).exit_code == 0
    assert results()["matched"] is False


@pytest.mark.slow
def test_an_edited_baseline_is_refused_with_one_line(world, baseline):
    text = Path(baseline).read_text()
    Path(baseline).write_text(text.replace('"accuracy": 1}', '"accuracy": 0}', 1))
    done = called("gate", world["same"], "--baseline", baseline, *GATE)
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "the file was edited since" in done.output


@pytest.mark.slow
@pytest.mark.parametrize(("command", "words"), [("run", ("--suite", "mine")), ("plan", ("--suite", "mine"))])
def test_saved_scores_are_nothing_that_can_be_asked(world, baseline, command, words):
    done = called(command, baseline, *words)
    assert (done.exit_code, done.output.count("\n")) == (2, 1)


@pytest.mark.slow
def test_a_saved_baseline_takes_no_settings(world, baseline):
    done = called("gate", world["same"], "--baseline", baseline, *GATE, "--baseline-set", "temperature=1")
    assert done.exit_code == 2
    assert "expected no settings for answers that exist already" in done.output


# -- no data is never a pass -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ([], [], 12),  # a file of answers without a row
        (["4"] * 200, [""] * 200, 10),  # what says nothing has failed, and is not missing
        (["4"] * 3, ["4"] * 3, 12),
    ],
)
def test_no_answers_are_no_pass(world, quick, old, new, code):
    done = called("gate", answers("a", old), answers("b", new), *GATE)
    assert done.exit_code == code, done.output


def test_a_suite_without_a_prompt_is_no_pass(world, quick):
    Path("mine/rows.jsonl").write_text("")
    done = called("gate", world["old"], world["same"], *GATE)
    assert (done.exit_code, done.output.count("Error: ")) == (2, 1), done.output


def test_where_nothing_gates_the_verdict_is_no_pass(world, quick):
    toml = Path("mine/suite.toml")
    toml.write_text(toml.read_text().replace('gating = ["accuracy"]', "gating = []"))
    assert called("gate", world["old"], world["same"], *GATE, "--on-inconclusive", "fail").exit_code == 11
