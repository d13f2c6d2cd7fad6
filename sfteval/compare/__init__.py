"""Two runs in, one Comparison out: what differs between two checkpoints, and how sure we are.

`metric` joins the prompts of a task and compares one metric; `parts` and `instructions` look into constraints, where
several instructions share a prompt; `masked` leaves out prompts with a known defect. Does not know how the answers were
made, what decides the verdict, or what a table is.
Source: unit of inference and clustering, Miller 2024 (arXiv 2411.00640) sections 2-4.
"""

from sfteval.compare.metric import compare_scores
from sfteval.compare.runs import compare

__all__ = ["compare", "compare_scores"]
