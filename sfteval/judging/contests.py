"""A comparison in, the contests that a judge is to hear out, each with the samples it stands for.

A task is judged where its options name a rubric. An answer that never came to its end loses to one that did, and two of
that kind are a tie: nobody is asked. What transport lost is no contest. Does not know a judge.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sfteval.types import RUBRIC, Comparison, Contest, Outcome, Pair, Preference, Task, Winner


@dataclass(frozen=True, slots=True)
class Match:
    """Two answers of one comparison as a contest."""

    pair: Pair
    contest: Contest

    @property
    def by_outcome(self) -> Winner | None:
        """Who wins without a judge, because an answer never came to its end; None: both did."""
        ended = (self.pair.baseline.outcome is Outcome.OK, self.pair.candidate.outcome is Outcome.OK)
        return {(True, True): None, (True, False): "baseline", (False, True): "candidate"}.get(ended, "tie")

    @property
    def is_settled(self) -> bool:
        """Whether nobody needs to be asked who wins."""
        return self.contest.is_identical or self.by_outcome is not None

    def preference_by_outcome(self, judge: str) -> Preference:
        """Return what follows from the outcomes alone."""
        return Preference(self.contest.id, judge, self.by_outcome, by="outcome")


def rubrics_of(task: Task) -> tuple[str, ...]:
    """Return the names of the rubrics that a task says its answers are judged by, one text with commas or a list."""
    said = task.options.get(RUBRIC) or ()
    names = said.split(",") if isinstance(said, str) else said
    return tuple(str(name).strip() for name in names)


def matches(comparison: Comparison, task: Task) -> Iterator[Match]:
    """Yield every pair of answers that both sides gave, in the order of the samples."""
    for pair in comparison.pairs:
        if pair.task == task.name and Outcome.ERROR not in (pair.baseline.outcome, pair.candidate.outcome):
            yield Match(pair, _contest(pair))


def _contest(pair: Pair) -> Contest:
    target = pair.sample.target
    return Contest(
        id=f"{pair.task}/{pair.sample.id}/{pair.sample_index}",
        messages=pair.sample.messages,
        baseline=pair.baseline_reading.answer,
        candidate=pair.candidate_reading.answer,
        reference=target if isinstance(target, str) and target else None,
    )
