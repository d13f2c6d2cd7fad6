"""What is asked: the same question once, whoever asks it, in an order that follows from the seed."""

import asyncio
from dataclasses import replace

from sfteval.asking import AskingPolicy
from sfteval.generate import generate
from sfteval.identity import content_hash
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from tests.sfteval.scripted import ScriptedBackend, checkpoint, sample, task

ONE_BY_ONE = AskingPolicy(concurrency=1, backoff_seconds=0.001)


class ByContent(ScriptedBackend):
    """Asks the sample's content, whatever the task and the sample are called."""

    def questions(self, requests):
        return [content_hash([r.sample.content_hash, r.sample_index]) for r in requests]


def asked(backend, tasks, folder, seed=0):
    """Return all answers by task."""
    with RunFolder(folder) as run:
        work = generate(backend, checkpoint(), tasks, run, silent_progress(), seed=seed, policy=ONE_BY_ONE)
        found = asyncio.run(work)
    return {name: tuple(answers) for name, answers in found.items()}


def lines(folder, name):
    return (folder / "generations" / f"{name}.jsonl").read_text().splitlines()


def test_two_samples_with_one_question_are_asked_once_and_both_answered(tmp_path):
    twins = replace(task(), samples=(sample("s0"), replace(sample("s0"), id="twin"), sample("s1")))
    backend = ByContent(lambda request: request.sample.id)
    answers = asked(backend, [twins], tmp_path)["sums"]
    assert sorted(backend.asked) == ["s0", "s1"]
    assert [(answer.sample_id, answer.text) for answer in answers] == [("s0", "s0"), ("twin", "s0"), ("s1", "s1")]
    assert len(lines(tmp_path, "sums")) == 3


def test_two_tasks_with_one_question_ask_it_once_and_each_file_is_whole(tmp_path):
    backend = ByContent(lambda request: request.sample.id)
    answers = asked(backend, [task(3), task(4, name="more")], tmp_path)
    assert len(backend.asked) == 4
    assert [(answer.task, answer.text) for answer in answers["more"]] == [("more", f"s{n}") for n in range(4)]
    assert (len(lines(tmp_path, "sums")), len(lines(tmp_path, "more"))) == (3, 4)


def test_several_answers_to_one_prompt_are_several_questions(tmp_path):
    backend = ByContent(lambda request: "4")
    asked(backend, [task(2, num_samples=3)], tmp_path)
    assert len(backend.asked) == 6


def test_what_another_tasks_file_answers_is_copied_and_not_asked(tmp_path):
    asked(ByContent(lambda request: "then"), [task(3)], tmp_path)
    backend = ByContent(lambda request: "now")
    answers = asked(backend, [task(4, name="more")], tmp_path)["more"]
    assert backend.asked == ["s3"]
    assert [answer.text for answer in answers] == ["then", "then", "then", "now"]
    assert {answer.task for answer in RunFolder(tmp_path).generations("more").values()} == {"more"}
    assert len(lines(tmp_path, "more")) == 4


def test_an_error_is_not_copied(tmp_path):
    asked(ByContent(lambda request: "!"), [task(1)], tmp_path)
    backend = ByContent(lambda request: "now")
    assert asked(backend, [task(1, name="more")], tmp_path)["more"][0].text == "now"


def test_a_question_that_fails_fails_for_all_who_ask_it(tmp_path):
    broken = ByContent(lambda request: "!")
    answers = asked(broken, [task(1), task(1, name="more")], tmp_path)
    assert [answers[name][0].finish_reason for name in ("sums", "more")] == ["error", "error"]
    mended = ByContent(lambda request: "4")
    asked(mended, [task(1), task(1, name="more")], tmp_path)
    assert mended.asked == ["s0"]


def order(folder, tasks, seed=0, **fields):
    backend = ByContent(lambda request: "4")
    for name, value in fields.items():
        setattr(backend, name, value)
    asked(backend, tasks, folder, seed)
    return backend.asked


def test_the_order_follows_from_the_seed_and_the_questions_alone(tmp_path):
    plain = task(12)
    turned = replace(plain, samples=plain.samples[::-1])
    first = order(tmp_path / "a", [plain])
    assert first != [f"s{n}" for n in range(12)]
    assert order(tmp_path / "b", [turned]) == first
    assert order(tmp_path / "c", [replace(plain, name="renamed")]) == first
    assert order(tmp_path / "d", [plain], seed=1) != first


def test_what_is_left_keeps_its_order(tmp_path):
    first = order(tmp_path / "a", [task(12)])
    order(tmp_path / "b", [task(5)])
    assert order(tmp_path / "b", [task(12)]) == [name for name in first if int(name[1:]) >= 5]


def test_one_unit_at_a_time_keeps_the_order_of_its_backend(tmp_path):
    assert order(tmp_path, [task(12)], max_concurrency=1) == [f"s{n}" for n in range(12)]


def test_a_unit_of_several_holds_each_question_once(tmp_path):
    backend = ByContent(lambda request: "4", unit_size=2)
    asked(backend, [task(3), task(3, name="more")], tmp_path)
    assert sorted(backend.asked) == ["s0", "s1", "s2"]
