"""Two runs in, one Comparison out: what differs between two checkpoints, and how sure we are.

`metric` joins the prompts of a task and compares one metric; `parts` and `instructions` look into constraints, where
several instructions share a prompt; `failures` and `calls` count where answers first fail; `masked` leaves out
prompts with a known defect; `passes` counts what several tries of an agent all pass; `budgets` limits the tokens of
both sides alike. `so_far` compares what may be stopped early, `seeds` two recipes through their seeds
of training. Does not know how the answers were made, what decides the verdict, or what a table is.
Source: unit of inference and clustering, Miller 2024 (arXiv 2411.00640) sections 2-4.
"""

from sfteval.compare.metric import compare_scores
from sfteval.compare.runs import compare
from sfteval.compare.seeds import compare_seeds, with_seeds
from sfteval.compare.so_far import compare_so_far

__all__ = ["compare", "compare_scores", "compare_seeds", "compare_so_far", "with_seeds"]
