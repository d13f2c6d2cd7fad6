"""What two runs show beside each other: findings, verdicts, and everything that a report is made from."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from sfteval.types.answered import Reading
from sfteval.types.asked import Checkpoint
from sfteval.types.budgets import BudgetCurve
from sfteval.types.conversation import Json
from sfteval.types.failed import CallComparison
from sfteval.types.finding import Finding
from sfteval.types.judged import GradeComparison, GradedPair, JudgeComparison, Preference
from sfteval.types.probed import ProbeDifference, ProbeResult
from sfteval.types.suite import Sample
from sfteval.types.worth import Score


class Verdict(StrEnum):
    """What only the gate returns."""

    PASS = "pass"
    REGRESS = "regress"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True)
class MetricComparison:
    """One metric of one task, A against B: one row of the scoreboard and of `results.json`.

    `ci_*` is two-sided 95 %, `p_value` two-sided, `p_regress` one-sided (small: B is worse), `p_adjusted` Holm over
    the gating metrics. Null where a number cannot be given.
    """

    task: str
    metric: str
    gating: bool
    n: int  # prompts
    num_clusters: int
    baseline: float | None
    candidate: float | None
    difference: float | None  # candidate - baseline
    ci_low: float | None
    ci_high: float | None
    ci_level: float
    p_value: float | None
    finding: Finding
    b_only: int  # prompts that only the candidate got right
    a_only: int
    method: str
    margin: float
    gate_ci_low: float | None = None
    gate_ci_high: float | None = None
    gate_ci_level: float | None = None
    p_regress: float | None = None
    p_adjusted: float | None = None
    verdict: Verdict | None = None  # None: a diagnostic metric
    n_needed: int | None = None
    completed_difference: float | None = None  # over prompts that both sides completed
    depends_on_budget: bool = False  # the sign of the finding turns when truncated answers are left out


@dataclass(frozen=True, slots=True)
class Slice:
    """Accuracy of both sides on one value of a metadata field (e.g. 3 steps): diagnostic, never gating."""

    task: str
    metric: str
    field: str
    value: str
    n: int
    baseline: float
    candidate: float


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a task's instructions, A against B: diagnostic, never gating.

    By kind: `pooled` (all instructions, each once) and `shares` (each prompt's share), whose value is strict or loose;
    `id`; `group`, what stands before an id's colon; `number`, the prompts with so many instructions, followed in full.
    """

    kind: Literal["pooled", "shares", "id", "group", "number"]
    value: str
    n: int  # instructions; prompts where the kind is `shares` or `number`
    num_clusters: int  # prompts, or their stems: the instructions of one hang together
    baseline: float
    candidate: float
    difference: float
    ci_low: float | None  # 95 %; None: too few prompts for an interval
    ci_high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class RuleDelta:
    """One share by our rules and by the published ones, over the answers that both can judge; a delta is ours - theirs.

    `metric` is prompt_strict, prompt_loose, pooled_strict or pooled_loose; `n` are answers, or pooled instructions.
    """

    metric: str
    n: int
    baseline: float
    baseline_reference: float
    baseline_delta: float
    candidate: float
    candidate_reference: float
    candidate_delta: float


@dataclass(frozen=True, slots=True)
class Repair:
    """One instruction id on which our rule and the published one disagree, and how often."""

    id: str
    sentence: str  # what our rule does otherwise
    n: int  # verdicts of one side that both rules have
    baseline_gained: int  # only our rule passes the answer
    baseline_lost: int  # only the published one does
    candidate_gained: int
    candidate_lost: int


