"""How instructions were followed, A against B: exact small shares, honest intervals, and what repairs change."""

import random
from dataclasses import replace
from types import SimpleNamespace

import pytest

from sfteval.compare import compare
from sfteval.scorers.rules import by_reference
from sfteval.types import Outcome
from tests.sfteval.following import NAMES, following, run_following, told

YES, NO = True, False


def compared(a, b, of=None, **options):
    (task,) = compare(run_following(a, "a", of, **options), run_following(b, "b", of, **options)).instructions
    return task


def part(task, kind, value):
    (found,) = (part for part in task.parts if (part.kind, part.value) == (kind, value))
    return found


def one(name, *verdicts):
    """Return one answer a verdict, each to a prompt with this instruction alone."""
    return [[told(name, verdict)] for verdict in verdicts]


def test_pooled_counts_each_instruction_once_and_shares_each_prompt_once():
    a = [[told("k:x", YES), told("k:y", YES), told("k:z", YES)], [told("k:x", NO)]]
    b = [[told("k:x", NO), told("k:y", NO), told("k:z", NO)], [told("k:x", YES)]]
    task = compared(a, b)
    pooled, shares = part(task, "pooled", "strict"), part(task, "shares", "strict")
    assert (pooled.n, pooled.baseline, pooled.candidate, pooled.difference) == (4, 0.75, 0.25, -0.5)
    assert (shares.n, shares.baseline, shares.candidate, shares.difference) == (2, 0.5, 0.5, 0.0)


def test_loose_is_pooled_beside_strict():
    task = compared([[told("k:x", NO, loose=YES)]], [[told("k:x", NO)]])
    assert part(task, "pooled", "strict").baseline == 0.0
    assert part(task, "pooled", "loose").baseline == 1.0


def test_instructions_of_one_prompt_are_one_cluster_in_the_interval():
    """Ten prompts with four instructions each that all turn together say as much as ten, not as forty."""
    turned = [[told(f"k:{i}", NO) for i in range(4)]] * 4 + [[told(f"k:{i}", YES) for i in range(4)]] * 6
    together = compared([[told(f"k:{i}", YES) for i in range(4)]] * 10, turned)
    alone = compared(one("k:0", *[YES] * 40), one("k:0", *[NO] * 16, *[YES] * 24))
    clustered, independent = part(together, "pooled", "strict"), part(alone, "pooled", "strict")
    assert (clustered.n, clustered.num_clusters, independent.num_clusters) == (40, 10, 40)
    assert clustered.difference == independent.difference == -0.4
    assert clustered.method.startswith("sign flip")
    assert "cluster bootstrap-t (10 clusters)" in clustered.method
    widths = [interval.ci_high - interval.ci_low for interval in (clustered, independent)]
    assert widths[0] > 2 * widths[1]


def test_an_id_with_too_few_prompts_has_no_interval_and_says_so():
    enough, few = one("k:enough", *[YES] * 6), one("k:few", *[YES] * 5)
    task = compared(enough + few, one("k:enough", *[NO] * 6) + one("k:few", *[NO] * 5))
    assert part(task, "id", "k:enough").ci_low == pytest.approx(-1.0)
    few_part = part(task, "id", "k:few")
    assert (few_part.ci_low, few_part.ci_high, few_part.difference) == (None, None, -1.0)
    assert few_part.method == "none: 5 independent prompts, at least 6 needed"


def test_ids_come_by_what_changed_most_and_those_without_an_interval_last():
    a = one("k:little", *[YES] * 10) + one("k:much", *[YES] * 10) + one("k:few", YES)
    b = one("k:little", NO, *[YES] * 9) + one("k:much", *[NO] * 9, YES) + one("k:few", NO)
    assert [found.value for found in compared(a, b).parts if found.kind == "id"] == ["k:much", "k:little", "k:few"]


def test_a_group_is_what_stands_before_the_colon():
    task = compared(
        [[told("k:x", YES), told("k:y", YES), told("l:z", NO)]], [[told("k:x", NO), told("k:y", YES), told("l:z", NO)]]
    )
    assert (part(task, "group", "k").n, part(task, "group", "k").difference) == (2, -0.5)
    assert part(task, "group", "l").candidate == 0.0


