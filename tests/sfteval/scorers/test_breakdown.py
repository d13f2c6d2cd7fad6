"""Shares per id, per group, per number of instructions. Run: pytest tests/sfteval/scorers/test_breakdown.py."""

import pytest

from sfteval.scorers import build_scorer
from sfteval.scorers.breakdown import (
    Shares,
    by_group,
    by_instruction,
    by_number,
    lm_eval_table,
    pooled,
    prompts,
    without_masked,
)
from sfteval.types import Outcome, Reading, Score
from tests.sfteval.scorers import ifeval


def entry(name: str, strict: bool, loose: bool, reference: bool | None = True) -> dict:
    return {
        "id": name,
        "strict": strict,
        "loose": loose,
        "strict_reference": reference,
        "loose_reference": reference,
        "reason": "",
        "measured": None,
    }


def score(*entries: dict, outcome: Outcome = Outcome.OK, **detail: object) -> Score:
    return Score("s", 0, outcome, {}, {"instructions": list(entries), **detail})


SCORES = [
    score(entry("a:x", True, True), entry("a:y", False, True)),
    score(entry("a:x", False, False, None)),
    score(entry("b:z", True, True), masked="key 1"),
    score(entry("b:z", True, True), outcome=Outcome.TRUNCATED_ANSWER),
    Score("s", 0, Outcome.ERROR, {}, {"error": "gone"}),
]


def test_shares_are_pooled_over_all_instructions_of_an_id():
    assert by_instruction(SCORES) == {
        "a:x": Shares(2, 0.5, 0.5, None, None),
        "a:y": Shares(1, 0.0, 1.0, 1.0, 1.0),
        "b:z": Shares(2, 0.5, 0.5, 0.5, 0.5),  # the truncated answer followed nothing
    }


def test_a_group_is_what_stands_before_the_colon():
    assert by_group(SCORES)["a"] == Shares(3, 1 / 3, 2 / 3, None, None)
    assert list(by_group(SCORES)) == ["a", "b"]


def test_prompts_are_counted_by_how_many_instructions_they_have():
    assert by_number(SCORES) == {1: Shares(3, 1 / 3, 1 / 3, None, None), 2: Shares(1, 0.0, 1.0, 1.0, 1.0)}


def test_what_transport_lost_is_not_counted():
    assert (pooled(SCORES).num, prompts(SCORES).num) == (5, 4)
    assert pooled([]) == Shares(0, None, None, None, None)


def test_the_four_figures_bear_lm_evals_names():
    assert lm_eval_table(SCORES) == {
        "prompt_level_strict_acc": 0.25,
        "inst_level_strict_acc": 0.4,
        "prompt_level_loose_acc": 0.5,
        "inst_level_loose_acc": 0.6,
    }
    assert set(lm_eval_table(SCORES, reference=True).values()) == {None}


def test_masked_prompts_can_be_left_out():
    assert len(list(without_masked(SCORES))) == 4
    assert by_instruction(without_masked(SCORES))["b:z"].num == 1


@pytest.mark.slow
@pytest.mark.skipif(not ifeval.PROMPTS.exists(), reason=f"no data at {ifeval.DATA}: set SFTEVAL_DATA")
def test_the_reference_figures_over_real_answers_are_those_of_lm_evals_own_aggregation():
    """Over the prompts whose every instruction has a published verdict here."""
    pytest.importorskip("lm_eval", reason="the oracle is lm-eval: pip install sfteval[dev]")
    lm_eval = ifeval.lm_eval_ifeval()
    scorer = build_scorer(ifeval.task_of(ifeval.prompts()))
    scores, results = [], []
    for row, text in ifeval.answered():
        sample = ifeval.sample_of(row)
        graded = scorer.grade(sample, Reading(Outcome.OK, text))
        if graded.metrics["prompt_strict_reference"] is not None:
            scores.append(Score(sample.id, 0, Outcome.OK, graded.metrics, graded.detail))
            results.append(lm_eval.process_results(row, [text]))
    assert len(scores) >= 470
    expected = {
        name: (
            lm_eval.agg_inst_level_acc([result[name] for result in results])
            if name.startswith("inst")
            else sum(result[name] for result in results) / len(results)
        )
        for name in lm_eval_table(scores)
    }
    assert lm_eval_table(scores, reference=True) == expected
