"""A Comparison in, the same comparison for people outside the house out: every number, and no text.

Left out are the samples (prompts, answers, thoughts, calls, targets, what judges said and why), where files lie on this
machine (an absolute or upward path is its last part), where checkpoints lie, and which host served them. A sample's id
that is no plain name may be the prompt itself: a hash stands in its place. Kept are names, settings, hashes, counts,
sentences that are made of numbers, and the values of metadata by which accuracy is sliced.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sfteval.baseline.form import saved_id
from sfteval.report.results import render_results
from sfteval.report.stored import comparison_from
from sfteval.tracking import placeless
from sfteval.types import Comparison

HOST = re.compile(r"(?<=://)[^/\s#\"'`?]+")
HIDDEN_HOST = "(host)"


def without_text(comparison: Comparison) -> Comparison:
    """Return the comparison without its samples and without where things lie: no text, every number."""
    stored = json.loads(render_results(replace(comparison, pairs=())))
    for guard in stored["guards"]:
        guard["said"] = guard["said"].replace(guard["sample_id"], saved_id(guard["sample_id"]))
    stripped = comparison_from(_hostless(placeless(_named(stored, _hidden_ids(comparison)))), [])
    baseline, candidate = (replace(side, path=None, base_path=None) for side in (stripped.baseline, stripped.candidate))
    return replace(stripped, baseline=baseline, candidate=candidate)


def _hidden_ids(comparison: Comparison) -> dict[str, str]:
    """Return what stands for each sample id that is no plain name, by id."""
    ids = {
        *(pair.sample.id for pair in comparison.pairs),
        *(guard.sample_id for guard in comparison.guards),
        *(one for task in comparison.contaminated for one in (*task.baseline_dirty, *task.candidate_dirty)),
    }
    return {one: saved_id(one) for one in ids if saved_id(one) != one}


def _named(value: Any, hidden: Mapping[str, str]) -> Any:
    """Return JSON in which a hidden id, alone or as a key, is its hash; so is every such id of a list of ids."""
    if isinstance(value, str):
        return hidden.get(value, value)
    if isinstance(value, Mapping):
        told = {key: [saved_id(str(one)) for one in item] for key, item in value.items() if key == "ids"}
        return {hidden.get(key, key): told.get(key) or _named(item, hidden) for key, item in value.items()}
    return [_named(item, hidden) for item in value] if isinstance(value, list) else value


def _hostless(value: Any) -> Any:
    """Return JSON in which no address names its host."""
    if isinstance(value, str):
        return HOST.sub(HIDDEN_HOST, value)
    if isinstance(value, Mapping):
        return {key: _hostless(item) for key, item in value.items()}
    return [_hostless(item) for item in value] if isinstance(value, list) else value
