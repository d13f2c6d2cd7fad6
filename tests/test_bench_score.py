"""The scoring benchmark's pure parts. Run: pytest tests/test_bench_score.py."""

from typing import Any

from tests.bench.score import without
from tests.bench.score_page import page

RESULTS: dict[str, Any] = {
    "machine": {"processor": "Abacus", "cores": 2, "python": "3.11", "versions": {"lm_eval": "0.4.13"}},
    "num_answers": 10,
    "num_characters": 12_000,
    "num_instructions": 15,
    "resources": {"punkt": None},
    "load": 0.25,
    "rates": {
        "ours, languages known": [9_000.0, 12_000.0, 10_000.0],
        "lm-eval, languages known": [1_000.0, 900.0, 1_100.0],
        "ours": [1_400.0, 1_499.0, 2_000.0],
        "lm-eval": [500.0, 499.0, 600.0],
        "ours on IFBench": [7_000.0, 8_000.0, 9_000.0],
    },
}


def test_the_page_gives_medians_and_says_which_targets_were_met():
    lines = page(RESULTS).splitlines()
    assert "| ours, languages known | 3 | 10,000 | 9,000 | 12,000 | 5,000: met |" in lines
    assert "| ours | 3 | 1,499 | 1,400 | 2,000 | 1,500: missed |" in lines
    assert "| lm-eval | 3 | 500 | 499 | 600 |  |" in lines
    assert "| ours on IFBench | 3 | 8,000 | 7,000 | 9,000 | 5,000: met |" in lines
    assert lines[-1] == "`sfteval` is 10.0 times as fast with the languages known, 3.0 times without."


def test_the_page_says_what_was_not_measured():
    assert "No punkt data here" in page(RESULTS)
    assert "reference mode: nltk 3" in page(RESULTS | {"resources": {"punkt": "nltk 3"}})


def test_an_instruction_is_taken_out_with_its_kwargs():
    row = {"instruction_id_list": ["a", "b", "a"], "kwargs": [{"n": 1}, {"n": 2}, {"n": 3}], "key": 7}
    assert without(row, {"a"}) == {"instruction_id_list": ["b"], "kwargs": [{"n": 2}], "key": 7}
