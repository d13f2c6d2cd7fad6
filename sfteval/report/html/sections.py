"""A Comparison in, what each section of the page says out: sentences, table cells and pictures for the template.

Decides wording and order, never a number. Does not know HTML beyond the pictures of its neighbours.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sfteval.report.calls import help_sentences
from sfteval.report.contract import contract_sentence, differing_table
from sfteval.report.fairness import fairness_sentence
from sfteval.report.html.calls import call_blocks
from sfteval.report.html.forest import shares_bar
from sfteval.report.html.instructions import instruction_blocks
from sfteval.report.html.scoreboard import scoreboard
from sfteval.report.html.slices import slice_picture
from sfteval.report.instructions import resources_sentence, rules_sentence, sensitivity_sentences
from sfteval.report.judged import judge_facts, judge_rows, judge_sentences_of
from sfteval.report.passes import passes_rows
from sfteval.report.spread import spread_sentences
from sfteval.report.states import deciding_metrics, tasks
from sfteval.report.text import number, one_line, shortened, typeset, typeset_signs, words
from sfteval.types import Checkpoint, Comparison, Json, JudgeComparison, Outcome, Slice, Verdict

VERDICT_MARKS = {
    Verdict.PASS: "✓",
    Verdict.REGRESS: "✗",
    Verdict.INCONCLUSIVE: "?",
    Verdict.NOT_COMPARABLE: "–",
}
PROBE_MARKS = {"pass": "✓", "warn": "!", "fail": "✗"}
COST_NAMES = {
    "num_answers": "answers",
    "num_prompt_tokens": "prompt tokens",
    "num_tokens": "generated tokens",
    "num_think_tokens": "of which thinking",
    "seconds": "seconds, summed over answers",
    "training_tokens": "tokens seen in training",
    "supervised_tokens": "of which learned from",
}
SHOWN_APART = {"command", "contract"}
LONGEST_VALUE = 600
MOST_PICTURES = 8
LONGEST_NAME = 80


def page(comparison: Comparison) -> dict[str, Any]:
    """Return everything that the template shows, in the order of the page."""
    names = _name(comparison.baseline), _name(comparison.candidate)
    return {
        "names": names,
        "sides": [
            _side("a", "baseline", comparison.baseline),
            _side("b", "candidate", comparison.candidate),
        ],
        "verdict": _verdict(comparison),
        "fairness": fairness_sentence(comparison),
        "rules": rules_sentence(comparison),
        "resources": resources_sentence(comparison),
        "scoreboard": scoreboard(comparison),
        "slices": _slices(comparison, names),
        "instructions": instruction_blocks(comparison),
        "calls": call_blocks(comparison, names),
        "helped": help_sentences(comparison),
        "sensitivity": [
            *(typeset_signs(sentence) for sentence in sensitivity_sentences(comparison)),
            *spread_sentences(comparison),
        ],
        "passes": [(name, a, b, typeset(difference), n) for name, a, b, difference, n in passes_rows(comparison)],
        "outcomes": _outcomes(comparison),
        "costs": _costs(comparison.costs),
        "probes": _probes(comparison),
        "judged": [_judged(task) for task in comparison.judged],
        "num_samples": len(comparison.pairs),
        "command": one_line(str(comparison.reproduce.get("command", ""))),
        "contract": {"sentence": contract_sentence(comparison), "rows": differing_table(comparison)},
        "reproduce": _pairs({key: value for key, value in comparison.reproduce.items() if key not in SHOWN_APART}),
        "settings": [_pairs(comparison.baseline_settings), _pairs(comparison.candidate_settings)],
    }


def _judged(task: JudgeComparison) -> dict[str, Any]:
    return {
        "task": one_line(task.task),
        "rubric": one_line(task.rubric),
        "sentences": judge_sentences_of(task),
        "rows": judge_rows(task),
        "judges": [_pairs(judge_facts(judge)) for judge in task.judges],
    }


def _name(checkpoint: Checkpoint) -> str:
    return one_line(shortened(checkpoint.name, LONGEST_NAME))


def bare_headline(comparison: Comparison) -> str:
    """Return the headline without the verdict's word in front, for where the word already stands."""
    headline = one_line(comparison.headline)
    word = f"{words(comparison.verdict).upper()}: "
    if not headline.startswith(word):
        return headline
    rest = headline[len(word) :]
    starts_with_name = rest.startswith((comparison.baseline.name, comparison.candidate.name))
    return rest if starts_with_name else rest[:1].upper() + rest[1:]


