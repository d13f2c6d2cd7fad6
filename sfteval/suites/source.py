"""Where a task's rows lie, in; its Samples and the hash by which its data is known, out.

Looked for in this order: the file beside `suite.toml`, the file in the folder that the environment variable
SFTEVAL_DATA names, the hub. What is right may lie in a second file (`answers`), in the same places. `sha256` is that of
the file's bytes. `content_sha256` is that of the samples, so that a published file and its copy on the hub, which pads
with nulls and orders its keys otherwise, are the very same samples or an error.
Does not know who asks for them, or how they are graded.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfteval.errors import ConfigurationError, DataError, InfrastructureError, SftevalError, nearest
from sfteval.identity import content_hash, file_hash
from sfteval.suites.answers import with_answers
from sfteval.suites.formats import FORMATS, OWN
from sfteval.suites.hub import PREFIX, HubName, UnreachedError, hub_rows
from sfteval.suites.rows import check_ids, checked_row, num_rows, read_rows, sample_of
from sfteval.suites.table import Table
from sfteval.types import Sample

DATA_VARIABLE = "SFTEVAL_DATA"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows of one task may lie, and by which hashes they are known."""

    where: str  # the task's place in its suite.toml
    folder: Path  # of the suite
    data: str  # a file's path below a folder; "": on the hub only
    hub: str  # hf:ORG/NAME...; "": not there
    row_format: str  # a name in FORMATS
    sha256: str  # of the file; "": any
    content_sha256: str  # of the samples; "": any
    answers: str = ""  # a second file's path, whose rows are joined by id; "": rows are whole
    origin: str = ""  # where the files are published, for people; "": nowhere

    @classmethod
    def read(cls, table: Table, folder: Path) -> "Source":
        """Read a task's keys `data` (a path or hf:NAME), `answers`, `hub`, `origin`, `format` and the two hashes."""
        data, hub = table.text("data", ""), table.text("hub", "")
        if data.startswith(PREFIX):
            if hub:
                raise table.error("data", "a path, where hub names the dataset", f'"{data}"', "Remove one of them")
            data, hub = "", data
        answers = table.text("answers", "")
        if answers and (hub or not data):
            raise table.error("answers", "a path beside that of data", f'"{answers}"', "Name both files, and no hub")
        if hub:
            HubName.parse(hub, f"{table.where}, hub")
        row_format = table.text("format", OWN)
        if row_format not in FORMATS:
            raise table.error("format", "a known format of rows", f'"{row_format}"', nearest(row_format, FORMATS))
        hashes = table.text("sha256", ""), table.text("content_sha256", "")
        return cls(table.where, folder, data, hub, row_format, *hashes, answers, table.text("origin", ""))

    def path(self) -> Path | None:
        """Return the file of the rows; None: it is in none of its places."""
        return self.find(self.data)

    def find(self, name: str) -> Path | None:
        """Return one of the files; None: it is in none of its places."""
        paths = [folder / name for folder in (self.folder, *_data_folder()) if name]
        return next((path for path in paths if path.is_file()), None)

    def missing(self) -> list[str]:
        """Return which of the files are in none of their places."""
        return [name for name in (self.data, self.answers) if name and self.find(name) is None]

    def num_rows(self) -> int | None:
        """Return how many rows the file has; None: it, or what goes with it, is in none of its places."""
        path = self.path()
        return None if path is None or self.missing() else num_rows(path)

    def advice(self) -> str:
        """Return how to get what is not there, as an imperative."""
        fetch = f"pip install 'sfteval[hub]' to fetch {self.hub}"
        if self.hub and self.data:
            return (
                f"Put the file at FOLDER/{self.data} and set {DATA_VARIABLE}=FOLDER, or at {self.folder / self.data}; "
                f"or {fetch} where there is a network"
            )
        if self.hub:
            return fetch[0].upper() + fetch[1:]
        if self.origin:
            names = " and ".join(self.missing() or [self.data])
            return (
                f"Put {names} below FOLDER and set {DATA_VARIABLE}=FOLDER, or below {self.folder}; published in "
                f"{self.origin}"
            )
        return f"Put it there or mend the path; or set {DATA_VARIABLE} to the folder that it is relative to"


