"""Small comparisons made by hand: a calm one that looks like the starter world, and one full of hostile text."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sfteval.types import (
    CallComparison,
    CallRate,
    Checkpoint,
    Comparison,
    FailureCount,
    Fault,
    Finding,
    InstructionComparison,
    Message,
    MetricComparison,
    Outcome,
    Pair,
    Part,
    PlaceCount,
    Reading,
    Repair,
    RuleDelta,
    Sample,
    Score,
    Sensitivity,
    Slice,
    ToolCall,
    Verdict,
)

BASELINE = Checkpoint(
    argument="checkpoints/quickstart/no-think",
    kind="directory",
    name="no-think",
    path=Path("checkpoints/quickstart/no-think"),
    fingerprint="8f3c21aa90b1d7e4",
    template_sha256="51cd0e",
    template_kwargs={"enable_thinking": False},
    training={"arm": "no-think", "counts": {"tokens": 507_000, "supervised_tokens": 48_211}},
)
CANDIDATE = replace(
    BASELINE,
    argument="checkpoints/quickstart/think",
    name="think",
    path=Path("checkpoints/quickstart/think"),
    fingerprint="c07be2115d4402f9",
    template_kwargs={"enable_thinking": True},
    training={"arm": "think", "counts": {"tokens": 680_000, "supervised_tokens": 150_733}},
)
TOOLS = (
    {
        "type": "function",
        "function": {
            "name": "book_table",
            "parameters": {"type": "object", "properties": {"seats": {"type": "integer"}}, "required": ["seats"]},
        },
    },
)


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
        "p_adjusted": 1.2345678e-30,
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


def pair(
    prompt: str = "Ann faces north. a: left. b: back. Where does Ann face?",
    a: str = "Answer: west",
    b: str = "Answer: east",
    *,
    task: str = "reasoning",
    id: str = "r1",
    scores: tuple[float | None, float | None] = (0.0, 1.0),
    name: str = "exact",
    outcomes: tuple[Outcome, Outcome] = (Outcome.OK, Outcome.OK),
    think: str | None = "start north. a: left, north to west. b: back, west to east.",
    calls: tuple[Sequence[ToolCall], Sequence[ToolCall]] = ((), ()),
    details: tuple[dict[str, Any], dict[str, Any]] = ({}, {}),
    **sample: Any,
) -> Pair:
    """Return one sample with both answers."""
    sides = [
        (Reading(outcomes[0], a, None, tuple(calls[0])), Score(id, 0, outcomes[0], {name: scores[0]}, details[0])),
        (
            Reading(outcomes[1], b, think, tuple(calls[1]), num_think_tokens=None if think is None else 21),
            Score(id, 0, outcomes[1], {name: scores[1]}, details[1]),
        ),
    ]
    messages = sample.pop("messages", (Message("user", prompt),))
    return Pair(task, Sample(id, messages, **sample), 0, sides[0][0], sides[1][0], sides[0][1], sides[1][1])


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
    given = {"instructions": (INSTRUCTIONS,), "sensitivity": Sensitivity(masked, (without,), Verdict.PASS)}
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


def constraint_pair(id: str) -> Pair:
    """Return a sample whose constraints were checked one by one."""

    def instructions(ok: bool) -> dict[str, Any]:
        return {
            "instructions": [
                {"id": "punctuation:no_comma", "strict": True, "reason": "found no comma", "measured": 0},
                {
                    "id": "length_constraints:number_words",
                    "strict": ok,
                    "reason": "needed at least 8 words, found " + ("9" if ok else "5"),
                    "measured": 9 if ok else 5,
                },
            ]
        }

    return pair(
        "Write about rivers. Use no commas. Write at least 8 words.",
        "Rivers run from the hills down to the sea.",
        "Rivers run to the sea.",
        task="constraints",
        id=id,
        name="prompt_strict",
        scores=(1.0, 0.0),
        details=(instructions(True), instructions(False)),
    )


def toolcall_pair(id: str) -> Pair:
    """Return a sample whose candidate lost a bracket within its tool call."""
    right = '<tool_call>\n{"name": "book_table", "arguments": {"seats": 4}}\n</tool_call>'
    wrong = '<tool_call>\n{"name": "book_table", "arguments": {"seats": 4}\n</tool_call>'
    fault = Fault(
        "json_invalid", "json", "expected a closing bracket, got the end", wrong.index("}") + 1, '"seats": 4}'
    )
    return pair(
        "Book a table for four.",
        "",
        "",
        task="toolcalls",
        id=id,
        scores=(1.0, 0.0),
        calls=(
            (ToolCall("book_table", {"seats": 4}, right, 0, len(right)),),
            (ToolCall("book_table", None, wrong, 0, len(wrong), fault),),
        ),
        tools=TOOLS,
        target={"calls": [{"name": "book_table", "arguments": {"seats": 4}}]},
    )


HOSTILE = (
    "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 1'>"
    "<a href='javascript:window.broken = 1'>click</a><!--<script>"
    "\x1b[31mred\x1b]0;title\x07 \x00\x08 \ud800 half \u202eright to left "
    "```\n</details>\n# head\n@everyone #123 | a | b |\n~~~\n[x](javascript:alert(1)) ${1+1} {{ 1+1 }} ]]>"
)
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1")


def hostile() -> Comparison:
    """Return a comparison in which every text that is not ours attacks the report."""
    name = "<b>@team</b> `x` | #1 \x1b[31m"
    texts = [HOSTILE, *FORMULAS, "x" * 2_000_000]
    pairs = [
        pair(
            text,
            text,
            text[::-1],
            task=name,
            name=name,
            id=f"{text[:40]}{index}",
            scores=(1.0, 0.0),
            think=text,
            calls=((), (ToolCall(text[:50], None, text, 0, len(text), Fault("x", text[:9], text, 3, text[:30])),)),
            details=({"note": text}, {"instructions": [{"id": text[:30], "strict": False, "reason": text}]}),
            tools=({"type": "function", "function": {"name": text[:60]}},),
            target=text,
            metadata={text[:20]: text},
        )
        for index, text in enumerate(texts)
    ]
    return comparison(
        pairs,
        baseline=replace(BASELINE, name=name, argument=name),
        candidate=replace(CANDIDATE, name=HOSTILE),
        metrics=(metric(name, name, verdict=Verdict.REGRESS, finding=Finding.WORSE),),
        slices=(Slice(name, name, name, name, 1, 0.0, 1.0), Slice(name, name, name, "=2", 1, 0.0, 1.0)),
        outcomes={name: {"baseline": {"ok": 1}, "candidate": {"ok": 1}}},
        verdict=Verdict.REGRESS,
        headline=f"REGRESS: {HOSTILE}",
        warnings=(HOSTILE,),
        reproduce={"command": HOSTILE, name: HOSTILE},
    )


def large(num_samples: int, num_words: int = 60, seed: int = 0) -> Comparison:
    """Return a comparison with many samples of `num_words` words a text, all different."""
    rng = random.Random(seed)
    words = [
        f"{first}{last}"
        for first in ("ba", "ce", "di", "fo", "gu", "le", "ma", "ri")
        for last in ("n", "st", "rk", "t")
    ]

    def text(num: int) -> str:
        return " ".join(rng.choices(words, k=num))

    def changed(answer: str) -> str:
        return " ".join(rng.choice(words) if rng.random() < 0.2 else word for word in answer.split())

    pairs = []
    for index in range(num_samples):
        answer, right = text(num_words), (float(rng.random() < 0.4), float(rng.random() < 0.9))
        steps = {"steps": index % 6 + 1}
        pairs.append(
            pair(
                text(num_words),
                answer,
                changed(answer),
                id=f"s{index}",
                scores=right,
                think=text(num_words),
                metadata=steps,
            )
        )
    return replace(small(), pairs=tuple(pairs))