def _side(letter: str, role: str, checkpoint: Checkpoint) -> dict[str, Any]:
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
        "name": _name(checkpoint),
        "short": (checkpoint.fingerprint or "unverified").removeprefix("sha256:")[:8],
        "facts": _pairs({name: fact for name, fact in facts.items() if fact}),
    }


def _verdict(comparison: Comparison) -> dict[str, Any]:
    skipped = [f"{one_line(p.probe)}: {one_line(p.sentence)}" for p in comparison.probes if p.verdict == "skipped"]
    unmatched = [] if comparison.matched else ["The two sides were asked with different sampling."]
    return {
        "kind": comparison.verdict.value,
        "mark": VERDICT_MARKS[comparison.verdict],
        "word": words(comparison.verdict),
        "sentence": typeset_signs(bare_headline(comparison)),
        "warnings": unmatched + [typeset_signs(one_line(warning)) for warning in comparison.warnings],
        "skipped": skipped,
    }


def _slices(comparison: Comparison, names: tuple[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return the pictures to show and those to fold: the deciding metrics first."""
    groups: dict[tuple[str, str, str], list[Slice]] = {}
    for piece in comparison.slices:
        groups.setdefault((piece.task, piece.metric, piece.field), []).append(piece)
    deciding = deciding_metrics(comparison)
    shown: list[dict[str, Any]] = []
    folded: list[dict[str, Any]] = []
    for (task, metric, field), pieces in groups.items():
        picture = {
            "task": one_line(task),
            "metric": one_line(metric),
            "field": one_line(field),
            "picture": slice_picture(pieces, names),
            "rows": [(one_line(p.value), number(p.baseline), number(p.candidate), f"{p.n:,}") for p in pieces],
        }
        wanted = deciding.get(task, metric) == metric and len(pieces) > 1 and len(shown) < MOST_PICTURES
        (shown if wanted else folded).append(picture)
    return {"shown": shown, "folded": folded}


def _outcomes(comparison: Comparison) -> list[dict[str, Any]]:
    rows = []
    for task in _ordered(comparison.outcomes, tasks(comparison)):
        sides = comparison.outcomes[task]
        for letter, side in (("a", "baseline"), ("b", "candidate")):
            counts = [(outcome.value, int(sides.get(side, {}).get(outcome.value, 0))) for outcome in Outcome]
            spoken = ", ".join(f"{words(name)} {count}" for name, count in counts if count)
            rows.append(
                {
                    "task": one_line(task),
                    "letter": letter,
                    "counts": [f"{count:,}" if count else "·" for _, count in counts],
                    "bar": shares_bar(counts, spoken or "none"),
                }
            )
    return rows


def _ordered(found: Iterable[str], order: Sequence[str]) -> list[str]:
    found = set(found)
    return [name for name in order if name in found] + sorted(found - set(order))


def _costs(costs: Json) -> list[dict[str, str]]:
    sides = costs.get("baseline", {}), costs.get("candidate", {})
    names = [*COST_NAMES, *sorted((set(sides[0]) | set(sides[1])) - set(COST_NAMES))]
    rows = [(name, sides[0].get(name), sides[1].get(name)) for name in names]
    return [
        {"name": COST_NAMES.get(name, words(one_line(name))), "a": _amount(a), "b": _amount(b)}
        for name, a, b in rows
        if a is not None or b is not None
    ]


def _amount(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else "-" if value is None else one_line(str(value))


def _probes(comparison: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "name": words(one_line(probe.probe)),
            "kind": probe.verdict,
            "mark": PROBE_MARKS.get(probe.verdict, "·"),
            "sentence": typeset_signs(one_line(probe.sentence)),
            "numbers": _pairs(probe.numbers),
        }
        for probe in comparison.probes
    ]


def _pairs(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return nested JSON as flat (dotted name, text) rows."""
    rows: list[tuple[str, str]] = []
    for key, value in facts.items():
        name = f"{prefix}{one_line(str(key))}"
        if isinstance(value, Mapping) and value:
            rows.extend(_pairs(value, f"{name}."))
        elif value not in (None, "", {}, [], ()):
            shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            rows.append((name, one_line(shortened(shown, LONGEST_VALUE))))
    return rows
