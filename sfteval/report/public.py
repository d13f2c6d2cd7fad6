"""A Comparison in, the same comparison for people outside the house out: every number, and no text.

Left out are the samples (prompts, answers, thoughts, calls, targets, what judges said and why), where files lie on this
machine (of a path the last part is kept, also of one below the working folder), where checkpoints lie, and which host
served them. A sample's id that is no plain name may be the prompt itself: a hash stands in its place. Kept are names,
settings, hashes, counts, sentences that are made of numbers, and the values of metadata by which accuracy is sliced.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sfteval.baseline.form import saved_id
from sfteval.report.results import render_results
from sfteval.report.stored import comparison_from
from sfteval.tracking import last_part, placeless, placeless_command
from sfteval.types import Comparison

HOST = re.compile(r"(?<=://)[^/\s#\"'`?]+")
HIDDEN_HOST = "(host)"
LEAD = re.compile(r"(?:run:|responses:|--?[\w-]{1,40}=|[\w.]{1,80}=)?")
NO_PLACE = re.compile(r"hf:|lm-eval:|\w{1,20}://")


def without_text(comparison: Comparison) -> Comparison:
    """Return the comparison without its samples and without where things lie: no text, every number."""
    stored = json.loads(render_results(replace(comparison, pairs=())))
    for guard in stored["guards"]:
        guard["said"] = guard["said"].replace(guard["sample_id"], saved_id(guard["sample_id"]))
    stored["warnings"] = _without(stored["warnings"], _spoken_ids(stored["left_out"]))
    told = _nearer(placeless(_named(stored, _hidden_ids(comparison))))
    stripped = comparison_from(_hostless(told), [])
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


def _spoken_ids(left_out: Any) -> list[tuple[str, str]]:
    """Return the ids that warnings of what is left out may name, with what stands for each; the longest first."""
    reasons = [reason for told in left_out.values() for reason in told.values() if isinstance(reason, Mapping)]
    ids = {str(one) for reason in reasons for one in reason["ids"]} - {""}
    return [(one, saved_id(one)) for one in sorted(ids, key=lambda one: (-len(one), one)) if saved_id(one) != one]


def _named(value: Any, hidden: Mapping[str, str]) -> Any:
    """Return JSON in which a hidden id, alone or as a key, is its hash; so is every such id of a list of ids."""
    if isinstance(value, str):
        return hidden.get(value, value)
    if isinstance(value, Mapping):
        told = {key: [saved_id(str(one)) for one in item] for key, item in value.items() if key == "ids"}
        return {hidden.get(key, key): told.get(key) or _named(item, hidden) for key, item in value.items()}
    return [_named(item, hidden) for item in value] if isinstance(value, list) else value


def _nearer(stored: dict[str, Any]) -> dict[str, Any]:
    """Return results in which the checkpoints and files of the command line have no folder, wherever they are told."""
    found: dict[str, str] = {}

    def noted(word: str) -> str:
        lead, place = _below(word)
        if place:
            found[place] = last_part(place)
        return lead + found.get(place, place)

    arguments = {side: noted(stored[side]["argument"]) for side in ("baseline", "candidate")}
    command = placeless_command(str(stored["reproduce"].get("command") or ""), noted)
    told: dict[str, Any] = _without(stored, sorted(found.items(), key=lambda one: -len(one[0])))
    sides = {side: told[side] | {"argument": argument} for side, argument in arguments.items()}
    return told | sides | {"reproduce": told["reproduce"] | ({"command": command} if command else {})}


def _below(word: str) -> tuple[str, str]:
    """Return what stands before a place below the working folder, and the place; all of a word that is none, and ""."""
    lead = LEAD.match(word)[0]  # type: ignore[index]  # it matches nothing at all, too
    place = word[len(lead) :]
    is_place = "/" in place.strip("/") and not NO_PLACE.match(place)
    return (lead, place) if is_place else (word, "")


def _without(value: Any, names: Sequence[tuple[str, str]]) -> Any:
    """Return JSON in which each first is its second, wherever it stands in a text."""
    if isinstance(value, str):
        for told, name in names:
            value = value.replace(told, name)
        return value
    if isinstance(value, Mapping):
        return {key: _without(item, names) for key, item in value.items()}
    return [_without(item, names) for item in value] if isinstance(value, list) else value


def _hostless(value: Any) -> Any:
    """Return JSON in which no address names its host."""
    if isinstance(value, str):
        return HOST.sub(HIDDEN_HOST, value)
    if isinstance(value, Mapping):
        return {key: _hostless(item) for key, item in value.items()}
    return [_hostless(item) for item in value] if isinstance(value, list) else value
