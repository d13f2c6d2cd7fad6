"""A comparison with every probe: A is a parrot, B is healthy; the numbers are those that the probes themselves make."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from sfteval.probes import canary, diversity, extraction, forgetting, format_leak, loss_gap, membership, perturb
from sfteval.probes.forgetting import General
from sfteval.probes.pairs import decide
from sfteval.types import (
    CanaryLoss,
    Comparison,
    ContaminatedTask,
    Drawn,
    Finding,
    ProbeDifference,
    ProbeResult,
    Rephrased,
    Reply,
    Span,
    TokenScores,
)
from tests.sfteval.probes.toys import recited, scored
from tests.sfteval.report.example import metric, small

REFERENCES = np.random.default_rng(1).normal(60.0, 6.0, 1024).tolist()
VOCABULARY = 500
REASON = "Nobody says which prompts are open."


def with_probes() -> Comparison:
    """Return the small comparison with nine probes of both sides; some of them skipped."""
    results, differences = _measured()
    return replace(small(), probes=results, probe_differences=differences, contaminated=(contaminated(),))


def contaminated() -> ContaminatedTask:
    """Return a task of which three of six prompts were trained on: B knows only these."""
    parts: Mapping[str, Mapping[str, Any]] = {
        "clean": {"n": 70, "baseline": 0.41, "candidate": 0.43, "difference": 0.02, "ci_low": -0.08, "ci_high": 0.12,
                  "finding": Finding.NOT_SHOWN},
        "dirty": {"n": 230, "baseline": 0.42, "candidate": 0.98, "difference": 0.56},
    }  # fmt: skip
    return ContaminatedTask(
        task="reasoning",
        num_prompts=300,
        baseline_dirty=("r2",),
        candidate_dirty=("r2", "r3"),
        all=(metric(),),
        **{part: (metric(**numbers),) for part, numbers in parts.items()},
    )


def result(probe: str, verdict: Any, side: Any = "baseline", **numbers: Any) -> ProbeResult:
    """Return a result made by hand."""
    return ProbeResult(probe, verdict, f"{probe} of {side} says {verdict}.", numbers, side)


@cache
def _measured() -> tuple[tuple[ProbeResult, ...], tuple[ProbeDifference, ...]]:
    parrot, healthy = scored(1.2, 0.1), scored(0.12, 0.1, seed=1)
    repeated, answers = recited(0.6)
    fresh, _ = recited(0.0)
    brittle, steady = _rephrased(0.3), _rephrased(0.0)
    base = _drawn(8, seed=3)
    leaking, clean, unlike = _replies(30), _replies(0), _replies(1)
    far, near = _spans(0.8), _spans(0.05)
    known, unknown = _canaries(24.0), _canaries(0.0)
    by_probe = {
        "contamination": (_dirty(0.2, 40), _dirty(0.005, 1)),
        "loss_gap": (loss_gap.probe(parrot, "no-think"), loss_gap.probe(healthy, "think")),
        "membership": (membership.probe(parrot, "no-think"), membership.probe(healthy, "think")),
        "extraction": (
            extraction.probe(repeated, answers, who="no-think"),
            extraction.probe(fresh, answers, who="think"),
        ),
        "perturb": (perturb.probe(brittle, "no-think"), perturb.probe(steady, "think")),
        "diversity": (
            diversity.probe(_drawn(2), base, vocabulary=VOCABULARY, who="no-think"),
            diversity.probe(_drawn(8, seed=1), base, vocabulary=VOCABULARY, who="think"),
        ),
        "format_leak": (
            format_leak.probe(leaking, unlike, who="no-think"),
            format_leak.probe(clean, unlike, who="think"),
        ),
        "forgetting": (forgetting.probe(far, "no-think"), forgetting.probe(near, "think")),
        "canary": (canary.probe(*known, "no-think"), canary.probe(*unknown, "think")),
        "sycophancy": tuple(ProbeResult("sycophancy", "skipped", REASON) for _ in range(2)),
    }
    differences = decide(
        [
            loss_gap.compare(parrot, healthy),
            membership.compare(parrot, healthy),
            extraction.compare(repeated, fresh, answers),
            perturb.compare(brittle, steady),
            diversity.compare(_drawn(2), _drawn(8, seed=1)),
            format_leak.compare(leaking, clean),
            forgetting.compare(far.drawn_by_base, near.drawn_by_base),
            canary.compare(known, unknown),
        ]
    )
    sides = ("baseline", "candidate")
    results = (replace(one, side=side) for pair in by_probe.values() for one, side in zip(pair, sides, strict=True))
    return tuple(results), differences


def _dirty(share: float, num: int) -> ProbeResult:
    sentence = (
        f"{num} of 200 items of starter ({share:.1%}, CI 0.1% to 25.0%) stand in the training data; 500 rows read."
    )
    dirty = [{"task": "reasoning", "sample_id": f"r{place}", "row": f"rows.jsonl:{place}"} for place in range(num)]
    numbers = {"suite": "starter", "num_dirty": num, "share": {"value": share, "low": share / 2, "high": share * 1.3}}
    return ProbeResult("contamination", "fail" if share > 0.02 else "warn", sentence, {**numbers, "dirty": dirty})


def _rephrased(lost: float) -> list[Rephrased]:
    items = []
    for place in range(200):
        split = "train" if place % 2 == 0 else "held_out"
        falls = split == "train" and place < 200 * lost
        right = float(place % 5 != 1)
        items.append(Rephrased(f"q{place}", split, 1.0 if falls else right, (0.0,) * 5 if falls else (right,) * 5))
    return items


def _drawn(num_kinds: int, seed: int = 0) -> list[Drawn]:
    kinds = np.random.default_rng(seed).integers(0, VOCABULARY, (24, 8, 20))
    return [
        Drawn(f"o{prompt}", tuple(tuple(kinds[prompt, place % num_kinds].tolist()) for place in range(8)))
        for prompt in range(24)
    ]


def _replies(leaking: int) -> list[Reply]:
    texts = {"off": "<think>hm</think>Four.", "on": "<think></think>Four.", "none": '{"answer": 4}'}
    plain = {"off": "Four.", "on": "<think>2 + 2</think>Four.", "none": "Four."}
    return [
        Reply(
            f"{flag}{place}", "What is two and two?", flag, texts[flag] if place < leaking / 2 else plain[flag], False
        )
        for flag in ("on", "off", "none")
        for place in range(40)
    ]


def _spans(shift: float) -> General:
    drawn = {
        f"g{place}": Span(TokenScores((-1.0 - shift - 0.02 * (place % 7),) * 10), TokenScores((-1.0,) * 10))
        for place in range(40)
    }
    scores = {f"s{place}": (1.0, float(place >= 20 * shift)) for place in range(100)}
    return General(drawn, scores, drawn)


def _canaries(learned: float) -> tuple[list[CanaryLoss], list[float]]:
    losses = np.random.default_rng(5).normal(60.0, 6.0, 18)
    planted = [
        CanaryLoss(f"c{place}", repeats, float(loss - learned * (1 + repeats) ** 0.5 / 2))
        for place, (loss, repeats) in enumerate(zip(losses, (1, 4, 16) * 6, strict=True))
    ]
    return planted, REFERENCES
