"""Which items of the suites stand in the training rows of each checkpoint: contamination, which asks no model.

Runs first, for its dirty items annotate the comparison. Does not know what a comparison makes of them.
"""

from collections.abc import Sequence

from sfteval.probes.contamination import contamination_result, find_contamination, skipped_contamination
from sfteval.probes.saying import skipped
from sfteval.probes.trained_on import Missing
from sfteval.probing.material import training_source
from sfteval.probing.plan import ProbePlan
from sfteval.progress import Progress
from sfteval.types import Checkpoint, ProbeResult, Suite

NAME = "contamination"


def search(
    checkpoint: Checkpoint, suites: Sequence[Suite], plan: ProbePlan, progress: Progress
) -> tuple[tuple[ProbeResult, ...], dict[str, frozenset[str]] | None]:
    """Return one result a suite, and the dirty ids by task; None instead of them where no rows could be read.

    Raises: DataError for a file of the plan's that is not there.
    """
    if not suites:
        return (skipped(NAME, "No suite was named in which to look for training data; add --suite."),), None
    rows = training_source(checkpoint, plan)
    if isinstance(rows, Missing):
        return tuple(skipped_contamination(suite.name, rows.reason) for suite in suites), None
    results: list[ProbeResult] = []
    dirty: dict[str, frozenset[str]] = {}
    with progress.stage(f"looking for the suites in what {checkpoint.name} learned", len(suites)) as stage:
        num_missing = rows.num_missing()
        for suite in suites:
            found = find_contamination(suite, rows)
            results.append(contamination_result(found, num_missing))
            dirty |= {task.name: found.dirty_ids(task.name) for task in suite.tasks}
            stage.advance()
    return tuple(results), dirty
