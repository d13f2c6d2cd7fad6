"""Small comparisons made by hand, by one name: calm ones, hostile ones, large ones."""

from tests.sfteval.report.example_hostile import FORMULAS, HOSTILE, hostile, large
from tests.sfteval.report.example_metrics import comparison, diagnostic, metric, small
from tests.sfteval.report.example_pairs import BASELINE, CANDIDATE, TOOLS, constraint_pair, pair, toolcall_pair
from tests.sfteval.report.example_tasks import CALLS, INSTRUCTIONS, call_rate, called, instructed, part
from tests.sfteval.report.example_thinking import (
    agent_pair,
    curve,
    everything,
    failing,
    hostile_words,
    judged_pair,
    thinking,
)

__all__ = [
    "BASELINE",
    "CALLS",
    "CANDIDATE",
    "FORMULAS",
    "HOSTILE",
    "INSTRUCTIONS",
    "TOOLS",
    "agent_pair",
    "call_rate",
    "called",
    "comparison",
    "constraint_pair",
    "curve",
    "diagnostic",
    "everything",
    "failing",
    "hostile",
    "hostile_words",
    "instructed",
    "judged_pair",
    "large",
    "metric",
    "pair",
    "part",
    "small",
    "thinking",
    "toolcall_pair",
]
