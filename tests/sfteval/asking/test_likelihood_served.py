"""Questions of likelihood to a server: its own template and tokenizer, tried out before anything is asked."""

import asyncio

import pytest

from sfteval.asking import AskingPolicy, ask
from sfteval.backends.endpoint import open_endpoint
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import ConfigurationError
from sfteval.generate import requests_of
from sfteval.progress import silent_progress
from sfteval.scorers.likelihoods import Likelihood, read_likelihoods
from sfteval.store import RunFolder
from sfteval.types import Continuation, LikelihoodSample, Message, Task
from tests.sfteval.backends.scripted_server import Script, ScriptedServer, logprob_of

CONTEXT = (Message("user", "2 + 2?"),)
PROMPT = "<user>2 + 2?\n<assistant>"
POLICY = AskingPolicy(num_tries=2, backoff_seconds=0.001)


def sample(name: str = "a", texts: tuple[str, ...] = ("4", "five"), asked: str = "2 + 2?") -> LikelihoodSample:
    context = (Message("user", asked),)
    return LikelihoodSample(
        name, context, content_hash=name, continuations=tuple(Continuation(context, text) for text in texts)
    )


def answered(script: Script, folder, *samples: LikelihoodSample, times: int = 1):
    """Ask so many times and return the server and the stored answers by sample."""

    async def go():
        async with ScriptedServer(script) as server:
            checkpoint = resolve_checkpoint(f"{server.url}#toy")
            requests = requests_of(Task("choices", "lm-eval", samples, ("acc",)), checkpoint, 0)
            for _ in range(times):
                async with open_endpoint(checkpoint) as backend:
                    with RunFolder(folder) as run:
                        await ask(backend, requests, run, silent_progress(), "a", POLICY)
            return server

    server = asyncio.run(go())
    return server, {answer.sample_id: answer for answer in RunFolder(folder).generations("choices").values()}


def logprob_behind(prompt: str, text: str) -> float:
    tokens = (prompt + text).encode()
    return sum(logprob_of(token, place) for place, token in enumerate(tokens) if place >= len(prompt))


@pytest.mark.parametrize("form", ["vllm", "echo"])
def test_each_continuation_is_told_behind_the_servers_own_prompt(tmp_path, form):
    server, answers = answered(Script(prompt_logprobs=form), tmp_path, sample())
    known = True if form == "vllm" else None  # the scripted server ranks every token first, and its echo none
    assert list(read_likelihoods(answers["a"].text, 2)) == [
        Likelihood(logprob_behind(PROMPT, "4"), known),
        Likelihood(logprob_behind(PROMPT, "five"), known),
    ]
    assert server.seen.completions[-1]["prompt"] == [list(f"{PROMPT}{text}".encode()) for text in ("4", "five")]
    assert server.seen.questions == []
    assert answers["a"].verified is None


def test_what_is_stored_is_not_asked_again(tmp_path):
    server, answers = answered(Script(), tmp_path, sample("a"), sample("b", asked="3 + 3?"), sample("c"), times=2)
    assert len(answers) == 2  # "c" asks what "a" asks
    assert len([body for body in server.seen.completions if len(body["prompt"]) == 2]) == 2


@pytest.mark.parametrize(
    "script",
    [
        Script(prompt_logprobs=""),
        Script(tokenize=""),
        Script(detokenize=False),
        Script(false_tokens=True),
        Script(false_tokens=True, token_ids=False),
    ],
    ids=["no likelihoods", "no tokenizer", "no way back", "another tokenizer", "another that cannot be seen"],
)
def test_a_server_that_cannot_tell_is_refused_before_anything_is_asked(tmp_path, script):
    with pytest.raises(
        ConfigurationError, match='task "choices": expected a server that tells how likely given tokens'
    ):
        answered(script, tmp_path, sample())
    assert len(RunFolder(tmp_path).generations("choices")) == 0


def test_a_server_whose_prompt_opens_a_thought_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="got one that opens a thought"):
        answered(Script(opens_thought=True), tmp_path, sample())


def test_a_question_beyond_the_servers_context_is_an_error_of_its_own(tmp_path):
    _, answers = answered(Script(max_model_len=64), tmp_path, sample(), sample("long", ("x" * 60,)))
    assert set(answers) == {"a"}
    (error,) = RunFolder(tmp_path).errors("choices").values()
    assert "expected at most 63 tokens to score" in (error.error or "")
