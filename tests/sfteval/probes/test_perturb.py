"""The same questions in other words. Run: pytest tests/sfteval/probes/test_perturb.py."""

from dataclasses import replace

import numpy as np
import pytest

from sfteval.probes import perturb
from sfteval.probes.pairs import decide
from sfteval.probes.variants import variants_of
from sfteval.types import Estimate, Finding, Rephrased

PROMPT = 'The order was late. It came in March.\n\nReturn {"month": "..."} as JSON. Which month was it?'


def asked(loss_train: float, loss_held_out: float, num: int = 100) -> list[Rephrased]:
    """Return prompts of which such shares are right only in their own words."""
    rng = np.random.default_rng(11)
    items = []
    for place in range(2 * num):
        split = "train" if place % 2 == 0 else "held_out"
        lost = place // 2 < num * (loss_train if split == "train" else loss_held_out)
        right = 1.0 if lost or rng.random() < 0.8 else 0.0
        items.append(
            Rephrased(f"q{place}", split, right, (0.0,) * 5 if lost else (right,) * 5, ("March", " march", "May"))
        )
    return items


def test_variants_are_seeded_different_and_leave_code_as_it_is():
    found = variants_of(PROMPT, seed=3)
    assert [one.kind for one in found] == ["casing", "whitespace", "politeness", "reordered", "last_mark"]
    assert found == variants_of(PROMPT, seed=3)
    assert len({one.text for one in found} | {PROMPT}) == 6
    assert all('{"month": "..."}' in one.text for one in found)
    assert found[3].text.startswith("Return")
    assert found[3].text.endswith("in March.")
    assert len({variants_of(PROMPT, seed)[2].text for seed in range(12)}) > 2


def test_a_form_that_changes_nothing_is_left_out():
    assert [one.kind for one in variants_of("42")] == ["whitespace", "politeness", "last_mark"]


def test_a_drop_is_the_mean_over_the_variants_and_answers_agree_but_for_case_and_space():
    item = Rephrased("q", "train", 1.0, (1.0, 0.0, 0.0, 1.0), ("March", "march ", "May"), 0.5, (0.7, 0.9))
    assert perturb.drop(item) == 0.5
    assert perturb.agreement(item) == 0.5
    assert perturb.loss_rise(item) == pytest.approx(0.3)


def test_a_model_that_holds_to_the_training_words_fails_and_a_robust_one_passes():
    parrot = perturb.probe(asked(0.3, 0.0), "A")
    assert parrot.verdict == "fail"
    assert parrot.sentence.startswith(
        "A loses 30.0% of its score on training prompts in other words, 0.0% on held-out ones (n=200, CI "
    )
    assert perturb.probe(asked(0.01, 0.01)).verdict == "pass"
    brittle = perturb.probe(asked(0.2, 0.2))
    assert brittle.verdict == "fail"  # on both splits alike
    drop = brittle.numbers["held_out_drop"]
    assert 0.1 < drop["low"] < drop["value"] == 0.2 < drop["high"] < 0.3


@pytest.mark.parametrize(
    ("gap", "held_out", "p_value", "verdict"),
    [
        ((0.2, 0.06), (0.0, -0.02), 1.0, "fail"),
        ((0.0, -0.04), (0.06, 0.01), 0.01, "fail"),
        ((0.0, -0.04), (0.06, -0.01), 0.2, "inconclusive"),
        ((0.0, -0.04), (0.0, -0.02), 1.0, "pass"),
        ((0.0, -0.2), (0.0, -0.02), 1.0, "inconclusive"),
    ],
)
def test_the_lines_of_the_drops(gap, held_out, p_value, verdict):
    estimates = [Estimate(value, low, 2 * value - low, 200) for value, low in (gap, held_out)]
    assert perturb.verdict_of(*estimates, p_value) == verdict


def test_nothing_rephrased_is_skipped_and_little_is_inconclusive():
    assert perturb.probe([]).verdict == "skipped"
    assert perturb.probe(asked(0.3, 0.0)[:30]).verdict == "inconclusive"


def test_the_parrot_is_worse_and_a_checkpoint_ties_with_itself():
    parrot, robust = asked(0.3, 0.0), asked(0.0, 0.0)
    worse, tie = decide([perturb.compare(robust, parrot), perturb.compare(robust, robust)])
    assert (worse.finding, tie.finding) == (Finding.WORSE, Finding.EQUIVALENT)


def test_the_true_answers_loss_is_told_of_both_splits_where_it_is_known():
    items = [
        replace(one, gold_nll=0.5, variant_gold_nlls=(0.8 if one.split == "train" else 0.6,)) for one in asked(0, 0)
    ]
    found = perturb.probe(items)
    assert found.sentence.endswith("; the true answer's loss changes by +0.30 and +0.10 nats a token.")
    assert found.numbers["loss_rise_gap"]["value"] == pytest.approx(0.2)
