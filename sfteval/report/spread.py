"""What several answers to a prompt tell about the noise: one sentence a gating metric. Comparison in, text out."""

from sfteval.report.text import one_line
from sfteval.types import Comparison


def spread_sentences(comparison: Comparison) -> list[str]:
    """Return for each metric with several answers to a prompt what would narrow its interval: prompts or answers."""
    return [
        f"{one_line(spread.task)} {one_line(spread.metric)}, {spread.num_samples:.3g} answers to a prompt: "
        f"{one_line(spread.advice)}"
        for spread in comparison.spreads
    ]
