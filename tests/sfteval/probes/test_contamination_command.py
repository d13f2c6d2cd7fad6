"""`sfteval probe` from its words to its exit code, and what it says of the starter world."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.probes.contamination import find_contamination
from sfteval.probes.trained_on import rows_of_file
from sfteval.suites.load import load_suite, shipped_folder


def copied_rows(path, num):
    """Training rows that are the first prompts of a shipped suite, each with an answer."""
    lines = (shipped_folder() / "helpfulness/data/helpfulness.jsonl").read_text(encoding="utf-8").splitlines()[:num]
    prompts = [json.loads(line)["prompt"] for line in lines]
    rows = [{"prompt": prompt, "completion": "Gladly."} for prompt in [*prompts, "What grows in the shade of a wall?"]]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def called(*words):
    return CliRunner().invoke(cli, ["probe", *map(str, words)])


@pytest.fixture
def answers(tmp_path):
    (tmp_path / "answers.jsonl").write_text('{"id": "writing-01", "response": "No."}\n')
    return f"responses:{tmp_path / 'answers.jsonl'}"


def test_copied_prompts_fail_the_suite_and_the_command_ends_0(tmp_path, answers):
    result = called(answers, "--suite", "helpfulness", "--train", copied_rows(tmp_path / "rows.jsonl", 5))
    assert result.exit_code == 0
    first, second, *_ = result.stdout.splitlines()
    assert first.startswith("fail         contamination: 5 of 126 items of helpfulness (4.0%, CI ")
    assert second.startswith(
        "  helpfulness writing-01: exact, ngram_13, coverage_8, substring_50, near_duplicate; row "
    )


def test_json_is_the_result_and_nothing_else(tmp_path, answers):
    rows = copied_rows(tmp_path / "rows.jsonl", 1)
    result = called(
        answers,
        "--suite",
        "helpfulness",
        "--suite",
        "constraints",
        "--train",
        rows,
        "--json",
        "--probes",
        "contamination",
    )
    warned, passed = json.loads(result.stdout)["probes"]
    assert (warned["verdict"], warned["numbers"]["num_dirty"]) == ("warn", 1)
    assert warned["numbers"]["dirty"][0]["row"] == "rows.jsonl:1"
    assert (passed["verdict"], passed["numbers"]["num_items"]) == ("pass", 420)


def test_without_training_rows_it_is_skipped_with_the_reason(answers):
    result = called(answers, "--suite", "helpfulness")
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "skipped      contamination: helpfulness was not looked for in training data: this ch"
    )


def test_a_missing_file_is_one_line(tmp_path, answers):
    result = called(answers, "--suite", "helpfulness", "--train", tmp_path / "no.jsonl")
    assert result.exit_code == 2
    assert "expected a JSONL file of training rows, got none. Check the path." in result.output


def test_without_a_suite_the_other_probes_speak_and_all_is_in_the_file(tmp_path, answers):
    result = called(answers, "-o", tmp_path / "out")
    lines = result.stdout.splitlines()
    assert (result.exit_code, len(lines)) == (0, 9)
    assert lines[0] == "skipped      contamination: No suite was named in which to look for training data; add --suite."
    assert lines[1] == "skipped      loss_gap: These answers exist already, and nobody can be asked more."
    told = json.loads((tmp_path / "out" / "probes.json").read_text())
    assert [one["verdict"] for one in told["probes"]] == ["skipped"] * 9


@pytest.mark.slow
def test_what_the_starter_rows_share_with_the_starter_suite_is_its_templates(tmp_path):
    rows = tmp_path / "rows.jsonl"
    subprocess.run([sys.executable, "-m", "sfttrain", "data", "starter:500", "-o", str(rows)], check=True)
    found = find_contamination(load_suite("starter"), rows_of_file(rows))
    assert found.by_rule["exact"] == 0  # the suite is held out, word for word
    templated = {task for task, control in found.controls.items() if control.is_templated}
    assert {"reasoning", "reasoning_longer", "constraints_combinations", "toolcalls_unseen"} <= templated
    assert len(found.dirty) <= 0.02 * found.num_items, found.by_rule
