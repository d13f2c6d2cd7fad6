"""Two recipes through their seeds of training. Run: pytest tests/sfteval/test_compare_seeds.py."""

import asyncio
import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.compare import compare, compare_seeds, with_seeds
from sfteval.compare.pooled import pooled
from sfteval.errors import ConfigurationError, NotComparableError
from sfteval.gate import decide
from sfteval.orders import compare_recipes
from sfteval.pipeline import ComparePlan, RunPlan
from sfteval.preflight import seeds_of
from sfteval.progress import silent_progress
from sfteval.stats.seeds import compare_seeds as of_scores
from sfteval.suites import new_suite
from sfteval.types import Finding, Outcome, Verdict
from tests.sfteval.scripted import run_of, sample, task

NUM = 60


def recipe(name, rates, seed=0, num=NUM):
    """Return a run for each seed of training, of which so many prompts are right."""
    rng = np.random.default_rng(seed)
    return [run_of((rng.random(num) < rate).astype(float).tolist(), f"{name}-{i}") for i, rate in enumerate(rates, 1)]


def scores(runs):
    return np.array([[score.metrics["accuracy"] for score in run.tasks[0].scores] for run in runs])


def test_the_row_is_the_statistics_of_seeds_and_prompts():
    a, b = recipe("old", (0.5, 0.6, 0.55)), recipe("new", (0.8, 0.7, 0.75, 0.7), seed=1)
    (row,) = compare_seeds(a, b).metrics
    expected, _ = of_scores(scores(a), scores(b))
    assert (row.baseline, row.candidate) == pytest.approx((scores(a).mean(), scores(b).mean()))
    assert (row.ci_low, row.ci_high) == (expected.ci.low, expected.ci.high)
    assert (row.gate_ci_low, row.p_regress, row.n) == (expected.gate_ci.low, expected.p_regress, NUM)
    assert row.method == expected.method


def test_seeds_are_no_samples_whose_spread_could_be_bought_off():
    rates = (0.2, 0.5, 0.8)  # a recipe whose seeds differ much more than its prompts
    a, b = recipe("old", rates), recipe("new", (0.5, 0.8, 0.9), seed=1)
    comparison = compare_seeds(a, b)
    pooled_alone = compare(pooled(a), pooled(b))
    assert comparison.metrics[0].difference == pytest.approx(pooled_alone.metrics[0].difference)
    assert pooled_alone.metrics[0].finding is Finding.BETTER
    assert comparison.metrics[0].finding is Finding.NOT_SHOWN
    assert comparison.spreads == ()


def test_the_answers_of_all_seeds_are_shown_as_samples_of_their_prompt():
    a, b = recipe("old", (0.5,) * 3, num=4), recipe("new", (0.5,) * 2, num=4)
    comparison = compare_seeds(a, b)
    assert [(pair.sample.id, pair.sample_index) for pair in comparison.pairs[:3]] == [("s0", 0), ("s0", 1), ("s1", 0)]
    assert comparison.costs["baseline"]["num_answers"] == 12
    assert comparison.outcomes["sums"]["candidate"]["ok"] == 8
    assert [run.scores[i].metrics for run in pooled(a).tasks for i in range(3)] == [
        run.tasks[0].scores[0].metrics for run in a
    ]


def test_the_recipe_is_named_after_what_its_seeds_share():
    comparison = compare_seeds(recipe("lab", (0.5, 0.6)), recipe("lab", (0.5, 0.6, 0.7)))
    assert (comparison.baseline.name, comparison.candidate.name) == ("lab-2-seeds", "lab-3-seeds")
    assert comparison.baseline.argument == "lab-1,lab-2"
    same = compare_seeds(recipe("lab", (0.5, 0.6)), recipe("lab", (0.5, 0.6), seed=1))
    assert (same.baseline.name, same.candidate.name) == ("lab-2-seeds-A", "lab-2-seeds-B")


def test_the_report_names_every_seed_and_says_that_seeds_are_in_the_interval():
    a, b = recipe("old", (0.2, 0.5, 0.8)), recipe("new", (0.5, 0.8, 0.9), seed=1)
    comparison = with_seeds(decide(compare_seeds(a, b)), a, b)
    record = comparison.reproduce["seeds"]
    assert [seed["name"] for seed in record["candidate"]] == ["new-1", "new-2", "new-3"]
    assert record["metrics"][0]["baseline"] == pytest.approx(scores(a).mean(axis=1).tolist())
    share = record["metrics"][0]["share_of_seeds"]
    said = (
        f"Seeds of training are in the interval: 3 of A, 3 of B; {share:.0%} of the variance of sums is between them."
    )
    assert comparison.headline.endswith(said)
    assert comparison.reproduce["scope"] == f"Two recipes are compared. {said}"


def test_two_seeds_a_side_decide_nothing():
    a, b = recipe("old", (1.0, 0.98)), recipe("new", (0.1, 0.12), seed=1)
    comparison = with_seeds(decide(compare_seeds(a, b)), a, b)
    assert comparison.metrics[0].finding is Finding.NOT_SHOWN
    assert comparison.verdict is Verdict.INCONCLUSIVE
    assert "a gate needs at least 3 a side." in comparison.headline


