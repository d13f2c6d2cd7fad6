"""Losses of both splits, beyond the base model's. Run: pytest tests/sfteval/probes/test_loss_gap.py."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sfteval.errors import DataError, NotComparableError
from sfteval.probes import loss_gap
from sfteval.probes.pairs import decide
from sfteval.types import Estimate, Finding, ScoredItem, Span, TokenScores
from tests.sfteval.probes.toys import NUM, scored


def did(value: float, half: float) -> Estimate:
    return Estimate(value, value - half, value + half, 80)


def item(name: str, split: str, own: list[float], base: list[float] | None = None) -> ScoredItem:
    span = Span(TokenScores(tuple(own)), None if base is None else TokenScores(tuple(base)))
    return ScoredItem(name, split, "abcd", span)


def test_the_difference_in_differences_is_what_training_gained_beyond_held_out():
    items = [item("t1", "train", [-1.0, -1.0], [-2.0, -3.0]), item("t2", "train", [-1.0], [-2.0])]
    items += [item("h1", "held_out", [-2.0], [-2.5]), item("h2", "held_out", [-2.0], [-2.1])]
    numbers = loss_gap.probe(items).numbers["answer"]
    assert numbers["difference_in_differences"]["value"] == pytest.approx((1.5 + 1.0) / 2 - (0.5 + 0.1) / 2)
    assert (numbers["nll_train"], numbers["nll_held_out"], numbers["ratio"]) == (1.0, 2.0, 2.0)
    assert numbers["gap"]["value"] == pytest.approx(1.0)
    assert numbers["bits_per_character_train"] == pytest.approx((2 + 1) / 2 / math.log(2) / 4)


def test_a_memoriser_fails_and_a_healthy_model_passes():
    parrot, healthy = loss_gap.probe(scored(1.0, 0.1), "A"), loss_gap.probe(scored(0.2, 0.2), "A")
    assert (parrot.verdict, healthy.verdict) == ("fail", "pass")
    assert parrot.sentence.startswith("A has ")
    assert "more over the base model (n=80, CI 0." in parrot.sentence


def test_items_that_are_merely_harder_fail_nobody():
    items = [
        replace(one, answer=Span(scaled(one.answer.model), scaled(one.answer.base))) if one.split == "held_out" else one
        for one in scored(0.2, 0.2)
    ]
    found = loss_gap.probe(items)
    assert found.numbers["answer"]["gap"]["low"] > 0.5
    assert found.verdict in ("pass", "inconclusive")


def scaled(scores: TokenScores) -> TokenScores:
    return replace(scores, logprobs=tuple(value - 1.0 for value in scores.logprobs))


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [
        (did(0.40, 0.10), "fail"),
        (did(0.25, 0.10), "warn"),
        (did(0.04, 0.03), "inconclusive"),
        (did(0.00, 0.04), "pass"),
        (did(0.02, 0.01), "pass"),
        (did(0.10, 0.20), "inconclusive"),
        (None, "inconclusive"),
    ],
)
def test_the_lines_stand_on_the_interval_of_the_difference_in_differences(estimate, verdict):
    assert loss_gap.verdict_of(estimate, None, 1.0, 1.2) == verdict


def test_a_low_loss_fails_only_where_the_held_out_loss_is_not_low_and_surely_higher():
    sure, unsure = Estimate(0.2, 0.1, 0.3, 80), Estimate(0.2, -0.1, 0.5, 80)
    assert loss_gap.verdict_of(None, sure, 0.05, 0.25) == "fail"
    assert loss_gap.verdict_of(None, unsure, 0.05, 0.25) == "inconclusive"
    assert loss_gap.verdict_of(did(0.0, 0.01), sure, 0.01, 0.09) == "pass"
    assert loss_gap.verdict_of(did(0.0, 0.01), sure, 0.09, 0.15) == "pass"


def test_without_a_base_model_nothing_passes():
    items = [replace(one, answer=Span(one.answer.model)) for one in scored(0.2, 0.2)]
    found = loss_gap.probe(items)
    assert found.verdict == "inconclusive"
    assert "without a base model nobody knows" in found.sentence


def test_no_log_probabilities_are_skipped_and_few_are_inconclusive():
    assert loss_gap.probe([]).verdict == "skipped"
    assert loss_gap.probe([item("t", "train", [])]).verdict == "skipped"
    few = [one for one in scored(1.0, 0.1) if one.split == "train" or int(one.id[1:]) < 20]
    found = loss_gap.probe(few)
    assert found.verdict == "inconclusive"
    assert "10 scored answers in the smaller split; at least 20 are needed" in found.sentence


def test_a_thought_known_by_heart_fails_though_the_answer_is_fine():
    thoughts = {one.id: one.answer for one in scored(1.0, 0.1)}
    items = [replace(one, think=thoughts[one.id]) for one in scored(0.2, 0.2)]
    found = loss_gap.probe(items, "B")
    assert found.verdict == "fail"
    assert "on training thoughts" in found.sentence


def test_a_token_that_the_server_calls_impossible_leaves_its_item_out():
    items = scored(0.2, 0.2)
    broken = TokenScores((-math.inf, *items[0].answer.model.logprobs[1:]))
    items[0] = replace(items[0], answer=Span(broken, items[0].answer.base))
    found = loss_gap.probe(items)
    assert (found.verdict, found.numbers["num_left_out"], found.numbers["answer"]["num_train"]) == ("pass", 1, 39)


def test_a_base_model_with_other_tokens_is_refused():
    with pytest.raises(DataError, match="expected the same tokens on checkpoint and base model, got 1 and 2"):
        loss_gap.probe([item("t", "train", [-1.0], [-1.0, -2.0]), item("h", "held_out", [-1.0], [-1.0])])


def test_two_items_of_one_id_are_refused():
    with pytest.raises(DataError, match="expected one id for each item"):
        loss_gap.probe([item("t", "train", [-1.0]), item("t", "held_out", [-1.0])])


def test_the_healthy_checkpoint_is_better_than_the_parrot_and_swapping_them_negates_it():
    parrot, healthy = scored(1.0, 0.1), scored(0.2, 0.2)
    (forth,), (back,) = decide([loss_gap.compare(parrot, healthy)]), decide([loss_gap.compare(healthy, parrot)])
    assert (forth.finding, back.finding) == (Finding.BETTER, Finding.WORSE)
    assert (forth.difference, forth.ci_low, forth.p_value) == (-back.difference, -back.ci_high, back.p_value)
    assert forth.sentence.endswith(": B is better.")
    assert forth.n == 2 * NUM


def test_a_checkpoint_ties_with_itself_and_with_the_noise_of_its_server():
    once, again = scored(0.2, 0.2), scored(0.2, 0.2)
    noisy = [replace(one, answer=Span(jittered(one), one.answer.base)) for one in again]
    for other in (again, noisy):
        (found,) = decide([loss_gap.compare(once, other)])
        assert found.finding == Finding.EQUIVALENT
    assert decide([loss_gap.compare(once, again)])[0].difference == 0.0


def jittered(one: ScoredItem) -> TokenScores:
    shifts = np.random.default_rng(int(one.id[1:])).normal(0.0, 0.01, len(one.answer.model.logprobs))
    return TokenScores(tuple((np.array(one.answer.model.logprobs) + shifts).tolist()))


def test_other_items_are_not_compared():
    with pytest.raises(NotComparableError, match="expected the same items on both sides, got 1 items that only one"):
        loss_gap.compare(scored(0.2, 0.2), scored(0.2, 0.2)[1:])
