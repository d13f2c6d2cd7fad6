"""A file of answers made elsewhere in, its answers to each sample out, and which of its rows answer none.

A row `{"id" | "prompt", "response" | "calls"}` that has a prompt goes by its prompt, up to white space: an id may be a
mere row number. Its id counts where the prompt is no sample's (a rendered template) and no other row's prompt shows the
ids of the file to be others than ours, and it tells apart samples that ask the same. A row without a prompt goes by its
id. A row answers one question; several rows of one question are several samples. A call that lacks its name or its
arguments is what the model did, and goes on as it stands to whoever reads calls; where no call of the whole file is
whole, the file was made otherwise than we read it, and is refused. Does not know how answers were made.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfteval.backends.logged import squeeze
from sfteval.errors import DataError, UnansweredError
from sfteval.types import FinishReason, Sample

WHOLE = '{"id" or "prompt", "response"}'
MAX_DIGITS = 400
NUM_LISTED = 3
MEND = "Mend or remove that line"
FORMS = ((b"\x1f\x8b", "a gzip file"), (b"PK\x03\x04", "a zip archive"), (b"\x28\xb5\x2f\xfd", "a zstd file"))

Key = tuple[str, str]  # a sample's id and the hash of its content


@dataclass(frozen=True, slots=True)
class Row:
    """One answer, and what it says of its question."""

    line: int  # from 1
    id: str | None
    prompt: str | None  # squeezed
    text: str
    finish_reason: FinishReason = "stop"
    oddities: tuple[str, ...] = ()  # what is wrong with the form of each of its calls; "": nothing


class Rows:
    """The rows of one file, and which of the samples known so far each of them answers."""

    def __init__(self, path: Path) -> None:
        """Read the whole file.

        Raises: DataError for a row that cannot be read.
        """
        self._path = path
        self._rows = _read(path)
        self._samples: dict[Key, Sample] = {}
        self._shared: set[str] = set()
        self._given: dict[Key, list[Row]] = {}
        self._left: list[Row] = self._rows

    def learn(self, samples: Iterable[Sample]) -> None:
        """Take in what is asked: whose answer a row is depends on every sample there is."""
        new = {_key(sample): sample for sample in samples}
        if new.keys() <= self._samples.keys():
            return
        self._samples |= new
        self._deal()

    def check(self) -> None:
        """Refuse a file that answers nothing of what was learned.

        Raises: DataError, and for a row without a prompt whose id different questions share.
        """
        for row in self._rows:
            if row.prompt is None and row.id in self._shared:
                raise DataError(
                    f"{self._path}, line {row.line}",
                    expected="an id of one question",
                    got=f'"{row.id}", which several tasks have',
                    next_move='Add the "prompt" to every row, or ask for one suite at a time',
                )
        if self._samples and not self._given:
            num = len(self._rows)
            raise UnansweredError(
                str(self._path),
                expected="answers to the prompts that are asked",
                got=f"{num:,} row{'s' * (num != 1)} of which none matches" if num else "no rows",
                next_move="Check the ids or the prompts" if num else "Check that this is the file that you mean",
            )

    def find(self, sample: Sample) -> Sequence[Row]:
        """Return the rows of a sample that was learned, in the order of the file."""
        return self._given.get(_key(sample), ())

    def notes(self) -> list[str]:
        """Return that some rows answer no sample that was learned; nothing where each does, or none was learned."""
        if not self._samples or not self._left:
            return []
        num, lines = len(self._left), ", ".join(f"{row.line:,}" for row in self._left[:NUM_LISTED])
        more = ", ..." if num > NUM_LISTED else ""
        verb, named = ("answers", "line") if num == 1 else ("answer", "lines")
        return [f"{num:,} of {len(self._rows):,} rows {verb} none of the prompts asked ({named} {lines}{more})"]

    def _deal(self) -> None:
        by_id, by_prompt = defaultdict[str, list[Key]](list), defaultdict[str, list[Key]](list)
        for key, sample in self._samples.items():
            by_id[sample.id].append(key)
            by_prompt[squeeze(sample.prompt)].append(key)
        self._shared = {name for name, keys in by_id.items() if len(keys) > 1}
        foreign = any(_is_refuted(row, by_prompt) for row in self._rows)
        given: dict[Key, list[Row]] = defaultdict(list)
        self._left = []
        for row in self._rows:
            asking = by_prompt.get(row.prompt, []) if row.prompt is not None else []
            named = by_id.get(row.id, []) if row.id is not None and row.id not in self._shared else []
            if asking:
                keys = [key for key in asking if key[0] == row.id] or asking
            else:
                keys = named if row.prompt is None or not foreign else []
            for key in keys:
                given[key].append(row)
            if not keys:
                self._left.append(row)
        self._given = dict(given)


def _key(sample: Sample) -> Key:
    return (sample.id, sample.content_hash)


def _is_refuted(row: Row, by_prompt: dict[str, list[Key]]) -> bool:
    """Return whether a row's prompt is that of samples with other ids than its own."""
    if row.id is None or row.prompt is None or row.prompt not in by_prompt:
        return False
    return all(key[0] != row.id for key in by_prompt[row.prompt])


