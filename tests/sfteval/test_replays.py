"""The gate's own error rates. Run: pytest tests/sfteval/test_replays.py."""

import json
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import ConfigurationError, DataError
from sfteval.replays import Material, Rates, badge, curve, material_of, replay
from sfteval.rules import Rules, TaskRule
from sfteval.types import Checkpoint, Outcome, Run, Sample, Score, Task, TaskRun, Verdict
from tests.toys import user


def task_of(num, metrics=("accuracy",), cluster_size=1, margin=0.05):
    stems = [f"c{number // cluster_size}" if cluster_size > 1 else "" for number in range(num)]
    samples = tuple(
        Sample(f"s{number}", (user(str(number)),), target="x", cluster=stem) for number, stem in enumerate(stems)
    )
    return Task("t", "exact", samples, metrics, metrics, margin=margin)


def material(num=200, held=4, share=0.7, metrics=("accuracy",), cluster_size=1, seed=0):
    generator = np.random.default_rng(seed)
    abilities = generator.beta(share * 3, (1 - share) * 3, size=(num, 1))
    scores = {metric: (generator.random((num, held)) < abilities).astype(float) for metric in metrics}
    task = task_of(num, metrics, cluster_size)
    return Material(task, scores, tuple(sample.cluster for sample in task.samples))


def counted(verdicts):
    return Counter(verdicts)


def run_of(scores, name="a"):
    task = task_of(len(scores))
    found = [
        Score(sample.id, index, Outcome.OK, {"accuracy": value})
        for sample, values in zip(task.samples, scores, strict=True)
        for index, value in enumerate(values)
    ]
    return Run(Checkpoint(argument=name, kind="directory", name=name), {}, (TaskRun(task, [], [], found),))


def test_replays_of_the_same_seed_say_the_same_and_of_another_seed_something_else():
    here, there = (list(replay([material()], num_replays=40, seed=3)) for _ in range(2))
    assert here == there
    assert here != list(replay([material()], num_replays=40, seed=4))


def test_a_large_drop_is_called_a_regression_and_never_a_pass():
    found = counted(replay([material()], num_replays=60, drop=0.3))
    assert found == {Verdict.REGRESS: 60}


def test_answers_that_always_agree_pass_always():
    same = Material(task_of(100), {"accuracy": np.ones((100, 2))}, ("",) * 100)
    assert counted(replay([same], num_replays=20)) == {Verdict.PASS: 20}


def test_whole_clusters_are_drawn_and_counted_as_clusters():
    from sfteval.replays.deal import _drawn

    places, names = _drawn(("x", "x", "y", "y", "z", "z"), np.random.default_rng(1))
    assert len(set(names)) == 3
    for name in set(names):
        drawn = sorted(place for place, given in zip(places.tolist(), names, strict=True) if given == name)
        assert drawn in ([0, 1], [2, 3], [4, 5])


@pytest.mark.slow
@pytest.mark.parametrize("cluster_size", [1, 5])
def test_the_gate_cries_wolf_in_at_most_six_of_a_hundred_replays_without_a_loss(cluster_size):
    num = 400
    one = material(300, metrics=("accuracy", "format"), cluster_size=cluster_size)
    rates = Rates(0.0, num, counted(replay([one], num_replays=num)))
    assert rates.interval(Verdict.REGRESS).low <= 0.05
    assert rates.share(Verdict.REGRESS) <= 0.05 + 0.01 + 3 * (0.05 * 0.95 / num) ** 0.5


@pytest.mark.slow
def test_a_loss_as_large_as_the_margin_passes_in_about_five_of_a_hundred_replays():
    num = 1_500
    passed = counted(replay([material(600)], num_replays=num, drop=0.05))[Verdict.PASS] / num
    assert passed <= 0.05 + 3 * (0.05 * 0.95 / num) ** 0.5


