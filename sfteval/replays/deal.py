"""Material in, one verdict of the whole gate after the other out.

Answers to one prompt are dealt at random to two sides, which are therefore equal, prompts (or whole clusters) are drawn
anew, and the gate decides with every gating metric, margin and Holm. With a drop, answers of the candidate are spoiled
at random so that its true score falls by that much. An answer keeps all its metrics together, so that they hang
together as they do in truth. Does not know the rules of the gate.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sfteval.compare import compare_scores
from sfteval.errors import DataError
from sfteval.gate import decide
from sfteval.replays.material import Material
from sfteval.stats import cluster_codes
from sfteval.types import Checkpoint, Comparison, MetricComparison, Verdict

SIDE = Checkpoint(argument="", kind="run", name="replay")


def replay(
    materials: Sequence[Material], *, num_replays: int, drop: float = 0.0, num_samples: int = 1, seed: int = 0
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
        metrics = [metric for material in materials for metric in _replayed(material, drop, num_samples, generator)]
        yield decide(_comparison(materials, tuple(metrics))).verdict


def _replayed(
    material: Material, drop: float, num_samples: int, generator: np.random.Generator
) -> Iterator[MetricComparison]:
    places, clusters = _drawn(material.clusters, generator)
    order = np.argsort(generator.random((len(places), material.num_answers)), axis=1)[:, : 2 * num_samples]
    fate = generator.random((len(places), num_samples))
    for metric, scores in material.scores.items():
        dealt = np.take_along_axis(scores[places], order, axis=1)
        mean = float(np.mean(scores))
        kept = fate >= (drop / mean if mean > 0.0 else 0.0)
        baseline = np.mean(dealt[:, :num_samples], axis=1)
        candidate = np.mean(dealt[:, num_samples:] * kept, axis=1)
        yield compare_scores(material.task, metric, baseline, candidate, clusters)


def _drawn(clusters: Sequence[str], generator: np.random.Generator) -> tuple[NDArray[np.int64], list[str]]:
    """Draw as many clusters as there are, with replacement; return their prompts, and a name for each draw."""
    codes = cluster_codes(clusters)
    num_clusters = int(codes.max()) + 1
    if num_clusters == len(clusters):
        return generator.integers(0, len(clusters), len(clusters)), [""] * len(clusters)
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    draws = [members[draw] for draw in generator.integers(0, num_clusters, num_clusters)]
    return np.concatenate(draws), [str(number) for number, draw in enumerate(draws) for _ in draw]


def _comparison(materials: Sequence[Material], metrics: tuple[MetricComparison, ...]) -> Comparison:
    counts = {material.task.name: {"ok": len(material.clusters)} for material in materials}
    return Comparison(
        baseline=SIDE,
        candidate=SIDE,
        baseline_settings={},
        candidate_settings={},
        matched=True,
        metrics=metrics,
        slices=(),
        pairs=(),
        outcomes={name: {"baseline": count, "candidate": count} for name, count in counts.items()},
        costs={},
        verdict=Verdict.NOT_COMPARABLE,
        headline="",
    )
