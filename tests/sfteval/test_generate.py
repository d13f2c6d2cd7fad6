"""Answers as generate returns them: in the order of the samples, read where they lie."""

import asyncio

import pytest

from sfteval.asking import AskingPolicy
from sfteval.errors import ConfigurationError
from sfteval.generate import effective_sampling, generate
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from sfteval.types import Sampling
from tests.sfteval.scripted import ScriptedBackend, checkpoint, task

QUICK = AskingPolicy(backoff_seconds=0.001)


def generated(backend, folder, *tasks):
    with RunFolder(folder) as run:
        return asyncio.run(generate(backend, checkpoint(), tasks, run, silent_progress(), seed=0, policy=QUICK))


def test_answers_can_be_looked_at_by_place_from_the_end_and_in_slices(tmp_path):
    answers = generated(ScriptedBackend(lambda request: request.sample.id), tmp_path, task(5))["sums"]
    assert len(answers) == 5
    assert (answers[0].text, answers[-1].text) == ("s0", "s4")
    assert [answer.text for answer in answers[1:4:2]] == ["s1", "s3"]
    assert [answer.text for answer in reversed(answers)] == ["s4", "s3", "s2", "s1", "s0"]
    with pytest.raises(IndexError):
        answers[5]


def test_answers_stay_readable_when_the_folder_is_closed_and_written_again(tmp_path):
    first = generated(ScriptedBackend(lambda request: "then"), tmp_path, task(3))["sums"]
    generated(ScriptedBackend(lambda request: "now"), tmp_path, task(9))
    assert [answer.text for answer in first] == ["then"] * 3


def test_a_question_without_any_answer_is_missing_data(tmp_path):
    class Absent(ScriptedBackend):
        async def answer(self, requests):
            return [said for said in await super().answer(requests) if said.sample_id != "s1"]

    answers = generated(Absent(lambda request: "4"), tmp_path, task(3))["sums"]
    assert [answer.error for answer in answers] == [None, "no answer to this question is stored", None]


def test_an_error_comes_back_with_its_reason(tmp_path):
    backend = ScriptedBackend(lambda request: "!" if request.sample.id == "s1" else "4")
    (error,) = [answer.error for answer in generated(backend, tmp_path, task(3))["sums"] if answer.error]
    assert error == "scripted: expected an answer, got none. Call again."


def test_several_samples_of_a_prompt_stand_beside_each_other(tmp_path):
    backend = ScriptedBackend(lambda request: f"{request.sample.id} {request.sample_index}")
    answers = generated(backend, tmp_path, task(2, num_samples=3))["sums"]
    assert [answer.text for answer in answers] == ["s0 0", "s0 1", "s0 2", "s1 0", "s1 1", "s1 2"]


def test_tasks_come_back_by_name_even_when_they_are_empty(tmp_path):
    answers = generated(ScriptedBackend(lambda request: "4"), tmp_path, task(2), task(0, name="none"))
    assert {name: len(given) for name, given in answers.items()} == {"sums": 2, "none": 0}


def test_a_sides_settings_override_the_tasks_sampling():
    own = checkpoint(sampling_overrides={"temperature": 0.7})
    assert effective_sampling(task(), own) == Sampling(temperature=0.7, max_tokens=8)
    with pytest.raises(ConfigurationError, match="temperature"):
        effective_sampling(task(), checkpoint(sampling_overrides={"temperature": -1}))