# -- reading -----------------------------------------------------------------------------------------------------------


class _Unreadable(Exception):
    """What a row was found to be, and what to do about it."""

    def __init__(self, got: str, next_move: str = MEND, expected: str = WHOLE) -> None:
        super().__init__(got)
        self.got, self.next_move, self.expected = got, next_move, expected


def _read(path: Path) -> list[Row]:
    rows = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                rows.append(_row(line, number))
            except _Unreadable as odd:
                where = f"{path}, line {number}"
                raise DataError(where, expected=odd.expected, got=odd.got, next_move=odd.next_move) from odd
    _check_calls(path, rows)
    return rows


def _check_calls(path: Path, rows: Sequence[Row]) -> None:
    """Refuse a file none of whose calls is whole."""
    if all(oddity for row in rows for oddity in row.oddities):
        for row in rows:
            for oddity in row.oddities:
                where = f"{path}, line {row.line}"
                raise DataError(where, expected='calls {"name", "arguments"}', got=oddity, next_move=MEND)


def _row(line: bytes, number: int) -> Row:
    value = _parsed(line, number)
    if isinstance(value, list) and number == 1:
        raise _Unreadable("a list", "Write each of its rows on a line of its own")
    if not isinstance(value, dict):
        raise _Unreadable(_kind(value))
    prompt = value.get("prompt")
    squeezed = squeeze(prompt) if isinstance(prompt, str) else ""
    name = _name(value.get("id"))
    if name is None and not squeezed:
        raise _no_question(value)
    finish: FinishReason = "length" if value.get("finish_reason") == "length" else "stop"
    calls = value.get("calls")
    oddities = tuple(map(_oddity, calls)) if isinstance(calls, list) else ()
    return Row(number, name, squeezed or None, _response(value), finish, oddities)


def _parsed(line: bytes, number: int) -> Any:
    for head, form in FORMS if number == 1 else ():
        if line.startswith(head):
            raise _Unreadable(form, "Unpack it first")
    try:
        text = line.decode("utf-8-sig").rstrip()
        return json.loads(text, parse_int=_whole)
    except UnicodeDecodeError as error:
        raise _Unreadable("text that is not UTF-8", "Write the file as UTF-8") from error
    except RecursionError as error:
        raise _Unreadable("JSON nested too deeply") from error
    except ValueError as error:
        if number == 1 and text.strip() == "[":
            raise _Unreadable("a list", "Write each of its rows on a line of its own") from error
        place = f" from character {error.pos + 1:,} on" if isinstance(error, json.JSONDecodeError) else ""
        raise _Unreadable(f"text that is no JSON{place}") from error


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _Unreadable(f"a number of {len(digits.removeprefix('-')):,} digits")
    return int(digits)


def _name(value: Any) -> str | None:
    """Return an id as text: pandas writes a column of whole numbers with a gap in it as floats."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _no_question(row: dict[str, Any]) -> _Unreadable:
    """Return what a row has in the place of an id or a prompt."""
    for key in ("id", "prompt"):
        if row.get(key) is not None:
            kind = "empty" if isinstance(row[key], str) else _kind(row[key])
            return _Unreadable(f'"{key}" that is {kind}', expected='an "id" or a "prompt"')
    return _Unreadable("neither", "Add one to the row", 'an "id" or a "prompt"')


def _response(row: dict[str, Any]) -> str:
    """Return the raw text of a row; calls given as objects become the markup that a model would have written."""
    if isinstance(row.get("calls"), list):
        calls = [_call(call) for call in row["calls"]]
        # No call was made: that is an answer, where an empty text is none.
        return "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls) or "No call."
    if "response" not in row:
        raise _Unreadable('no "response"')
    if not isinstance(row["response"], str):
        raise _Unreadable(f'"response" that is {_kind(row["response"])}')
    return row["response"]


def _call(call: Any) -> str:
    """Return a call without what a server put around it; one that is odd as it stands, for the model wrote it so."""
    return json.dumps(call if _oddity(call) else {"name": call["name"], "arguments": call["arguments"]})


def _oddity(call: Any) -> str:
    """Return what is wrong with the form of a call; "": nothing."""
    if not isinstance(call, dict):
        return f"a call that is {_kind(call)}"
    return next((f'a call without "{key}"' for key in ("name", "arguments") if key not in call), "")


def _kind(value: Any) -> str:
    """Return what a JSON value is, in JSON's own words."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    kinds = ((str, "text"), (list, "a list"), (dict, "an object"))
    return next((kind for of, kind in kinds if isinstance(value, of)), "a number")
