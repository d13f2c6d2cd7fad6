import json
from collections import Counter

import pytest

from sfteval.judge.gold import read_gold
from sfteval.judge.gold_set import SHIPPED
from sfteval.judge.gold_set.constraints import demanded
from sfteval.judge.gold_set.make import gold_rows
from sfteval.judge.gold_set.sums import sum_pairs
from sfteval.scorers import build_scorer
from sfteval.types import Message, Outcome, Reading, Sample, Task


def test_the_shipped_file_is_what_its_maker_writes():
    made = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in gold_rows())
    assert SHIPPED.read_text(encoding="utf-8") == made


def test_there_are_enough_pairs_of_every_kind_on_both_sides():
    pairs = read_gold(SHIPPED)
    assert len(pairs) >= 200
    assert Counter(pair.kind for pair in pairs) == {
        "topic": 48, "manners": 48, "padding": 48, "constraint": 48, "sum": 48
    }  # fmt: skip
    winners = Counter(pair.winner for pair in pairs)
    assert winners["tie"] == 12
    assert 84 <= winners["candidate"] <= 144
    assert len({(pair.contest.messages, pair.contest.baseline, pair.contest.candidate) for pair in pairs}) == len(pairs)


def test_no_pair_holds_the_same_text_twice():
    assert not [pair.contest.id for pair in read_gold(SHIPPED) if pair.contest.is_identical]


def test_the_longer_answer_is_not_always_the_worse_one():
    decided = [
        pair.contest for pair in read_gold(SHIPPED) if pair.winner != "tie" and pair.kind in ("topic", "constraint")
    ]
    longer = sum(len(one.candidate) > len(one.baseline) for one in decided)
    assert 0.3 < longer / len(decided) < 0.7


@pytest.mark.parametrize("kept", [True, False])
def test_a_demand_is_kept_and_broken_as_our_own_checkers_see_it(kept):
    for demand, prompt, keeping, breaking in demanded():
        target = {"instructions": [{"id": demand.instruction, "kwargs": demand.kwargs}]}
        sample = Sample("1", (Message("user", prompt),), target=target, content_hash="1")
        scorer = build_scorer(Task("t", "constraints", (sample,), ("prompt_strict",)))
        answer = keeping if kept else breaking
        graded = scorer.grade(sample, Reading(Outcome.OK, answer))
        assert graded.metrics["prompt_strict"] == float(kept), (demand.instruction, answer)


def test_every_sum_has_its_right_result_and_a_tie_has_it_twice():
    pairs = list(sum_pairs())
    assert sum(is_tie for _, is_tie in pairs) == 12
    for (_, better, worse, reference), is_tie in pairs:
        assert reference in better
        assert (reference in worse.replace(".", " ").split()) == is_tie