def test_material_is_the_answers_of_all_runs_that_have_every_gating_metric():
    (found,) = material_of([run_of([[1.0, 0.0], [0.0, None], [1.0, 1.0]]), run_of([[0.0], [1.0], [1.0]])])
    assert found.scores["accuracy"].tolist() == [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    assert found.num_answers == 2


def test_one_answer_to_each_prompt_is_too_few():
    with pytest.raises(DataError, match="at least 2 answers to each prompt, got 1"):
        list(replay(material_of([run_of([[1.0], [0.0]])]), num_replays=1))


def test_without_a_gating_metric_there_is_nothing_to_replay():
    run = run_of([[1.0, 0.0]])
    without = Task("t", "exact", run.tasks[0].task.samples, ("accuracy",))
    with pytest.raises(DataError, match="a task with gating metrics"):
        material_of([Run(run.checkpoint, {}, (TaskRun(without, [], [], run.tasks[0].scores),))])


def test_the_pictures_are_valid_and_say_the_rate():
    rates = [Rates(0.0, 100, Counter({Verdict.PASS: 98, Verdict.REGRESS: 2})), Rates(0.1, 50, {Verdict.REGRESS: 50})]
    for picture in (curve(rates), badge(rates[0])):
        assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert "cries wolf 2.0% [0.2%, 7.0%]" in badge(rates[0])
    assert curve(rates) == curve(rates)


def test_a_mistaken_drop_is_one_sentence():
    result = CliRunner().invoke(cli, ["aa", "run:x", "--suite", "starter", "--drops", "2"], prog_name="sfteval")
    assert (result.exit_code, "expected numbers between 0 and 1, got 2" in result.output) == (2, True)


def test_the_command_writes_rates_curve_and_badge(tmp_path, monkeypatch):
    monkeypatch.setattr("sfteval.cli.aa.gathered", lambda runs, suites, rules: (material(60),))
    words = ["aa", "run:x", "--suite", "starter", "--simulate", "40", "--drops", "0.5", "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(cli, words, prog_name="sfteval")
    assert result.exit_code == 0, result.output
    assert "This gate cries wolf in " in result.output
    assert "A loss of 0.05, its smallest margin, passes in " in result.output
    assert "made for at most 5.0%" in result.output
    found = json.loads((tmp_path / "out" / "aa.json").read_text())
    rates = found["rates"]
    assert [(rate["drop"], rate["num_replays"]) for rate in rates] == [(0.0, 40), (0.05, 40), (0.5, 10)]
    assert found["gate"]["metrics"] == [{"task": "t", "metric": "accuracy", "margin": 0.05, "n": 60}]
    assert rates[2]["regress"]["share"] == 1.0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"aa.json", "aa.svg", "badge.svg"}


def ruled(**fields):
    return Rules(tasks={"t": TaskRule(**fields)}, sha256="0" * 64)


def test_the_rules_of_a_gate_are_replayed_margin_and_all():
    run = run_of([[1.0, 0.0, 1.0, 1.0]] * 40)
    (found,) = material_of([run], ruled(margin=0.2))
    assert (found.task.margin, found.ids[:2]) == (0.2, ("s0", "s1"))
    with pytest.raises(ConfigurationError, match="a task of the suites"):
        material_of([run], Rules(tasks={"other": TaskRule()}))


def test_fewer_prompts_than_the_gate_asks_for_decide_nothing():
    rules = Rules(min_n=500)
    assert counted(replay([material()], num_replays=20, drop=0.3, rules=rules)) == {Verdict.INCONCLUSIVE: 20}


def test_only_losses_beyond_the_margin_are_called_where_the_gate_says_so():
    one = material(200)
    worse, beyond = (
        counted(replay([one], num_replays=80, drop=0.08, rules=Rules(regress_when=when)))[Verdict.REGRESS]
        for when in ("worse", "beyond_margin")
    )
    assert beyond < worse / 2


def test_a_stricter_alpha_cries_wolf_less_often_and_passes_less_often():
    one = material(200, seed=2)
    loose, strict = (counted(replay([one], num_replays=300, rules=Rules(alpha=alpha))) for alpha in (0.2, 0.01))
    assert strict[Verdict.REGRESS] < 0.03 * 300 < loose[Verdict.REGRESS]
    assert strict[Verdict.PASS] < loose[Verdict.PASS] / 2


def test_a_golden_sample_that_is_answered_by_luck_breaks_the_gate_a_third_of_the_time():
    run = run_of([[1.0, 0.0, 1.0, 0.0], *[[1.0] * 4] * 300])
    rules = ruled(golden=("s0",))
    (found,) = material_of([run], rules)
    verdicts = counted(replay([found], num_replays=400, rules=rules))
    assert verdicts[Verdict.REGRESS] / 400 == pytest.approx(
        1 / 3, abs=0.08
    )  # 2 of 4 right: one side right, other wrong
    assert verdicts[Verdict.REGRESS] + verdicts[Verdict.PASS] == 400
    (other,) = material_of([run], ruled(golden=("s1",)))
    assert counted(replay([other], num_replays=50, rules=ruled(golden=("s1",)))) == {Verdict.PASS: 50}


def test_the_command_replays_a_gate_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "gate.toml").write_text('alpha = 0.01\n[[task]]\nname = "t"\ngating = ["accuracy"]\nmargin = 0.1\n')
    run = run_of([[1.0, 0.0, 1.0, 1.0]] * 40)
    monkeypatch.setattr("sfteval.cli.aa.gathered", lambda runs, suites, rules: material_of([run], rules))
    words = ["aa", "run:x", "--suite", "starter", "--simulate", "20", "--drops", "0.5", "--json"]
    result = CliRunner().invoke(cli, [*words, "--gate", str(tmp_path / "gate.toml")], prog_name="sfteval")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert [rate["drop"] for rate in found["rates"]] == [0.0, 0.1, 0.5]
    assert (found["gate"]["alpha"], found["gate"]["rules"]["alpha"]) == (0.01, 0.01)


@pytest.mark.slow
@pytest.mark.parametrize("margin", [0.03, 0.05, 0.1])
def test_a_loss_as_large_as_the_margin_passes_as_rarely_as_the_gate_was_made_for(margin):
    num, one = 2_000, material(541, seed=1)
    one = replace(one, task=task_of(541, margin=margin))
    rates = Rates(margin, num, counted(replay([one], num_replays=num, drop=margin)))
    error = (0.05 * 0.95 / num) ** 0.5
    assert rates.share(Verdict.PASS) <= 0.05 + 3 * error
    assert rates.share(Verdict.PASS) >= 0.01  # nor does it pass nothing at all


@pytest.mark.slow
def test_two_hundred_replays_of_six_metrics_on_ifeval_s_size_take_a_tenth_of_a_minute():
    one = material(541, metrics=tuple("abcdef"))
    start = time.process_time()
    assert sum(counted(replay([one], num_replays=200)).values()) == 200
    assert time.process_time() - start < 6.0