def test_prompts_are_followed_in_full_or_not_by_their_number_of_instructions():
    a = [[told("k:x", YES)], [told("k:x", YES), told("k:y", NO)], [told("k:x", YES), told("k:y", YES)]]
    task = compared(a, [[told("k:x", YES)], *[[told("k:x", YES), told("k:y", YES)]] * 2])
    numbers = [
        (found.value, found.n, found.baseline, found.candidate) for found in task.parts if found.kind == "number"
    ]
    assert numbers == [("1", 1, 1.0, 1.0), ("2", 2, 0.5, 1.0)]


def test_answers_to_one_prompt_are_averaged_first():
    of = following(1, num_samples=4)
    task = compared(one("k:x", YES, YES, NO, NO), one("k:x", YES, NO, NO, NO), of)
    pooled = part(task, "pooled", "strict")
    assert (pooled.n, pooled.num_clusters, pooled.baseline, pooled.candidate) == (1, 1, 0.5, 0.25)
    assert task.num_prompts == 1


def test_prompts_that_share_a_stem_are_one_cluster():
    of = following(4)
    of = replace(of, samples=tuple(replace(s, cluster=f"c{i // 2}") for i, s in enumerate(of.samples)))
    assert part(compared(one("k:x", YES, YES, NO, NO), one("k:x", *[YES] * 4), of), "id", "k:x").num_clusters == 2


def test_what_transport_lost_is_left_out_and_a_cut_answer_followed_nothing():
    outcomes = {0: Outcome.ERROR, 1: Outcome.TRUNCATED_ANSWER}
    a = run_following(one("k:x", YES, YES, YES), "a")
    b = run_following(one("k:x", YES, YES, YES), "b", outcomes=outcomes)
    (task,) = compare(a, b).instructions
    assert task.num_prompts == 2
    assert (part(task, "id", "k:x").baseline, part(task, "id", "k:x").candidate) == (1.0, 0.5)


def test_swapping_the_checkpoints_mirrors_every_part():
    draw = random.Random(0)
    a, b = ([[told(f"k:{i}", draw.random() < p) for i in range(3)] for _ in range(40)] for p in (0.4, 0.6))
    ones, twos = compared(a, b).parts, compared(b, a).parts
    others = {(other.kind, other.value): other for other in twos}
    for found in ones:
        other = others[found.kind, found.value]
        assert found.difference == -other.difference
        assert (found.ci_low, found.ci_high) == (-other.ci_high, -other.ci_low)


# -- our rules and the published ones ----------------------------------------------------------------------------------


def test_a_repairs_delta_is_ours_less_the_published_share_on_both_sides():
    gained, lost, same = told("keywords:existence", YES, published=NO), told("k:x", NO, published=YES), told("k:y", YES)
    task = compared([[gained, same], [lost], [same], [same]], [[same, same], [lost], [lost], [same]])
    prompt, pooled = task.deltas[0], task.deltas[2]
    assert [delta.metric for delta in task.deltas] == ["prompt_strict", "prompt_loose", "pooled_strict", "pooled_loose"]
    assert (prompt.n, prompt.baseline, prompt.baseline_reference, prompt.baseline_delta) == (4, 0.75, 0.75, 0.0)
    assert (prompt.candidate, prompt.candidate_reference, prompt.candidate_delta) == (0.5, 1.0, -0.5)
    assert (pooled.n, pooled.baseline_delta, pooled.candidate_delta) == (5, 0.0, pytest.approx(-0.4))


def test_verdicts_that_only_one_rule_passes_are_counted_per_id_and_side():
    gained, lost = told("keywords:existence", YES, published=NO), told("keywords:existence", NO, published=YES)
    same = told("k:y", YES)
    task = compared(
        [[gained], [gained], [lost], [same]], [[gained], [same | {"id": "keywords:existence"}], [lost], [same]]
    )
    (repair,) = task.repairs  # k:y has none
    assert (repair.id, repair.n) == ("keywords:existence", 3)
    assert (repair.baseline_gained, repair.baseline_lost) == (2, 1)
    assert (repair.candidate_gained, repair.candidate_lost) == (1, 1)
    assert repair.sentence == 'A keyword is a word on its own, not a pattern: "party" does not hold "art".'
    assert task.num_judged == 4


def test_where_the_rules_agree_there_is_no_repair_to_tell():
    task = compared(one("k:x", YES, NO), one("k:x", NO, NO))
    assert (task.repairs, task.num_judged, task.num_without_reference) == ((), 2, 0)
    assert {delta.baseline_delta for delta in task.deltas} == {0.0}


