"""What an expected value and a found one have in common, field by field: two JSON values in, verdicts with paths out.

A field is a text, a number, true or false, with the path that leads to it. null, [] and {} claim nothing: they are no
fields, and an absent key is like them. With W fields in the target, C in the answer and R of them right,
precision = R / C (None where C = 0), recall = R / W (None where W = 0) and F1 = 2R / (C + W) (1 where both are 0).
- A field is right where the same path holds the same value: numbers by value (5 is 5.0), a bool is no number, texts to
  the character or, with strings = "words", by what they say.
- lists = "ordered": an entry's place is part of its path. lists = "set": the entries of two lists are paired one to one
  so that as many fields as possible are right, at every depth; what is left over is missing or extra.
Does not know texts, schemas or scores. Source: micro-averaged F1 over slots, as in MUC-5 (Chinchor and Sundheim 1993);
the pairing is the assignment problem, Kuhn 1955.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sfteval.jsontext.places import Path
from sfteval.scorers.calls.values import SameText, same_characters

RIGHT, WRONG, MISSING, EXTRA = "right", "wrong", "missing", "extra"


@dataclass(frozen=True, slots=True)
class Rules:
    """How values are compared."""

    are_sets: bool = False
    same_text: SameText = same_characters


@dataclass(frozen=True, slots=True)
class Field:
    """The verdict on one field, whose `path` is the target's (the answer's if it is extra) and `place` the answer's."""

    path: Path
    verdict: str
    expected: Any = None
    found: Any = None
    place: Path = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many fields are right, of how many that were wanted and claimed."""

    right: int
    wanted: int
    claimed: int

    @property
    def precision(self) -> float | None:
        """The share of what is claimed that is right; None where nothing is claimed."""
        return self.right / self.claimed if self.claimed else None

    @property
    def recall(self) -> float | None:
        """The share of what is wanted that is right; None where nothing is wanted."""
        return self.right / self.wanted if self.wanted else None

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 1 where nothing is wanted and nothing claimed."""
        total = self.claimed + self.wanted
        return 2 * self.right / total if total else 1.0


def tally(fields: Sequence[Field]) -> Tally:
    """Count verdicts."""
    num = Counter(field.verdict for field in fields)
    both = num[RIGHT] + num[WRONG]
    return Tally(num[RIGHT], both + num[MISSING], both + num[EXTRA])


def compare(target: Any, found: Any, rules: Rules, path: Path = (), place: Path = ()) -> Iterator[Field]:
    """Yield the verdict on every field of either value, in the target's order, what is extra behind."""
    if isinstance(target, Mapping) and isinstance(found, Mapping):
        yield from _objects(target, found, rules, path, place)
    elif isinstance(target, list | tuple) and isinstance(found, list | tuple):
        yield from _lists(target, found, rules, path, place)
    elif _is_field(target) and _is_field(found):
        yield Field(path, RIGHT if same(target, found, rules) else WRONG, target, found, place)
    else:
        yield from (Field(at, MISSING, expected=value, place=place) for at, value in fields_of(target, path))
        yield from (Field(at, EXTRA, found=value, place=at) for at, value in fields_of(found, place))


def fields_of(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every field of a value with its path."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from fields_of(entry, (*path, key))
    elif isinstance(value, list | tuple):
        for index, entry in enumerate(value):
            yield from fields_of(entry, (*path, index))
    elif value is not None:
        yield path, value


def same(target: Any, found: Any, rules: Rules) -> bool:
    """Tell whether two values are the same: the same keys (null is not absent), and lists of the same length."""
    if isinstance(target, Mapping):
        return (
            isinstance(found, Mapping)
            and target.keys() == found.keys()
            and all(same(value, found[key], rules) for key, value in target.items())
        )
    if isinstance(target, list | tuple):
        return isinstance(found, list | tuple) and len(target) == len(found) and _same_entries(target, found, rules)
    if isinstance(target, str):
        return isinstance(found, str) and rules.same_text(found, target)
    if target is None or isinstance(target, bool):
        return found is target
    return isinstance(found, int | float) and not isinstance(found, bool) and bool(found == target)


def _same_entries(target: Sequence[Any], found: Sequence[Any], rules: Rules) -> bool:
    if not rules.are_sets:
        return all(same(one, other, rules) for one, other in zip(target, found, strict=True))
    left = list(found)  # being the same is transitive, so that the first that is the same will do
    for entry in target:
        at = next((index for index, other in enumerate(left) if same(entry, other, rules)), None)
        if at is None:
            return False
        left.pop(at)
    return True


def _objects(
    target: Mapping[str, Any], found: Mapping[str, Any], rules: Rules, path: Path, place: Path
) -> Iterator[Field]:
    for key, value in target.items():
        if key in found:
            yield from compare(value, found[key], rules, (*path, key), (*place, key))
        else:
            missing = fields_of(value, (*path, key))
            yield from (Field(at, MISSING, expected=field, place=(*place, key)) for at, field in missing)
    for key, value in found.items():
        if key not in target:
            yield from (Field(at, EXTRA, found=field, place=at) for at, field in fields_of(value, (*place, key)))


def _lists(target: Sequence[Any], found: Sequence[Any], rules: Rules, path: Path, place: Path) -> Iterator[Field]:
    pairs = _paired(target, found, rules) if rules.are_sets else dict(enumerate(range(min(len(target), len(found)))))
    for index, entry in enumerate(target):
        if index in pairs:
            other = pairs[index]
            yield from compare(entry, found[other], rules, (*path, index), (*place, other))
        else:
            missing = fields_of(entry, (*path, index))
            yield from (Field(at, MISSING, expected=field, place=place) for at, field in missing)
    taken = set(pairs.values())
    for index, entry in enumerate(found):
        if index not in taken:
            yield from (Field(at, EXTRA, found=field, place=at) for at, field in fields_of(entry, (*place, index)))


def _paired(target: Sequence[Any], found: Sequence[Any], rules: Rules) -> dict[int, int]:
    """Return which entry of the answer each entry of the target takes; entries without a right field take none."""
    if not target or not found:
        return {}
    if len(target) == len(found) and all(same(one, other, rules) for one, other in zip(target, found, strict=True)):
        return dict(enumerate(range(len(target))))
    gains = [[_num_right(one, other, rules) for other in found] for one in target]
    if len(target) == 1:
        best = max(range(len(found)), key=gains[0].__getitem__)
        return {0: best} if gains[0][best] else {}
    from scipy.optimize import linear_sum_assignment  # here: lists of one entry, and most tasks, need it not

    rows, columns = linear_sum_assignment(gains, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: column for row, column in pairs if gains[row][column]}


def _num_right(target: Any, found: Any, rules: Rules) -> int:
    return sum(field.verdict == RIGHT for field in compare(target, found, rules))


def _is_field(value: Any) -> bool:
    return value is not None and not isinstance(value, Mapping | list | tuple)
