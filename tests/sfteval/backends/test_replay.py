"""Answers that exist already: matched by id or by prompt, missing ones left out."""

import asyncio
import json
from dataclasses import replace

import pytest

from sfteval.backends.replay import Responses, StoredRun
from sfteval.errors import DataError
from sfteval.generate import requests_of
from sfteval.identity import content_hash
from sfteval.store import RunFolder
from sfteval.types import Generation, Message, Sample
from tests.sfteval.imports.logs import archive, generated, sampled, samples_file
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
    with RunFolder(tmp_path) as folder:
        content = task(3).samples[1].content_hash
        folder.append([Generation("sums", "s1", 0, "q", "4", "stop", content_hash=content)])
    assert replayed(StoredRun(tmp_path), task(3)) == {("s1", 0): "4"}


def test_a_stored_answer_to_another_question_under_the_same_id_is_not_used(tmp_path):
    with RunFolder(tmp_path) as folder:
        folder.append([Generation("sums", "s1", 0, "q", "4", "stop", content_hash="of another version of the suite")])
    assert replayed(StoredRun(tmp_path), task(3)) == {}


def test_a_row_with_an_id_of_another_harness_is_found_by_its_prompt(tmp_path):
    path = file_of(tmp_path, {"id": "doc-17", "prompt": "question s0", "response": "4"})
    assert replayed(Responses(path), task(2)) == {("s0", 0): "4"}


# -- another harness's log ---------------------------------------------------------------------------------------------


def asked(*prompts, ids=None):
    """Return a task of ours with these prompts."""
    names = ids or [f"ours-{i}" for i in range(len(prompts))]
    samples = [
        Sample(name, (Message("user", prompt),), target="4", content_hash=content_hash([name, prompt]))
        for name, prompt in zip(names, prompts, strict=True)
    ]
    return replace(task(1), samples=tuple(samples))


def test_a_log_is_told_by_its_content_and_says_what_it_is(tmp_path):
    path = samples_file(tmp_path, generated(0, "2+2?", "4")).rename(tmp_path / "answers.jsonl")
    backend = Responses(path)
    notes = []
    asyncio.run(backend.ready(notes.append))
    assert notes == ["lm-eval of unknown version, task lm-eval, model unknown, 1 answers to 1 questions"]
    assert backend.description()["source"]["harness"] == "lm-eval"
    assert Responses(file_of(tmp_path, {"id": "s0", "response": "4"})).description() == {"backend": "replay"}


def test_a_sample_of_ours_is_found_by_its_prompt_and_never_by_a_number_alone(tmp_path):
    path = samples_file(tmp_path, generated(0, "2+2?", "4"), generated(1, "1+1?", "2"))
    assert replayed(Responses(path), asked(" 1+1?\n", "3+3?", ids=["0", "1"])) == {("0", 0): "2"}


def test_of_questions_with_one_prompt_the_datas_own_id_tells_which(tmp_path):
    rows = [generated(i, "2+2?", str(key), doc={"question": "2+2?", "key": key}) for i, key in enumerate((7, 8))]
    path = samples_file(tmp_path, *(row | {"doc_hash": str(i)} for i, row in enumerate(rows)))
    assert replayed(Responses(path), asked("2+2?", "2+2?", "2+2?", ids=["8", "7", "none"])) == {
        ("8", 0): "8", ("7", 0): "7", ("none", 0): "7",
    }  # fmt: skip


def test_a_missing_epoch_leaves_its_place_empty(tmp_path):
    lost = sampled(1, "2+2?", "", scores=None, error={"message": "boom"})
    path = archive(tmp_path / "log.eval", lost, sampled(1, "2+2?", "5", epoch=2))
    backend = Responses(path)
    of = replace(asked("2+2?"), num_samples=2)
    assert backend.most_samples(of.samples) == 2
    assert replayed(backend, of) == {("ours-0", 1): "5"}


def test_numbers_and_tokens_of_a_log_travel_with_the_answer(tmp_path):
    backend = Responses(archive(tmp_path / "log.eval", sampled(1, "2+2?", "4", "P")))
    answer = asyncio.run(backend.answer(requests_of(asked("2+2?"), checkpoint(), 0)))[0]
    assert (answer.num_prompt_tokens, answer.num_tokens, answer.latency_seconds) == (9, 5, 0.5)
    assert answer.recorded["metrics"] == {"match": 0.5}
    assert len(answer.recorded["question"]) == 64


def test_two_stored_answers_to_one_content_go_to_their_own_samples(tmp_path):
    content = asked("2+2?").samples[0].content_hash
    answers = [Generation("sums", name, 0, name, name, "stop", content_hash=content) for name in ("x", "y")]
    with RunFolder(tmp_path) as folder:
        folder.append(answers)
    samples = tuple(replace(asked("2+2?").samples[0], id=name) for name in ("y", "x"))
    assert replayed(StoredRun(tmp_path), replace(task(1), samples=samples)) == {("y", 0): "y", ("x", 0): "x"}
    with pytest.raises(DataError, match="expected one answer to each sample and index, got several to z"):
        replayed(StoredRun(tmp_path), replace(task(1), samples=(replace(samples[0], id="z"),)))
