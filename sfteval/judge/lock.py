"""`judge.lock`: what a judge was found to be worth, bound by hash to its model, words, form and sampling.

A lock covers exactly one judge: any change of model name, prompt, rubric, schema or sampling is another judge, and
another judge has no lock. The file holds counts and no text of any pair. Does not validate.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfteval.errors import ConfigurationError
from sfteval.identity import content_hash, write_atomically
from sfteval.judge.validation import Share, Standing, Validation
from sfteval.stats import JudgeErrors

VERSION = 2
STANDINGS: tuple[Standing, ...] = ("trusted", "advisory", "rejected")
NEXT_MOVE = "Write it anew with `sfteval judge validate`"


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock says."""

    identity: str  # of the judge that it covers
    judge: str  # its name, for people
    gold_sha256: str
    standing: Standing
    reasons: tuple[str, ...]
    figures: dict[str, Any]  # every measured share with its interval, for the report

    @property
    def errors(self) -> JudgeErrors | None:
        """Return how often the judge errs each way, a tie being half an error; None: the labels name one side only.

        Not its sensitivity and specificity, to which a tie is an error on one side and none on the other: a judge that
        calls close pairs a tie would be corrected towards the candidate.
        """
        good, bad = self.figures["worth"]["candidate"], self.figures["worth"]["baseline"]
        if not (good["num"] and bad["num"]):
            return None
        return JudgeErrors(good["mean"], 1.0 - bad["mean"], good["num"], bad["num"])

    def covers(self, identity: str) -> bool:
        """Tell whether this is the lock of exactly that judge."""
        return self.identity == identity


def lock_of(validation: Validation, *, identity: str, judge: str, gold_sha256: str) -> Lock:
    """Return what is to be locked."""
    return Lock(identity, judge, gold_sha256, validation.standing, validation.reasons, _figures(validation))


def write_lock(lock: Lock, path: Path) -> None:
    """Write a lock, whole or not at all."""
    body = {
        "version": VERSION,
        "identity": lock.identity,
        "judge": lock.judge,
        "gold_sha256": lock.gold_sha256,
        "standing": lock.standing,
        "reasons": list(lock.reasons),
        "figures": lock.figures,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps({**body, "sha256": content_hash(body)}, indent=2, sort_keys=True) + "\n")


def read_lock(path: Path) -> Lock:
    """Read a lock.

    Raises: ConfigurationError for a file that is none, or that was changed by hand.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        said = getattr(error, "strerror", None) or "no JSON"
        raise ConfigurationError(str(path), expected="a judge.lock", got=said, next_move=NEXT_MOVE) from error
    if not isinstance(body, dict) or body.get("version") != VERSION:
        found = body.get("version") if isinstance(body, dict) else "no object"
        raise ConfigurationError(
            str(path), expected=f"a judge.lock of version {VERSION}", got=str(found)[:40], next_move=NEXT_MOVE
        )
    if body.pop("sha256", None) != content_hash(body) or body.get("standing") not in STANDINGS:
        raise ConfigurationError(
            str(path), expected="the bytes that were locked", got="a file that was changed", next_move=NEXT_MOVE
        )
    return Lock(
        body["identity"],
        body["judge"],
        body["gold_sha256"],
        body["standing"],
        tuple(body["reasons"]),
        body["figures"],
    )


def _figures(validation: Validation) -> dict[str, Any]:
    kappa, length = validation.kappa, validation.length
    shares = {
        name: _share(getattr(validation, name))
        for name in (
            "failures",
            "agreement",
            "sensitivity",
            "specificity",
            "swap_consistency",
            "first_place",
            "repeat_consistency",
        )
    }
    return {
        "num_pairs": validation.num_pairs,
        "kappa": {"value": kappa.value, "low": kappa.interval.low, "high": kappa.interval.high, "num": kappa.num},
        **shares,
        "length_slope": None
        if length is None
        else {"value": length.slope, "low": length.slope_interval.low, "high": length.slope_interval.high},
        "by_kind": {kind: _share(share) for kind, share in validation.by_kind.items()},
        "fooled": {trial.name: {**_share(trial.fooled), "is_fooled": trial.is_fooled} for trial in validation.trials},
        "speechless": {trial.name: _share(trial.failures) for trial in validation.trials},
        "worth": {
            winner: {"mean": sum(values) / len(values) if values else None, "num": len(values)}
            for winner, values in validation.worths.items()
        },
    }


def _share(share: Share) -> dict[str, Any]:
    ends = {"low": share.interval.low, "high": share.interval.high} if share.interval else {"low": None, "high": None}
    return {"count": share.count, "num": share.num, "value": share.value, **ends}
