"""What a run or a pair learns from: the noun that `prepare` makes, its identity, and what `sft_run.json` says of it.

A row that an epoch sees twice is two entries that share one row and its examples. Nothing here reads or renders.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sfteval.canaries import CANARIES_FILE, CanaryPlan
from sfteval.chat import ChatFormat
from sfteval.identity import content_hash
from sfttrain.arm import shown_to
from sfttrain.config import DataSettings, Recipe
from sfttrain.data import Portion
from sfttrain.data.hub import is_hub_name
from sfttrain.data.report import reasoning
from sfttrain.prepare.rendering import Rendered
from sfttrain.types import Arm, Conversation, DataReport, Example

WITHOUT_EFFECT = ("base", "data", "save", "memory")  # on what is learned; what matters of data is told by content


@dataclass(frozen=True, slots=True)
class Counts:
    """What an arm learns from in an epoch; a row that is seen twice counts twice."""

    conversations: int = 0
    examples: int = 0
    tokens: int = 0  # positions that the model computes
    supervised_tokens: int = 0
    turns: int = 0  # of assistants, learned
    turns_with_reasoning: int = 0  # as the arm sees them

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both together."""
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class SourceRecord:
    """What became of every row of one source."""

    report: DataReport  # of reading
    weight: float
    train: tuple[str, ...]  # names of the rows that are learned from, each once
    held_out: tuple[str, ...]
    overlong: tuple[str, ...]
    refused: Mapping[str, tuple[str, ...]]  # reason -> names
    first_refused: Mapping[str, str]  # reason -> what was expected of the first of them, and what came
    num_left_out: int  # by a weight with a fraction
    num_also_learned: int  # held out no more: their content is learned from elsewhere
    num_react: int  # rows of `train` with ReAct text whose observations are not learned
    counts: Mapping[Arm, Counts]

    @classmethod
    def of(cls, portion: Portion, rendered: Rendered) -> "SourceRecord":
        """Count what reading and rendering made of a source."""
        return cls(
            report=portion.report,
            weight=portion.weight,
            train=tuple(one.id for one in rendered.rows),
            held_out=tuple(one.id for one in portion.held_out),
            overlong=tuple(rendered.overlong),
            refused={reason: tuple(refusals.names) for reason, refusals in rendered.refused.items()},
            first_refused={reason: refusals.first for reason, refusals in rendered.refused.items()},
            num_left_out=portion.num_left_out,
            num_also_learned=portion.num_also_learned,
            num_react=rendered.num_react,
            counts={arm: _count(rendered, arm) for arm in rendered.examples},
        )

    def as_json(self, out: Path) -> dict[str, Any]:
        """Return the source as `sft_run.json` tells it, its path as seen from the checkpoint."""
        return {
            "path": seen_from(out, self.report.path),
            "sha256": self.report.sha256,
            "format": self.report.format,
            "weight": self.weight,
            "rows_read": self.report.num_read,
            "rows_kept": self.report.num_kept,
            "rows_dropped": {reason: len(rows) for reason, rows in self.report.dropped.items()},
            "rows_left_out": self.num_left_out,
            "rows_also_learned": self.num_also_learned,
            "rows_overlong": len(self.overlong),
            "rows_react": self.num_react,
            "rows_refused": {reason: len(names) for reason, names in self.refused.items()},
            "examples": {str(arm): counts.examples for arm, counts in self.counts.items()},
            "tokens": {str(arm): counts.tokens for arm, counts in self.counts.items()},
            "supervised_tokens": {str(arm): counts.supervised_tokens for arm, counts in self.counts.items()},
            "train": list(self.train),
            "held_out": list(self.held_out),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """The canaries among the rows: what makes them again, and what each arm learns of them in an epoch."""

    plan: CanaryPlan
    counts: Mapping[Arm, Counts]

    @classmethod
    def of(cls, plan: CanaryPlan, rendered: Rendered) -> "Planted":
        """Count what rendering made of the canaries."""
        return cls(plan, {arm: _count(rendered, arm) for arm in rendered.examples})

    def as_json(self) -> dict[str, Any]:
        """Return what `sft_run.json` tells of the canaries: numbers, and the file that makes them again."""
        return {
            "planted": len(self.plan.repeats),
            "rows": self.plan.num_rows,
            "by_repeats": {str(repeats): num for repeats, num in self.plan.doses().items()},
            "references": self.plan.num_references,
            "file": CANARIES_FILE,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What one run or one pair learns from."""

    base: Path
    chat: ChatFormat
    stop_token_ids: tuple[int, ...]  # those of the base, and the token that ends a turn in its template
    sources: tuple[SourceRecord, ...]
    conversations: tuple[Conversation, ...]  # learned from in an epoch, as the data holds them
    held_out: tuple[Conversation, ...]
    examples: Mapping[Arm, tuple[tuple[Example, ...], ...]]  # one tuple for each of `conversations`
    base_fingerprint: str
    canaries: Planted | None = None  # among `conversations`, behind those of the sources

    @property
    def costs(self) -> list[int]:
        """Tokens that each conversation adds to a step: what the longest arm pays."""
        per_arm = zip(*self.examples.values(), strict=True)
        return [max(sum(one.num_tokens for one in examples) for examples in arms) for arms in per_arm]

    @property
    def train_ids(self) -> list[str]:
        """The names of the rows that are learned from, each once."""
        return [name for source in self.sources for name in source.train]

    @property
    def num_overlong(self) -> int:
        """Rows longer than what the model computes at once."""
        return sum(len(source.overlong) for source in self.sources)

    @property
    def num_refused(self) -> int:
        """Rows that the template does not render whole."""
        return sum(len(names) for source in self.sources for names in source.refused.values())

    def counts(self, arm: Arm) -> dict[str, int]:
        """Return what an arm learns from, per epoch."""
        planted = Counts() if self.canaries is None else self.canaries.counts[arm]
        return asdict(sum((source.counts[arm] for source in self.sources), planted))

    def identity(self, arm: Arm, recipe: Recipe) -> str:
        """Return the hash of everything that decides what an arm becomes; no path and no name among it."""
        settings = {key: value for key, value in asdict(recipe).items() if key not in WITHOUT_EFFECT}
        if not recipe.evaluate.patience:
            del settings["evaluate"]
        if not recipe.canaries.count:
            del settings["canaries"]
        data = [recipe.data.held_out_share, [[source.report.sha256, source.weight] for source in self.sources]]
        parts = [settings, data, self.base_fingerprint, sorted(self.examples), arm, version("sfteval")]
        return content_hash(parts)

    def data_record(self, out: Path) -> dict[str, Any]:
        """Return what `sft_run.json` tells of the data; of a single source also at the top, as one path."""
        sources = [source.as_json(out) for source in self.sources]
        only = sources[0] if len(sources) == 1 else {}
        keys = ("path", "sha256", "format", "rows_read", "rows_dropped", "rows_overlong")
        return {
            **{key: only[key] for key in keys if only},
            **({"rows_refused": self.num_refused} if only else {}),
            "sources": sources,
            "train": self.train_ids,
            "held_out": [one.id for one in self.held_out],
            **({} if self.canaries is None else {"canaries": self.canaries.as_json()}),
        }


def portable_data(settings: DataSettings, out: Path) -> dict[str, Any]:
    """Return the data settings of a recipe with their paths as seen from the checkpoint."""
    sources = [asdict(source) | {"path": seen_from(out, source.path)} for source in settings.sources]
    path = seen_from(out, settings.path) if settings.path else ""
    return asdict(settings) | {"path": path, "sources": sources}


def seen_from(out: Path, path: str) -> str:
    """Return a path as seen from the checkpoint, so that both can move together; a name of the hub as it is."""
    return path if is_hub_name(path) else Path(os.path.relpath(Path(path).resolve(), out.resolve())).as_posix()


def _count(rendered: Rendered, arm: Arm) -> Counts:
    total = Counts()
    for row, often, examples in zip(rendered.rows, rendered.times, rendered.examples[arm], strict=True):
        turns, reasoned = reasoning([shown_to(arm, row)])
        total += Counts(
            often,
            often * len(examples),
            often * sum(one.num_tokens for one in examples),
            often * sum(one.num_supervised for one in examples),
            often * turns,
            often * reasoned,
        )
    return total
