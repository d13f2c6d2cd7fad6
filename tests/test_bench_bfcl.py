"""The pure parts of BFCL's benchmark. Run: pytest tests/test_bench_bfcl.py."""

import random
from typing import Any

from tests.bench.bfcl_conformance import answer, cases, mutated
from tests.bench.bfcl_page import page
from tests.bench.bfcl_speed import written

COUNT = {"right": 2, "changed": 1_500, "passed": 500, "failed": 1_001, "crashed": 1, "disagree": 0}
RESULTS: dict[str, Any] = {
    "machine": {"processor": "Abacus", "cores": 2, "python": "3.11"},
    "load": 0.25,
    "bfcl_eval": "2026.3.23",
    "counts": {"simple_python": COUNT, "parallel": COUNT | {"crashed": 0, "disagree": 1}},
    "disagreements": [],
    "speed": {
        "num_items": 600,
        "categories": ["simple_python", "parallel"],
        "rates": {"right answers": [2_900.0, 3_100.0, 3_000.0], "others": [900.0]},
    },
}
TRUTH = [{"tide": {"harbour": ["Kiel", "Kiel, Germany"], "day": [1, ""]}}]


def test_the_page_counts_by_category_and_in_all():
    lines = page(RESULTS).splitlines()
    assert "| simple_python | 2 | 1,500 | 500 | 1,001 | 1 | 0 |" in lines
    assert "| all | 4 | 3,000 | 1,000 | 2,002 | 1 | 1 |" in lines
    assert "No disagreement." in lines
    assert "| right answers | 3 | 3,000 | 2,900 | 3,100 | 3,000: met |" in lines
    assert "| others | 1 | 900 | 900 | 900 |  |" in lines


def test_disagreements_are_listed_and_a_missed_target_is_said():
    one = {"id": "simple_python_1", "calls": [], "official": {"valid": True}, "ours": False}
    speed = RESULTS["speed"] | {"rates": {"right answers": [2_999.0]}}
    text = page(RESULTS | {"disagreements": [one] * 21, "speed": speed})
    assert "Disagreements (21):" in text
    assert text.count('- `{"id": "simple_python_1"') == 20
    assert "- and 1 more in bfcl.json" in text
    assert "3,000: missed" in text


def test_answers_come_from_the_accepted_sets_and_changes_leave_them_alone():
    rng = random.Random(0)
    for _ in range(50):
        (call,) = calls = answer(rng, TRUTH)
        assert call["arguments"]["harbour"] in ("Kiel", "Kiel, Germany")
        before = written(calls)
        mutated(rng, calls)
        assert written(calls) == before


def test_the_same_number_makes_the_same_cases_and_knows_which_of_them_are_changed():
    pairs = [("simple_python", {"id": "simple_python_1", "function": []}, {"ground_truth": TRUTH})]
    made = cases(pairs, 40)
    assert made == cases(pairs, 40)
    changed = [case["changed"] for case, _, _ in made]
    assert 20 < sum(changed) < 40
