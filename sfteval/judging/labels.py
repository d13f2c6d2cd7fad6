"""What is known to be true of a comparison's own pairs, in; the candidate's true win rate by labels and judge together.

A label is about two answers and not about two checkpoints: it counts where a labelled pair holds exactly these texts,
whichever stands first, or where the task names a metric that says who is right. Labels of other pairs are no labels of
these; what they show of a judge is in its lock. The labelled prompts are taken as drawn at random from all.
Does not ask anybody. Source: Angelopoulos et al. 2023, arXiv 2311.01453 (PPI++); research on judges, 3.6.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sfteval.errors import ConfigurationError, DataError, nearest
from sfteval.identity import content_hash
from sfteval.judge.gold import GoldPair
from sfteval.judge.preferences import worth
from sfteval.judging.contests import Match
from sfteval.stats import prediction_powered
from sfteval.types import TRUTH, Contest, Task, Winner, WinRate

MIN_LABELLED = 10  # prompts; fewer show nothing of how a judge errs
MIRRORED: dict[Winner, Winner] = {"baseline": "candidate", "candidate": "baseline", "tie": "tie"}

Labels = Mapping[str, Winner]  # by the key of the two texts in one order


def labels_of(gold: Iterable[GoldPair]) -> Labels:
    """Return the labels of pairs, to be found by their texts in either order.

    Raises: DataError for two labels of one pair that contradict each other.
    """
    labels: dict[str, Winner] = {}
    for pair in gold:
        one, other = _key(pair.contest), _key(pair.contest, mirrored=True)
        for key, winner in {one: pair.winner, other: MIRRORED[pair.winner]}.items():
            if labels.setdefault(key, winner) != winner:
                raise DataError(
                    f"labelled pair {pair.contest.id}",
                    expected="one label for two texts",
                    got="another one before it",
                    next_move="Keep one of the two rows",
                )
    return labels


def check_truth(task: Task) -> None:
    """Refuse a task whose truth is no metric of its own.

    Raises: ConfigurationError.
    """
    name = task.options.get(TRUTH)
    if name is not None and name not in task.metrics:
        raise ConfigurationError(
            f"task {task.name}, {TRUTH}",
            expected="a metric that the task shows",
            got=f'"{name}"',
            next_move=nearest(str(name), task.metrics),
        )


def truths(task: Task, matches: Sequence[Match], labels: Labels) -> list[float | None]:
    """Return what each match is truly worth to the candidate: 1, one half or 0; None where nobody knows.

    A label goes before the task's metric.
    """
    found = [worth(labels.get(_key(match.contest))) if labels else None for match in matches]
    return [_measured(match, task) if value is None else value for match, value in zip(matches, found, strict=True)]


def num_labelled(matches: Sequence[Match], known: Sequence[float | None]) -> int:
    """Return of how many prompts the true winner is known."""
    return len({match.pair.sample.id for match, value in zip(matches, known, strict=True) if value is not None})


def with_labels(
    matches: Sequence[Match], worths: Sequence[float | None], known: Sequence[float | None]
) -> WinRate | None:
    """Return the win rate by the labels and the judge together; None: too few prompts of either kind.

    What needed no judge (the same text twice, an answer that never ended) has no error that labels could show.
    """
    prompts = [_prompt(each) for each in _by_prompt(matches, worths, known)]
    parts = {kind: [prompt for prompt in prompts if prompt.kind == kind] for kind in ("judged", "labelled", "settled")}
    if len(parts["labelled"]) < MIN_LABELLED or len(parts["judged"]) < 2:
        return None
    said = {kind: np.array([prompt.said for prompt in part]) for kind, part in parts.items()}
    truth = np.array([prompt.true for prompt in parts["labelled"]])
    stems = [prompt.stem for part in parts.values() for prompt in part]
    try:
        found = prediction_powered(said["judged"], said["labelled"], truth, said["settled"], clusters=stems)
    except DataError:  # labels from fewer stems than an interval needs
        return None
    value, low, high = (min(1.0, max(0.0, end)) for end in (found.value, found.interval.low, found.interval.high))
    return WinRate("prediction-powered", value, low, high, len(prompts))


@dataclass(frozen=True, slots=True)
class _Answer:
    """One match that a judge has a verdict on."""

    match: Match
    said: float
    true: float | None


@dataclass(frozen=True, slots=True)
class _Prompt:
    """What a prompt's answers are worth to the candidate on average."""

    kind: Literal["judged", "labelled", "settled"]
    said: float
    true: float  # where it is labelled
    stem: str


def _by_prompt(
    matches: Sequence[Match], worths: Sequence[float | None], known: Sequence[float | None]
) -> Iterable[list[_Answer]]:
    """Return what has a verdict, prompt by prompt."""
    found: dict[str, list[_Answer]] = defaultdict(list)
    for match, said, true in zip(matches, worths, known, strict=True):
        if said is not None:
            found[match.pair.sample.id].append(_Answer(match, said, true))
    return found.values()


def _prompt(answers: Sequence[_Answer]) -> _Prompt:
    """Return one prompt: labelled where an answer that was judged is; then the others of it count for nothing."""
    stem, judged = answers[0].match.pair.sample.cluster, [one for one in answers if not one.match.is_settled]
    labelled = [(one.said, one.true) for one in judged if one.true is not None]
    if labelled:
        said, true = (float(np.mean(side)) for side in zip(*labelled, strict=True))
        return _Prompt("labelled", said, true, stem)
    said = float(np.mean([one.said for one in answers]))
    return _Prompt("judged" if judged else "settled", said, said, stem)


def _measured(match: Match, task: Task) -> float | None:
    """Return who is right by the metric that the task names; a difference counts by its sign, as a preference does."""
    name = str(task.options.get(TRUTH, ""))
    baseline, candidate = (side.metrics.get(name) for side in (match.pair.baseline, match.pair.candidate))
    if baseline is None or candidate is None:
        return None
    return float(np.sign(candidate - baseline) + 1.0) / 2.0


def _key(contest: Contest, *, mirrored: bool = False) -> str:
    asked = [[message.role, message.content.strip()] for message in contest.messages]
    answers = [contest.baseline.strip(), contest.candidate.strip()]
    return content_hash([asked, *(reversed(answers) if mirrored else answers)])
