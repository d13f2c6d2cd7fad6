"""Material in, one verdict of the whole gate after the other out.

Answers to one prompt are dealt at random to two sides, which are therefore equal, prompts (or whole clusters) are drawn
anew, and the gate decides by its own rules: every gating metric and margin, Holm, the fewest prompts, golden samples
(which are dealt besides, drawn or not). With a drop, answers of the candidate are spoiled at random so that its true
score falls by that much. An answer keeps all its metrics together, so that they hang together as they do in truth.
Missing answers are not replayed. Does not know the rules of the gate.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sfteval.compare import compare_scores
from sfteval.errors import DataError
from sfteval.gate import decide
from sfteval.replays.material import Material
from sfteval.rules import STANDARD, Rules
from sfteval.stats import FloatArray, cluster_codes
from sfteval.types import Checkpoint, Comparison, MetricComparison, Outcome, Pair, Reading, Score, Verdict

SIDE = Checkpoint(argument="", kind="run", name="replay")
READING = Reading(Outcome.OK, "")

Dealt = Mapping[str, tuple[FloatArray, FloatArray]]  # by metric: baseline and candidate, `[n, K]` both


def replay(
    materials: Sequence[Material],
    *,
    num_replays: int,
    drop: float = 0.0,
    num_samples: int = 1,
    seed: int = 0,
    rules: Rules = STANDARD,
) -> Iterator[Verdict]:
    """Yield the gate's verdict of one replay after the other; `num_samples` answers a prompt go to each side.

    Raises: DataError where a prompt has fewer than twice as many.
    """
    for material in materials:
        if material.num_answers < 2 * num_samples:
            raise DataError(
                f"sfteval aa, task {material.task.name}",
                expected=f"at least {2 * num_samples} answers to each prompt",
                got=str(material.num_answers),
                next_move="Give a run made with --samples 8 at a temperature, or two runs of the same suite",
            )
    generator = np.random.default_rng([seed, round(drop * 1e9)])
    for _ in range(num_replays):
        metrics: list[MetricComparison] = []
        pairs: list[Pair] = []
        for material in materials:
            metrics.extend(_replayed(material, drop, num_samples, generator, rules))
            pairs.extend(_golden(material, drop, num_samples, generator, rules))
        yield decide(_comparison(materials, tuple(metrics), tuple(pairs)), rules).verdict


def _replayed(
    material: Material, drop: float, num_samples: int, generator: np.random.Generator, rules: Rules
) -> Iterator[MetricComparison]:
    places, clusters = _drawn(material.clusters, generator)
    for metric, (baseline, candidate) in _dealt(material, places, drop, num_samples, generator).items():
        means = np.mean(baseline, axis=1), np.mean(candidate, axis=1)
        yield compare_scores(material.task, metric, *means, clusters, alpha=rules.alpha)


def _golden(
    material: Material, drop: float, num_samples: int, generator: np.random.Generator, rules: Rules
) -> Iterator[Pair]:
    """Yield the dealt answers to the golden samples, which the gate looks at one by one."""
    rule = (rules.tasks or {}).get(material.task.name)
    places = [place for place, name in enumerate(material.ids) if rule is not None and name in rule.golden]
    if not places:
        return
    samples = {sample.id: sample for sample in material.task.samples}
    dealt = _dealt(material, np.array(places), drop, num_samples, generator)
    for row, place in enumerate(places):
        name = material.ids[place]
        for index in range(num_samples):
            sides = ({metric: float(both[side][row, index]) for metric, both in dealt.items()} for side in (0, 1))
            baseline, candidate = (Score(name, index, Outcome.OK, metrics) for metrics in sides)
            yield Pair(material.task.name, samples[name], index, READING, READING, baseline, candidate)


def _dealt(
    material: Material, places: NDArray[np.int64], drop: float, num_samples: int, generator: np.random.Generator
) -> Dealt:
    """Return the answers of both sides to the prompts at these places, the candidate's spoiled where fate says so."""
    order = np.argsort(generator.random((len(places), material.num_answers)), axis=1)[:, : 2 * num_samples]
    fate = generator.random((len(places), num_samples))
    found = {}
    for metric, scores in material.scores.items():
        answers = np.take_along_axis(scores[places], order, axis=1)
        mean = float(np.mean(scores))
        kept = fate >= (drop / mean if mean > 0.0 else 0.0)
        found[metric] = (answers[:, :num_samples], answers[:, num_samples:] * kept)
    return found


def _drawn(clusters: Sequence[str], generator: np.random.Generator) -> tuple[NDArray[np.int64], list[str]]:
    """Draw as many clusters as there are, with replacement; return their prompts, and a name for each draw."""
    codes = cluster_codes(clusters)
    num_clusters = int(codes.max()) + 1
    if num_clusters == len(clusters):
        return generator.integers(0, len(clusters), len(clusters)), [""] * len(clusters)
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    draws = [members[draw] for draw in generator.integers(0, num_clusters, num_clusters)]
    return np.concatenate(draws), [str(number) for number, draw in enumerate(draws) for _ in draw]


def _comparison(
    materials: Sequence[Material], metrics: tuple[MetricComparison, ...], pairs: tuple[Pair, ...]
) -> Comparison:
    counts = {material.task.name: {"ok": len(material.clusters)} for material in materials}
    return Comparison(
        baseline=SIDE,
        candidate=SIDE,
        baseline_settings={},
        candidate_settings={},
        matched=True,
        metrics=metrics,
        slices=(),
        pairs=pairs,
        outcomes={name: {"baseline": count, "candidate": count} for name, count in counts.items()},
        costs={},
        verdict=Verdict.NOT_COMPARABLE,
        headline="",
    )
