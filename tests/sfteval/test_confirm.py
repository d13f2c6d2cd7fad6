"""`gate --confirm`: what regresses is asked again, stands where it shows twice, and costs nothing where it cannot.

Run: pytest tests/sfteval/test_confirm.py
"""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sfteval.compare import compare, compare_scores
from sfteval.gate import cannot_confirm, confirmed, decide, rules_again
from sfteval.gating import fresh_seed, gate_checkpoints
from sfteval.pipeline import ComparePlan, RunPlan
from sfteval.progress import silent_progress
from sfteval.report import gate_line, results_json, verdict_line
from sfteval.rules import STANDARD, Rules, TaskRule
from sfteval.types import Outcome, Verdict
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.scripted import run_of, task

GOOD = [1.0] * 100
WORSE = [0.0] * 20 + [1.0] * 80


def asked(values, name, of=None, temperature=0.7):
    """Return a run of these scores whose answers were drawn at a temperature."""
    run = run_of(values, name, of)
    sampling = {part.task.name: {"temperature": temperature} for part in run.tasks}
    return replace(run, settings={"sampling": sampling})


def decided(a, b, rules=STANDARD, **options):
    return decide(compare(asked(a, "old", **options), asked(b, "new", **options), alpha=rules.alpha), rules)


def two_tasks(values, others, name):
    """Return a run of two tasks, `sums` and `names`."""
    first, second = asked(values, name), asked(others, name, task(len(others), name="names"))
    sampling = {**first.settings["sampling"], **second.settings["sampling"]}
    return replace(first, tasks=(*first.tasks, *second.tasks), settings={"sampling": sampling})


# -- what both stages say ----------------------------------------------------------------------------------------------


def test_a_regression_that_shows_twice_stands_and_both_are_shown():
    both = confirmed(decided(GOOD, WORSE), decided(GOOD, [0.0] * 15 + [1.0] * 85), 4)
    assert both.verdict is both.metrics[0].verdict is Verdict.REGRESS
    assert "Asked again, sums accuracy is -0.150 (p 1.5e-05) after -0.200 (p 4.8e-07): it regresses again." in (
        both.headline
    )
    record = both.reproduce["confirm"]
    (told,) = record["stages"]
    assert (record["samples"], record["made"], told["confirmed"], told["task"], told["what"]) == (
        4, True, True, "sums", "accuracy"
    )  # fmt: skip
    assert (told["first"]["difference"], told["second"]["difference"]) == pytest.approx((-0.2, -0.15))
    assert told["first"]["p_adjusted"] < told["second"]["p_adjusted"] < 0.05


@pytest.mark.parametrize("second", [GOOD, [0.0] * 2 + [1.0] * 98, [0.0] * 5 + [1.0] * 95])
def test_a_regression_that_does_not_show_again_is_inconclusive(second):
    both = confirmed(decided(GOOD, WORSE), decided(GOOD, second, Rules(alpha=0.01)), 4)
    assert both.verdict is both.metrics[0].verdict is Verdict.INCONCLUSIVE
    assert both.metrics[0].difference == -0.2
    assert both.reproduce["confirm"]["stages"][0]["confirmed"] is False
    assert "that is not shown again" in both.headline
    assert verdict_line(both).startswith("INCONCLUSIVE")
    assert "gate: inconclusive (exit 0)" in gate_line(both, 0)


def test_a_second_stage_that_could_not_be_made_leaves_the_first_as_it_is():
    lost = decided(GOOD, [Outcome.ERROR] * 100)
    both = confirmed(decided(GOOD, WORSE), lost, 4)
    assert (both.verdict, both.reproduce["confirm"]["made"]) == (Verdict.REGRESS, False)
    assert "--confirm: the second stage is not comparable, so the first stands" in both.warnings[-1]


def test_one_regression_that_shows_twice_is_enough():
    first = decide(compare(two_tasks(GOOD, GOOD, "old"), two_tasks(WORSE, WORSE, "new")))
    second = decide(compare(two_tasks(GOOD, GOOD, "old"), two_tasks(GOOD, WORSE, "new")))
    both = confirmed(first, second, 1)
    assert [metric.verdict for metric in both.metrics] == [Verdict.INCONCLUSIVE, Verdict.REGRESS]
    assert both.verdict is Verdict.REGRESS


def test_a_golden_sample_that_is_kept_the_second_time_is_no_regression():
    rules = Rules(tasks={"sums": TaskRule(golden=("s0",))})
    first = decided(GOOD, [0.0] + [1.0] * 99, rules)
    assert (first.verdict, first.metrics[0].verdict) == (Verdict.REGRESS, Verdict.PASS)
    kept = confirmed(first, decided(GOOD, GOOD, rules), 2)
    assert (kept.verdict, kept.metrics[0].verdict) == (Verdict.INCONCLUSIVE, Verdict.PASS)
    assert kept.guards[0].said == "sums, golden sample s0 is lost: accuracy 1 to 0, and kept when asked again"
    assert confirmed(first, first, 2).verdict is Verdict.REGRESS


