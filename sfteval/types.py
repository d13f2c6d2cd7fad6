"""The nouns of the house, frozen: what the stages hand to each other.

A stage takes some of these and returns others; none of them knows how it was made, and none does any work beyond
small derived properties. Units stand in names; `X | None` is used only where None has a stated meaning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

Json = Mapping[str, Any]  # a JSON object


# -- conversations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, in the field's (OpenAI's) form."""

    role: str  # system, developer, user, assistant or tool
    content: str
    reasoning_content: str | None = None  # None: no reasoning was given, not "empty reasoning"
    tool_calls: tuple[Json, ...] = ()  # {"type": "function", "function": {"name", "arguments": object}}
    name: str | None = None
    tool_call_id: str | None = None
    weight: int = 1  # 0: never learned from, whatever the role

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form that chat templates and servers read: keys without a value are absent."""
        out: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.reasoning_content is not None:
            out["reasoning_content"] = self.reasoning_content
        if self.tool_calls:
            out["tool_calls"] = [dict(call) for call in self.tool_calls]
        if self.name is not None:
            out["name"] = self.name
        if self.tool_call_id is not None:
            out["tool_call_id"] = self.tool_call_id
        return out


# -- what is asked ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn, always explicit: a server's defaults never apply silently."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0  # 0: no limit
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One question: what is asked, and what a right answer is measured against."""

    id: str  # the suite's own id, else `content_hash`; never a position
    messages: tuple[Message, ...]
    tools: tuple[Json, ...] = ()
    target: Any = None  # JSON; its form belongs to the task's scorer
    metadata: Json = field(default_factory=dict)
    cluster: str = ""  # samples that share a stem are not independent; "" means a cluster of its own
    content_hash: str = ""

    @property
    def prompt(self) -> str:
        """The last user turn, for people to read."""
        return next((message.content for message in reversed(self.messages) if message.role == "user"), "")


@dataclass(frozen=True, slots=True)
class Continuation:
    """A given text behind a conversation, of which is asked how likely it is."""

    messages: tuple[Message, ...]  # where the last turn is the assistant's, the text goes on from it
    text: str


