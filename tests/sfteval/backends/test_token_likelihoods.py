"""Whether a given token is the likeliest: from the logits here, from a rank or a neighbour's value there."""

import asyncio

import pytest

from sfteval.backends import open_backend
from sfteval.backends.endpoint.likelihood import read_likelihoods
from sfteval.backends.protocol import TokenLikelihood
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import TransientError
from tests.toys import toy_checkpoint

SEQUENCE = [5, 6, 7, 8]


def malformed(reason: str) -> TransientError:
    return TransientError("server", expected="an answer", got=reason, next_move="Call again")


def told(choice, form):
    (tokens,) = read_likelihoods({"choices": [choice]}, [SEQUENCE], form, malformed)
    return tokens


def test_a_rank_says_whether_a_token_is_the_likeliest():
    entries = [None, {"6": {"logprob": -0.5, "rank": 1}}, {"7": {"logprob": -2.0, "rank": 3}}, {"8": {"logprob": -1.0}}]
    assert told({"prompt_logprobs": entries}, "prompt_logprobs") == [(-0.5, True), (-2.0, False), (-1.0, None)]


@pytest.mark.parametrize("rank", [True, "1", 1.0, None])
def test_a_rank_that_is_no_number_says_nothing(rank):
    entries = [None, *({str(token): {"logprob": -0.5, "rank": rank}} for token in SEQUENCE[1:])]
    assert {token.is_greedy for token in told({"prompt_logprobs": entries}, "prompt_logprobs")} == {None}


def test_beside_the_likeliest_a_token_is_it_or_is_not():
    tops = [None, {"a": -0.5}, {"b": -0.1, "c": -2.0}, None]
    logprobs = {"token_logprobs": [None, -0.5, -2.0, -1.0], "top_logprobs": tops}
    assert told({"logprobs": logprobs}, "echo") == [(-0.5, True), (-2.0, False), (-1.0, None)]
    assert told({"logprobs": {**logprobs, "top_logprobs": tops[:3]}}, "echo")[0] == TokenLikelihood(-0.5, None)


def test_a_neighbour_that_is_no_log_probability_is_malformed():
    logprobs = {"token_logprobs": [None, -0.5, -2.0, -1.0], "top_logprobs": [None, {"a": "x"}, None, None]}
    with pytest.raises(TransientError):
        told({"logprobs": logprobs}, "echo")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_embedded_model_says_what_its_own_logits_say(tmp_path):
    torch = pytest.importorskip("torch", reason="the embedded backend needs torch")
    from transformers import AutoModelForCausalLM

    folder = toy_checkpoint(tmp_path / "toy")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    sequence = [5, 6, 7]
    with torch.no_grad():
        for _ in range(4):
            sequence.append(int(model(torch.tensor([sequence])).logits[0, -1].argmax()))
        sequence.append((sequence[-1] + 1) % 200)
        likeliest = model(torch.tensor([sequence])).logits[0].argmax(-1).tolist()

    async def ask():
        async with open_backend(resolve_checkpoint(str(folder)), "transformers") as backend:
            return await backend.likelihoods([sequence, sequence[:5]])

    whole, part = asyncio.run(ask())
    expected = [token == best for token, best in zip(sequence[1:], likeliest, strict=False)]
    assert [token.is_greedy for token in whole] == expected
    assert [token.is_greedy for token in part] == expected[:4]
    assert {True, False} <= set(expected)
