"""A dataset of the Hugging Face hub in, its numbered rows out: `hf:ORG/NAME[/CONFIG][@REV][:SPLIT]`.

The split is `train` where none is named, and may be a slice (`:train[:1000]`); REV is a branch, a tag or a commit, and
only a commit stays what it is. Reading is the `datasets` library's,
with its cache, its token and its offline mode; scripts of a dataset are never run. Knows no format of a row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfteval.errors import ConfigurationError, DataError, InfrastructureError, SftevalError
from sfttrain.data.files import Numbered, without_padding
from sfttrain.data.formats import COLUMNS

PREFIX = "hf:"
NAME = re.compile(
    r"hf:(?P<repository>[\w.-]+/[\w.-]+)(?:/(?P<config>[\w.-]+))?(?:@(?P<revision>[\w./-]+))?(?::(?P<split>.+))?"
)


@dataclass(frozen=True, slots=True)
class HubName:
    """Which rows of the hub."""

    repository: str  # ORG/NAME
    config: str | None = None  # None: the dataset's default
    split: str = "train"
    revision: str | None = None  # None: the newest

    @classmethod
    def parse(cls, text: str) -> "HubName":
        """Read a name, or say how one is written."""
        found = NAME.fullmatch(text)
        if found is None:
            raise ConfigurationError(
                "data", expected="hf:ORG/NAME[/CONFIG][@REV][:SPLIT]", got=text, next_move="Write hf:ORG/NAME:train"
            )
        return cls(found["repository"], found["config"], found["split"] or "train", found["revision"])


def is_hub_name(source: Path | str) -> bool:
    """Return whether a dataset is one of the hub, and not a file."""
    return str(source).startswith(PREFIX)


def hub_rows(text: str) -> Iterator[Numbered]:
    """Yield the rows of a dataset of the hub, numbered from 1, with the columns that any of our formats reads."""
    name = HubName.parse(text)
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise ConfigurationError(
            text, expected="the datasets library", got=f'"{error}"', next_move="Install it: pip install 'sfteval[hub]'"
        ) from error
    try:
        rows = load_dataset(name.repository, name.config, split=name.split, revision=name.revision)
        known = [column for column in rows.column_names if column in COLUMNS]
        for number, row in enumerate(rows.select_columns(known) if known else rows, 1):
            yield number, {column: without_padding(value) for column, value in row.items()}
    except Exception as error:  # whatever a repository holds, its reader or the network raise
        raise _unread(text, error) from error


def _unread(text: str, error: Exception) -> SftevalError:
    kind: Any = InfrastructureError if isinstance(error, ConnectionError) else DataError
    move = "Check the name, the network and HF_TOKEN; or download its files and name those"
    quoted = " ".join(f'"{error}"'.split())
    return kind(text, expected="a dataset of the hub", got=quoted, next_move=move)  # type: ignore[no-any-return]
