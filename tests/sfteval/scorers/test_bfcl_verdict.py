"""`bfcl_compat` against verdicts of BFCL's own checker (bfcl-eval 2026.3.23) on tools of our own.

The vectors are written by tests/bench/bfcl_conformance.py --vectors, which asks that checker.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sfteval.scorers.calls.bfcl import bfcl_verdict
from sfteval.scorers.schema_forms import normalised

VECTORS = json.loads(Path(__file__).with_name("bfcl_vectors.json").read_text(encoding="utf-8"))
ITEMS = {item["id"]: item for item in VECTORS["items"]}


def ours(case: dict) -> bool:
    item = ITEMS[case["id"]]
    calls = [(call["name"], call["arguments"]) for call in case["calls"]]
    wanted = [pair for truth in item["ground_truth"] for pair in truth.items()]
    return bfcl_verdict(calls, wanted, {one["name"]: normalised(one["parameters"]) for one in item["functions"]})


def test_every_vector_gets_the_published_verdict():
    different = [case for case in VECTORS["cases"] if ours(case) != case["valid"]]
    assert different == []
    assert len(VECTORS["cases"]) >= 300
    assert sum(case["valid"] for case in VECTORS["cases"]) >= 50


def verdict(kind: dict, accepted: list, value: Any) -> bool:
    schema = normalised({"type": "dict", "properties": {"a": kind}, "required": []})
    return bfcl_verdict([("f", {"a": value})], [("f", {"a": accepted})], {"f": schema})


TEXT, REAL, WHOLE = {"type": "string"}, {"type": "float"}, {"type": "integer"}
REALS, ROWS = {"type": "array", "items": REAL}, {"type": "array", "items": {"type": "dict"}}


@pytest.mark.parametrize(
    ("kind", "accepted", "value", "valid"),
    [
        (TEXT, ["5"], "-5", True),
        (TEXT, ["15"], "1.5", True),
        (TEXT, ["x", ""], " .-", True),
        (TEXT, ["x", ""], None, False),
        (TEXT, ["it's"], 'IT"S', True),
        (REAL, [5.0], 5, True),
        (WHOLE, [5], 5.0, False),
        (WHOLE, [1], True, False),
        (REALS, [[1.0, 2.0]], [1, 2], False),
        (REALS, [[1.0], ""], [], True),
        (REALS, [[1.0], ""], ["x"], False),
        (WHOLE, ["offset"], "offset", True),
        ({"type": "dict"}, [{"k": ["One Two"]}], {"k": "one-two"}, True),
        ({"type": "dict"}, [{"k": [{"m": ["One"]}]}], {"k": {"m": "One"}}, False),
        (ROWS, [[{"k": [1]}, {"k": [2]}]], [{"k": 2}, {"k": 1}], False),
        (ROWS, [[{"k": [1]}], ""], [], True),
        (REAL, [5.0], 10**400, False),
    ],
)
def test_the_known_oddities_are_kept(kind: dict, accepted: list, value: Any, valid: bool):
    assert verdict(kind, accepted, value) is valid
