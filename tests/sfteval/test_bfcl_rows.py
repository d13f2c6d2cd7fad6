"""BFCL's rows as rows of ours: toys of our own, and the published files where they are."""

import json
from pathlib import Path
from typing import Any

import pytest

from sfteval.errors import DataError
from sfteval.scorers import build_scorer
from sfteval.suites.bfcl_rows import bfcl_sample
from sfteval.types import Message, Outcome, Reading, Sample, Task, ToolCall

ITEM = {
    "id": "simple_python_7",
    "question": [[{"role": "user", "content": "When is high tide in Kiel?"}]],
    "function": [
        {
            "name": "tide.high",
            "description": "Tell when the tide is high.",
            "parameters": {"type": "dict", "properties": {"harbour": {"type": "any"}}, "required": ["harbour"]},
        }
    ],
}
TRUTH = {"id": "simple_python_7", "ground_truth": [{"tide.high": {"harbour": ["Kiel", "Kiel, Germany"]}}]}


def test_an_item_becomes_prompt_tools_and_accepted_values():
    assert bfcl_sample(ITEM, TRUTH) == {
        "id": "simple_python_7",
        "messages": [{"role": "user", "content": "When is high tide in Kiel?"}],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "tide.high",
                    "description": "Tell when the tide is high.",
                    "parameters": {"type": "object", "properties": {"harbour": {}}, "required": ["harbour"]},
                },
            }
        ],
        "target": {
            "mode": "simple",
            "calls": [{"name": "tide.high", "accepted": {"harbour": ["Kiel", "Kiel, Germany"]}}],
        },
        "metadata": {"category": "simple_python"},
    }


@pytest.mark.parametrize(
    ("name", "target", "cluster"),
    [
        ("irrelevance_3", {"mode": "irrelevance", "calls": []}, None),
        ("live_irrelevance_3-1-4", {"mode": "irrelevance", "calls": []}, "live_irrelevance-1"),
        ("live_relevance_5-2-0", {"mode": "relevance"}, "live_relevance-2"),
    ],
)
def test_without_a_truth_no_call_or_some_call_is_expected(name: str, target: dict, cluster: str | None):
    row = bfcl_sample({**ITEM, "id": name})
    assert (row["target"], row.get("cluster")) == (target, cluster)


@pytest.mark.parametrize(
    ("name", "mode"),
    [("parallel_multiple_1", "parallel"), ("live_multiple_1-2-3", "multiple"), ("parallel_0", "parallel")],
)
def test_the_mode_is_the_category_s(name: str, mode: str):
    assert bfcl_sample({**ITEM, "id": name}, {**TRUTH, "id": name})["target"]["mode"] == mode


@pytest.mark.parametrize(
    ("item", "truth", "message"),
    [
        ({}, TRUTH, "names a category"),
        (ITEM, None, "simple_python_7: expected the possible answer of this item, got None"),
        (ITEM, {**TRUTH, "id": "simple_python_8"}, "the possible answer of this item, got 'simple_python_8'"),
        ({**ITEM, "question": [[], []]}, TRUTH, "expected one turn of messages"),
        ({**ITEM, "function": []}, TRUTH, 'expected a list as "function"'),
        ({**ITEM, "function": [{"name": "f"}]}, TRUTH, "expected a function with parameters"),
        (ITEM, {**TRUTH, "ground_truth": [{"f": {}, "g": {}}]}, "expected one call in each entry of ground_truth"),
    ],
)
def test_an_item_of_another_form_is_one_clear_sentence(item: dict, truth: dict | None, message: str):
    with pytest.raises(DataError) as error:
        bfcl_sample(item, truth)
    assert message in str(error.value)


NUM_ITEMS = {
    "simple_python": 400,
    "multiple": 200,
    "parallel": 200,
    "parallel_multiple": 200,
    "irrelevance": 240,
    "live_simple": 258,
    "live_parallel": 16,
    "live_parallel_multiple": 24,
    "live_relevance": 16,
}
UNREACHABLE = {"live_simple_106-63-0", "live_simple_112-68-0"}  # an argument for which the truth accepts no value


def rows(folder: Path, category: str) -> list[dict]:
    def lines(path: Path) -> list[dict]:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]

    truths = folder / "possible_answer" / f"BFCL_v4_{category}.json"
    by_id = {row["id"]: row for row in lines(truths)} if truths.exists() else {}
    return [bfcl_sample(item, by_id.get(item["id"])) for item in lines(folder / f"BFCL_v4_{category}.json")]


def first_accepted(values: Any) -> Any:
    """Return the first value of an accepted set, whole."""
    value = next((one for one in values if one != ""), "") if isinstance(values, list) else values
    return whole(value)


def whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: first_accepted(values) for key, values in value.items() if values != [""]}
    return [whole(entry) for entry in value] if isinstance(value, list) else value


@pytest.mark.parametrize("category", NUM_ITEMS)
def test_the_first_accepted_answer_to_every_published_item_passes(category: str, data_folder: Path):
    if not (data_folder / "bfcl").is_dir():
        pytest.skip("set SFTEVAL_DATA to a folder that holds bfcl/")
    found = rows(data_folder / "bfcl", category)
    assert len(found) == NUM_ITEMS[category]
    samples = [
        Sample(row["id"], (Message("user", ""),), tuple(row["tools"]), row["target"], row["metadata"]) for row in found
    ]
    scorer = build_scorer(Task(category, "toolcalls", tuple(samples), ("ast",)))
    failed = set()
    for sample in samples:
        calls = [
            ToolCall(
                call["name"], {key: first_accepted(v) for key, v in call["accepted"].items() if v != [""]}, "", 0, 1
            )
            for call in sample.target.get("calls", ())
        ]
        if category == "live_relevance":
            calls = [ToolCall(sample.tools[0]["function"]["name"], {}, "", 0, 1)]
        metrics = scorer.grade(sample, Reading(Outcome.OK, "", None, tuple(calls))).metrics
        passed = metrics["ast"] if category != "live_relevance" else metrics["bfcl_compat"]
        if not passed:
            failed.add(sample.id)
    assert failed == (UNREACHABLE if category == "live_simple" else set())