@dataclass(frozen=True, slots=True)
class InstructionComparison:
    """How the instructions of one task of constraints were followed, A against B, and what our repairs change."""

    task: str
    rules: Literal["fixed", "reference"]  # those that decide: ours, or the published scorer's
    mode: str  # by which the parts are counted: strict or loose, with _reference where the published rules decide
    num_prompts: int  # answered by both sides
    num_without_reference: int  # prompts without a published verdict on either side; not in the deltas
    without_reference: Json  # {id: instructions without one}
    num_judged: int  # verdicts of one side that both rules have
    parts: tuple[Part, ...]
    deltas: tuple[RuleDelta, ...]
    repairs: tuple[Repair, ...]
    papers: Json  # {rules: {"n", "baseline": {lm-eval's name: share}, "candidate": {...}}}


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the noise of one metric's difference comes from, where prompts have several answers.

    Variances are in the metric's unit squared; that of a mean difference over n prompts with K answers on each side is
    (prompts + (baseline + candidate) / K) / n.
    """

    task: str
    metric: str
    num_prompts: int  # answered by both sides
    num_samples: float  # answers to a prompt on one side, mean of both
    prompts: float  # variance over prompts of the difference between the sides' true means
    baseline: float | None  # variance of one answer around its prompt's mean; None: one answer to each prompt
    candidate: float | None
    share_of_prompts: float | None  # of the noise, which only more prompts can lower; None: nothing varies
    advice: str  # one sentence: what to buy


@dataclass(frozen=True, slots=True)
class PassComparison:
    """pass^k of one agent task, A against B: the share of items that k tries all pass; diagnostic, never gating."""

    task: str
    k: int  # 2 or more
    n: int  # items that both sides tried at least k times
    baseline: float
    candidate: float
    difference: float  # candidate - baseline


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The comparison without the prompts that have a known defect, by the same statistics and the same gate."""

    masked: Json  # {task: {sample id: reason}}
    metrics: tuple[MetricComparison, ...]  # of the tasks that have such prompts
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Pair:
    """One sample, both sides: what the report's browser shows."""

    task: str
    sample: Sample
    sample_index: int
    baseline_reading: Reading
    candidate_reading: Reading
    baseline: Score
    candidate: Score
    judged: tuple[Preference, ...] = ()  # of every judge that was heard on these two answers
    graded: tuple[GradedPair, ...] = ()  # of every judge that graded each of them by itself


@dataclass(frozen=True, slots=True)
class ContaminatedTask:
    """One task whose prompts stand partly in training data: its gating metrics on all, clean and dirty prompts."""

    task: str
    num_prompts: int  # answered by both sides
    baseline_dirty: tuple[str, ...]  # ids of the prompts that stand in the baseline's training data
    candidate_dirty: tuple[str, ...]
    all: tuple[MetricComparison, ...]  # as on the scoreboard
    clean: tuple[MetricComparison, ...]  # prompts that stand in neither side's data
    dirty: tuple[MetricComparison, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """What the gate looks at beside the metrics: one named sample that must not be lost."""

    name: Literal["golden"]
    task: str
    sample_id: str
    verdict: Verdict
    said: str  # one sentence


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs joined on (task, sample id): everything that a report, a gate and an exit code are made from."""

    baseline: Checkpoint
    candidate: Checkpoint
    baseline_settings: Json
    candidate_settings: Json
    matched: bool  # both sides were asked with the same sampling
    metrics: tuple[MetricComparison, ...]
    slices: tuple[Slice, ...]
    pairs: tuple[Pair, ...]
    outcomes: Json  # {task: {"baseline": {outcome: count}, "candidate": {...}}}
    costs: Json  # {"baseline": {"num_tokens", "num_think_tokens", "seconds"}, "candidate": {...}}
    verdict: Verdict
    headline: str  # the verdict in one sentence
    warnings: tuple[str, ...] = ()
    probes: tuple[ProbeResult, ...] = ()  # of both sides, in the catalogue's order
    probe_differences: tuple[ProbeDifference, ...] = ()  # candidate - baseline
    contaminated: tuple[ContaminatedTask, ...] = ()  # of the tasks with a prompt that was trained on
    judged: tuple[JudgeComparison, ...] = ()  # of the tasks that judges were heard on
    graded: tuple[GradeComparison, ...] = ()  # of the tasks whose answers judges graded one by one
    reproduce: Json = field(default_factory=dict)  # command, seeds, hashes, versions
    instructions: tuple[InstructionComparison, ...] = ()  # of the tasks of constraints
    sensitivity: Sensitivity | None = None  # None: no prompt with a known defect was asked
    guards: tuple[Guard, ...] = ()  # beside the metrics; one that regresses is enough
    left_out: Json = field(default_factory=dict)  # {task: prompts that only one side was asked}; see `compare.joining`
    calls: tuple[CallComparison, ...] = ()  # of the tasks whose failures have a layer
    spreads: tuple[Spread, ...] = ()  # of the gating metrics of tasks with several answers to a prompt
    passes: tuple[PassComparison, ...] = ()  # of the agent tasks with several tries of each item
    budgets: tuple[BudgetCurve, ...] = ()  # of the tasks on which a side thinks
