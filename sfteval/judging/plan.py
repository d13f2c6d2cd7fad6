"""Who judges a comparison, and how they are asked: plain values, light to load."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sfteval.asking import AskingPolicy
from sfteval.backends import Serving


@dataclass(frozen=True, slots=True)
class JudgePlan:
    """Who judges, with which locks, and how they are asked."""

    judges: tuple[str, ...] = ()  # checkpoint arguments; none: nobody judges
    locks: tuple[Path, ...] = ()
    gold: tuple[Path, ...] = ()  # labelled pairs of this very comparison
    rubrics: Mapping[str, str] = field(default_factory=dict)  # by task; in place of what its options name
    runs: Path = Path("runs")
    backend: str = "auto"
    policy: AskingPolicy = field(default_factory=AskingPolicy)
    serving: Serving = field(default_factory=Serving)


NOBODY = JudgePlan()
