"""Budgets: when one is spent nothing more is asked, what is under way is kept, and the next call goes on from there."""

import asyncio
from dataclasses import replace

import pytest

from sfteval.asking import AskingPolicy, ask
from sfteval.errors import BackendError, BudgetError, ConfigurationError, InfrastructureError
from sfteval.generate import requests_of
from sfteval.progress import silent_progress
from sfteval.store import RunFolder
from tests.sfteval.asking.test_tries import Moody, broken
from tests.sfteval.asking.virtual_time import run_virtually
from tests.sfteval.scripted import ScriptedBackend, checkpoint, task


class Slow(ScriptedBackend):
    """Answers after ten virtual seconds, 100 tokens to a prompt of 1,000."""

    def __init__(self):
        super().__init__(lambda request: "4")

    async def answer(self, requests):
        await asyncio.sleep(10)
        return [replace(said, num_prompt_tokens=1000, num_tokens=100) for said in await super().answer(requests)]


def asked(backend, folder, num, **policy):
    requests = requests_of(task(num), checkpoint(), 0)
    with RunFolder(folder) as run:
        return run_virtually(ask(backend, requests, run, silent_progress(), "a", AskingPolicy(**policy)))[1]


def test_a_budget_of_time_stops_asking_awaits_what_is_under_way_and_says_what_is_owed(tmp_path):
    backend = Slow()
    with pytest.raises(BudgetError) as spent:
        asked(backend, tmp_path, 100, budget_seconds=25, concurrency=4)
    assert len(backend.asked) == 12  # three rounds of four, the third ends after 30 s
    assert len(RunFolder(tmp_path).generations("sums")) == 12
    assert "expected to be done in 25 s, got the time used up with 88 answers still owed" in str(spent.value)
    assert (spent.value.exit_code, isinstance(spent.value, InfrastructureError)) == (13, True)


def test_the_next_call_goes_on_where_the_budget_stopped(tmp_path):
    with pytest.raises(BudgetError):
        asked(Slow(), tmp_path, 10, budget_seconds=15, concurrency=4)
    rest = Slow()
    asked(rest, tmp_path, 10, concurrency=4)
    assert len(rest.asked) == 2
    assert len(RunFolder(tmp_path).generations("sums")) == 10


def test_a_budget_of_money_counts_both_kinds_of_tokens(tmp_path):
    # One answer costs 1000 * 1 / 1e6 + 100 * 10 / 1e6 = 0.002.
    backend = Slow()
    with pytest.raises(BudgetError, match=r"expected a cost below 0.01, got 0.01 with 95 answers still owed"):
        asked(backend, tmp_path, 100, max_cost=0.01, input_price=1, output_price=10, concurrency=1)
    assert len(backend.asked) == 5


def test_a_budget_that_is_not_spent_is_not_felt(tmp_path):
    assert asked(Slow(), tmp_path, 8, budget_seconds=25, max_cost=1, input_price=1, concurrency=4) == 20


def test_a_cost_that_cannot_be_known_is_not_taken_for_none(tmp_path):
    blind = ScriptedBackend(lambda request: "4")
    blind._generation = lambda request, question: replace(
        ScriptedBackend._generation(blind, request, question), num_tokens=0
    )
    with pytest.raises(BudgetError, match="an answer without its number of tokens"):
        asked(blind, tmp_path, 8, max_cost=1, input_price=1)
    assert len(RunFolder(tmp_path).generations("sums")) > 0


def test_a_budget_of_money_without_prices_is_refused():
    with pytest.raises(ConfigurationError, match="expected the price of a million input or output tokens"):
        AskingPolicy(max_cost=1)


def test_a_spent_budget_ends_every_pause_at_once(tmp_path):
    backend = Moody(lambda call: broken(is_load=True, retry_after_seconds=100.0))
    requests = requests_of(task(3), checkpoint(), 0)

    async def ended(folder):
        with pytest.raises(BudgetError, match="with 3 answers still owed"):
            await ask(backend, requests, folder, silent_progress(), "a", AskingPolicy(budget_seconds=30))

    with RunFolder(tmp_path) as run:
        _, seconds = run_virtually(ended(run))
    assert (backend.calls, seconds) == (3, 30)
    assert len(RunFolder(tmp_path).errors("sums")) == 3


def test_a_budget_that_is_spent_by_the_last_answer_ends_nothing(tmp_path):
    assert asked(Slow(), tmp_path, 4, budget_seconds=10, concurrency=4) == 10


def test_failures_beyond_the_allowed_number_await_what_is_under_way(tmp_path):
    class Half(Slow):
        async def answer(self, requests):
            if requests[0].sample.id in {"s0", "s1", "s2"}:
                raise broken()
            return await super().answer(requests)

    with pytest.raises(BackendError, match="expected at most 2 failed requests, got 3"):
        asked(Half(), tmp_path, 6, num_tries=1, max_errors=2, concurrency=6)
    assert len(RunFolder(tmp_path).generations("sums")) == 3


def test_as_many_failures_as_allowed_end_nothing(tmp_path):
    asked(Moody(lambda call: broken() if call <= 2 else None), tmp_path, 6, num_tries=1, max_errors=2)
    assert len(RunFolder(tmp_path).generations("sums")) == 4
