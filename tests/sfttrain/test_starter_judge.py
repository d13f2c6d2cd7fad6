"""Rows and labelled pairs for the tiny judge: right by construction, balanced, and apart from each other."""

import json
import re
from collections import Counter
from random import Random

import pytest
from click.testing import CliRunner

from sfttrain.cli import main
from sfttrain.starter import judging, reasoning, suite
from sfttrain.starter.items import Item, stream

FAMILY_OF = {"faces": "compass", "is under": "cups", "shows": "dial"}


def triples(rng: Random, num: int, *, is_held_out: bool) -> set[tuple[str, ...]]:
    kinds = judging.KINDS
    matters = [judging.drawn(rng, kinds[index % 4], is_held_out=is_held_out) for index in range(num)]
    return {(matter.item.target, *matter.values) for matter in matters if judging.NOTHING not in matter.values}


@pytest.fixture(scope="module")
def taught() -> list[dict]:
    return judging.judge_rows(0, 3000)


@pytest.fixture(scope="module")
def gold() -> list[dict]:
    return judging.gold_rows(0, 400)


def values(text: str) -> set[str]:
    states = {state for family in judging.STATES.values() for state in family}
    return states & set(text.replace(".", " ").split())


def test_rows_and_pairs_depend_on_the_seed_only(taught, gold):
    assert judging.judge_rows(0, 3000) == taught
    assert judging.gold_rows(0, 400) == gold
    assert judging.judge_rows(1, 50) != taught[:50]
    assert len({row["id"] for row in taught}) == 3000


def test_a_label_says_which_answer_names_the_reference(gold):
    for row in gold:
        named = [row["reference"] in values(row[side]) for side in ("a", "b")]
        assert row["label"] == {(True, False): "a", (False, True): "b"}.get(tuple(named), "tie"), row
        assert row["kind"] == {0: "both wrong", 1: "one right", 2: "both right"}[sum(named)]
        assert row["a"] != row["b"]


def test_the_winner_stands_on_either_side_equally_often(gold):
    assert Counter(row["label"] for row in gold) == {"a": 120, "b": 120, "tie": 160}


def test_a_verdict_follows_from_what_each_answer_names(taught):
    for row in taught:
        verdict = json.loads(row["messages"][1]["content"])
        first, second = (" right" in part for part in verdict["reason"].split(","))
        assert verdict["choice"] == {(True, False): "first", (False, True): "second"}.get((first, second), "tie")
        assert verdict["criteria"] == {"correctness": verdict["choice"]}
    assert {row["source"] for row in taught} == {"judging"}


def test_in_many_rows_there_is_much_to_be_read_past(taught):
    lengths = [len(row["messages"][0]["content"]) for row in taught]
    assert 0.25 < sum(length > 140 for length in lengths) / len(lengths) < 0.6
    assert max(lengths) > 600


def test_some_answers_that_are_both_wrong_say_the_same(taught):
    reasons = [json.loads(row["messages"][1]["content"])["reason"] for row in taught]
    both = [found for reason in reasons if (found := re.fullmatch(r"first: (\w+) not, second: (\w+) not", reason))]
    same = [found for found in both if found[1] == found[2] != judging.NOTHING]
    assert 0.1 < len(same) / len(both) < 0.4


def test_the_values_of_labelled_pairs_stand_in_no_row():
    rng = stream(5, "test")
    rows, pairs = triples(rng, 3000, is_held_out=False), triples(rng, 400, is_held_out=True)
    assert len(rows) > 200
    assert len(pairs) > 50
    assert not rows & pairs


def test_labelled_pairs_are_of_problems_that_nobody_learned_from(gold):
    asked = {suite.normalised(row["prompt"]) for row in gold}
    assert len(asked) > 300
    assert all(reasoning.is_held_out(asked_by(row["prompt"])) for row in gold)


def asked_by(prompt: str) -> Item:
    """Return the problem of a prompt, as far as `is_held_out` looks at it."""
    opening, *steps = re.split(r" (?=[a-h]: )", prompt.removesuffix(f" {reasoning.QUESTION}"))
    family = next(family for word, family in FAMILY_OF.items() if word in opening)
    stem = " ".join([family, opening.rstrip(".").split()[-1], *steps])
    return Item("reasoning", prompt, "", "", stem, None, {"steps": len(steps)})


def test_the_command_writes_rows_to_learn_from_and_pairs_to_be_measured_on(tmp_path):
    rows, pairs = tmp_path / "rows.jsonl", tmp_path / "gold.jsonl"
    assert CliRunner().invoke(main, ["data", "starter-judge:30", "-o", str(rows), "--seed", "4"]).exit_code == 0
    said = CliRunner().invoke(main, ["data", "starter-gold:20", "-o", str(pairs), "--seed", "4"])
    assert said.exit_code == 0, said.output
    assert "20 labelled pairs written" in said.output
    assert [json.loads(line) for line in rows.read_text().splitlines()] == judging.judge_rows(4, 30)
    assert [json.loads(line) for line in pairs.read_text().splitlines()] == judging.gold_rows(4, 20)


@pytest.mark.parametrize("source", ["starter-judge:x", "starter-gold:0", "starter-gold"])
def test_a_wrong_number_or_nowhere_to_write_is_one_sentence(source, tmp_path):
    out = ["-o", str(tmp_path / "o.jsonl")] if ":" in source else []
    said = CliRunner().invoke(main, ["data", source, *out])
    assert said.exit_code == 2
    assert "expected" in said.output
    assert "Traceback" not in said.output