def _data_folder() -> list[Path]:
    """Return the folder that the environment names, if it names one.

    Raises: ConfigurationError for one that is not there.
    """
    named = os.environ.get(DATA_VARIABLE)
    if not named:
        return []
    if not Path(named).is_dir():
        raise ConfigurationError(
            DATA_VARIABLE, expected="a folder with data files", got=f'"{named}"', next_move="Mend the path, or unset it"
        )
    return [Path(named)]


def read_source(source: Source, cluster_key: str) -> tuple[tuple[Sample, ...], str]:
    """Return the samples, and the hash by which their data is known.

    Raises: DataError for data that is not there, is not what its hash says, or cannot be read; InfrastructureError
    where the hub cannot be reached.
    """
    path = source.path()
    if not source.hub and (path is None or source.missing()):
        raise _no_file(source)
    file_sha256 = "" if path is None else _checked_file(source, path)
    rows, place = (_fetched(source), source.hub) if path is None else (read_rows(path), str(path))
    if (answers := source.find(source.answers)) is not None:
        rows, file_sha256 = with_answers(rows, answers), ""  # two files: known by the samples that they make
    translated = FORMATS[source.row_format]
    samples = tuple(sample_of(translated(row, where), where, cluster_key) for where, row in rows)
    if not samples:
        raise DataError(place, expected="at least one row", got="an empty file", next_move="Add rows")
    check_ids(samples, place)
    if file_sha256 and not source.content_sha256:
        return samples, file_sha256
    return samples, _checked_content(source, samples, place)


def content_sha256(samples: Sequence[Sample]) -> str:
    """Return the hash of what is asked and what is right, in order."""
    return content_hash([[sample.id, sample.content_hash, sample.target, sample.cluster] for sample in samples])


def _checked_file(source: Source, path: Path) -> str:
    found = file_hash(path)
    if source.sha256 and found != source.sha256:
        raise DataError(
            f"{source.where}, data",
            expected=f"{path.name} with sha256 {source.sha256[:12]}...",
            got=f"{found[:12]}...",
            next_move="Restore the file, or write its new sha256 and raise the suite's version",
        )
    return found


def _checked_content(source: Source, samples: Sequence[Sample], place: str) -> str:
    found = content_sha256(samples)
    if source.content_sha256 and found != source.content_sha256:
        raise DataError(
            f"{source.where}, data",
            expected=f"samples with content_sha256 {source.content_sha256[:12]}...",
            got=f"{found[:12]}..., {len(samples):,} samples of {place}",
            next_move="Fetch the version that suite.toml describes; for another one, copy the suite's folder and write "
            f'content_sha256 = "{found}"',
        )
    return found


def _fetched(source: Source) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the rows of the hub."""
    try:
        for where, row in hub_rows(source.hub, f"{source.where}, hub"):
            yield where, checked_row(row, where)
    except UnreachedError as error:
        raise _absent(source, error) from error


def _no_file(source: Source) -> DataError:
    """Return the error of a file that is in none of its places, where there is no hub."""
    if not source.origin:
        got = str(source.folder / (source.missing() or [source.data])[0])
        return DataError(f"{source.where}, data", expected="a file", got=got, next_move=source.advice())
    base = os.environ.get(DATA_VARIABLE)
    elsewhere = f"{DATA_VARIABLE} is {base}, which is without" if base else f"{DATA_VARIABLE} is not set"
    got = f"none beside suite.toml, and {elsewhere}"
    return DataError(f"{source.where}, data", expected="its published files", got=got, next_move=source.advice())


def _absent(source: Source, hub: UnreachedError) -> SftevalError:
    """Return the error that names every place where the data may be, and what was found there."""
    base = os.environ.get(DATA_VARIABLE)
    places, said = [f"{source.hub} on the hub"], [f"the hub: {hub.got}"]
    if source.data:
        places = [f"{source.data} beside suite.toml", f"in the folder that {DATA_VARIABLE} names", *places]
        said = [f"{DATA_VARIABLE} is {base}, which is without it" if base else f"{DATA_VARIABLE} is not set", *said]
    kind: Any = InfrastructureError if isinstance(hub.__cause__, ConnectionError) else DataError
    absent: SftevalError = kind(
        f"{source.where}, data",
        expected=", or ".join(places),
        got=f"none of these ({'; '.join(said)})",
        next_move=source.advice(),
    )
    return absent