def test_what_both_stages_said_is_in_the_results():
    both = confirmed(decided(GOOD, WORSE), decided(GOOD, GOOD), 4)
    stored = json.loads(json.dumps(results_json(both)))
    assert stored["verdict"] == "inconclusive"
    assert stored["reproduce"]["confirm"]["stages"][0]["second"]["verdict"] == "pass"
    assert stored["reproduce"]["confirm"]["false_alarms"].startswith("at most alpha; alpha squared where")


# -- what is asked again -----------------------------------------------------------------------------------------------


def test_only_what_regresses_decides_the_second_stage():
    rules = Rules(alpha=0.02, tasks={"sums": TaskRule(margin=0.03, golden=("s1", "s50")), "names": TaskRule()})
    first = decide(compare(two_tasks(GOOD, GOOD, "old"), two_tasks(WORSE, GOOD, "new")), rules)
    again = rules_again(first, rules)
    assert (again.alpha, again.tasks) == (0.02, {"sums": TaskRule(None, 0.03, ("s1",))})
    plain = rules_again(decide(compare(two_tasks(GOOD, GOOD, "old"), two_tasks(GOOD, WORSE, "new"))), STANDARD)
    assert plain.tasks == {"names": TaskRule(("accuracy",))}


def test_at_temperature_zero_nothing_is_asked_and_it_is_said():
    said = cannot_confirm(decided(GOOD, WORSE, temperature=0.0))
    assert said == (
        "--confirm: sums is asked at temperature 0: the same answers would come again, and confirming needs sampling; "
        "nothing was asked"
    )
    assert cannot_confirm(decided(GOOD, WORSE)) == ""


@pytest.mark.parametrize("kind", ["run", "responses", "scores"])
def test_a_stored_candidate_cannot_be_asked_again(kind):
    first = decided(GOOD, WORSE)
    said = cannot_confirm(replace(first, candidate=replace(first.candidate, kind=kind)))
    assert said == "--confirm: new is stored and cannot be asked again; the verdict stands on its answers"


def test_of_a_stored_baseline_only_the_candidate_is_asked_again_and_it_is_said():
    first = decided(GOOD, WORSE)
    stored = replace(first, baseline=replace(first.baseline, kind="scores"))
    assert cannot_confirm(stored) == ""
    assert confirmed(stored, first, 3).warnings[-1] == (
        "--confirm: old is stored, so that only the candidate was asked again (3 to a prompt): luck in the stored "
        "answers is not found out"
    )


@pytest.fixture
def stages(monkeypatch):
    """Let the pipeline return these comparisons one after the other, and keep the plans it got."""

    def given(*comparisons):
        plans, left = [], list(comparisons)

        async def compare_checkpoints(plan, progress):
            plans.append(plan)
            return left.pop(0)

        monkeypatch.setattr("sfteval.gating.compare_checkpoints", compare_checkpoints)
        plan = ComparePlan("old", "new", RunPlan(("mine",), Path("runs"), samples=1), save_baseline=Path("b.json"))
        found = asyncio.run(gate_checkpoints(plan, silent_progress(), confirm=5))
        return found, plans

    return given


def test_a_pass_asks_nothing_again(stages):
    found, plans = stages(decided(GOOD, GOOD))
    assert (found.verdict, len(plans), "confirm" in found.reproduce) == (Verdict.PASS, 1, False)


def test_a_regression_is_asked_again_with_other_seeds_in_a_folder_of_its_own(stages):
    found, (first, second) = stages(decided(GOOD, WORSE), decided(GOOD, WORSE))
    assert found.verdict is Verdict.REGRESS
    assert (second.run.tasks, second.run.samples, second.run.runs) == (("sums",), 5, Path("runs/confirm"))
    assert second.run.seed == fresh_seed(first.run.seed) != first.run.seed
    assert second.save_baseline is None
    assert second.rules.tasks == {"sums": TaskRule(("accuracy",))}


def test_what_cannot_be_confirmed_is_not_asked_again(stages):
    found, plans = stages(decided(GOOD, WORSE, temperature=0.0))
    assert (found.verdict, len(plans)) == (Verdict.REGRESS, 1)
    assert "the same answers would come again" in found.warnings[-1]


# -- the whole way -----------------------------------------------------------------------------------------------------


