"""Budgets: when one is spent nothing more is asked, what is under way is kept, the next call goes on from there."""

import asyncio
from dataclasses import replace

import pytest

from sfteval.asking import AskingPolicy, ask
from sfteval.errors import BackendError, BudgetError, ConfigurationError, InfrastructureError, RefusedError
from sfteval.generate import generate, requests_of
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


def refused():
    return RefusedError("scripted", expected="an answer", got="HTTP 400", next_move="Shorten the prompt")


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


@pytest.mark.parametrize(
    ("errors", "next_move"),
    [([refused()] * 3, "Leave such prompts out, serve"), ([refused(), broken(), refused()], "Mend the server and")],
)
def test_who_is_refused_too_often_is_told_of_prompts_and_not_of_a_broken_server(tmp_path, errors, next_move):
    backend = Moody(lambda call: errors[call - 1] if call <= 3 else None)
    with pytest.raises(BackendError) as spent:
        asked(backend, tmp_path, 6, num_tries=1, max_errors=2, concurrency=1)
    assert next_move in str(spent.value)


def test_as_many_failures_as_allowed_end_nothing(tmp_path):
    asked(Moody(lambda call: broken() if call <= 2 else None), tmp_path, 6, num_tries=1, max_errors=2)
    assert len(RunFolder(tmp_path).generations("sums")) == 4


def test_money_that_earlier_calls_spent_is_spent(tmp_path):
    priced = {"max_cost": 0.01, "input_price": 1, "output_price": 10, "concurrency": 1}
    with pytest.raises(BudgetError):
        asked(Slow(), tmp_path, 100, **priced)
    again = Opening()
    with pytest.raises(
        BudgetError,
        match=r"a cost below 0.01, got 0.01, 0.01 of it in earlier calls, with 95 answers still owed. Raise",
    ):
        asked(again, tmp_path, 100, **priced)
    assert (again.asked, again.opened) == ([], False)
    with pytest.raises(BudgetError, match=r"got 0.016, 0.01 of it in earlier calls, with 92 answers"):
        asked(again, tmp_path, 100, **{**priced, "max_cost": 0.015})
    assert len(again.asked) == 3
    for _ in range(2):  # spent by the last answer: nothing is owed, then or later
        asked(Slow(), tmp_path / "whole", 5, **priced)


class Opening(Slow):
    """Remembers whether it was opened."""

    opened = False

    async def ready(self, note=None):
        self.opened = True


def test_an_answer_that_two_samples_share_is_paid_once(tmp_path):
    twins = [replace(one, sample=replace(one.sample, id=name)) for one in requests_of(task(1), checkpoint(), 0)
             for name in ("a", "b")]  # fmt: skip
    policy = AskingPolicy(max_cost=0.003, input_price=1, output_price=10)
    more = [*twins, *requests_of(task(2), checkpoint(), 0)[1:]]
    with RunFolder(tmp_path) as run:
        run_virtually(ask(Slow(), twins, run, silent_progress(), "a", policy))
        run_virtually(ask(Slow(), more, run, silent_progress(), "a", policy))
    assert len(RunFolder(tmp_path).generations("sums")) == 2


def test_answers_that_exist_already_cost_nothing(tmp_path):
    stored, policy = replace(checkpoint(), kind="run"), AskingPolicy(max_cost=0.001, input_price=1, output_price=10)
    with RunFolder(tmp_path) as run:
        found, _ = run_virtually(generate(Slow(), stored, [task(12)], run, silent_progress(), seed=0, policy=policy))
    assert [answer.text for answer in found["sums"]] == ["4"] * 12


def test_the_time_that_opening_takes_is_not_counted(tmp_path):
    class Late(Slow):
        async def ready(self, note=None):
            await asyncio.sleep(100)

    assert asked(Late(), tmp_path, 4, budget_seconds=25, concurrency=4) == 110
