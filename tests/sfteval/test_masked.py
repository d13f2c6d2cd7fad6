"""Prompts with a known defect: they count, and the verdict without them stands beside, by the same gate."""

from dataclasses import replace

from sfteval.compare import compare
from sfteval.gate import decide
from sfteval.types import Finding, Outcome, Verdict
from tests.sfteval.following import following, run_following, told

DEFECT = "key 1122: the letter is drawn at random"


def answers(num, right):
    return [[told("k:x", place < right)] for place in range(num)]


def decided(a, b, masked, **options):
    """Compare two lists of verdicts; `masked` holds the places of the prompts with a defect."""
    reasons = dict.fromkeys(masked, DEFECT)
    of = following(len(a), **options)
    return decide(compare(run_following(a, "old", of, masked=reasons), run_following(b, "new", of, masked=reasons)))


def test_without_masked_prompts_there_is_no_sensitivity():
    assert decided(answers(10, 10), answers(10, 10), []).sensitivity is None


def test_masked_prompts_count_and_the_figures_without_them_stand_beside():
    comparison = decided(answers(10, 10), answers(10, 8), [9])
    sensitivity = comparison.sensitivity
    whole, without = comparison.metrics[0], sensitivity.metrics[0]
    assert (whole.metric, whole.n, whole.difference) == ("prompt_strict", 10, -0.2)
    assert (without.metric, without.n, without.a_only) == ("prompt_strict", 9, 1)
    assert without.difference == round(-1 / 9, 12)
    assert sensitivity.masked == {"rules": {"s9": DEFECT}}


def test_the_verdict_without_masked_prompts_is_the_gates_own():
    """Six of a hundred prompts are lost, all of them masked: a regression that is none."""
    lost = range(94, 100)
    comparison = decided(answers(100, 100), answers(100, 94), lost, margin=0.05)
    assert comparison.verdict is Verdict.REGRESS
    assert comparison.sensitivity.verdict is Verdict.PASS
    clean = decided(answers(94, 94), answers(94, 94), [], margin=0.05)
    assert comparison.sensitivity.metrics == clean.metrics
    assert comparison.headline.startswith("new is worse than old")  # what counts is still said first


def test_a_verdict_that_does_not_rest_on_masked_prompts_stays():
    comparison = decided(answers(200, 200), answers(200, 100), [199], margin=0.05)
    assert comparison.verdict is comparison.sensitivity.verdict is Verdict.REGRESS


def test_a_task_without_masked_prompts_is_decided_as_it_stands():
    """Holm's family and the verdict over all are those of the whole comparison."""
    reasons = dict.fromkeys(range(94, 100), DEFECT)
    of, other = following(100), replace(following(100), name="other")
    a, b = (
        run_following(answers(100, 100), "old", of, masked=reasons),
        run_following(answers(100, 94), "new", of, masked=reasons),
    )
    c, d = run_following(answers(100, 100), "old", other), run_following(answers(100, 20), "new", other)
    comparison = decide(compare(replace(a, tasks=a.tasks + c.tasks), replace(b, tasks=b.tasks + d.tasks)))
    assert comparison.verdict is comparison.sensitivity.verdict is Verdict.REGRESS
    assert {metric.task for metric in comparison.sensitivity.metrics} == {"rules"}
    assert comparison.sensitivity.metrics[0].verdict is Verdict.PASS


def test_a_diagnostic_task_has_a_finding_without_its_masked_prompts():
    comparison = decided(answers(60, 60), answers(60, 50), range(50, 60), gating=())
    assert comparison.metrics[0].finding is Finding.WORSE
    assert comparison.sensitivity.metrics[0].finding is not Finding.WORSE
    assert comparison.sensitivity.verdict is comparison.verdict is Verdict.INCONCLUSIVE  # nothing gates


def test_a_side_that_was_lost_in_transport_does_not_hide_the_mask():
    of = following(2)
    a = run_following(answers(2, 2), "old", of, masked={1: DEFECT})
    b = run_following(answers(2, 2), "new", of, masked={1: DEFECT}, outcomes={1: Outcome.ERROR})
    assert compare(a, b).sensitivity.masked == {"rules": {"s1": DEFECT}}


def test_with_every_prompt_masked_nothing_is_left_to_compare():
    comparison = decided(answers(8, 8), answers(8, 8), range(8))
    assert comparison.verdict is not Verdict.NOT_COMPARABLE
    assert comparison.sensitivity.verdict is Verdict.NOT_COMPARABLE