def served(tmp_path, say, *, temperature=0.7, baseline=None, calls=1):
    """Gate two models of a scripted server, `calls` times, over the tasks `sums` and `names`; return what was found
    last and what was asked.

    `say(model, prompt, times)` is the answer to a prompt that this model was asked so many times before.
    """
    heard = []

    def answer(body):
        prompt = body["messages"][-1]["content"]
        if not prompt.startswith(("sums", "names")):
            return "yes"  # a probe
        times = sum(one == (body["model"], prompt) for one in heard)
        heard.append((body["model"], prompt))
        return say(body["model"], prompt, times)

    tables = []
    for name in ("sums", "names"):
        rows = [{"id": f"{name}{i}", "prompt": f"{name} {i}", "target": "4"} for i in range(60)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        tables.append(
            f'[[task]]\nname = "{name}"\nscorer = "exact"\ndata = "{name}.jsonl"\nmetrics = ["accuracy"]\n'
            f'gating = ["accuracy"]\nsampling = {{ temperature = {temperature}, max_tokens = 8 }}\n'
        )
    (tmp_path / "suite.toml").write_text('[suite]\nname = "mine"\n' + "".join(tables))

    async def go():
        async with ScriptedServer(Script(say=answer, models=("old", "new"))) as server:
            plan = ComparePlan(
                baseline or f"{server.url}#old", f"{server.url}#new", RunPlan((str(tmp_path),), tmp_path / "runs")
            )
            return [await gate_checkpoints(plan, silent_progress(), confirm=2) for _ in range(calls)]

    return asyncio.run(go())[-1], heard


@pytest.mark.slow
def test_luck_of_the_first_draw_is_found_out_and_only_its_task_is_asked_again(tmp_path):
    def say(model, prompt, times):
        unlucky = model == "new" and prompt.startswith("sums") and times == 0
        return "5" if unlucky and int(prompt.split()[1]) < 20 else "4"

    found, heard = served(tmp_path, say)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert [metric.verdict for metric in found.metrics] == [Verdict.INCONCLUSIVE, Verdict.PASS]
    assert found.reproduce["confirm"]["stages"][0]["second"]["difference"] == 0.0
    counts = [sum(prompt.startswith(name) and model == side for model, prompt in heard)
              for name in ("sums", "names") for side in ("old", "new")]  # fmt: skip
    assert counts == [180, 180, 60, 60]  # one answer, and two more to the task that regressed


@pytest.mark.slow
def test_a_true_regression_shows_again_and_a_second_call_asks_nothing(tmp_path):
    def say(model, prompt, times):
        return "5" if model == "new" and prompt.startswith("sums") and int(prompt.split()[1]) < 20 else "4"

    found, heard = served(tmp_path, say, calls=2)
    assert (found.verdict, len(heard)) == (Verdict.REGRESS, 480)
    assert found.reproduce["confirm"]["stages"][0]["confirmed"] is True
    assert (tmp_path / "runs" / "confirm").is_dir()


@pytest.mark.slow
def test_greedy_answers_are_not_asked_again(tmp_path):
    found, heard = served(tmp_path, lambda model, prompt, times: "5" if model == "new" else "4", temperature=0.0)
    assert (found.verdict, len(heard)) == (Verdict.REGRESS, 240)
    assert "sums, names is asked at temperature 0" in found.warnings[-1]


@pytest.mark.slow
def test_of_stored_answers_only_the_candidate_is_asked_again(tmp_path):
    rows = [{"id": f"{name}{i}", "response": "4"} for name in ("sums", "names") for i in range(60)]
    (tmp_path / "old.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    side = f"responses:{tmp_path / 'old.jsonl'}"
    found, heard = served(tmp_path, lambda model, prompt, times: "5", baseline=side)
    assert (found.verdict, {model for model, _ in heard}, len(heard)) == (Verdict.REGRESS, {"new"}, 120 + 240)
    assert "luck in the stored answers is not found out" in " ".join(found.warnings)


def alarms(same, num=2000, prompts=60):
    """Replay gates of two checkpoints that are equal on average; return how often one stage alarms, and both.

    `same`: they answer every prompt alike; else each prompt has its own luck, which both stages share.
    """
    draw, of = np.random.default_rng(11), task(prompts)
    base = decided([1.0] * prompts, [1.0] * prompts, of=of)
    clusters = [sample.id for sample in of.samples]

    def gate(rates):
        a, b = (draw.binomial(1, rate).astype(float) for rate in rates)
        return decide(replace(base, metrics=(compare_scores(of, "accuracy", a, b, clusters),), pairs=()))

    first_alarms = both_alarms = 0
    for _ in range(num):
        one, other = draw.random(prompts), draw.random(prompts)
        rates = (one, one if same else other)
        first = gate(rates)
        if first.verdict is Verdict.REGRESS:
            first_alarms += 1
            both_alarms += confirmed(first, gate(rates), 1).verdict is Verdict.REGRESS
    return first_alarms, both_alarms


@pytest.mark.slow
def test_false_alarms_are_alpha_squared_where_both_answer_alike_and_never_more_than_alpha():
    """Of 2,000 gates alpha is 100 and its 99.9 % bound 131; alpha squared is 5 and its bound 13."""
    one, twice = alarms(same=True)
    assert 40 <= one <= 131
    assert twice <= 13
    one, shared = alarms(same=False)
    assert 40 <= one <= 131
    assert twice < shared <= one / 2  # the luck of the prompts is shared: more than alpha squared, less than alpha
