"""What holds for all 83 ids: loose includes strict, nothing flips, reasons say what was needed and what was found.

Run: pytest tests/sfteval/scorers/test_every_constraint.py.
"""

import json
import os
import random
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.scorers import Scorer, build_scorer
from sfteval.scorers.instructions import languages
from sfteval.types import Check, Graded, Outcome, Reading, Sample, Task
from tests.sfteval.scorers.bench import play_data
from tests.sfteval.scorers.every import ALL, TEXTS, built
from tests.sfteval.scorers.test_hostile_answers import LIMIT_SECONDS, NUM_CHARACTERS

ROOT = Path(__file__).parents[3]
MAX_REASON, MAX_MEASURED = 400, 2000
SAMPLE = Sample("all", (), target={"instructions": [{"id": name, "kwargs": kwargs} for name, kwargs in ALL.items()]})


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return build_scorer(Task("c", "constraints", (SAMPLE,), ("prompt_strict",)))


def grade(scorer: Scorer, text: str) -> Graded:
    return scorer.grade(SAMPLE, Reading(Outcome.OK, text))


def assert_loose_includes_strict(graded: Graded) -> None:
    assert len(graded.detail["instructions"]) == 83
    for verdict in graded.detail["instructions"]:
        assert verdict["loose"] >= verdict["strict"], verdict["id"]
        if verdict["strict_reference"]:
            assert verdict["loose_reference"] is True, verdict["id"]
        assert (verdict["strict_reference"] is None) <= (verdict["loose_reference"] is None), verdict["id"]


def test_all_83_ids_are_looked_at():
    assert len(ALL) == 83


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=80) | st.lists(st.sampled_from(TEXTS), max_size=3).map("\n".join))
def test_loose_includes_strict_for_every_id_whatever_the_text(scorer: Scorer, text: str):
    assert_loose_includes_strict(grade(scorer, text))


def test_loose_includes_strict_where_every_published_verdict_can_be_computed(monkeypatch: pytest.MonkeyPatch):
    play_data(monkeypatch)
    scorer = build_scorer(Task("c", "constraints", (SAMPLE,), ("prompt_strict",)))
    draw = random.Random(7)
    turned = 0
    for _ in range(40):
        lines = draw.sample(TEXTS, draw.randint(1, 3))
        graded = grade(scorer, "\n".join(lines))
        assert_loose_includes_strict(graded)
        turned += sum(verdict["loose"] and not verdict["strict"] for verdict in graded.detail["instructions"])
    assert turned > 30


@pytest.mark.parametrize("name", ALL)
def test_every_reason_says_what_was_needed_and_what_was_found_and_is_short(name: str):
    constraint = built(name)
    seen = set()
    for text in TEXTS:
        found = constraint.check(text)
        assert isinstance(found, Check)
        assert re.fullmatch(r"needed .+, found .+", found.reason, re.DOTALL), found.reason
        assert len(found.reason) < MAX_REASON
        assert len(json.dumps(found.measured, ensure_ascii=False)) < MAX_MEASURED
        seen.add(found.ok)
    assert seen == {True, False}


@pytest.mark.slow
def test_one_answer_takes_no_longer_than_its_variants_and_rules_may_together():
    """Eight variants, two rules, three instructions, each within the limit of a check; these three take longest."""
    names = ("words:palindrome", "count:conjunctions", "detectable_content:postscript")
    sample = Sample("s", (), target={"instructions": [{"id": name, "kwargs": ALL[name]} for name in names]})
    scorer = build_scorer(Task("c", "constraints", (sample,), ("prompt_strict",)))
    for unit in ("\u0130", "日 ", "* a, b.\n"):
        text = f"*x\n{unit * (NUM_CHARACTERS // len(unit))}\ny*"
        start = time.process_time()
        scorer.grade(sample, Reading(Outcome.OK, text))
        assert time.process_time() - start < 8 * 2 * 3 * LIMIT_SECONDS


def verdicts(scorer: Scorer, texts: list[str]) -> list[str]:
    return [json.dumps(grade(scorer, text).detail) for text in texts]


def test_the_order_and_the_thread_change_no_verdict_and_no_reason(scorer: Scorer):
    texts = TEXTS[::9]
    expected = verdicts(scorer, texts)
    assert verdicts(scorer, texts[::-1]) == expected[::-1]
    languages._language.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: json.dumps(grade(scorer, text).detail), texts)) == expected


def checks() -> list[str]:
    """Every id's verdict, reason, measure and published verdict on every text."""
    constraints = [built(name) for name in ALL]
    return [
        json.dumps([found.ok, found.reason, found.measured, constraint.published(text)])
        for constraint in constraints
        for text in TEXTS
        for found in (constraint.check(text),)
    ]


@pytest.mark.slow
def test_another_process_with_another_order_of_sets_changes_no_verdict_and_no_reason():
    script = "import json; from tests.sfteval.scorers.test_every_constraint import checks; print(json.dumps(checks()))"
    done = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    expected = checks()
    assert [json.loads(out) for out in done] == [expected, expected]
