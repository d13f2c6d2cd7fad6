"""What is asked through a server of our own, and how its answers are read: token ids decide, not the server's parse."""

import asyncio
import json
import shutil
from dataclasses import replace

import pytest

from sfteval.asking import AskingPolicy, ask
from sfteval.backends.vllm.fleet import open_fleet
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import BackendError, CheckpointError, ConfigurationError
from sfteval.generate import requests_of
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from sfteval.types import Message, Sampling
from tests.sfteval.backends.vllm.faking import task
from tests.toys import WEATHER

pytestmark = pytest.mark.slow  # processes that start, die and are waited for

TURN_END = 258  # <|im_end|>


def asked(fake, folder, work, *, serving=None):
    """Return what `work(backend, requests)` returns, for the requests of a small task."""

    async def go():
        checkpoint = resolve_checkpoint(str(folder))
        async with (
            open_fleet((checkpoint,), serving or fake.serving) as fleet,
            fleet.backend(checkpoint) as backend,
        ):
            return await work(backend, checkpoint)

    return asyncio.run(go())


def answers(fake, folder, of=None, **kwargs):
    async def work(backend, checkpoint):
        await backend.ready()
        return [(await backend.answer([request]))[0] for request in requests_of(of or task(), checkpoint, 0)]

    return asked(fake, folder, work, **kwargs)


def test_an_answer_is_its_token_ids_read_by_our_tokenizer(fake, toy):
    found = answers(fake, toy)
    for answer in found:
        assert answer.text.startswith("<think>\nhm\n</think>\n\nmodel-")
        assert not answer.text.endswith("<|im_end|>")
        assert (answer.finish_reason, answer.stop_reason, answer.token_ids[-1]) == ("stop", TURN_END, TURN_END)
        assert answer.server["content"] == answer.text
        assert answer.verified is True
        assert answer.num_prompt_tokens == len(answer.prompt_token_ids) > 0
        assert answer.num_tokens == len(answer.token_ids)
        assert answer.latency_seconds > 0
    assert len({answer.text for answer in found}) == 3
    assert fake.alive == []


def test_sampling_and_stops_are_said_in_full(fake, toy):
    answers(fake, toy, task(1, temperature=0.5, top_p=0.9, top_k=7, stop=("END",)))
    (body,) = fake.rows("questions")
    assert (body["temperature"], body["top_p"], body["top_k"], body["stop"]) == (0.5, 0.9, 7, ["END"])
    assert (body["max_tokens"], body["n"], body["min_p"], body["repetition_penalty"]) == (64, 1, 0.0, 1.0)
    assert (body["ignore_eos"], body["stop_token_ids"]) == (True, [258, 256])
    assert body["return_token_ids"] is True
    assert body["skip_special_tokens"] is False
    assert isinstance(body["seed"], int)


def test_an_answer_that_the_limit_cut_is_marked_so(fake, toy):
    (answer,) = answers(fake, toy, replace(task(1), sampling=Sampling(max_tokens=5)))
    assert (answer.finish_reason, answer.stop_reason, answer.num_tokens) == ("length", None, 5)


def test_a_stop_text_cuts_what_follows_it(fake, toy):
    (answer,) = answers(fake, toy, task(1, stop=("</think>",)))
    assert (answer.text, answer.finish_reason, answer.stop_reason) == ("<think>\nhm\n", "stop", "</think>")


def test_a_prompt_that_the_server_makes_otherwise_is_not_verified(fake, toy):
    fake.lives({"front": "You are kind. "})
    (answer,) = answers(fake, toy, task(1))
    assert answer.verified is False
    assert answer.num_prompt_tokens == len(answer.prompt_token_ids)


def test_a_template_that_changes_under_a_run_does_not_change_the_prompts(fake, toy, tmp_path):
    other = shutil.copytree(toy, tmp_path / "other")

    async def work(backend, checkpoint):
        (other / "chat_template.jinja").write_text("drifted " + (toy / "chat_template.jinja").read_text())
        await backend.ready()
        return await backend.answer(requests_of(task(1), checkpoint, 0))

    (answer,) = asked(fake, other, work)
    assert answer.verified is True


def test_an_arm_that_closes_its_thought_in_the_prompt_says_so_to_the_server(fake, toy, tmp_path):
    folder = shutil.copytree(toy, tmp_path / "no-think")
    (folder / "sft_run.json").write_text(json.dumps({"template_kwargs": {"enable_thinking": False}}))
    (answer,) = answers(fake, folder, task(1))
    assert fake.rows("questions")[0]["chat_template_kwargs"] == {"enable_thinking": False}
    assert answer.verified is True


def test_tools_reach_the_template_as_they_are_written(fake, toy):
    bare = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    found = answers(fake, toy, task(1, tools=(bare,))) + answers(fake, toy, task(1, tools=(WEATHER,)))
    assert [answer.verified for answer in found] == [True, True]
    assert [body["tools"] for body in fake.rows("questions")] == [[bare], [WEATHER]]


def test_a_vllm_that_types_tools_itself_is_asked_all_the_same_and_not_believed(fake, toy):
    fake.lives({"strict": True})
    bare = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    (answer,) = answers(fake, toy, task(1, tools=(bare,)))
    assert answer.verified is False
    assert "tools" not in fake.rows("questions")[0]["chat_template_kwargs"]


