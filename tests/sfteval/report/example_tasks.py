"""What is known of constraints and of tool calls, beside the calm comparison."""

from dataclasses import replace
from typing import Any

from sfteval.types import (
    CallComparison,
    CallRate,
    Comparison,
    FailureCount,
    InstructionComparison,
    Part,
    PlaceCount,
    Repair,
    RuleDelta,
    Sensitivity,
    Verdict,
)
from tests.sfteval.report.example_metrics import small


def part(kind: Any, value: str, a: float, b: float, n: int = 40, spread: float | None = 0.1) -> Part:
    """Return one part of a task's instructions; without a spread it has no interval."""
    low, high = (None, None) if spread is None else (b - a - spread, b - a + spread)
    method = "none: 4 independent prompts, at least 6 needed" if spread is None else "cluster-robust t (40 clusters)"
    return Part(kind, value, n, n, a, b, b - a, low, high, method)


PAPER_NAMES = ("prompt_level_strict_acc", "inst_level_strict_acc", "prompt_level_loose_acc", "inst_level_loose_acc")
INSTRUCTIONS = InstructionComparison(
    task="constraints",
    rules="fixed",
    mode="strict",
    num_prompts=150,
    num_without_reference=21,
    without_reference={"length_constraints:number_sentences": 19, "keywords:letter_frequency": 2},
    num_judged=231,
    parts=(
        part("pooled", "strict", 0.9, 0.85, 240),
        part("pooled", "loose", 0.92, 0.87, 240),
        part("shares", "strict", 0.89, 0.86, 150),
        part("shares", "loose", 0.91, 0.88, 150),
        part("id", "length_constraints:number_words", 0.9, 0.7),
        part("id", "punctuation:no_comma", 0.8, 0.85),
        part("id", "keywords:existence", 1.0, 0.5, 4, None),
        part("group", "length_constraints", 0.9, 0.7),
        part("group", "punctuation", 0.8, 0.85),
        part("number", "1", 0.9, 0.85, 100),
        part("number", "2", 0.8, 0.8, 50),
    ),
    deltas=(
        RuleDelta("prompt_strict", 129, 0.86, 0.84, 0.02, 0.83, 0.84, -0.01),
        RuleDelta("prompt_loose", 129, 0.88, 0.86, 0.02, 0.85, 0.86, -0.01),
        RuleDelta("pooled_strict", 200, 0.9, 0.89, 0.01, 0.85, 0.85, 0.0),
        RuleDelta("pooled_loose", 200, 0.92, 0.91, 0.01, 0.87, 0.87, 0.0),
    ),
    repairs=(Repair("keywords:existence", "A keyword is a word on its own.", 4, 3, 0, 1, 2),),
    papers={
        "fixed": {
            "n": 150,
            "baseline": dict(zip(PAPER_NAMES, (0.8667, 0.9, 0.88, 0.92), strict=True)),
            "candidate": dict(zip(PAPER_NAMES, (0.8267, 0.85, 0.84, 0.87), strict=True)),
        },
        "reference": {
            "n": 129,
            "baseline": dict(zip(PAPER_NAMES, (0.84, 0.89, 0.86, 0.91), strict=True)),
            "candidate": dict.fromkeys(PAPER_NAMES),
        },
    },
)


def instructed(**changes: Any) -> Comparison:
    """Return the small comparison with what is known of its constraints, one prompt of which is masked."""
    world = small()
    (whole,) = (row for row in world.metrics if row.task == "constraints")
    without = replace(whole, n=149, difference=-0.034, ci_low=-0.094, ci_high=0.026)
    masked = {"constraints": {"c9": "key 337: asks for 400 words and is graded by 336"}}
    given: dict[str, Any] = {
        "instructions": (INSTRUCTIONS,),
        "sensitivity": Sensitivity(masked, (without,), Verdict.PASS),
    }
    return replace(world, **given | changes)


def call_rate(kind: Any, value: str, rate: str, a: float, b: float, n: int = 100, **changes: Any) -> CallRate:
    """Return one rate of tool calls with an interval of 0.08 on either side."""
    difference = round(b - a, 6)
    low, high = round(difference - 0.08, 6), round(difference + 0.08, 6)
    made = CallRate(kind, value, rate, n, n, n, a, b, difference, low, high, "mid-p McNemar, Tango interval")
    return replace(made, **changes)


CALLS = CallComparison(
    task="toolcalls",
    num_answers=120,
    num_missing=1,
    layers=("passed", "transport", "envelope", "json", "name", "schema", "value", "decision", "trajectory"),
    flow=(
        (90, 0, 0, 12, 0, 6, 0, 2, 0),
        (0,) * 9,
        (0,) * 9,
        (4, 0, 0, 2, 0, 0, 0, 0, 0),
        (0,) * 9,
        (0,) * 9,
        (0,) * 9,
        (0, 0, 0, 3, 0, 0, 0, 1, 0),
        (0,) * 9,
    ),
    codes=(
        FailureCount("json", "json_invalid", 6, 17),
        FailureCount("schema", "wrong_type", 0, 6),
        FailureCount("decision", "no_call_when_needed", 4, 3),
    ),
    places=(
        PlaceCount("json", "quarter", "4", 5, 17),
        PlaceCount("json", "depth", "2", 1, 3),
        PlaceCount("json", "length", "under 64", 6, 17),
        PlaceCount("trajectory", "turn", "3", 0, 1),
    ),
    rates=(
        call_rate("answers", "", "attempt", 0.96, 0.98),
        call_rate("answers", "", "parse", 0.95, 0.84),
        call_rate("answers", "", "exact", 0.92, 0.78),
        call_rate("answers", "", "over_call", 0.05, 0.05, 20),
        call_rate("answers", "", "malformed", 0.06, 0.17, n_baseline=96, n_candidate=98, ci_low=None, ci_high=None),
        call_rate("tool", "book_table", "parse", 0.9, 0.6, 40),
        call_rate("tool", "book_table", "right", 0.9, 0.5, 40),
        call_rate("type", "integer", "right", 1.0, 0.75, 90),
        call_rate("turn", "2", "right", 0.8, 0.6, 30),
    ),
    num_tools=60,
)


def called(**changes: Any) -> Comparison:
    """Return the small comparison with what is known of its tool calls."""
    return replace(small(), **{"calls": (CALLS,)} | changes)
