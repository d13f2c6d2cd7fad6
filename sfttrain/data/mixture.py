"""Several datasets become what one run reads: each read once, its rows named, held out and counted by their weight.

Rows are held out before they are weighted, and never repeated; what a weight does is in `split.times_an_epoch`. A row
held out whose very content is also learned from, under another id or in another dataset, would flatter the run: it is
held out no more, and counted. Knows no template and no arm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sfteval.errors import ConfigurationError, DataError
from sfteval.identity import content_hash
from sfteval.progress import Stage
from sfttrain.config import DataSettings, SourceSettings
from sfttrain.data.formats import as_row
from sfttrain.data.read import read_conversations
from sfttrain.data.split import is_held_out, times_an_epoch, unique_names
from sfttrain.types import Conversation, DataReport


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """What one dataset gives to a run; every row has a name that no row of any other has."""

    report: DataReport
    weight: float
    rows: tuple[Conversation, ...]  # to learn from, each once
    times: tuple[int, ...]  # how often an epoch sees each of `rows`, at least once
    held_out: tuple[Conversation, ...]
    num_left_out: int = 0  # rows that a weight with a fraction never shows
    num_also_learned: int = 0  # rows held out no more, because their content is learned from


def sources_of(settings: DataSettings) -> tuple[SourceSettings, ...]:
    """Return the datasets that a recipe names: its one path, or its several sources."""
    if settings.path and settings.sources:
        got = f'path = "{settings.path}" and {len(settings.sources)} sources'
        raise _misnamed("path or [[data.sources]]", got, "Keep one of the two")
    sources = settings.sources or (SourceSettings(settings.path),)
    for number, source in enumerate(sources, 1):
        if not source.path and not settings.sources:
            raise _misnamed("data.path or [[data.sources]]", "none", "Set it, or pass --data FILE")
        if not source.path:
            raise _misnamed(f"a path in the [[data.sources]] number {number}", "none", "Set it")
        if source.path in [earlier.path for earlier in sources[: number - 1]]:
            raise _misnamed("every dataset once", f'"{source.path}" twice', "Name it once and raise its weight")
    return sources


def read_portions(settings: DataSettings, stage: Stage | None = None) -> tuple[Portion, ...]:
    """Read, name, split and weigh every dataset of a recipe."""
    sources = sources_of(settings)
    read = [read_conversations(source.path, stage) for source in sources]
    everything = [one for conversations, _ in read for one in conversations]
    names = iter(unique_names([one.id for one in everything]))
    split = [_split(conversations, names, settings.held_out_share) for conversations, _ in read]
    if not any(rows for rows, _ in split):
        raise DataError(
            "held-out split",
            expected="rows to learn from",
            got=f"{len(everything)} rows, all of them held out",
            next_move="Lower held_out_share in [data], or add rows",
        )
    leaks = _also_learned(split)
    return tuple(
        _portion(report, source.weight, rows, held_out, leaks)
        for source, (_, report), (rows, held_out) in zip(sources, read, split, strict=True)
    )


def read_named(settings: DataSettings) -> tuple[Conversation, ...]:
    """Return every row of a recipe's datasets under the name that a run gives it, in the order of reading."""
    rows = [one for source in sources_of(settings) for one in read_conversations(source.path)[0]]
    return tuple(map(_renamed, rows, unique_names([one.id for one in rows])))


Sides = tuple[list[Conversation], list[Conversation]]  # to learn from, held out


def _split(conversations: Sequence[Conversation], names: Iterable[str], share: float) -> Sides:
    """Return both sides under their names; the side is that of the id which the data gave."""
    sides: Sides = ([], [])
    for one, name in zip(conversations, names, strict=False):
        sides[is_held_out(one.id, share)].append(_renamed(one, name))
    return sides


def _renamed(one: Conversation, name: str) -> Conversation:
    return one if name == one.id else replace(one, id=name)


def _also_learned(split: Sequence[Sides]) -> frozenset[str]:
    """Return the names of rows held out whose content stands among the rows to learn from."""
    held_out = [one for _, rows in split for one in rows]
    said = {_said(one) for one in held_out}
    learned = {_content(one) for rows, _ in split for one in rows if _said(one) in said}
    return frozenset(one.id for one in held_out if learned and _content(one) in learned)


def _said(one: Conversation) -> tuple[str, ...]:
    """Return the texts of a row: rows of one content share them, and comparing them is quick."""
    return tuple(message.content for message in one.messages)


def _content(one: Conversation) -> str:
    return content_hash({key: value for key, value in as_row(one).items() if key not in ("id", "source")})


def _portion(
    report: DataReport,
    weight: float,
    rows: Sequence[Conversation],
    held_out: Sequence[Conversation],
    leaks: frozenset[str],
) -> Portion:
    times = [times_an_epoch(one.id, weight) for one in rows]
    if rows and not any(times):
        raise DataError(
            report.path,
            expected="rows that an epoch sees",
            got=f"none of {len(rows):,} at weight {weight:g}",
            next_move="Raise the weight, or leave the dataset out",
        )
    kept = tuple(one for one in held_out if one.id not in leaks)
    return Portion(
        report=report,
        weight=weight,
        rows=tuple(one for one, often in zip(rows, times, strict=True) if often),
        times=tuple(often for often in times if often),
        held_out=kept,
        num_left_out=times.count(0),
        num_also_learned=len(held_out) - len(kept),
    )


def _misnamed(expected: str, got: Any, next_move: str) -> ConfigurationError:
    return ConfigurationError("recipe", expected=expected, got=got, next_move=next_move)
