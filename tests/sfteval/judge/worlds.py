"""A small comparison of open answers, and a lock for a judge of it: toys of the tests of judging."""

from dataclasses import replace

from sfteval.judge import lock_of, validate
from sfteval.types import (
    Checkpoint,
    Comparison,
    Message,
    Outcome,
    Pair,
    Preference,
    Reading,
    Sample,
    Score,
    Task,
    Verdict,
)
from tests.sfteval.judge import judges


def pair(number, a, b, outcomes=(Outcome.OK, Outcome.OK), index=0):
    sample = Sample(f"s{number}", (Message("user", f"Question {number}?"),), content_hash=f"s{number}")
    texts = (f"Well, worth {a}.", f"Now, worth {b}.")
    readings = [Reading(outcome, text) for outcome, text in zip(outcomes, texts, strict=True)]
    scores = [Score(sample.id, index, outcome, {"answered": 1.0}) for outcome in outcomes]
    return Pair("open", sample, index, *readings, *scores)


def comparison(pairs):
    one = Checkpoint("a", "directory", "a")
    counts = {str(outcome): 0 for outcome in Outcome} | {"ok": len(pairs)}
    return Comparison(
        baseline=one, candidate=replace(one, name="b"), baseline_settings={}, candidate_settings={}, matched=True,
        metrics=(), slices=(), pairs=tuple(pairs), outcomes={"open": {"baseline": counts, "candidate": counts}},
        costs={}, verdict=Verdict.NOT_COMPARABLE, headline="",
    )  # fmt: skip


def task(gating=("preference",), **options):
    return Task("open", "answered", (), ("answered",), gating, options={"rubric": "helpfulness", **options})


def locked(judge):
    pairs = judges.gold()
    found = validate(pairs, [Preference(one.contest.id, judge.name, one.winner) for one in pairs])
    return lock_of(found, identity=judge.identity(judge.rubric.form), judge=judge.name, gold_sha256="0" * 64)
