"""How many BFCL answers are read and scored in a CPU second: items and answers in, rates out, run by run.

An answer is raw text, as a model of the Hermes dialect writes it: reading it, judging it by every metric and making the
detail is what is timed. Right answers, and answers that are wrong in one step, are timed apart: a failure is explained,
which takes longer. Writes nothing.
"""

import json
import time
from collections.abc import Sequence

from sfteval.chat.reading import read
from sfteval.scorers import build_scorer
from sfteval.types import Generation, Sample, Task

CATEGORIES = ("simple_python", "parallel")  # what the target is about


def rates(samples: Sequence[Sample], texts: Sequence[str], runs: int, passes: int) -> list[float]:
    """Return items per CPU second; `texts[i]` answers `samples[i]`. One pass warms up what is cached once."""
    scorer = build_scorer(Task("bfcl", "toolcalls", tuple(samples), ("ast",)))
    pairs = [
        (sample, Generation("bfcl", sample.id, 0, "q", text, "stop"))
        for sample, text in zip(samples, texts, strict=True)
    ]
    found = []
    for run in range(runs + 1):
        start = time.process_time()
        for _ in range(passes):
            for sample, answer in pairs:
                scorer.grade(sample, read(answer, "hermes"))
        if run:
            found.append(passes * len(pairs) / (time.process_time() - start))
    return found


def written(calls: Sequence[dict]) -> str:
    """Return calls as a model of the Hermes dialect writes them."""
    return "\n".join(f"<tool_call>\n{json.dumps(call)}\n</tool_call>" for call in calls)
