"""The nouns of the house, frozen: what the stages hand to each other.

A stage takes some of these and returns others; none of them knows how it was made, and none does any work beyond
small derived properties. Units stand in names; `X | None` is used only where None has a stated meaning. They come in
the order of the work: `conversation`, `suite`, `asked`, `answered`, `worth`, `comparison`.
"""

from sfteval.types.answered import Fault, FinishReason, Generation, Outcome, Reading, ToolCall
from sfteval.types.asked import Checkpoint, Request
from sfteval.types.comparison import (
    Comparison,
    Finding,
    Guard,
    InstructionComparison,
    MetricComparison,
    Pair,
    Part,
    ProbeResult,
    Repair,
    RuleDelta,
    Sensitivity,
    Slice,
    Verdict,
)
from sfteval.types.conversation import Json, Message
from sfteval.types.suite import Continuation, LikelihoodSample, Sample, Sampling, Suite, Task
from sfteval.types.worth import Check, Graded, Run, Score, TaskRun

__all__ = [
    "Check",
    "Checkpoint",
    "Comparison",
    "Continuation",
    "Fault",
    "Finding",
    "FinishReason",
    "Generation",
    "Graded",
    "Guard",
    "InstructionComparison",
    "Json",
    "LikelihoodSample",
    "Message",
    "MetricComparison",
    "Outcome",
    "Pair",
    "Part",
    "ProbeResult",
    "Reading",
    "Repair",
    "Request",
    "RuleDelta",
    "Run",
    "Sample",
    "Sampling",
    "Score",
    "Sensitivity",
    "Slice",
    "Suite",
    "Task",
    "TaskRun",
    "ToolCall",
    "Verdict",
]
