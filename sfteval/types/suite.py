"""What is asked: sampling, samples, tasks, suites. Knows no checkpoint."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfteval.types.conversation import Json, Message


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
