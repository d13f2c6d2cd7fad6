"""Questions in one file and answers in another are joined by id, wherever the two files lie."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import ConfigurationError, DataError
from sfteval.identity import file_hash
from sfteval.suites import find_task, load_suite, read_outline

QUESTIONS = [{"id": "q1", "prompt": "1+1?"}, {"id": 2, "prompt": "2+2?"}]
ANSWERS = [{"id": "2", "target": "4"}, {"id": "q1", "target": "2"}, {"id": "q9", "target": "never asked"}]
FILES = 'data = "toy/rows.jsonl"\nanswers = "toy/right/rows.jsonl"\n'


@pytest.fixture(autouse=True)
def without_data_folder(monkeypatch):
    """Whatever the machine's own data folder is, these suites do not see it."""
    monkeypatch.delenv("SFTEVAL_DATA", raising=False)


def suite_of(folder: Path, lines: str = FILES, name: str = "toy") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    header = '[suite]\nname = "toys"\nversion = "1"\nabout = "Toys."\n'
    (folder / "suite.toml").write_text(f'{header}[[task]]\nname = "{name}"\nscorer = "exact"\n{lines}')
    return str(folder)


def put(folder: Path, name: str, rows: list[dict]) -> Path:
    path = folder / "toy" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def both(folder: Path, questions: list[dict] = QUESTIONS, answers: list[dict] = ANSWERS) -> str:
    put(folder, "rows.jsonl", questions)
    put(folder, "right/rows.jsonl", answers)
    return suite_of(folder)


def refused(suite: str) -> str:
    with pytest.raises((ConfigurationError, DataError)) as caught:
        load_suite(suite)
    return str(caught.value)


def test_each_question_gets_the_answer_of_its_id_and_an_answer_that_nobody_asked_for_is_left(tmp_path):
    (task,) = load_suite(both(tmp_path)).tasks
    assert [(sample.id, sample.prompt, sample.target) for sample in task.samples] == [
        ("q1", "1+1?", "2"),
        ("2", "2+2?", "4"),
    ]


def test_a_question_s_own_fields_stand(tmp_path):
    (task,) = load_suite(both(tmp_path, [QUESTIONS[0] | {"target": "two"}])).tasks
    assert task.samples[0].target == "two"


def test_the_files_may_lie_in_different_places(tmp_path, monkeypatch):
    put(tmp_path / "s", "rows.jsonl", QUESTIONS)
    put(tmp_path / "data", "right/rows.jsonl", ANSWERS)
    monkeypatch.setenv("SFTEVAL_DATA", str(tmp_path / "data"))
    (task,) = load_suite(suite_of(tmp_path / "s")).tasks
    assert [sample.target for sample in task.samples] == ["2", "4"]


def test_two_files_are_known_by_their_samples_and_not_by_the_bytes_of_one(tmp_path):
    first = load_suite(both(tmp_path / "a")).tasks[0].data_sha256
    other = [{"id": "2", "target": "5"}, *ANSWERS[1:]]
    assert load_suite(both(tmp_path / "b", answers=ANSWERS[::-1])).tasks[0].data_sha256 == first
    assert load_suite(both(tmp_path / "c", answers=other)).tasks[0].data_sha256 != first
    assert first != file_hash(tmp_path / "a" / "toy" / "rows.jsonl")


@pytest.mark.parametrize(
    ("questions", "answers", "said"),
    [
        (QUESTIONS, ANSWERS[:1], 'rows.jsonl, line 1: expected a row with the id "q1" in rows.jsonl, got none.'),
        (QUESTIONS, [*ANSWERS, ANSWERS[0]], 'line 4: expected ids used once, got "2" twice.'),
        ([{"prompt": "1+1?"}], ANSWERS, "line 1, id: expected a text or a whole number, got none."),
        (QUESTIONS, [{"id": True, "target": "2"}], "line 1, id: expected a text or a whole number, got True."),
    ],
)
def test_files_that_do_not_belong_together_are_one_sentence(tmp_path, questions, answers, said):
    assert said in refused(both(tmp_path, questions, answers))


@pytest.mark.parametrize(
    "lines", ['answers = "a.jsonl"\n', 'answers = "a.jsonl"\nhub = "hf:org/a"\n', 'data = "hf:org/a"\nanswers = "b"\n']
)
def test_answers_go_with_a_file_of_questions(tmp_path, lines):
    assert "answers: expected a path beside that of data, got" in refused(suite_of(tmp_path, lines))


def test_what_is_missing_is_named_with_where_it_is_published(tmp_path, monkeypatch):
    suite = suite_of(tmp_path / "s", FILES + 'origin = "the package toys 1.0"\n')
    assert refused(suite) == (
        f'{suite}/suite.toml, task "toy", data: expected its published files, got none beside suite.toml, and '
        "SFTEVAL_DATA is not set. Put toy/rows.jsonl and toy/right/rows.jsonl below FOLDER and set "
        f"SFTEVAL_DATA=FOLDER, or below {suite}; published in the package toys 1.0."
    )
    put(tmp_path / "s", "rows.jsonl", QUESTIONS)
    monkeypatch.setenv("SFTEVAL_DATA", str(tmp_path))
    said = refused(suite)
    assert f"and SFTEVAL_DATA is {tmp_path}, which is without. Put toy/right/rows.jsonl below FOLDER" in said
    assert refused(suite_of(tmp_path / "s")).startswith(
        f'{suite}/suite.toml, task "toy", data: expected a file, got {suite}/toy/right/rows.jsonl.'
    )


def test_a_suite_without_its_answers_is_absent_in_the_lists(tmp_path):
    put(tmp_path, "rows.jsonl", QUESTIONS)
    suite = suite_of(tmp_path, FILES + 'origin = "the package toys 1.0"\n')
    (task,) = read_outline(tmp_path).absent()
    assert (task.name, task.source.num_rows()) == ("toy", None)
    shown = CliRunner().invoke(cli, ["suites", "show", suite], prog_name="sfteval")
    assert shown.exit_code == 0
    assert "toy: data absent, scorer exact\n  Put toy/right/rows.jsonl below FOLDER and set" in shown.output
    put(tmp_path, "right/rows.jsonl", ANSWERS)
    assert read_outline(tmp_path).absent() == ()
    assert read_outline(tmp_path).tasks[0].source.num_rows() == 2


def test_a_task_is_found_without_the_data_of_its_suite_s_other_tasks(tmp_path):
    suite = both(tmp_path)
    path = tmp_path / "suite.toml"
    path.write_text(path.read_text() + '[[task]]\nname = "far"\nscorer = "exact"\ndata = "far.jsonl"\n')
    task, found = find_task("toy", (suite,))
    assert (task.name, [one.name for one in found.tasks]) == ("toy", ["toy"])
    with pytest.raises(DataError, match=r"far\.jsonl"):
        find_task("far", (suite,))
