"""Rows of a scoreboard, and a calm comparison that looks like the starter world."""

from collections.abc import Sequence
from typing import Any

from sfteval.types import Comparison, Finding, MetricComparison, Outcome, Pair, Slice, Verdict
from tests.sfteval.report.example_pairs import BASELINE, CANDIDATE, constraint_pair, pair, toolcall_pair


def metric(task: str = "reasoning", name: str = "exact", **changes: Any) -> MetricComparison:
    """Return one row of a scoreboard: B better by far, unless told otherwise."""
    row: dict[str, Any] = {
        "task": task,
        "metric": name,
        "gating": True,
        "n": 300,
        "num_clusters": 300,
        "baseline": 0.41,
        "candidate": 0.96,
        "difference": 0.55,
        "ci_low": 0.4912,
        "ci_high": 0.6043,
        "ci_level": 0.95,
        "p_value": 1.2345678e-30,
        "finding": Finding.BETTER,
        "b_only": 168,
        "a_only": 3,
        "method": "mid-p McNemar, Tango interval",
        "margin": 0.05,
        "gate_ci_low": 0.5006,
        "gate_ci_high": 0.5952,
        "gate_ci_level": 0.9,
        "p_regress": 1.0,
        "p_adjusted": 1.0,
        "verdict": Verdict.PASS,
        "completed_difference": 0.55,
    }
    return MetricComparison(**row | changes)


def diagnostic(task: str, name: str, a: float, b: float, finding: Finding, **changes: Any) -> MetricComparison:
    """Return a row that decides nothing."""
    spread = 0.06
    given: dict[str, Any] = {
        "gating": False,
        "n": 150,
        "num_clusters": 150,
        "baseline": a,
        "candidate": b,
        "difference": b - a,
        "ci_low": b - a - spread,
        "ci_high": b - a + spread,
        "p_value": 0.03125,
        "p_adjusted": None,
        "p_regress": None,
        "verdict": None,
        "finding": finding,
        "b_only": 9,
        "a_only": 14,
        "gate_ci_low": None,
        "gate_ci_high": None,
        "gate_ci_level": None,
        "completed_difference": b - a,
    }
    return metric(task, name, **given | changes)


def comparison(pairs: Sequence[Pair] = (), **changes: Any) -> Comparison:
    """Return a comparison with one gating metric and the given samples."""
    given: dict[str, Any] = {
        "baseline": BASELINE,
        "candidate": CANDIDATE,
        "baseline_settings": {"backend": "transformers", "sampling": {"reasoning": {"temperature": 0.0}}},
        "candidate_settings": {"backend": "transformers", "sampling": {"reasoning": {"temperature": 0.0}}},
        "matched": True,
        "metrics": (metric(),),
        "slices": (),
        "pairs": tuple(pairs),
        "outcomes": {"reasoning": {"baseline": {"ok": 300}, "candidate": {"ok": 297, "truncated_think": 3}}},
        "costs": {
            "baseline": {"num_answers": 300, "num_tokens": 1_204, "seconds": 3.5},
            "candidate": {"num_answers": 300, "num_tokens": 13_418, "seconds": 12.25},
        },
        "verdict": Verdict.PASS,
        "headline": "PASS: think is better than no-think: +0.550 on reasoning (0.410 to 0.960, "
        "95 % interval +0.491 to +0.604, n = 300).",
        "reproduce": {
            "command": "sfteval compare checkpoints/quickstart/no-think checkpoints/quickstart/think",
            "seed": 0,
        },
    }
    return Comparison(**given | changes)


def small() -> Comparison:
    """Return the comparison of the golden files: three metrics, slices, one sample of each kind."""
    return comparison(
        pairs=(
            pair(id="r1", metadata={"steps": 2}, target="east"),
            pair(id="r2", b="Answer: north", a="Answer: west", scores=(1.0, 0.0), metadata={"steps": 2}, target="west"),
            pair(id="r3", a="Answer: west", b="Answer: west", scores=(1.0, 1.0)),
            pair(id="r4", b="", outcomes=(Outcome.OK, Outcome.TRUNCATED_THINK), scores=(0.0, 0.0)),
            constraint_pair("c1"),
            toolcall_pair("t1"),
        ),
        metrics=(
            metric(),
            diagnostic("constraints", "prompt_strict", 0.867, 0.827, Finding.NOT_SHOWN, completed_difference=-0.031),
            diagnostic("toolcalls", "exact", 0.95, 0.783, Finding.WORSE, depends_on_budget=True),
        ),
        slices=tuple(
            Slice("reasoning", "exact", "steps", str(steps), 50, a, b)
            for steps, a, b in zip(
                range(1, 7), (0.92, 0.61, 0.34, 0.24, 0.2, 0.15), (1.0, 0.98, 0.98, 0.96, 0.94, 0.9), strict=True
            )
        )
        + tuple(
            Slice("reasoning", "exact", "family", family, 100, a, b)
            for family, a, b in (("compass", 0.42, 0.97), ("cups", 0.45, 0.95), ("doors", 0.36, 0.96))
        ),
        outcomes={
            "reasoning": {"baseline": {"ok": 300}, "candidate": {"ok": 297, "truncated_think": 3}},
            "constraints": {"baseline": {"ok": 150}, "candidate": {"ok": 148, "truncated_answer": 1, "empty": 1}},
            "toolcalls": {"baseline": {"ok": 119, "error": 1}, "candidate": {"ok": 120}},
        },
        warnings=("1 answer of no-think is missing after a transport error.",),
    )
