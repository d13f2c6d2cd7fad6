"""Which prompts are asked in which round. Run: pytest tests/sfteval/test_rounds.py."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from sfteval.errors import ConfigurationError
from sfteval.rounds import first_round, in_random_order, next_round
from sfteval.types import Suite, Verdict
from tests.sfteval.scripted import sample, task

CLUSTERED = replace(
    task(), samples=tuple(sample(f"s{i}", cluster=f"stem{i % 20}" if i < 60 else "") for i in range(90))
)


def suite(*tasks):
    return Suite("mine", "1", "none", "toys", tuple(tasks))


def first(*tasks, seed=0, golden=None):
    return first_round([suite(*tasks)], seed=seed, golden=golden or {})


def verdicts(**by_task):
    """Return something like a decided comparison with one gating metric a task."""
    return SimpleNamespace(metrics=[SimpleNamespace(task=t, gating=True, verdict=v) for t, v in by_task.items()])


def ids(asked, name):
    return {s.id for one in asked.suites for t in one.tasks if t.name == name for s in t.samples}


def test_the_order_follows_from_the_seed_and_the_content_and_not_from_positions():
    of = task(50)
    order = in_random_order(of, 0)
    assert order == in_random_order(replace(of, samples=of.samples[::-1]), 0)
    assert sorted(order) == sorted(in_random_order(of, 1))
    assert order != in_random_order(of, 1)
    names = [name for (name,) in order]
    assert names != [s.id for s in of.samples]
    changed = replace(of.samples[0], content_hash="0" * 64)
    others = [name for (name,) in in_random_order(replace(of, samples=(changed, *of.samples[1:])), 0) if name != "s0"]
    assert others == [name for name in names if name != "s0"]


def test_prompts_that_share_a_stem_come_together():
    order = in_random_order(CLUSTERED, 0)
    assert sorted(map(len, order)) == [1] * 30 + [3] * 20
    stems = {s.id: s.cluster for s in CLUSTERED.samples}
    assert all(len({stems[name] for name in cluster}) == 1 for cluster in order)
    asked = first(CLUSTERED)
    assert asked.counts == {"sums": 32}
    assert ids(asked, "sums") == {name for cluster in order[:32] for name in cluster}
    assert asked.largest("sums") == 3


def test_what_is_asked_stands_in_the_order_of_the_suite():
    asked = first(task(100))
    (part,) = asked.suites[0].tasks
    places = [int(s.id[1:]) for s in part.samples]
    assert len(places) == 32
    assert places == sorted(places)


def test_each_round_has_half_as_many_again_until_all_are_asked():
    asked, sizes = first(task(200)), []
    while asked is not None:
        sizes.append(asked.counts["sums"])
        asked = next_round(asked, verdicts(sums=Verdict.INCONCLUSIVE))
    assert sizes == [32, 48, 72, 108, 162, 200]


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.REGRESS])
def test_a_decided_task_is_asked_nothing_more(verdict):
    asked = first(task(100), task(100, name="more"))
    following = next_round(asked, verdicts(sums=verdict, more=Verdict.NOT_COMPARABLE))
    assert (following.number, following.counts) == (2, {"sums": 32, "more": 48})
    assert ids(following, "sums") == ids(asked, "sums")
    assert next_round(asked, verdicts(sums=verdict, more=Verdict.PASS)) is None


def test_tasks_that_decide_nothing_are_left_out_and_golden_samples_are_asked_at_once():
    order = in_random_order(task(100), 0)
    late = order[-1][0]
    quiet, guarding = task(100, name="quiet", gating=()), task(100, name="guarding", gating=())
    asked = first(task(100), quiet, guarding, golden={"sums": [late], "guarding": ["s7"]})
    assert asked.left_out == ("quiet",)
    assert ids(asked, "sums") == {name for (name,) in order[:32]} | {late}
    assert ids(asked, "guarding") == {"s7"}
    assert asked.in_order("sums") == order[:32]
    assert asked.in_order("guarding") == ()
    following = next_round(asked, verdicts(sums=Verdict.INCONCLUSIVE))
    assert following.counts == {"sums": 48}
    (added,) = following.added[0].tasks
    assert {s.id for s in added.samples} == {name for (name,) in order[32:48]} - {late}
    assert asked.added == asked.suites


def test_without_a_gating_metric_nothing_would_be_decided():
    with pytest.raises(ConfigurationError, match="--until-decided: expected a metric that gates, got none"):
        first(task(10, gating=()))


def test_a_round_says_what_it_asks():
    said = first(CLUSTERED, task(8, name="few")).said()
    assert said == "round 1: 32 of 50 clusters of sums, 8 of 8 prompts of few"
