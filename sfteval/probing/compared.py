"""A decided comparison in, the same with what the probes say of both checkpoints out; verdict and exit code stay.

Probes warn beside a verdict and never make one. Does not know how a probe is asked.
"""

from collections.abc import Sequence
from dataclasses import replace

from sfteval.errors import SftevalError
from sfteval.probing.plan import ProbePlan
from sfteval.progress import Progress
from sfteval.types import Comparison, Suite


async def with_probes(
    comparison: Comparison, suites: Sequence[Suite], plan: ProbePlan, progress: Progress, *, seed: int, alpha: float
) -> Comparison:
    """Probe both checkpoints; `suites` are those that were compared, `seed` and `alpha` those of the comparison."""
    if not plan.names:
        return comparison
    from sfteval.compare.contaminated import annotated  # here: they bring pandas and scipy
    from sfteval.probing.stage import probe_pair

    try:
        probed = await probe_pair(comparison.baseline, comparison.candidate, suites, plan, progress)
    except (SftevalError, OSError) as error:  # hours of asking are done: whatever the probes meet is said, and no more
        return replace(comparison, warnings=(*comparison.warnings, f"no probe was asked: {error}"))
    told = replace(comparison, probes=probed.results, probe_differences=probed.differences)
    return annotated(told, suites, probed.dirty, seed=seed, alpha=alpha)