@dataclass(frozen=True, slots=True)
class LikelihoodSample(Sample):
    """One question that is answered by how likely given texts are: nothing is drawn."""

    continuations: tuple[Continuation, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """Samples of one kind with the scorer that grades them."""

    name: str
    scorer: str
    samples: tuple[Sample, ...]
    metrics: tuple[str, ...]
    gating: tuple[str, ...] = ()  # the metrics that decide the verdict; the others are diagnostic
    margin: float = 0.05  # a loss smaller than this is accepted, in the metric's unit
    num_samples: int = 1  # answers drawn per prompt
    sampling: Sampling = Sampling()
    options: Json = field(default_factory=dict)  # the scorer's own
    slices: tuple[str, ...] = ()  # metadata fields by which the report shows accuracy
    sanity: Json = field(default_factory=dict)  # {"field", "value", "floor"}: a side below it never learned the task
    data_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """A named, versioned set of tasks."""

    name: str
    version: str
    license: str
    about: str
    tasks: tuple[Task, ...]
    folder: Path | None = None  # None: not read from a folder


# -- who is asked ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Something that can be asked, named by what it contains and never by its path."""

    argument: str  # as the user wrote it
    kind: Literal["directory", "adapter", "hub", "endpoint", "run", "responses"]
    name: str  # short, for people
    path: Path | None = None
    url: str | None = None
    model: str | None = None  # the served model name of an endpoint
    fingerprint: str | None = None  # None: cannot be known (an endpoint); its answers are `unverified`
    template_sha256: str | None = None
    template_kwargs: Json = field(default_factory=dict)
    sampling_overrides: Json = field(default_factory=dict)
    base_path: Path | None = None  # the model that an adapter rests on
    training: Json = field(default_factory=dict)  # what `sft_run.json` tells; empty where there is none


@dataclass(frozen=True, slots=True)
class Request:
    """One question on its way to a backend."""

    task: str
    sample: Sample
    sample_index: int
    sampling: Sampling
    seed: int  # from the run's seed, the sample's content and the index: never from a position
    template_kwargs: Json = field(default_factory=dict)


# -- what was said ---------------------------------------------------------------------------------------------------

FinishReason = Literal["stop", "length", "tool_calls", "error"]


@dataclass(frozen=True, slots=True)
class Generation:
    """What one checkpoint said to one sample, exactly as it said it."""

    task: str
    sample_id: str
    sample_index: int  # 0 .. num_samples - 1
    question: str  # hash of prompt, sampling and sample index: the same question is never asked twice
    text: str  # raw, with the special tokens that the backend can show
    finish_reason: FinishReason
    prompt_token_ids: tuple[int, ...] = ()  # empty: the backend has no token ids, the answer is `unverified`
    token_ids: tuple[int, ...] = ()
    think_prefilled: bool = False  # the prompt ends inside an open think block: the text starts within it
    num_prompt_tokens: int = 0
    num_tokens: int = 0
    latency_seconds: float = 0.0
    seed: int = 0
    content_hash: str = ""  # of the sample that was asked: a replay answers only what was really asked
    error: str | None = None  # set when `finish_reason` is "error": transport failed, owed again
    server: Json = field(default_factory=dict)  # the server's own parse: content, reasoning, tool_calls
    stop_reason: str | int | None = None  # what ended it, as the server says: a stop text, a token id; None: unsaid
    verified: bool | None = None  # the prompt's ids as the server used them are those that we render; None: unknown
    recorded: Json = field(default_factory=dict)  # what another harness gave it: {"question", "metrics", "extracted"}


class Outcome(StrEnum):
    """What became of one answer, before anybody asks whether it is right."""

    OK = "ok"
    TRUNCATED_THINK = "truncated_think"
    TRUNCATED_ANSWER = "truncated_answer"
    EMPTY = "empty"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Fault:
    """Where and why a tool call cannot be executed; the first failing layer decides the code."""

    code: str  # "json_invalid", "unclosed_tag", ...
    layer: str  # transport, envelope, json, name, schema, value, decision, trajectory
    message: str
    position: int = -1  # character in the raw text; -1: the whole text
    excerpt: str = ""  # up to 30 characters on either side, control characters made visible
    line: int | None = None  # in the raw text, from 1; None: the whole text
    token: int | None = None  # place in the answer's token ids; None: ids or their text are not known
    path: str = ""  # JSON path that was reached, `$.arguments.a`; "": outside JSON


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One attempted call in the raw text; `fault` says why it cannot be executed."""

    name: str  # "" when it could not be read
    arguments: Json | None  # None when they could not be read
    raw: str
    start: int  # character span in the raw text
    end: int
    fault: Fault | None = None
    as_text: bool = False  # arguments are texts, whose types only the tool's schema tells (XML dialects)
    lenient: Json | None = None  # what a forgiving reader makes of a faulty call: {"name", "arguments"}; a diagnosis


@dataclass(frozen=True, slots=True)
class Reading:
    """The raw text understood."""

    outcome: Outcome
    answer: str  # what the user would see: no think, no special tokens, no tool-call markup
    think: str | None = None  # None: no think block at all; "" : an empty one
    tool_calls: tuple[ToolCall, ...] = ()
    faults: tuple[Fault, ...] = ()  # faults that belong to no single call, e.g. a call inside think
    num_think_tokens: int | None = None  # None: not known without token ids
    dialect: str = ""  # in which calls were looked for; "": by no dialect
    notes: tuple[str, ...] = ()  # what is odd and no fault: dialect_guessed, trailing_text
    server_calls: tuple[Json, ...] | None = None  # {"name", "arguments"} as the server read them; None: it read nothing
    recorded: Json = field(default_factory=dict)  # as the Generation has it


# -- what it was worth -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint's verdict on one text."""

    ok: bool
    reason: str
    measured: Any = None  # JSON: the number or the text that decided


@dataclass(frozen=True, slots=True)
class Graded:
    """What a scorer returns for one reading: metrics by name, and the detail behind them."""

    metrics: Mapping[str, float | None]  # None: cannot be computed, and is not a zero
    detail: Json = field(default_factory=dict)
    stands: bool = False  # kept where the answer is cut or empty: another harness's own verdict, who has seen that


@dataclass(frozen=True, slots=True)
class Score:
    """One line of `scores/<task>.jsonl`."""

    sample_id: str
    sample_index: int
    outcome: Outcome
    metrics: Mapping[str, float | None]
    detail: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One checkpoint's generations and scores on one task, in the order of the task's samples; views of files maybe."""

    task: Task
    generations: Sequence[Generation]
    readings: Sequence[Reading]
    scores: Sequence[Score]


@dataclass(frozen=True, slots=True)
class Run:
    """One checkpoint over suites."""

    checkpoint: Checkpoint
    settings: Json  # sampling and template kwargs by task, backend, versions
    tasks: tuple[TaskRun, ...]
    folder: Path | None = None


# -- the comparison --------------------------------------------------------------------------------------------------


class Finding(StrEnum):
    """What the paired difference of one metric shows."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    NOT_SHOWN = "not_shown"


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


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One overfitting probe's verdict on one pair of checkpoints."""

    probe: str
    verdict: Literal["pass", "warn", "fail", "invalid", "skipped", "inconclusive"]
    sentence: str
    numbers: Json = field(default_factory=dict)


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
    probes: tuple[ProbeResult, ...] = ()
    judge: Json = field(default_factory=dict)
    reproduce: Json = field(default_factory=dict)  # command, seeds, hashes, versions
    instructions: tuple[InstructionComparison, ...] = ()  # of the tasks of constraints
    sensitivity: Sensitivity | None = None  # None: no prompt with a known defect was asked
    guards: tuple[Guard, ...] = ()  # beside the metrics; one that regresses is enough
