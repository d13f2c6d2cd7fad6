"""Judges that are slow, hang, die, come back, or answer what was not asked: each failure lands in its state."""

import asyncio

import pytest

from sfteval.asking import AskingPolicy
from sfteval.backends import Serving
from sfteval.errors import BackendError
from sfteval.judge import prefer, read_rubric
from sfteval.judge.opening import judge_named, open_bench
from sfteval.progress import silent_progress
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.backends.server_faults import always, first_try, storm
from tests.sfteval.judge import judges
from tests.sfteval.judge.serving import QUICK, heard

CONTESTS = [judges.contest(number, 9, 2) for number in range(12)]


def about(number):
    return lambda body, count: "hang" if f"Question {number}?" in body["messages"][1]["content"] else None


async def preferences(server, folder, contests, policy=QUICK, timeout_seconds=60.0):
    judge, checkpoint = judge_named(f"{server.url}#toy", read_rubric("helpfulness"))
    serving = Serving(timeout_seconds=timeout_seconds)
    async with open_bench(judge, checkpoint, folder, silent_progress(), policy=policy, serving=serving) as bench:
        return await prefer(judge, bench, contests)


def test_a_slow_judge_is_waited_for(tmp_path):
    script = Script(say=judges.fair, delay_seconds=0.2)
    _, found = heard(script, tmp_path, lambda judge, bench: prefer(judge, bench, CONTESTS[:4]))
    assert [one.winner for one in found] == ["baseline"] * 4


@pytest.mark.slow
def test_a_judge_that_hangs_on_one_pair_has_no_verdict_on_that_pair_and_on_no_other(tmp_path):
    async def go():
        async with ScriptedServer(Script(say=judges.fair, fault=about(3))) as server:
            policy = AskingPolicy(backoff_seconds=0.001, num_tries=1)
            return await preferences(server, tmp_path, CONTESTS, policy, timeout_seconds=0.5)

    found = asyncio.run(go())
    assert [one.winner for one in found] == [None if number == 3 else "baseline" for number in range(12)]
    assert {vote.failure for vote in found[3].votes} == {"transport"}
    assert not found[3].is_flip


@pytest.mark.slow
def test_a_judge_that_dies_and_comes_back_is_asked_only_what_it_still_owes(tmp_path):
    policy = AskingPolicy(backoff_seconds=0.001, num_tries=2, max_errors=2)

    async def go():
        async with ScriptedServer(Script(say=judges.fair)) as first:
            await preferences(first, tmp_path, CONTESTS[:5], policy)
        with pytest.raises(BackendError, match="failed requests"):
            await preferences(first, tmp_path, CONTESTS, policy)  # nobody listens there any more
        async with ScriptedServer(Script(say=judges.fair), port=first.port) as second:
            return first, second, await preferences(second, tmp_path, CONTESTS, policy)

    first, second, found = asyncio.run(go())
    assert (len(first.questions), len(second.questions)) == (10, 14)
    assert [one.winner for one in found] == ["baseline"] * 12


@pytest.mark.parametrize("fault", ["malformed", "empty_choices", "error_in_200", "disconnect", "truncated", "deep"])
def test_a_server_that_breaks_once_is_asked_again_and_the_verdict_stands(tmp_path, fault):
    script = Script(say=judges.fair, fault=first_try(fault))
    server, found = heard(script, tmp_path, lambda judge, bench: prefer(judge, bench, CONTESTS[:2]))
    assert [one.winner for one in found] == ["baseline", "baseline"], fault
    assert len(server.questions) == 8


@pytest.mark.parametrize(
    "said",
    [
        lambda good: good.replace('"choice": "first"', '"choice": "first", "choice": "second"'),
        lambda good: good + good,
        lambda good: good.replace('"first"', '["first"]'),
        lambda good: good.replace("because", '\\ud800"}, "choice": "second'),
        lambda good: '{"a": ' * 2_000 + good + "}" * 2_000,
        lambda good: good.replace('"reason"', '"__proto__"'),
    ],
)
def test_adversarial_json_is_no_verdict(tmp_path, said):
    script = Script(say=lambda body: said(judges.first_place(body)))
    _, found = heard(script, tmp_path, lambda judge, bench: prefer(judge, bench, CONTESTS[:1]))
    assert found[0].winner is None
    assert {vote.failure for vote in found[0].votes} <= {"json", "form"}


def test_a_judge_that_refuses_in_words_has_no_verdict_and_no_loss_is_made_of_it(tmp_path):
    script = Script(say=lambda body: "I'm sorry, but I can't compare these answers.")
    _, found = heard(script, tmp_path, lambda judge, bench: prefer(judge, bench, CONTESTS[:2]))
    assert [(one.winner, one.is_flip) for one in found] == [(None, False)] * 2
    assert {vote.failure for one in found for vote in one.votes} == {"json"}


def test_a_judge_under_load_is_asked_again_until_it_answers(tmp_path):
    script = Script(say=judges.fair, fault=storm(10), retry_after="0")
    _, found = heard(script, tmp_path, lambda judge, bench: prefer(judge, bench, CONTESTS))
    assert [one.winner for one in found] == ["baseline"] * 12


def test_a_judges_server_that_repeats_the_key_puts_it_into_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SFTEVAL_API_KEY", "sk-secret-of-the-judge")
    script = Script(say=judges.fair, fault=always("echo_key"))
    server, found = heard(script, tmp_path, lambda judge, bench: prefer(judge, bench, CONTESTS[:1]))
    assert found[0].winner is None
    assert server.seen.headers[0]["Authorization"] == "Bearer sk-secret-of-the-judge"
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"refused to" in kept
    assert b"sk-secret" not in kept
