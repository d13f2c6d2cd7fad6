"""Given token ids through the engine: so many at once, each asked once, none lost to another."""

import asyncio

import pytest

from sfteval.asking import AskingPolicy
from sfteval.backends.endpoint import open_endpoint
from sfteval.backends.protocol import TokenLikelihood
from sfteval.chat import ChatFormat
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import BackendError, ConfigurationError, DataError, RefusedError
from sfteval.identity import content_hash
from sfteval.probing.desk import Desk
from sfteval.probing.given import Likelihoods, read_scores, tokens_request, write_scores
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.probing.planted import planted
from tests.toys import toy_checkpoint


class Telling:
    """A backend that knows how likely tokens are, and refuses sequences that hold 13."""

    name = "telling"
    concurrency = max_concurrency = 1
    think_end_id = None

    def __init__(self) -> None:
        self.asked: list[int] = []  # sequences a call

    async def ready(self, note=None):
        pass

    def description(self):
        return None

    def questions(self, requests):
        return [content_hash([r.sample.content_hash, "telling"]) for r in requests]

    def units(self, requests):
        return [tuple(range(len(requests)))]

    async def answer(self, requests):
        raise AssertionError("nothing is asked in words")

    async def logprobs(self, sequences):
        raise AssertionError("likelihoods are asked for")

    async def likelihoods(self, sequences):
        self.asked.append(len(sequences))
        if any(13 in sequence for sequence in sequences):
            raise RefusedError("telling", expected="no 13", got="13", next_move="Leave it out")
        return [[TokenLikelihood(-float(token), token < 3) for token in one[1:]] for one in sequences]


def desk_of(backend, folder, checkpoint=None, chat=None):
    checkpoint = checkpoint or resolve_checkpoint("http://127.0.0.1:9/v1#toy")
    return Desk(checkpoint, chat, backend, folder, silent_progress(), AskingPolicy(backoff_seconds=0.001))


@pytest.fixture
def chat(tmp_path):
    return ChatFormat.from_folder(toy_checkpoint(tmp_path / "toy"))


def scored(backend, path, given, chat):
    async def go():
        with RunFolder(path) as folder:
            return await desk_of(backend, folder, chat=chat).scores("likelihoods", given)

    return asyncio.run(go())


def test_only_what_stands_behind_the_first_place_is_kept(tmp_path, chat):
    found = scored(Telling(), tmp_path / "run", {"a": ((5, 1, 2, 4), 2)}, chat)
    assert (found["a"].logprobs, found["a"].is_greedy) == ((-2.0, -4.0), (True, False))


def test_a_refused_sequence_costs_no_other_and_nothing_is_asked_twice(tmp_path, chat):
    backend, given = Telling(), {"a": ((1, 2), 1), "bad": ((1, 13), 1), "b": ((1, 3), 1), "same": ((1, 2), 1)}
    found = scored(backend, tmp_path / "run", given, chat)
    assert sorted(found) == ["a", "b", "same"]
    assert backend.asked == [3, 1, 1, 1]
    again = Telling()
    assert scored(again, tmp_path / "run", {name: given[name] for name in ("a", "b")}, chat)["b"] == found["b"]
    assert again.asked == []


def test_sequences_that_are_too_long_are_left_out_however_many_and_all_of_them_are_no_answer(tmp_path, chat):
    refused = {f"bad{number}": ((1, 13, number), 1) for number in range(60)}  # more than the errors that end a run
    assert list(scored(Telling(), tmp_path / "run", {**refused, "a": ((1, 2), 1)}, chat)) == ["a"]
    with pytest.raises(BackendError, match="expected no 13, got 13"):
        scored(Telling(), tmp_path / "other", refused, chat)


def test_other_tokens_or_another_place_are_another_question():
    requests = [tokens_request("t", "a", ids, first=first) for ids, first in (((1, 2), 1), ((1, 3), 1), ((1, 2), 2))]
    likelihoods = Likelihoods(Telling())
    assert len({*likelihoods.questions(requests)}) == 3
    assert likelihoods.questions(requests) == likelihoods.questions(requests)


def test_scores_come_back_as_they_were_written_and_nothing_else_is_read():
    told = [TokenLikelihood(-0.1234567, True), TokenLikelihood(-2.0, False), TokenLikelihood(0.0, None)]
    assert read_scores(write_scores(told)).logprobs == (-0.123457, -2.0, 0.0)
    assert read_scores(write_scores(told)).is_greedy == (True, False, None)
    for text in ("", "[1]", '{"logprobs": [1], "greedy": "11"}', '{"logprobs": ["x"], "greedy": "1"}'):
        with pytest.raises(DataError):
            read_scores(text)


def test_a_backend_without_likelihoods_or_a_tokenizer_is_refused_with_the_reason(tmp_path, chat):
    class Silent:
        name = "silent"

    with pytest.raises(BackendError, match='expected a backend that tells how likely given tokens are, got "silent"'):
        scored(Silent(), tmp_path / "run", {"a": ((1, 2), 1)}, chat)
    with pytest.raises(ConfigurationError, match="Pass --tokenizer DIR"):
        scored(Telling(), tmp_path / "run", {"a": ((1, 2), 1)}, None)


def test_512_sequences_are_sent_to_a_server_one_by_one_and_never_more_than_16_at_once(tmp_path, chat):
    given = {f"s{n}": ((257, *(50 + (n >> bit) % 2 for bit in range(9))), 1) for n in range(512)}

    async def go(server):
        checkpoint = resolve_checkpoint(f"{server.url}#healthy")
        async with open_endpoint(checkpoint) as backend:
            with RunFolder(tmp_path / "run") as folder:
                return await desk_of(backend, folder, checkpoint, chat).scores("likelihoods", given)

    with planted(chat) as server:
        assert len(asyncio.run(go(server))) == 512
        assert server.most_scoring == 16
        sizes = [len(body["prompt"]) for body in server.seen.completions if body["prompt"] != [[1, 2, 3]]]
        assert sizes == [1] * 512


def test_a_server_with_another_tokenizer_is_found_out_before_anything_is_scored(tmp_path, chat):
    async def go():
        async with ScriptedServer(Script()) as server:
            checkpoint = resolve_checkpoint(f"{server.url}#toy")
            async with open_endpoint(checkpoint) as backend:
                with RunFolder(tmp_path / "run") as folder:
                    await desk_of(backend, folder, checkpoint, chat).scores("likelihoods", {"a": ((1, 2), 1)})

    with pytest.raises(ConfigurationError, match="expected the tokens that its server makes of a greeting, got others"):
        asyncio.run(go())


def continued(script, prompts, max_tokens):
    async def go():
        async with (
            ScriptedServer(script) as server,
            open_endpoint(resolve_checkpoint(f"{server.url}#toy")) as backend,
        ):
            return await backend.continued(prompts, max_tokens)

    return asyncio.run(go())


def test_a_server_that_tells_no_ids_of_what_follows_is_refused_at_once():
    for script in (Script(), Script(token_ids=False)):
        with pytest.raises(BackendError, match="expected a server that goes on with given tokens and tells their ids"):
            continued(script, [(1, 2)], 4)


def test_what_a_server_goes_on_with_belongs_to_its_prompt(monkeypatch):
    monkeypatch.setattr(
        ScriptedServer, "_completion",
        lambda self, body, tokens, index: {"index": index, "token_ids": [*tokens, 7, 8, 9]},
    )  # fmt: skip
    assert continued(Script(), [(1, 2), (3, 4)], 3) == [(1, 2, 7), (3, 4, 7)]
