"""BFCL's rows as rows of ours, by toys of our own; the published files are read in test_bfcl_suite.py."""

import pytest

from sfteval.errors import DataError
from sfteval.suites.bfcl_rows import bfcl_sample

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
