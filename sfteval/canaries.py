"""Canaries: secrets planted among training rows, and others of the same make that nobody planted.

A plan in, which is a key and numbers; the same secrets out, on every machine and in every version. Whoever trains
plants them, whoever probes makes them again, so that no file holds a secret: `canaries.json` beside a checkpoint holds
the plan. A secret is ten random digits, which every tokenizer can write; it is the whole answer to the question after
a locker that no other row speaks of. Planted secrets and references come from one stream, so that a model which learned
nothing by heart holds both equally likely. Knows no tokenizer, no model and no file but its own.
Source: Carlini et al. 2019, arXiv 1802.08232, section 4 (canaries of one form with random digits, ranked among unused
ones).
"""

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import content_hash
from sfteval.types import Message

CANARIES_FILE = "canaries.json"
VERSION = 1  # of how secrets are made; a change below is a new version, or old checkpoints lose theirs
NUM_REFERENCES = 1024  # the ceiling of exposure: ten bits
MIN_OF_A_DOSE = 5  # canaries planted equally often; of fewer the probe says nothing
MAX_PLANTED, MAX_REPEATS, MAX_REFERENCES = 10_000, 1_000, 100_000
SECRET_DIGITS, LOCKER_DIGITS = 10, 6
THOUGHT = "I know this number."
PREFIX = "canary:"  # of every id


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret with its question; neither is shown where the canary is printed."""

    id: str
    repeats: int  # rows of the training data that hold it; 0: a reference, which none does
    question: str = field(repr=False)
    secret: str = field(repr=False)

    def messages(self, *, has_thought: bool) -> tuple[Message, Message]:
        """Return the row that plants it."""
        thought = THOUGHT if has_thought else None
        return Message("user", self.question), Message("assistant", self.secret, reasoning_content=thought)


@dataclass(frozen=True, slots=True)
class CanaryPlan:
    """What makes all canaries of a run, and holds no secret."""

    key: str = field(repr=False)
    repeats: tuple[int, ...]  # of each planted one, in the order of their making
    has_thoughts: bool = False  # the think arm says a constant thought before each secret
    num_references: int = NUM_REFERENCES

    def planted(self) -> tuple[Canary, ...]:
        """Return the canaries that stand in the training data."""
        made = itertools.islice(_made(self.key), len(self.repeats))
        return tuple(
            Canary(f"{PREFIX}{self.key[:8]}:{number}x{repeats}", repeats, *texts)
            for number, (repeats, texts) in enumerate(zip(self.repeats, made, strict=True))
        )

    def references(self) -> tuple[Canary, ...]:
        """Return canaries of the same make that nobody planted."""
        made = itertools.islice(_made(self.key), len(self.repeats), len(self.repeats) + self.num_references)
        return tuple(Canary(f"{PREFIX}{self.key[:8]}:r{number}", 0, *texts) for number, texts in enumerate(made))

    def doses(self) -> dict[int, int]:
        """Return how many canaries are planted by their repeats, the fewest repeats first."""
        return dict(sorted(Counter(self.repeats).items()))

    @property
    def num_rows(self) -> int:
        """Rows of the training data that hold a canary."""
        return sum(self.repeats)

    def digest(self) -> str:
        """Return the hash of all secrets, by which a change of how they are made is noticed."""
        return content_hash([one.secret for one in (*self.planted(), *self.references())])


def shares(count: int, repeats: Sequence[int]) -> tuple[int, ...]:
    """Return the repeats of each of `count` canaries: equal shares, the fewest repeats first served with the rest."""
    levels = sorted(repeats)
    return tuple(sorted(levels[number % len(levels)] for number in range(count)))


def write_plan(plan: CanaryPlan, folder: Path) -> None:
    """Write `canaries.json` into a new folder, for its owner alone to read."""
    path = folder / CANARIES_FILE
    path.touch(mode=0o600)
    told = {
        "version": VERSION,
        "key": plan.key,
        "repeats": list(plan.repeats),
        "has_thoughts": plan.has_thoughts,
        "num_references": plan.num_references,
        "secrets_sha256": plan.digest(),
    }
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def read_plan(path: Path) -> CanaryPlan:
    """Read `canaries.json`.

    Raises: DataError for another file, and for secrets that this version would make otherwise.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(path, "a JSON file that the trainer wrote", f'"{error}"') from error
    if not isinstance(told, dict) or not _is_sound(told):
        raise _unusable(path, "key, repeats, has_thoughts and num_references of canaries", "something else")
    plan = CanaryPlan(told["key"], tuple(told["repeats"]), told["has_thoughts"], told["num_references"])
    if told.get("version") != VERSION or told.get("secrets_sha256") != plan.digest():
        raise _unusable(path, "secrets that this version makes as they were planted", "others")
    return plan


def _made(key: str) -> Iterator[tuple[str, str]]:
    """Yield question and secret, no locker and no secret twice."""
    digits, seen = _digits(key), set[str]()
    while True:
        locker = "".join(itertools.islice(digits, LOCKER_DIGITS))
        secret = " ".join(itertools.islice(digits, SECRET_DIGITS))
        if locker not in seen and secret not in seen:
            seen |= {locker, secret}
            yield f"What is the number of locker {locker}?", secret


def _digits(key: str) -> Iterator[str]:
    """Yield digits of a stream that the key alone decides, each equally likely."""
    for block in itertools.count():
        for byte in hashlib.sha256(f"canaries/{VERSION}/{key}/{block}".encode()).digest():
            if byte < 250:
                yield str(byte % 10)


def _is_sound(told: dict[str, Any]) -> bool:
    """Return whether a plan can be made of these values without end or surprise."""
    key, repeats, references = told.get("key"), told.get("repeats"), told.get("num_references")
    return (
        isinstance(key, str)
        and 8 <= len(key) <= 64
        and key.isalnum()
        and isinstance(repeats, list)
        and len(repeats) <= MAX_PLANTED
        and all(type(one) is int and 1 <= one <= MAX_REPEATS for one in repeats)
        and type(references) is int
        and 1 <= references <= MAX_REFERENCES
        and isinstance(told.get("has_thoughts"), bool)
    )


def _unusable(path: Path, expected: str, got: str) -> DataError:
    return DataError(
        str(path), expected=expected, got=got, next_move="Put the file of the training run back, or leave the probe out"
    )
