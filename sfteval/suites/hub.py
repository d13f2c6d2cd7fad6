"""A dataset of the Hugging Face hub in, its rows out, each with its place: `hf:ORG/NAME[/CONFIG][@REV][:SPLIT]`.

The split is `train` where none is named; REV is a branch, a tag or a commit. Reading is the `datasets` library's, with
its cache, its token and its offline mode; scripts of a dataset are never run. Fields that are null are left out: a
table has every field in every row, and pads with nulls. Does not know what a row means.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sfteval.errors import ConfigurationError, DataError

PREFIX = "hf:"
FORM = "hf:ORG/NAME[/CONFIG][@REV][:SPLIT]"
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
    def parse(cls, text: str, where: str) -> "HubName":
        """Read a name, or say how one is written."""
        found = NAME.fullmatch(text)
        if found is None:
            raise ConfigurationError(where, expected=FORM, got=f'"{text}"', next_move="Write e.g. hf:ORG/NAME:train")
        return cls(found["repository"], found["config"], found["split"] or "train", found["revision"])


class UnreachedError(DataError):
    """The hub did not give a dataset: no library, no network, no such name; `got` says which."""


def hub_rows(text: str, where: str) -> Iterator[tuple[str, Any]]:
    """Yield the rows of a dataset, each with its place, numbered from 1.

    Raises: UnreachedError where they cannot be had, ConfigurationError for a name of another form.
    """
    name = HubName.parse(text, where)
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise _unreached(text, "the datasets library is not installed") from error
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # a line a try, where one sentence follows
    try:
        rows = load_dataset(name.repository, name.config, split=name.split, revision=name.revision)
        for number, row in enumerate(rows, 1):
            yield f"{text}, row {number}", without_padding(row)
    except Exception as error:  # whatever a repository holds, its reader or the network raise
        raise _unreached(text, " ".join(f'"{error}"'.split())[:200]) from error


def without_padding(value: Any) -> Any:
    """Return a value of a table without the fields that are null; entries of a list stay."""
    if isinstance(value, Mapping):
        return {key: without_padding(entry) for key, entry in value.items() if entry is not None}
    return [without_padding(entry) for entry in value] if isinstance(value, list) else value


def _unreached(text: str, got: str) -> UnreachedError:
    move = "pip install 'sfteval[hub]', and check the name, the network and HF_TOKEN"
    return UnreachedError(text, expected="a dataset of the hub", got=got, next_move=move)
