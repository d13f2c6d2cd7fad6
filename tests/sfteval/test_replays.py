"""The gate's own error rates. Run: pytest tests/sfteval/test_replays.py."""

import json
import xml.etree.ElementTree as ElementTree
from collections import Counter

import numpy as np
import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import DataError
from sfteval.replays import Material, Rates, badge, curve, material_of, replay
from sfteval.types import Checkpoint, Outcome, Run, Sample, Score, Task, TaskRun, Verdict
from tests.toys import user


def task_of(num, metrics=("accuracy",), cluster_size=1):
    samples = tuple(
        Sample(f"s{number}", (user(str(number)),), cluster=f"c{number // cluster_size}" if cluster_size > 1 else "")
        for number in range(num)
    )
    return Task("t", "exact", samples, metrics, metrics, margin=0.05)


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
    monkeypatch.setattr("sfteval.cli.aa.gathered", lambda runs, suites: (material(60),))
    words = ["aa", "run:x", "--suite", "starter", "--simulate", "40", "--drops", "0.5", "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(cli, words, prog_name="sfteval")
    assert result.exit_code == 0, result.output
    assert "This gate cries wolf in " in result.output
    rates = json.loads((tmp_path / "out" / "aa.json").read_text())["rates"]
    assert [(rate["drop"], rate["num_replays"]) for rate in rates] == [(0.0, 40), (0.5, 10)]
    assert rates[1]["regress"]["share"] == 1.0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"aa.json", "aa.svg", "badge.svg"}
