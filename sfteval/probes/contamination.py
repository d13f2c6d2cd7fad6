"""A suite and the training rows of a checkpoint in, the items that were trained on out: five rules, one verdict.

Any of the rules makes an item dirty. `exact`: the whole question is a training turn. `ngram_13`: a run of 13 words.
`coverage_8`: one row holds half of the question or of the reference in 8-grams. `substring_50`: one of three
50-character substrings without spaces and symbols. `near_duplicate`: Jaccard similarity of at least 0.8. Items below 8
words have only the first. Words that are boilerplate count for no rule but `exact`, and where the items of a task
resemble each other, an overlap must be larger than theirs. Knows no model and no file, and keeps no text.
Source: GPT-3 (arXiv 2005.14165) appendix C; Tulu 3 (arXiv 2411.15124) section 3.2; GPT-4 (arXiv 2303.08774) appendix C.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from sfteval.probes.dirty import MIN_WORDS, RULES, Control, DirtyItem
from sfteval.probes.eval_items import items_of
from sfteval.probes.overlap_search import OverlapSearch
from sfteval.probes.row_counts import RowCounts
from sfteval.probes.saying import as_json, estimate, percent, skipped
from sfteval.probes.suite_grams import SuiteGrams
from sfteval.probes.training_rows import TrainingRow, batches_of
from sfteval.stats import wilson_interval
from sfteval.types import Json, ProbeResult, Suite
from sfteval.types.probed import Estimate, ProbeVerdict

NAME = "contamination"
FAIL_SHARE = 0.02
SAID = {
    "exact": "whole question",
    "ngram_13": "run of 13 words",
    "coverage_8": "half in 8-grams",
    "substring_50": "50 characters",
    "near_duplicate": "near-duplicate",
}


@dataclass(frozen=True, slots=True)
class Contamination:
    """What of a suite stands in the training data."""

    suite: str
    num_items: int
    num_rows: int  # distinct ones
    dirty: tuple[DirtyItem, ...]
    num_short: int  # items below 8 words: only `exact` can see them
    num_boilerplate: int  # items of 8 words and more without an 8-gram of their own: the same
    num_empty: int  # items that ask nothing in words: no rule can see them
    controls: Mapping[str, Control]  # by task: what its items share with each other

    @property
    def by_rule(self) -> dict[str, int]:
        """Dirty items under each rule; an item can stand under several."""
        counts = Counter(rule for item in self.dirty for rule in item.rules)
        return {rule: counts[rule] for rule in RULES}

    def dirty_ids(self, task: str) -> frozenset[str]:
        """Return the ids of a task's dirty samples."""
        return frozenset(item.sample_id for item in self.dirty if item.task == task)


def find_contamination(suite: Suite, rows: Iterable[TrainingRow]) -> Contamination:
    """Return which items of a suite stand in the training rows, which are read twice, one by one.

    First it is counted in how many rows everything stands, which tells the boilerplate; then the rest is looked for.
    """
    if iter(rows) is rows:
        raise TypeError("the rows are read twice: give a collection, not an iterator")
    sought = SuiteGrams.of(items_of(suite))
    counts = RowCounts.of(sought, rows)
    search = OverlapSearch(sought, counts.masks(sought))
    for number, row in counts.substrings(sought):
        search.saw(number, "substring_50", 0.0, row)
    for batch in batches_of(rows, sought.grams):
        search.look_at(batch)
    return Contamination(
        suite=suite.name,
        num_items=len(sought.items),
        num_rows=counts.num_rows,
        dirty=tuple(item for _, item in sorted(search.found.items()) if item.rules),
        num_short=sum(0 < len(item.asked) < MIN_WORDS for item in sought.items),
        num_boilerplate=search.num_boilerplate(),
        num_empty=sum(not item.asked for item in sought.items),
        controls=search.controls,
    )


def contamination_result(found: Contamination, num_missing: int = 0) -> ProbeResult:
    """Return the verdict: warn for any dirty item, fail above 2 % of the suite.

    `num_missing` training rows could not be read: without a dirty item that is inconclusive, never a pass.
    """
    if not found.num_items or not found.num_rows:
        what = "items" if not found.num_items else "training rows"
        return skipped_contamination(found.suite, f"there are no {what}")
    share, num = len(found.dirty) / found.num_items, len(found.dirty)
    verdict: ProbeVerdict = "fail" if share > FAIL_SHARE else "warn" if num else "pass"
    missing = f", and {num_missing:,} more could not be read" if num_missing else ""
    if verdict == "pass" and (num_missing or found.num_empty == found.num_items):
        verdict = "inconclusive"
    return ProbeResult(NAME, verdict, f"{_sentence(found)}{missing}.", _numbers(found, num_missing))


def skipped_contamination(suite: str, reason: str) -> ProbeResult:
    """Return what is said where there are no training rows to look at."""
    return skipped(NAME, f"{suite} was not looked for in training data: {reason}.")


def _share(found: Contamination) -> Estimate:
    num = len(found.dirty)
    return estimate(num / found.num_items, wilson_interval(num, found.num_items), found.num_items)


def _sentence(found: Contamination) -> str:
    share = _share(found)
    read = "1 distinct row" if found.num_rows == 1 else f"{found.num_rows:,} distinct rows"
    rules = ", ".join(f"{SAID[rule]} {num}" for rule, num in found.by_rule.items() if num)
    return (
        f"{len(found.dirty):,} of {found.num_items:,} items of {found.suite} ({percent(share.value or 0.0)}, "
        f"CI {percent(max(0.0, share.low or 0.0))} to {percent(share.high or 0.0)}) stand in the training data"
        f"{f' ({rules})' if rules else ''}{_templated(found)}; {read} read"
    )


def _templated(found: Contamination) -> str:
    tasks = [task for task, control in found.controls.items() if control.is_templated]
    plural = "items resemble each other: only a larger overlap counts there"
    return f"; in {len(tasks)} of {len(found.controls)} tasks {plural}" if tasks else ""


def _numbers(found: Contamination, num_missing: int) -> Json:
    return {
        "suite": found.suite,
        "num_items": found.num_items,
        "num_rows": found.num_rows,
        "num_rows_missing": num_missing,
        "num_dirty": len(found.dirty),
        "share": as_json(_share(found)),
        "by_rule": found.by_rule,
        "num_short": found.num_short,
        "num_boilerplate": found.num_boilerplate,
        "num_empty": found.num_empty,
        "templated_tasks": {task: asdict(one) for task, one in found.controls.items() if one.is_templated},
        "dirty": [asdict(item) for item in found.dirty],
    }
