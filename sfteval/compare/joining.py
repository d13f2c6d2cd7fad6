"""Two runs of one task in, the same runs cut to the prompts that both were asked out, and which prompts are left out.

A prompt is joined by its id where both sides were asked the same content. It is left out on both sides where only one
was asked it, or neither, or something else under its id: prompts that a stored side answered and that are not asked now
count too, unless both sides answered them. An answer that transport lost was asked: it is missing data, and stays.
Does not know how many may be missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sfteval.errors import NotComparableError
from sfteval.store import LazySequence
from sfteval.types import Json, TaskRun

NUM_LISTED = 20
LONGEST_ID = 80

WORDS = {
    "differing": "asked otherwise of one side or both",
    "only_baseline": "asked of A only",
    "only_candidate": "asked of B only",
    "neither": "asked of neither",
}


@dataclass(frozen=True, slots=True)
class Joined:
    """One task of both runs, over the same prompts."""

    baseline: TaskRun
    candidate: TaskRun
    left_out: Json  # {"num_prompts", "num_left_out", why: {"count", "ids"}}; empty: nothing is left out


def join(baseline: TaskRun, candidate: TaskRun) -> Joined:
    """Cut both runs to the prompts that both were asked.

    Raises: NotComparableError for a run that holds an answer twice.
    """
    a, b = _asked(baseline), _asked(candidate)
    kept = {name for name, content in a.items() if b.get(name) == content}
    reasons = dict(_reasons(baseline, candidate, a, b, kept))
    return Joined(_cut(baseline, kept), _cut(candidate, kept), _told(reasons, len(kept)))


def left_out_sentence(task: str, told: Mapping[str, Any]) -> str:
    """Return how many prompts of a task are left out, why, and which: the first of each kind."""
    kinds = [f"{told[why]['count']:,} {said} ({_names(told[why])})" for why, said in WORDS.items() if why in told]
    num, total = told["num_left_out"], told["num_prompts"]
    verb = "is" if num == 1 else "are"
    return f"{task}: {num:,} of {total:,} prompts {verb} left out on both sides: {'; '.join(kinds)}"


def _told(reasons: Mapping[str, str], num_kept: int) -> dict[str, Any]:
    if not reasons:
        return {}
    listed = {why: _listed([name for name, reason in reasons.items() if reason == why]) for why in WORDS}
    counts = {"num_prompts": num_kept + len(reasons), "num_left_out": len(reasons)}
    return counts | {why: found for why, found in listed.items() if found["count"]}


def _asked(run: TaskRun) -> dict[str, str]:
    """Return the prompts that a side was asked, each with the hash of its content, in the order of the scores.

    Raises: NotComparableError.
    """
    contents = {sample.id: sample.content_hash for sample in run.task.samples}
    seen = set()
    asked: dict[str, str] = {}
    for score in run.scores:
        place = (score.sample_id, score.sample_index)
        if place in run.absent:
            continue
        if place in seen:
            raise NotComparableError(
                f"task {run.task.name}",
                expected="one score to each answer",
                got=f"{score.sample_id[:LONGEST_ID]}, answer {score.sample_index}, twice on one side",
                next_move="Give every sample an id of its own",
            )
        seen.add(place)
        asked[score.sample_id] = contents.get(score.sample_id, "")
    return asked


def _reasons(
    baseline: TaskRun, candidate: TaskRun, a: Mapping[str, str], b: Mapping[str, str], kept: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield every prompt that is left out with why, in the order of the suites."""
    now = dict.fromkeys(sample.id for run in (baseline, candidate) for sample in run.task.samples)
    before = [dict.fromkeys(run.unasked) for run in (baseline, candidate)]
    for name in now:
        if name not in kept:
            otherwise = (name in a and name in b) or any(name in unasked for unasked in before)
            yield name, "differing" if otherwise else _whose(name in a, name in b)
    for name in {**before[0], **before[1]}:
        if name not in now and (name in before[0]) != (name in before[1]):
            yield name, _whose(name in before[0], name in before[1])


def _whose(of_baseline: bool, of_candidate: bool) -> str:
    return "only_baseline" if of_baseline else "only_candidate" if of_candidate else "neither"


def _listed(names: Sequence[str]) -> dict[str, Any]:
    return {"count": len(names), "ids": [name[:LONGEST_ID] for name in names[:NUM_LISTED]]}


def _names(listed: Mapping[str, Any]) -> str:
    more = listed["count"] - len(listed["ids"])
    return ", ".join(listed["ids"]) + (f", and {more:,} more" if more else "")


def _cut(run: TaskRun, kept: set[str]) -> TaskRun:
    """Return the run with the scores and readings of these prompts only; what its answers cost stays."""
    places = [
        place
        for place, score in enumerate(run.scores)
        if score.sample_id in kept and (score.sample_id, score.sample_index) not in run.absent
    ]
    if len(places) == len(run.scores):
        return run
    return replace(run, scores=_picked(run.scores, places), readings=_picked(run.readings, places))


def _picked(of: Sequence[Any], places: Sequence[int]) -> LazySequence[Any]:
    return LazySequence(len(places), lambda position: of[places[position]])
