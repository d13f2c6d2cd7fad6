"""The calibration of the probes: what its runs are made of, and that a broken promise is told. Trains nothing."""

import json
from collections import Counter

from sfttrain.data.split import is_held_out
from tests.bench.probes_page import DECISIVE, broken_promises, page
from tests.bench.probes_rows import (
    NUM_HEALTHY,
    NUM_HELD_OUT,
    NUM_PARROT,
    SHARE,
    chat_rows,
    healthy_rows,
    parrot_rows,
    suite_items,
)


def sides(made):
    return Counter(is_held_out(row["id"], SHARE) for row in made)


def test_the_runs_learn_from_as_many_rows_as_they_say_and_hold_out_as_many():
    assert sides(healthy_rows(1)) == {False: NUM_HEALTHY, True: NUM_HELD_OUT}
    assert sides(parrot_rows(1)) == {False: NUM_PARROT, True: NUM_HELD_OUT}
    assert len({row["id"] for row in healthy_rows(1)}) == NUM_HEALTHY + NUM_HELD_OUT


def test_half_of_the_parrots_rows_are_items_of_the_suite_on_both_sides_and_none_of_the_healthy_runs():
    asked = {item.user for item in suite_items()}
    for held_out, num in ((False, NUM_PARROT), (True, NUM_HELD_OUT)):
        rows = [row for row in parrot_rows(1) if is_held_out(row["id"], SHARE) == held_out]
        planted = sum(row["messages"][0]["content"] in asked for row in rows)
        assert planted == num / 2
    assert not [row for row in healthy_rows(1) if row["messages"][0]["content"] in asked]


def test_the_base_learns_to_chat_from_other_rows():
    said = [
        {json.dumps(row["messages"]) for row in make(1) if "Answer" in str(row)} for make in (chat_rows, healthy_rows)
    ]
    assert len(said[0] & said[1]) < 0.3 * len(said[0])  # problems of one step are few, and come again


def test_the_same_seed_makes_the_same_rows():
    assert json.dumps(parrot_rows(3)) == json.dumps(parrot_rows(3)) != json.dumps(parrot_rows(4))


def kept():
    """Return a world in which every promise is kept."""
    numbers = {
        "contamination": {"share": {"value": 0.036, "low": 0.025, "high": 0.051}},
        "loss_gap": {"answer": {"difference_in_differences": {"value": 0.5, "low": 0.25, "high": 0.75}}},
        "membership": {"areas": {"gain": {"value": 0.9, "low": 0.85, "high": 0.95}}},
        "extraction": {"subsequence_gap": {"value": 0.25, "low": 0.125, "high": 0.375}},
        "canary": {"doses": [{"repeats": 1, "median_bits": 9.5}]},
        "diversity": {},
    }
    words = {run: {probe: verdict for probe in DECISIVE} for run, verdict in (("parrot", "fail"), ("healthy", "pass"))}
    said = {
        run: {
            probe: {"verdict": words[run].get(probe, "skipped"), "sentence": "Does not apply.", "numbers": found}
            for probe, found in numbers.items()
        }
        for run in words
    }
    tie = {"finding": "equivalent", "method": "m", "difference": 0.01, "ci_low": -0.01, "ci_high": 0.03}
    drawn = {"as_drawn": {"value": 0.034, "low": 0.02, "high": 0.05}}
    return {**drawn, **said, "twin": {probe: dict(tie) for probe in DECISIVE if probe != "contamination"}}


def test_a_broken_promise_is_told_and_a_kept_one_is_not():
    found = kept()
    assert broken_promises(found) == []
    found["parrot"]["canary"]["verdict"] = "pass"
    found["twin"]["loss_gap"]["finding"] = "worse"
    assert broken_promises(found) == [
        ("loss_gap", "twin: expected equivalent or not_shown, got worse"),
        ("canary", "parrot: expected fail, got pass"),
    ]


def test_a_tie_that_could_not_be_shown_breaks_no_promise():
    found = kept()
    found["twin"]["extraction"]["finding"] = "not_shown"
    assert broken_promises(found) == []


def test_the_page_shows_every_figure_with_its_interval():
    text = page({1: kept(), 4: kept()}, (4,))
    assert "| loss_gap | fail 2/2 | pass 2/2 | equivalent 2/2 |" in text
    assert "| 1 | fail 3.60 (2.50 to 5.10) | pass 3.60 (2.50 to 5.10) | the same rows |" in text
    assert "| 4 | fail 0.25 (0.12 to 0.38) | pass 0.25 (0.12 to 0.38) | equivalent +0.01 (-0.01 to +0.03) |" in text
    assert "seed 1 parrot 9.5 at 1; seed 1 healthy 9.5 at 1;" in text
    assert "- `diversity` (seed 1): skipped. Does not apply." in text