def test_a_question_is_the_prompts_ids_the_sampling_and_the_sample(fake, toy):
    def questions(of, seed=0):
        async def work(backend, checkpoint):
            return backend.questions(requests_of(of, checkpoint, seed))

        return asked(fake, toy, work)

    greedy = questions(task(num_samples=2))
    assert len(set(greedy)) == 6
    assert questions(task(num_samples=2), seed=1) == greedy
    drawn = task(num_samples=2, temperature=1.0)
    assert questions(drawn, seed=1) != questions(drawn)
    assert not set(questions(task(tools=(WEATHER,)))) & set(greedy)
    assert fake.rows("starts") == []  # nothing was started to know a question


def test_what_served_it_is_told_once_it_was_started(fake, toy):
    async def work(backend, checkpoint):
        before = backend.description()
        await backend.ready()
        return before, backend.description()

    before, after = asked(fake, toy, work, serving=replace(fake.serving, vllm_args=("--max-num-seqs", "8")))
    assert before is None
    assert after == {
        "backend": "vllm",
        "token_ids": True,
        "think_end_id": 260,
        "vllm": "0.0",
        "device": "cpu",
        "dtype": "float32",
        "arithmetic": "vllm cpu float32",
        "tensor_parallel": 1,
        "vllm_args": ["--max-num-seqs", "8"],
    }


def test_the_server_tells_what_it_makes_of_a_conversation(fake, toy):
    async def work(backend, checkpoint):
        return await backend.served_prompt((Message("user", "Say 2"),), (), {}), backend

    told, backend = asked(fake, toy, work)
    assert told == backend.chat.prompt((Message("user", "Say 2"),)).token_ids


@pytest.mark.parametrize("way", ["dies_after", "killed_after"])
def test_a_server_that_dies_in_the_middle_is_started_again_and_the_run_completes(fake, toy, tmp_path, way):
    fake.lives({way: 20}, {})

    async def work(backend, checkpoint):
        requests = requests_of(task(40), checkpoint, 0)
        policy = AskingPolicy(concurrency=8, backoff_seconds=0.01)
        with RunFolder(tmp_path / "run") as folder:
            await ask(backend, requests, folder, silent_progress(), "toy", policy)
            return folder.generations("t"), backend.questions(requests)

    found, questions = asked(fake, toy, work)
    assert set(found) == set(questions)
    assert {answer.finish_reason for answer in found.values()} == {"stop"}
    assert len(fake.rows("starts")) == 2
    assert fake.alive == []


def test_a_server_that_dies_again_ends_the_run_with_its_last_words(fake, toy, tmp_path):
    fake.lives({"dies_after": 5, "says": "RuntimeError: CUDA out of memory"})

    async def work(backend, checkpoint):
        with RunFolder(tmp_path / "run") as folder:
            policy = AskingPolicy(concurrency=1, backoff_seconds=0.01)
            await ask(backend, requests_of(task(40), checkpoint, 0), folder, silent_progress(), "toy", policy)

    with pytest.raises(BackendError) as error:
        asked(fake, toy, work)
    assert "got died again (out of memory); its log ends: " in str(error.value)
    assert "RuntimeError: CUDA out of memory" in str(error.value)
    assert len(RunFolder(tmp_path / "run").generations("t")) == 10
    assert fake.alive == []


def test_a_checkpoint_without_a_stop_token_is_refused_before_anything_starts(fake, toy, tmp_path):
    folder = shutil.copytree(toy, tmp_path / "endless")
    (folder / "generation_config.json").unlink()
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**config, "eos_token": None}))
    with pytest.raises(CheckpointError, match="expected a stop token"):
        answers(fake, folder)


def test_an_argument_that_is_ours_is_refused_before_anything_starts(fake, toy):
    with pytest.raises(ConfigurationError, match="got --port"):
        answers(fake, toy, serving=replace(fake.serving, vllm_args=("--port=1",)))
    assert fake.rows("starts") == []


def questions(fake, toy, *words, of=None):
    async def work(backend, checkpoint):
        return backend.questions(requests_of(of or task(), checkpoint, 0))

    return asked(fake, toy, work, serving=replace(fake.serving, vllm_args=words))


def test_answers_in_other_arithmetic_are_other_answers_and_those_of_more_gpus_are_not(fake, toy, monkeypatch):
    plain = questions(fake, toy)
    assert questions(fake, toy, "--data-parallel-size", "8", "--gpu-memory-utilization", "0.5") == plain
    assert questions(fake, toy, "--dtype", "float32") == plain  # what a CPU computes in anyway
    others = [questions(fake, toy, *words) for words in (("--dtype", "bfloat16"), ("--quantization", "fp8"))]
    monkeypatch.setattr("sfteval.backends.vllm.fleet.Fleet.on_cpu", False)
    others.append(questions(fake, toy))
    assert len({*plain, *(question for found in others for question in found)}) == 4 * len(plain)
    assert fake.rows("starts") == []


def test_where_no_vllm_is_answers_of_gpus_are_found_all_the_same(fake, toy, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("sfteval.backends.vllm.fleet.Fleet.on_cpu", False)
        served = questions(fake, toy)
    fake.serving = replace(fake.serving, vllm_python="/nowhere/python")
    assert questions(fake, toy) == served