def test_verdicts_without_a_published_one_are_named_and_in_no_delta():
    missing = told("k:random", YES, published=None)
    task = compared([[missing, told("k:x", YES)], *one("k:x", YES)], [[missing, told("k:x", YES)], *one("k:x", NO)])
    assert (task.num_prompts, task.num_without_reference, task.without_reference) == (2, 1, {"k:random": 1})
    assert {delta.n for delta in task.deltas} == {1}
    assert task.num_judged == 2  # of k:x, wherever it stands
    assert part(task, "pooled", "strict").n == 3  # by our rules every instruction counts


def test_the_four_figures_of_papers_say_by_whose_rules_and_over_how_many_answers():
    missing = told("k:random", YES, published=None)
    a = [[told("k:x", NO, loose=YES, published=YES), told("k:y", YES)], [missing]]
    task = compared(a, [[told("k:x", YES), told("k:y", YES)], [missing]])
    names = ("prompt_level_strict_acc", "inst_level_strict_acc", "prompt_level_loose_acc", "inst_level_loose_acc")
    ours, theirs = task.papers["fixed"], task.papers["reference"]
    assert (ours["n"], theirs["n"]) == (2, 1)
    assert [ours["baseline"][name] for name in names] == [0.5, pytest.approx(2 / 3), 1.0, 1.0]
    assert [theirs["baseline"][name] for name in names] == [1.0, 1.0, 1.0, 1.0]
    assert set(ours["candidate"].values()) == {1.0}


def by_published_rules(a, b):
    of = by_reference(following(len(a)))
    return compare(run_following(a, "a", of), run_following(b, "b", of))


@pytest.fixture
def no_targets(monkeypatch):
    """Let a task's metrics be mapped without real targets to build checkers of."""

    known = SimpleNamespace(metrics=tuple(f"{name}{suffix}" for name in NAMES for suffix in ("", "_reference")))
    monkeypatch.setattr("sfteval.scorers.rules.build_scorer", lambda task: known)


@pytest.mark.usefixtures("no_targets")
def test_by_the_published_rules_their_verdicts_take_the_place_of_ours():
    gained, same, missing = told("k:x", YES, published=NO), told("k:x", YES), told("k:r", YES, published=None)
    comparison = by_published_rules([[gained], [same], [missing]], [[same], [same], [missing]])
    (task,) = comparison.instructions
    assert (task.rules, task.mode) == ("reference", "strict_reference")
    first = comparison.metrics[0]
    assert (first.metric, first.gating, first.n, first.difference) == ("prompt_strict_reference", True, 2, 0.5)
    assert [metric.metric for metric in comparison.metrics] == [
        "prompt_strict_reference",
        "prompt_loose_reference",
        "instruction_strict_reference",
        "instruction_loose_reference",
    ]
    assert (part(task, "id", "k:x").n, part(task, "id", "k:x").baseline) == (2, 0.5)
    assert comparison.warnings == ("rules: 1 of 3 prompts have no published verdict and are left out on both sides",)


def test_by_our_rules_nobody_is_left_out():
    missing = told("k:r", YES, published=None)
    comparison = compare(run_following([[missing]], "a"), run_following([[missing]], "b"))
    assert comparison.warnings == ()
    assert (comparison.instructions[0].rules, comparison.metrics[0].n) == ("fixed", 1)


def test_a_gating_loose_metric_makes_loose_the_mode_of_the_parts():
    of = following(1, gating=("prompt_loose",))
    task = compared([[told("k:x", NO, loose=YES)]], [[told("k:x", NO)]], of)
    assert (task.mode, part(task, "id", "k:x").baseline) == ("loose", 1.0)


def test_sides_scored_with_different_data_are_not_compared_in_silence():
    sides = [
        run_following(one("k:x", YES), name, scoring={"resources": {"punkt": found, "tagger": None}})
        for name, found in (("a", "nltk 3.9"), ("b", None))
    ]
    assert compare(*sides).warnings == (
        "the two sides were scored with different data: punkt; published verdicts may differ",
    )
    assert compare(sides[0], sides[0]).warnings == ()


def test_a_task_of_another_scorer_has_no_instructions():
    of = replace(following(1), scorer="exact")
    comparison = compare(run_following(one("k:x", YES), "a", of), run_following(one("k:x", YES), "b", of))
    assert comparison.instructions == ()


def test_of_several_gating_metrics_the_first_that_is_shown_sets_the_mode():
    of = following(1, gating=("prompt_loose", "prompt_strict"))
    assert compared([[told("k:x", NO, loose=YES)]], [[told("k:x", NO)]], of).mode == "strict"
