"""What overfitting probes look at and what they say: scored spans, outputs and answers in; results and differences out.

Nothing here knows a backend: who fills these nouns has asked the models already. A span holds only tokens that the
model chose itself: no template tokens, and no empty think block that the template forced.
"""

from dataclasses import dataclass, field
from typing import Literal

from sfteval.types.conversation import Json
from sfteval.types.finding import Finding

Split = Literal["train", "held_out"]
ThinkFlag = Literal["on", "off", "none"]  # none: the prompt says nothing about thinking


# What one probe says of one checkpoint; only `pass` is good news, and no data is never a pass. `invalid`: the data
# cannot carry the question, whatever the model is. `skipped`: the question does not apply, or nobody could answer it.
# `inconclusive`: it applies, and the data are too few or too noisy.
ProbeVerdict = Literal["pass", "warn", "fail", "invalid", "skipped", "inconclusive"]


@dataclass(frozen=True, slots=True)
class TokenScores:
    """How likely one model holds the tokens of one span, each given all before it; `[T]` each."""

    logprobs: tuple[float, ...]  # nats
    is_greedy: tuple[bool | None, ...] = ()  # no other token is likelier; empty: the backend does not say
    means: tuple[float, ...] = ()  # of the log probability over the whole vocabulary; empty: not known
    deviations: tuple[float, ...] = ()  # standard deviations beside the means


@dataclass(frozen=True, slots=True)
class Span:
    """The same tokens, held by the checkpoint and by the base model that it came from."""

    model: TokenScores
    base: TokenScores | None = None  # None: no base model was asked


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """One training or held-out answer, and how likely it is."""

    id: str
    split: Split
    text: str  # the answer without thought and template
    answer: Span
    think: Span | None = None
    cluster: str = ""  # source or group of duplicates; "": its own


@dataclass(frozen=True, slots=True)
class Recited:
    """What a checkpoint went on with after the first tokens of an answer, beside how that answer really goes on."""

    id: str
    split: Split
    reference: tuple[int, ...]  # token ids of the true continuation
    output: tuple[int, ...]  # greedy
    base_output: tuple[int, ...] | None = None  # the base model's, same prompt; None: not asked
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Rephrased:
    """One prompt asked as it stands and in other words: what each answer was worth."""

    id: str
    split: Split
    score: float  # of the original prompt, in [0, 1]
    variant_scores: tuple[float, ...]
    answers: tuple[str, ...] = ()  # the original's first; empty: agreement is not asked for
    gold_nll: float | None = None  # nats a token of the true answer under the original prompt
    variant_gold_nlls: tuple[float, ...] = ()
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Several answers to one open prompt, drawn with temperature; answers alone, what stands after `</think>`."""

    id: str
    answers: tuple[tuple[int, ...], ...]  # token ids


@dataclass(frozen=True, slots=True)
class Reply:
    """One raw answer to a prompt that looks like nothing in the training data."""

    id: str
    prompt: str
    flag: ThinkFlag
    text: str  # raw
    is_cut: bool  # the token limit ended it
    think_prefilled: bool = False
    wants_json: bool = False


@dataclass(frozen=True, slots=True)
class CanaryLoss:
    """How unlikely a planted secret is to the checkpoint. The secret itself never comes here."""

    id: str
    repeats: int  # times that it was in the training data
    nll: float  # nats, of the whole secret


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval; `None` where it cannot be given."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0  # items behind it
    method: str = ""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One overfitting probe's verdict on one checkpoint."""

    probe: str
    verdict: ProbeVerdict
    sentence: str
    numbers: Json = field(default_factory=dict)
    side: Literal["baseline", "candidate"] | None = None  # None: it stands in no comparison


@dataclass(frozen=True, slots=True)
class ProbeDifference:
    """One probe's measure, A against B; `difference` is B - A, and the finding speaks of B."""

    probe: str
    measure: str
    n: int
    baseline: float | None
    candidate: float | None
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    margin: float  # differences below it do not matter
    lower_is_better: bool
    method: str
    b_only: int | None = None  # discordant items of a measure of right or wrong
    a_only: int | None = None
    detectable: float | None = None  # the smallest difference that so much data shows in 8 of 10
    p_adjusted: float | None = None  # Holm over the family
    finding: Finding = Finding.NOT_SHOWN  # better: B is
    sentence: str = ""
