"""The words of the shared options become a plan, or one clear sentence."""

from pathlib import Path

import pytest

from sfteval.cli.options import asking_policy, prices, run_plan, serving
from sfteval.errors import ConfigurationError

DEFAULTS = {
    "suites": ("starter",),
    "runs": Path("runs"),
    "backend": "auto",
    "limit": None,
    "samples": None,
    "scorer_mode": "fixed",
    "seed": 0,
    "allow_template_drift": False,
    "concurrency": None,
    "timeout": 600.0,
    "max_errors": 50,
    "budget_seconds": None,
    "max_cost": None,
    "price": None,
    "vllm_python": None,
    "vllm_args": "",
}


def test_what_was_typed_reaches_the_engine_and_the_servers():
    typed = DEFAULTS | {"concurrency": 8, "budget_seconds": 60.0, "max_cost": 5.0, "price": "0.15, 0.60"}
    plan = run_plan(typed | {"timeout": 30.0, "vllm_args": "--max-model-len 8192 --chat-template 'my file.jinja'"})
    assert (plan.policy.concurrency, plan.policy.budget_seconds, plan.policy.max_cost) == (8, 60.0, 5.0)
    assert (plan.policy.input_price, plan.policy.output_price) == (0.15, 0.60)
    assert plan.serving.vllm_args == ("--max-model-len", "8192", "--chat-template", "my file.jinja")
    assert (plan.serving.timeout_seconds, plan.serving.logs) == (30.0, Path("runs/logs"))


@pytest.mark.parametrize("text", ["0.15", "1,2,3", "free,1", "-1,2", "inf,1", "nan,1", ""])
def test_prices_that_are_not_two_amounts_are_refused(text):
    with pytest.raises(ConfigurationError, match=r"--price: expected two amounts, as 0.15,0.60, got"):
        prices(text)


def test_a_budget_of_money_needs_a_price():
    with pytest.raises(ConfigurationError, match="expected the price of a million"):
        asking_policy(DEFAULTS | {"max_cost": 1.0})


def test_words_for_vllm_with_an_open_quote_are_refused():
    with pytest.raises(ConfigurationError, match="--vllm-args: expected words for a shell"):
        serving(DEFAULTS | {"vllm_args": "--served 'a"})
