"""Both sides asked in rounds until the gate has decided. Run: pytest tests/sfteval/test_until_decided.py."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sfteval import orders, rounds
from sfteval.asking import AskingPolicy
from sfteval.cli import cli
from sfteval.errors import ConfigurationError
from sfteval.orders import compare_until_decided
from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints
from sfteval.progress import silent_progress
from sfteval.rules import Rules, TaskRule
from sfteval.stats import confidence_sequence
from sfteval.store import RunFolder
from sfteval.suites import new_suite
from sfteval.types import Verdict
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.toys import toy_checkpoint

NUM = 300


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """Return a suite of 300 prompts whose answer is 4; its accuracy gates with a margin of 0.05."""
    folder = tmp_path_factory.mktemp("world")
    rows = [{"id": f"q{i}", "prompt": f"What is {i} - {i - 4}?", "target": "4"} for i in range(NUM)]
    (folder / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    new_suite(folder / "mine.jsonl", folder / "suite")
    toml = folder / "suite" / "suite.toml"
    toml.write_text(toml.read_text().replace("gating = []", 'gating = ["accuracy"]'))
    return str(folder / "suite")


def answers(path, right):
    """Write one answer to each prompt, right where `right(i)`."""
    rows = [{"id": f"q{i}", "response": "4" if right(i) else "5"} for i in range(NUM)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return f"responses:{path}"


def planned(suite, runs, a, b, margin=None):
    rules = Rules(tasks={"mine": TaskRule(margin=margin)})
    return ComparePlan(a, b, RunPlan((suite,), runs=runs), rules=rules)


def stored(runs):
    """Return how many answers lie in the folders of the runs."""
    return sorted(len(RunFolder(path).generations("mine")) for path in runs.iterdir())


def test_a_collapse_is_asked_32_times_and_a_whole_comparison_later_asks_the_rest(suite, tmp_path):
    sides = answers(tmp_path / "a.jsonl", lambda i: True), answers(tmp_path / "b.jsonl", lambda i: False)
    plan = planned(suite, tmp_path / "runs", *sides)
    comparison = asyncio.run(compare_until_decided(plan, silent_progress()))
    (row,) = comparison.metrics
    assert (comparison.verdict, row.n, row.difference) == (Verdict.REGRESS, 32, -1.0)
    expected = confidence_sequence(-np.ones(32))
    assert (row.ci_low, row.ci_high) == pytest.approx((expected.low, expected.high))
    assert stored(tmp_path / "runs") == [32, 32]
    assert asyncio.run(compare_checkpoints(plan, silent_progress())).metrics[0].n == NUM
    assert stored(tmp_path / "runs") == [NUM, NUM]


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


async def interrupted(plan, monkeypatch, *, in_round):
    """Play until the given round is over, and no further."""

    def next_round(asked, comparison):
        if asked.number == in_round:
            raise Interrupted
        return rounds.next_round(asked, comparison)

    monkeypatch.setattr(orders, "next_round", next_round)
    with pytest.raises(Interrupted):
        await compare_until_decided(plan, silent_progress())


@pytest.mark.slow
def test_an_interrupted_call_goes_on_with_the_same_rounds_and_asks_nothing_twice(suite, tmp_path, monkeypatch):
    async def play():
        async with ScriptedServer(Script(say=lambda body: "4", models=("old", "new"))) as server:
            sides = f"{server.url}#old", f"{server.url}#new"
            whole = await compare_until_decided(
                planned(suite, tmp_path / "whole", *sides, margin=0.1), silent_progress()
            )
            num = len(server.questions)
            plan = planned(suite, tmp_path / "runs", *sides, margin=0.1)
            with monkeypatch.context() as patch:
                await interrupted(plan, patch, in_round=1)
            then = len(server.questions) - num
            again = await compare_until_decided(plan, silent_progress())
            return whole, again, (num, then, len(server.questions) - num)

    whole, again, counts = asyncio.run(play())
    stored = [f"run:{next((tmp_path / 'whole').glob(f'{name}-*'))}" for name in ("old", "new")]
    plan = planned(suite, tmp_path / "others", *stored, margin=0.1)
    replayed = asyncio.run(compare_until_decided(plan, silent_progress()))
    assert replayed.metrics == whole.metrics
    assert replayed.reproduce["early_stop"]["tokens_saved"] is None
    assert counts == (2 * 48, 2 * 32, 2 * 48)
    assert (whole.verdict, whole.metrics[0].n) == (Verdict.PASS, 48)
    assert again.metrics == whole.metrics
    record = whole.reproduce["early_stop"]
    assert (record["rounds"], record["prompts_asked"], record["prompts"]) == (2, 48, NUM)
    assert again.reproduce["early_stop"] == record
    tokens = sum(whole.costs[side][key] for side in whole.costs for key in ("num_prompt_tokens", "num_tokens"))
    assert record["tokens_saved"] == round(tokens * (NUM - 48) / 48)


@pytest.mark.slow
def test_answers_of_an_earlier_round_are_no_stored_answers_of_earlier_calls(suite, tmp_path):
    async def play():
        async with ScriptedServer(Script(say=lambda body: "4", models=("old", "new"))) as server:
            plan = planned(suite, tmp_path / "runs", f"{server.url}#old", f"{server.url}#new", margin=0.1)
            return [await compare_until_decided(plan, silent_progress()) for _ in range(2)]

    first, second = asyncio.run(play())
    assert not [warning for warning in first.warnings if "stored by earlier calls" in warning]
    assert len([warning for warning in second.warnings if "48 of 48 answers were stored" in warning]) == 2


def test_time_that_is_spent_in_one_round_is_not_there_in_the_next():
    policy = AskingPolicy(budget_seconds=10.0)
    assert policy.after(4.0).budget_seconds == 6.0
    assert 0.0 < policy.after(11.0).budget_seconds < 0.001
    assert AskingPolicy().after(4.0).budget_seconds is None


@pytest.mark.slow
def test_a_stored_run_of_all_prompts_is_compared_over_those_of_the_rounds(suite, tmp_path):
    sides = answers(tmp_path / "a.jsonl", lambda i: True), answers(tmp_path / "b.jsonl", lambda i: False)
    asyncio.run(compare_checkpoints(planned(suite, tmp_path / "runs", *sides), silent_progress()))
    a, b = (f"run:{next((tmp_path / 'runs').glob(f'{name}-*'))}" for name in "ab")
    for pair in ((a, b), (a, sides[1])):
        found = asyncio.run(compare_until_decided(planned(suite, tmp_path / "others", *pair), silent_progress()))
        assert (found.verdict, found.metrics[0].n, found.left_out) == (Verdict.REGRESS, 32, {})
        assert found.reproduce["early_stop"]["tokens_saved"] is None


def called(*words):
    return CliRunner().invoke(cli, [*words, "--comet", "off"], prog_name="sfteval")


@pytest.mark.parametrize(("command", "code"), [("compare", 0), ("gate", 10)])
def test_the_commands_stop_early_and_say_so(command, code, suite, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sides = answers(tmp_path / "a.jsonl", lambda i: True), answers(tmp_path / "b.jsonl", lambda i: i % 4 == 0)
    result = called(command, *sides, "--suite", suite, "--until-decided", "-o", "out")
    assert result.exit_code == code, result.output
    assert "Every gating metric is decided after 32 of 300 prompts (11%)." in " ".join(result.output.split())
    record = json.loads((tmp_path / "out" / "results.json").read_text())["reproduce"]["early_stop"]
    assert (record["prompts_asked"], record["left_out"]) == (32, [])
    assert "Every gating metric is decided after 32 of 300 prompts" in (tmp_path / "out" / "summary.md").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a,b", "c,d", "--until-decided"), "several seeds of training: expected one comparison by itself, "
                                            "got --until-decided beside it. Leave --until-decided away."),
        (("a", "b", "--until-decided", "--confirm", "3"), "got --confirm beside it"),
        (("a", "b", "--until-decided", "--save-baseline", "x.json"), "got --save-baseline beside it"),
    ],
)  # fmt: skip
def test_what_needs_all_prompts_does_not_go_with_it(words, said, suite):
    result = called("gate", *words, "--suite", suite)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_a_suite_that_decides_nothing_is_refused(tmp_path, suite):
    sides = answers(tmp_path / "a.jsonl", lambda i: True), answers(tmp_path / "b.jsonl", lambda i: True)
    rules = Rules(tasks={"mine": TaskRule(gating=())})
    plan = replace(planned(suite, tmp_path / "runs", *sides), rules=rules)
    with pytest.raises(ConfigurationError, match="expected a metric that gates"):
        asyncio.run(compare_until_decided(plan, silent_progress()))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_model_in_this_process_answers_each_prompt_of_the_rounds_once(suite, tmp_path):
    pytest.importorskip("torch", reason="the embedded backend needs torch")
    sides = [str(toy_checkpoint(tmp_path / name, seed)) for seed, name in enumerate(("old", "new"))]
    toml = Path(suite) / "suite.toml"
    toml.write_text(toml.read_text().replace("max_tokens = 1024", "max_tokens = 4"))
    plan = planned(suite, tmp_path / "runs", *sides, margin=0.1)
    comparison = asyncio.run(compare_until_decided(plan, silent_progress()))
    files = list((tmp_path / "runs").rglob("generations/mine.jsonl"))
    assert (comparison.metrics[0].n, len(files)) == (48, 2)
    assert [len(file.read_text().splitlines()) for file in files] == [48, 48]