def test_a_prompt_that_one_seed_lost_is_left_out_for_all():
    a, b = recipe("old", (0.5,) * 3), recipe("new", (0.5,) * 3, seed=1)
    values = [Outcome.ERROR, *scores(b)[2][1:]]
    comparison = compare_seeds(a, [*b[:2], run_of(values, "new-3")])
    assert comparison.metrics[0].n == NUM - 1


def test_prompts_that_share_a_stem_are_one():
    of = replace(task(), samples=tuple(sample(f"s{i}", cluster=f"stem{i % 15}") for i in range(NUM)))
    a, b = ([replace_task(run, of) for run in recipe(name, (0.5,) * 3, seed)] for seed, name in enumerate(("a", "b")))
    assert compare_seeds(a, b).metrics[0].num_clusters == 15


def replace_task(run, of):
    return replace(run, tasks=tuple(replace(part, task=of) for part in run.tasks))


def test_seeds_that_were_not_asked_alike_are_no_recipe():
    a = recipe("old", (0.5, 0.5))
    other = replace(a[1], settings={"sampling": {"sums": {"max_tokens": 9}}})
    with pytest.raises(NotComparableError, match="expected seeds of one recipe, asked with the same sampling"):
        pooled([a[0], other])
    with pytest.raises(NotComparableError, match="asked with the same prompts"):
        pooled([a[0], *recipe("old", (0.5,), num=NUM - 1)])


def test_what_all_trainings_agree_on_is_what_is_known_of_the_recipe():
    records = [{"base": {"fingerprint": "b"}, "seed": 1, "totals": {"steps": 5, "tokens": 9}},
               {"base": {"fingerprint": "b"}, "seed": 2, "totals": {"steps": 5, "tokens": 8}}]  # fmt: skip
    runs = [
        replace(run, checkpoint=replace(run.checkpoint, training=record))
        for run, record in zip(recipe("old", (0.5, 0.5)), records, strict=True)
    ]
    assert pooled(runs).checkpoint.training == {"base": {"fingerprint": "b"}, "totals": {"steps": 5}}


# -- as a command ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Return a folder with a suite of 60 prompts whose accuracy gates, and answers of three seeds of two recipes."""
    folder, rng = tmp_path_factory.mktemp("world"), np.random.default_rng(0)
    rows = [{"id": f"q{i}", "prompt": f"What is {i} - {i - 4}?", "target": "4"} for i in range(NUM)]
    (folder / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    new_suite(folder / "mine.jsonl", folder / "suite")
    toml = folder / "suite" / "suite.toml"
    toml.write_text(toml.read_text().replace("gating = []", 'gating = ["accuracy"]'))
    for name, rate in (("old", 0.9), ("new", 0.3)):
        for seed in (1, 2, 3):
            said = [{"id": f"q{i}", "response": "4" if rng.random() < rate else "5"} for i in range(NUM)]
            (folder / f"{name}-{seed}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said))
    return folder


def named(world, name, seeds=(1, 2, 3)):
    return ",".join(f"responses:{world / f'{name}-{seed}.jsonl'}" for seed in seeds)


def test_the_command_takes_seeds_with_commas_between_and_shows_each(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ("gate", named(world, "old"), named(world, "new"), "--suite", str(world / "suite"), "-o", "out")
    result = CliRunner().invoke(cli, [*words, "--comet", "off"], prog_name="sfteval")
    assert result.exit_code == 10, result.output
    assert "new-3-seeds is worse than old-3-seeds" in result.output
    assert "old-1, old-2, old-3" in result.output
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert len(results["reproduce"]["seeds"]["metrics"][0]["baseline"]) == 3
    summary = (tmp_path / "out" / "summary.md").read_text()
    assert "| Means by seed of training | A | B |" in summary
    assert "Seeds of training are in the interval: 3 of A, 3 of B" in summary
    again = CliRunner().invoke(cli, ["report", "out"], prog_name="sfteval")
    assert again.exit_code == 0, again.output


def test_the_plain_report_says_that_seeds_are_not_in_it(world, tmp_path):
    plan = ComparePlan(
        *(named(world, name, (1,)) for name in ("old", "new")), RunPlan((str(world / "suite"),), tmp_path)
    )
    from sfteval.pipeline import compare_checkpoints

    comparison = asyncio.run(compare_checkpoints(plan, silent_progress()))
    assert "training seeds move scores too" in comparison.reproduce["scope"]


@pytest.mark.parametrize(
    ("a", "b", "got"),
    [((1, 2, 3), (1,), "got one."), ((1, 2, 1), (1, 2, 3), "got the same one twice.")],
)
def test_too_few_seeds_are_refused_before_anything_is_asked(a, b, got, world, tmp_path):
    plan = ComparePlan(
        named(world, "old", a), named(world, "new", b), RunPlan((str(world / "suite"),), tmp_path / "runs")
    )
    with pytest.raises(ConfigurationError) as error:
        asyncio.run(compare_recipes(plan, silent_progress()))
    assert f"expected at least 2 different checkpoints, one a seed of training, on each side, {got}" in str(error.value)
    assert not (tmp_path / "runs").exists()


def test_settings_of_a_side_are_those_of_all_its_seeds(tmp_path):
    checkpoints = seeds_of("http://h:1/v1#a,http://h:1/v1#b", {"temperature": 0.5})
    assert [(one.model, one.sampling_overrides) for one in checkpoints] == [
        ("a", {"temperature": 0.5}),
        ("b", {"temperature": 0.5}),
    ]
