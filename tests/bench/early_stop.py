"""How many prompts `--until-decided` asks of 541, by the true difference: `python -m tests.bench.early_stop`.

Simulates right-or-wrong answers of two checkpoints that disagree on a share of the prompts, plays the rounds with a
margin of 0.05 at alpha 0.05, and prints a table for Markdown. Nothing is asked of a model.
"""

import math

import numpy as np

from sfteval.rounds import FIRST, GROWTH
from sfteval.stats import FloatArray, evidence_not_worse, evidence_worse

NUM_PROMPTS, MARGIN, ALPHA, RUNS = 541, 0.05, 0.05, 1_000
CASES = (
    (0.0, 0.0),
    (0.05, 0.0),
    (0.1, 0.0),
    (0.2, 0.0),
    (0.2, -0.02),
    (0.2, -0.05),
    (0.2, -0.1),
    (0.2, -0.15),
    (0.3, -0.2),
    (0.2, 0.05),
)  # fmt: skip  (share that differs, true difference)


def sizes() -> list[int]:
    """Return the prompts asked by the end of each round."""
    found = [FIRST]
    while found[-1] < NUM_PROMPTS:
        found.append(min(NUM_PROMPTS, math.ceil(found[-1] * GROWTH)))
    return found


def played(differences: FloatArray) -> tuple[str, int]:
    """Return the verdict and the prompts asked."""
    passed = np.maximum.accumulate(evidence_not_worse(differences, MARGIN)) >= 1.0 / ALPHA
    worse = np.maximum.accumulate(evidence_worse(differences)) > 1.0 / ALPHA
    for asked in sizes():
        if passed[asked - 1] or worse[asked - 1]:
            return ("pass" if passed[asked - 1] else "regress"), asked
    return "inconclusive", NUM_PROMPTS


def row(discordant: float, difference: float, generator: np.random.Generator) -> str:
    """Return one line of the table."""
    shares = ((discordant - difference) / 2, (discordant + difference) / 2, 1.0 - discordant)
    drawn = generator.choice([-1.0, 1.0, 0.0], size=(RUNS, NUM_PROMPTS), p=shares)
    verdicts, asked = zip(*(played(differences) for differences in drawn), strict=True)
    rates = [verdicts.count(name) / RUNS for name in ("pass", "regress", "inconclusive")]
    cells = [f"{discordant:.0%}", f"{difference:+.2f}", *(f"{rate:.1%}" for rate in rates)]
    saved = 1.0 - float(np.mean(asked)) / NUM_PROMPTS
    return f"| {' | '.join(cells)} | {np.median(asked):.0f} | {np.mean(asked):.0f} | {saved:.0%} |"


def main() -> None:
    generator = np.random.default_rng(0)
    print("| prompts that differ | true difference | pass | regress | inconclusive | asked, median | mean | saved |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for discordant, difference in CASES:
        print(row(discordant, difference, generator))


if __name__ == "__main__":
    main()
