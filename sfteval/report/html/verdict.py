"""A Comparison in, the head of the page out: who stands against whom, the verdict in one sentence, and what limits it.

Warnings stand open, what was skipped and what was kept is folded. Decides wording and order, never a verdict.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from sfteval.report.html.facts import fact_rows
from sfteval.report.probed import skipped_lines
from sfteval.report.text import one_line, shortened, typeset_signs, words
from sfteval.types import Checkpoint, Comparison, Guard, Verdict

VERDICT_MARKS = {
    Verdict.PASS: "✓",
    Verdict.REGRESS: "✗",
    Verdict.INCONCLUSIVE: "?",
    Verdict.NOT_COMPARABLE: "–",
}
LONGEST_NAME = 80
LONGEST_WARNING = 200  # characters that stand open
MOST_GUARDS = 20  # lost samples that are named
SCOPE = "This speaks of these two checkpoints, not of their recipes: another training seed moves scores too."


def verdict_block(comparison: Comparison) -> dict[str, Any]:
    """Return the verdict's stamp and sentence, the warnings, and what was skipped."""
    unmatched = [] if comparison.matched else ["The two sides were asked with different sampling."]
    return {
        "kind": comparison.verdict.value,
        "mark": VERDICT_MARKS[comparison.verdict],
        "word": words(comparison.verdict),
        "sentence": typeset_signs(_bare_headline(comparison)),
        "warnings": [_warning(warning) for warning in (*unmatched, *comparison.warnings)],
        "skipped": list(_skipped(comparison)),
        "guards": _guards(comparison),
        "scope": one_line(str(comparison.reproduce.get("scope") or SCOPE)),
    }


def side_block(letter: str, role: str, checkpoint: Checkpoint) -> dict[str, Any]:
    """Return how one side is named, and all that is known of it."""
    facts = {
        "given as": checkpoint.argument,
        "kind": checkpoint.kind,
        "model": checkpoint.model,
        "fingerprint": checkpoint.fingerprint or "unknown: its answers are unverified",
        "template": checkpoint.template_sha256,
        "rests on": checkpoint.base_path,
        "template arguments": dict(checkpoint.template_kwargs),
        "sampling overrides": dict(checkpoint.sampling_overrides),
        "training": dict(checkpoint.training),
    }
    return {
        "letter": letter,
        "role": role,
        "name": shown_name(checkpoint),
        "short": (checkpoint.fingerprint or "unverified").removeprefix("sha256:")[:8],
        "facts": fact_rows({name: fact for name, fact in facts.items() if fact}),
    }


def shown_name(checkpoint: Checkpoint) -> str:
    """Return a checkpoint's name as one line that fits."""
    return one_line(shortened(checkpoint.name, LONGEST_NAME))


def _bare_headline(comparison: Comparison) -> str:
    """Return the headline without the verdict's word in front, which stands on the stamp."""
    headline = one_line(comparison.headline)
    word = f"{words(comparison.verdict).upper()}: "
    if not headline.startswith(word):
        return headline
    rest = headline[len(word) :]
    starts_with_name = rest.startswith((comparison.baseline.name, comparison.candidate.name))
    return rest if starts_with_name else rest[:1].upper() + rest[1:]


def _warning(warning: str) -> dict[str, str]:
    """Return the warning, and its beginning where it is too long to stand open."""
    whole = typeset_signs(one_line(warning))
    begins = whole[:LONGEST_WARNING].rpartition(" ")[0] if len(whole) > LONGEST_WARNING else ""
    return {"whole": whole, "begins": begins}


def _skipped(comparison: Comparison) -> Iterator[str]:
    yield from skipped_lines(comparison)
    if not comparison.probes:
        yield "overfitting probes: none was asked"
    if not comparison.judged and not comparison.graded:
        yield "judges: none was heard"


def _guards(comparison: Comparison) -> dict[str, Any]:
    """Return how many golden samples were kept, and the others one by one."""
    guards, shown = comparison.guards, {(pair.task, pair.sample.id) for pair in comparison.pairs}
    others = [guard for guard in guards if guard.verdict is not Verdict.PASS]
    kept = len(guards) - len(others)
    return {
        "sentence": f"Golden samples: {kept:,} of {len(guards):,} kept." if guards else "",
        "others": [
            {
                "mark": VERDICT_MARKS[guard.verdict],
                "said": one_line(guard.said),
                "link": _link(guard) if (guard.task, guard.sample_id) in shown else "",
            }
            for guard in others[:MOST_GUARDS]
        ],
    }


def _link(guard: Guard) -> str:
    """Return the place of a sample on the page."""
    return f"#{quote(one_line(f'{guard.task}/{guard.sample_id}'), safe='')}"
