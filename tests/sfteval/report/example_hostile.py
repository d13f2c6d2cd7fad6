"""A comparison full of hostile text, and one with many samples."""

import random
from dataclasses import replace

from sfteval.types import Comparison, Fault, Finding, Slice, ToolCall, Verdict
from tests.sfteval.report.example_metrics import comparison, metric, small
from tests.sfteval.report.example_pairs import BASELINE, CANDIDATE, pair

HOSTILE = (
    "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 1'>"
    "<a href='javascript:window.broken = 1'>click</a><!--<script>"
    "\x1b[31mred\x1b]0;title\x07 \x00\x08 \ud800 half \u202eright to left "
    "```\n</details>\n# head\n@everyone #123 | a | b |\n~~~\n[x](javascript:alert(1)) ${1+1} {{ 1+1 }} ]]>"
    "<svg/onload=window.broken=1> \" onmouseover='window.broken = 1' data:text/html,<script>window.broken=1</script> "
    "\udfff \x9b31m \x7f \u2066isolated\u2069 \u200fmarked \u2028 {% raw %} \\input{/etc/passwd} %0a::error::x"
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
