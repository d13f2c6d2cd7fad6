"""Who is asked, and one question on its way: checkpoints and requests. Knows no answer."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sfteval.types.conversation import Json
from sfteval.types.suite import Sample, Sampling


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Something that can be asked, named by what it contains and never by its path."""

    argument: str  # as the user wrote it
    kind: Literal["directory", "adapter", "hub", "endpoint", "run", "responses", "scores"]
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
    tool_choice: str = "auto"  # of an endpoint; "required": its server shapes calls, and the run is marked


@dataclass(frozen=True, slots=True)
class Request:
    """One question on its way to a backend."""

    task: str
    sample: Sample
    sample_index: int
    sampling: Sampling
    seed: int  # from the run's seed, the sample's content and the index: never from a position
    template_kwargs: Json = field(default_factory=dict)
    tool_choice: str = "auto"  # otherwise an endpoint's server shapes calls
