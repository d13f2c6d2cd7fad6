"""Answers that exist already: matched by id or by prompt, missing ones left out."""

import asyncio
import json

import pytest

from sfteval.backends.replay import Responses, StoredRun
from sfteval.errors import DataError
from sfteval.generate import requests_of
from sfteval.store import RunFolder
from tests.sfteval.scripted import checkpoint, task


def file_of(tmp_path, *rows):
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def replayed(backend, of):
    return {
        (a.sample_id, a.sample_index): a.text for a in asyncio.run(backend.answer(requests_of(of, checkpoint(), 0)))
    }


def test_rows_match_by_id_and_by_prompt_up_to_white_space(tmp_path):
    path = file_of(tmp_path, {"id": "s0", "response": "4"}, {"prompt": " question\n s1 ", "response": "5"})
    assert replayed(Responses(path), task(3)) == {("s0", 0): "4", ("s1", 0): "5"}


def test_several_rows_of_one_id_are_several_samples(tmp_path):
    path = file_of(
        tmp_path, {"id": "s0", "response": "4"}, {"id": "s0", "response": "5"}, {"id": "s1", "response": "6"}
    )
    backend = Responses(path)
    assert backend.most_samples(task(2).samples) == 2
    assert replayed(backend, task(2, num_samples=2)) == {("s0", 0): "4", ("s0", 1): "5", ("s1", 0): "6"}


def test_calls_given_as_objects_become_markup(tmp_path):
    path = file_of(tmp_path, {"id": "s0", "calls": [{"name": "add", "arguments": {"a": 1}}]})
    assert (
        replayed(Responses(path), task(1))["s0", 0]
        == '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>'
    )


@pytest.mark.parametrize(
    "row", [{"response": "4"}, {"id": "s0"}, {"id": "s0", "response": 4}, [1], {"id": "s0", "calls": [{}]}]
)
def test_a_row_that_cannot_be_read_names_its_line(tmp_path, row):
    with pytest.raises(DataError) as error:
        Responses(file_of(tmp_path, {"id": "s0", "response": "4"}, row))
    assert "answers.jsonl, line 2" in str(error.value)


def test_another_file_is_another_question(tmp_path):
    requests = requests_of(task(1), checkpoint(), 0)
    one = Responses(file_of(tmp_path, {"id": "s0", "response": "4"})).questions(requests)
    two = Responses(file_of(tmp_path, {"id": "s0", "response": "5"})).questions(requests)
    assert one != two


def test_a_stored_run_answers_what_it_holds(tmp_path):
    from sfteval.types import Generation

    with RunFolder(tmp_path) as folder:
        content = task(3).samples[1].content_hash
        folder.append([Generation("sums", "s1", 0, "q", "4", "stop", content_hash=content)])
    assert replayed(StoredRun(tmp_path), task(3)) == {("s1", 0): "4"}


def test_a_stored_answer_to_another_question_under_the_same_id_is_not_used(tmp_path):
    from sfteval.types import Generation

    with RunFolder(tmp_path) as folder:
        folder.append([Generation("sums", "s1", 0, "q", "4", "stop", content_hash="of another version of the suite")])
    assert replayed(StoredRun(tmp_path), task(3)) == {}


def test_a_row_with_an_id_of_another_harness_is_found_by_its_prompt(tmp_path):
    path = file_of(tmp_path, {"id": "doc-17", "prompt": "question s0", "response": "4"})
    assert replayed(Responses(path), task(2)) == {("s0", 0): "4"}
