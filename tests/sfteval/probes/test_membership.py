"""Attacks, their areas and controls. Run: pytest tests/sfteval/probes/test_membership.py."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.probes import attacks, membership
from sfteval.probes.blind import blind_scores
from sfteval.probes.pairs import decide
from sfteval.stats.roc import roc_area
from sfteval.types import Estimate, Finding, Span
from tests.sfteval.probes.toys import WORDS, scored

TABLE = np.array([[0.7, 0.2, 0.1], [0.5, 0.25, 0.25], [0.9, 0.05, 0.05]])  # tokens 0, 1, 2 were written


def test_min_k_is_the_mean_of_the_lowest_two_thirds():
    logprobs = np.log(TABLE[[0, 1, 2], [0, 1, 2]])
    assert logprobs == pytest.approx([-0.3567, -1.3863, -2.9957], abs=1e-4)
    assert attacks.min_k(logprobs, 2 / 3) == pytest.approx(-2.191, abs=1e-3)


def test_min_k_plus_standardises_each_token_by_its_vocabulary():
    logs = np.log(TABLE)
    means = (TABLE * logs).sum(axis=1)
    deviations = np.sqrt((TABLE * logs**2).sum(axis=1) - means**2)
    z = attacks.standardised(logs[[0, 1, 2], [0, 1, 2]], means, deviations)
    assert z == pytest.approx([0.6331, -1.0, -3.0], abs=1e-3)
    assert attacks.min_k(z, 2 / 3) == pytest.approx(-2.0)


def test_min_k_of_a_short_text_looks_at_one_token():
    assert attacks.min_k([-0.1, -3.0, -0.2], 0.2) == -3.0


def test_windows_count_how_often_the_checkpoint_is_ahead():
    assert attacks.windowed([1, 1, 1, 1], [2, 0.5, 2, 0.5], (1, 2)) == 0.75
    assert attacks.windowed([1, 1, 1, 1], [2, 0.5, 2, 0.5], (1, 2, 40)) == pytest.approx((0.5 + 1 + 1) / 3)


def test_the_error_zone_sums_gains_and_losses_where_the_checkpoint_errs():
    found = attacks.error_zone_sums([-1, -2, -3, -0.5], [-2, -1.5, -5, -0.6], [False, False, False, True])
    assert found == (3.0, 0.5, 3)
    assert attacks.error_zone(3.0, 0.5) == pytest.approx(math.log(6.0), abs=1e-5)


def test_an_item_known_by_heart_does_not_fall_to_the_end_of_the_error_zone():
    assert attacks.error_zone(3.0, 0.0) > attacks.error_zone(3.0, 0.5) > attacks.error_zone(0.0, 0.5)
    placed = attacks.placed([0.1, None, -0.4, 0.3], np.array([0.2, 5.0, 0.1, 0.3]))
    assert placed.argmax() == 1


@settings(max_examples=40, deadline=None)
@given(numbers=st.lists(st.integers(-20, 20), min_size=6, max_size=30), missing=st.integers(0, 5))
def test_places_do_not_change_under_a_rising_map(numbers, missing):
    scores = [None if place == missing else number / 5 for place, number in enumerate(numbers)]
    mapped = [None if score is None else math.exp(score) for score in scores]
    references = np.array(numbers, dtype=float)
    assert np.array_equal(attacks.placed(scores, references), attacks.placed(mapped, np.exp(references / 9)))


def test_a_memoriser_fails_and_a_healthy_model_passes():
    parrot, healthy = membership.probe(scored(1.0, 0.1), "A"), membership.probe(scored(0.2, 0.2), "A")
    assert (parrot.verdict, healthy.verdict) == ("fail", "pass")
    assert parrot.numbers["areas"]["error_zone"]["value"] > 0.9
    assert parrot.numbers["true_positives_at_5"]["gain"] > 0.9
    assert "an area of 1.00 (n=80, CI 0.9" in parrot.sentence
    assert "true_positives_at_1" not in parrot.numbers


def test_the_base_model_and_the_words_do_not_tell_the_splits_apart_in_a_fair_world():
    areas = membership.probe(scored(1.0, 0.1)).numbers
    for control in (areas["areas"]["base"], areas["blind"]):
        assert control["low"] < 0.5 < control["high"] + 0.1


@pytest.mark.parametrize(
    ("area", "half", "verdict"),
    [
        (0.9, 0.05, "fail"),
        (0.8, 0.1, "warn"),
        (0.65, 0.2, "inconclusive"),
        (0.55, 0.1, "pass"),
        (0.55, 0.3, "inconclusive"),
    ],
)
def test_the_lines_of_an_area(area, half, verdict):
    assert membership.verdict_of(Estimate(area, area - half, area + half, 80)) == verdict


def test_splits_that_speak_of_other_things_are_invalid_whatever_the_model_is():
    items = [
        replace(one, text=one.text + " winter snow frost") if one.split == "held_out" else one
        for one in scored(1.0, 0.1)
    ]
    found = membership.probe(items)
    assert found.verdict == "invalid"
    assert found.sentence.startswith("Words alone tell the splits apart")


def test_a_base_model_that_knows_the_training_data_makes_it_invalid():
    items = [replace(one, answer=Span(one.answer.model, lifted(one))) for one in scored(1.0, 0.1)]
    assert membership.probe(items).sentence.startswith("The base model tells the splits apart as well: area 1.00")


def lifted(one):
    shift = 0.0 if one.split == "train" else -3.0
    return replace(one.answer.base, logprobs=tuple(value + shift for value in one.answer.base.logprobs))


def test_without_a_base_model_nothing_is_decided_and_without_numbers_it_is_skipped():
    items = [replace(one, answer=Span(one.answer.model)) for one in scored(1.0, 0.1)]
    found = membership.probe(items)
    assert found.verdict == "inconclusive"
    assert found.numbers["areas"]["loss"]["value"] > 0.75
    assert membership.probe([]).verdict == "skipped"


def test_a_token_that_the_server_calls_impossible_leaves_its_item_out():
    items = scored(1.0, 0.1)
    broken = replace(items[0].answer.model, logprobs=(-math.inf,) * 60)
    items[0] = replace(items[0], answer=Span(broken, items[0].answer.base))
    assert membership.probe(items).numbers["areas"]["gain"]["n"] == 79


def test_too_few_items_are_inconclusive():
    found = membership.probe(scored(1.0, 0.1)[:30])
    assert (found.verdict, found.sentence[:15]) == ("inconclusive", "Too little data")


def test_errors_too_few_for_the_zone_are_counted():
    items = [
        replace(one, answer=Span(replace(one.answer.model, is_greedy=(True,) * 60), one.answer.base))
        if one.id == "i4"
        else one
        for one in scored(1.0, 0.1)
    ]
    assert membership.probe(items).numbers["num_ez_fallbacks"] == 1


def test_a_server_that_does_not_say_what_is_likeliest_has_no_error_zone():
    items = [
        replace(one, answer=Span(replace(one.answer.model, is_greedy=()), one.answer.base)) for one in scored(1.0, 0.1)
    ]
    assert "error_zone" not in membership.probe(items).numbers["areas"]


def test_the_parrot_is_worse_and_a_checkpoint_ties_with_itself():
    parrot, healthy = scored(1.0, 0.1), scored(0.2, 0.2)
    worse, tie = decide([membership.compare(healthy, parrot), membership.compare(healthy, healthy)])
    assert (worse.finding, tie.finding) == (Finding.WORSE, Finding.EQUIVALENT)
    assert worse.difference == -membership.compare(parrot, healthy).difference


def test_the_blind_baseline_finds_what_is_there_and_nothing_else():
    rng = np.random.default_rng(5)
    is_train = [place % 2 == 0 for place in range(400)]
    plain = [" ".join(rng.choice(WORDS, 25)) for _ in is_train]
    told = [text + (" maple" if train else " birch") for text, train in zip(plain, is_train, strict=True)]
    areas = []
    for texts in (plain, told):
        scores = blind_scores(texts, is_train, [""] * 400)
        areas.append(roc_area(scores[::2], scores[1::2]).area)
    assert 0.4 < areas[0] < 0.6
    assert areas[1] > 0.95


def test_the_blind_baseline_is_seeded_and_bears_empty_and_endless_texts():
    texts = ["", "word " * 200_000, "a b", "", "\ud800 x", "c"] * 3
    is_train = [True, False] * 9
    first, again = (blind_scores(texts, is_train, [""] * 18, seed=4) for _ in range(2))
    assert np.array_equal(first, again)
    assert np.all(np.isfinite(first))
