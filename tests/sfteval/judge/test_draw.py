"""Pairs drawn out of a report for people to label: blind, at random, and read back as labels of these very pairs."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import DataError
from sfteval.judge.gold import read_gold
from sfteval.judging.contests import matches
from sfteval.judging.draw import drawn_pairs
from sfteval.judging.labels import labels_of, truths
from sfteval.report import write_report
from tests.sfteval.judge.worlds import comparison, pair, task

PAIRS = [pair(number, 3, 9) for number in range(40)]


def test_drawn_pairs_hide_the_sides_and_follow_the_seed():
    rows = drawn_pairs(comparison(PAIRS), "open", 30, 0)
    assert len(rows) == 30
    assert rows == drawn_pairs(comparison(PAIRS[::-1]), "open", 30, 0)
    assert [row["id"] for row in rows] != [row["id"] for row in drawn_pairs(comparison(PAIRS), "open", 30, 1)]
    first = [row["a"].startswith("Well") for row in rows]  # as the baseline's answers do
    assert 5 < sum(first) < 25
    assert not any("s1" in row["id"] or "open" in row["id"] for row in rows)


def test_a_prompt_gives_one_pair_and_what_needs_no_judge_none():
    several = [pair(number, 3, 9, index=index) for number in range(5) for index in range(4)]
    same = pair(9, 3, 3)
    same = replace(same, candidate_reading=same.baseline_reading)
    assert len(drawn_pairs(comparison([*several, same]), "open", 60, 0)) == 5
    with pytest.raises(DataError, match="open: expected answers that differ, got none"):
        drawn_pairs(comparison([same]), "open", 60, 0)


def test_a_task_that_is_not_there_is_refused():
    with pytest.raises(DataError, match='--task: expected a task of the report, got "opn"'):
        drawn_pairs(comparison(PAIRS), "opn", 1, 0)


def test_filled_in_they_are_labels_of_these_very_pairs(tmp_path):
    world, path = comparison(PAIRS), tmp_path / "pairs.jsonl"
    write_report(world, tmp_path / "report", formats=("json", "samples"))
    words = ["judge", "pairs", str(tmp_path / "report"), "--task", "open", "--num", "12", "-o", str(path)]
    found = CliRunner().invoke(cli, words)
    assert found.exit_code == 0, found.output
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps({**row, "label": "a" if "Now" in row["a"] else "b"}) + "\n" for row in rows))
    known = truths(task(), tuple(matches(world, task())), labels_of(read_gold(path)))
    assert known.count(1.0) == 12  # "Now" is how the candidate's answers begin, wherever they stood
    assert known.count(None) == 28


def test_unlabelled_pairs_are_no_labels_and_a_file_that_is_there_is_not_written_over(tmp_path):
    write_report(comparison(PAIRS), tmp_path / "report", formats=("json", "samples"))
    path = tmp_path / "pairs.jsonl"
    words = ["judge", "pairs", str(tmp_path / "report"), "--task", "open", "-o", str(path)]
    assert CliRunner().invoke(cli, words).exit_code == 0
    with pytest.raises(DataError, match='label: expected "a", "b" or "tie"'):
        read_gold(path)
    before = path.read_bytes()
    again = CliRunner().invoke(cli, words)
    assert again.exit_code == 2
    assert "expected a new file, got a file that is there already" in again.output
    assert path.read_bytes() == before


def test_without_a_judged_task_its_name_is_asked_for(tmp_path):
    write_report(comparison(PAIRS), tmp_path / "report", formats=("json", "samples"))
    found = CliRunner().invoke(cli, ["judge", "pairs", str(tmp_path / "report")])
    assert found.exit_code == 2
    assert "--task: expected the name of one task, got none in this report" in found.output
