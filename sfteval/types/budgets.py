"""What answers are worth where both sides may spend as many tokens, and how many they take. Thought counts too."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BudgetPoint:
    """Both sides at one token budget: an answer that needs more counts as failed."""

    budget: int  # tokens an answer
    baseline: float  # mean over prompts, in [0, 1]
    candidate: float
    difference: float  # candidate - baseline
    ci_low: float | None  # 95 %, of this budget by itself; None: too few prompts
    ci_high: float | None


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many tokens the answers of one side take; quantiles are those of 10, 25, 50, 75 and 90 %."""

    num_answers: int
    num_thoughts: int  # answers with a thought that is not empty
    num_cut_in_thought: int  # at the token limit
    num_cut_in_answer: int
    tokens: tuple[float, ...]  # quantiles of whole answers
    think_tokens: tuple[float, ...]  # of the thoughts; empty: there is none, or their tokens are not known


@dataclass(frozen=True, slots=True)
class BudgetCurve:
    """One metric of one task as a function of the token budget, where a side thinks: diagnostic, never gating."""

    task: str
    metric: str
    n: int  # prompts with a value on both sides
    points: tuple[BudgetPoint, ...]  # by rising budget, from where nothing fits to where everything does
    leads_from: int | None  # tokens from which on the side that ends ahead is ahead; None: they end equal
    baseline: Lengths
    candidate: Lengths
