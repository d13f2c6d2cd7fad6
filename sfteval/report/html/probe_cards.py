"""The overfitting probes of a Comparison in, one card each for the page out: verdicts, picture, sentences, difference.

Both sides stand on one card. A probe that was skipped on both has none: why stands with the verdict. Decides wording
and order, never a number.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sfteval.report.html.probe_pictures import probe_picture
from sfteval.report.probed import (
    CONTAMINATED_HEAD,
    Probed,
    Side,
    contaminated_rows,
    contaminated_sentences,
    difference_words,
    finding_words,
    probed,
)
from sfteval.report.text import MINUS, number, one_line, shortened, typeset, typeset_signs, words
from sfteval.types import Comparison, ProbeDifference

MARKS = {"pass": "✓", "warn": "!", "fail": "✗", "invalid": "⊘", "inconclusive": "?", "skipped": "–"}
QUESTIONS = {
    "loss_gap": "Are training answers too likely?",
    "membership": "Can one tell what it was trained on?",
    "extraction": "Does it repeat training answers?",
    "perturb": "Does it hold to the prompts' wording?",
    "diversity": "Do its answers still differ?",
    "format_leak": "Does the training format leak?",
    "forgetting": "How far is it from its base model?",
    "contamination": "Was it trained on the suites?",
    "canary": "Does it know planted secrets?",
}
FINDING_MARKS = {"better": "▲", "worse": "▼", "equivalent": "=", "not_shown": "○"}
MOST_FACTS, LONGEST_FACT = 80, 200


def probe_cards(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the cards of the probes that have something to show."""
    return [_card(one, comparison) for one in probed(comparison) if not one.is_skipped]


def _card(one: Probed, comparison: Comparison) -> dict[str, Any]:
    picture, caption = probe_picture(one, comparison) or ("", "")
    is_contamination = one.probe == "contamination"
    return {
        "name": one.name[:1].upper() + one.name[1:],
        "question": QUESTIONS.get(one.probe, ""),
        "sides": [_chip(side) for side in one.sides],
        "told": _told(one.sides),
        "picture": picture,
        "caption": typeset_signs(caption),
        "differences": [_difference(difference) for difference in one.differences],
        "more": [
            f"{side.letter}, {result.verdict}: {one_line(result.sentence)}".removeprefix(", ")
            for side in one.sides
            for result in side.results[1:]
        ],
        "tasks": contaminated_sentences(comparison) if is_contamination else [],
        "head": CONTAMINATED_HEAD,
        "parts": [(*cells, typeset(d), n) for *cells, d, n in contaminated_rows(comparison)]
        if is_contamination
        else [],
        "facts": _facts(one.sides),
    }


def _chip(side: Side) -> dict[str, str]:
    return {"letter": side.letter.lower(), "kind": side.verdict, "mark": MARKS[side.verdict]}


def _told(sides: Sequence[Side]) -> list[dict[str, Any]]:
    """Return the sentences with whose they are; what is said of both sides alike is said once."""
    by_sentence: dict[str, list[Side]] = {}
    for side in sides:
        by_sentence.setdefault(side.sentence, []).append(side)
    return [
        {
            "letters": [side.letter.lower() for side in of_both if side.letter],
            "spoken": " and ".join(side.letter for side in of_both if not side.names_itself),
            "sentence": typeset_signs(sentence),
        }
        for sentence, of_both in by_sentence.items()
    ]


def _difference(one: ProbeDifference) -> dict[str, str]:
    return {
        "measure": one_line(shortened(one.measure, LONGEST_FACT)).replace(" - ", f" {MINUS} "),
        "kind": one.finding.value,
        "mark": FINDING_MARKS[one.finding.value] if one.difference is not None else "",
        "difference": typeset(difference_words(one)) if one.difference is not None else "",
        "says": finding_words(one),
        "method": one_line(shortened(f"{one.method}, n {one.n:,}, margin {one.margin:g}", LONGEST_FACT)),
    }


def _facts(sides: Sequence[Side]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each number's name, and its value on each side that has it."""
    facts: dict[str, list[tuple[str, str]]] = {}
    for side in sides:
        for name, value in _flat(side.numbers):
            facts.setdefault(name, []).append((side.letter.lower(), value))
    return list(facts.items())[:MOST_FACTS]


def _flat(numbers: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield nested numbers as flat (name, text) rows; what a picture is drawn from is left to results.json."""
    for key, value in numbers.items():
        name = f"{prefix}{words(one_line(shortened(str(key), LONGEST_FACT)))}"
        if isinstance(value, Mapping):
            if _is_estimate(value):
                yield name, _estimate(value)
            else:
                yield from _flat(value, f"{name}: ")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            continue
        elif value is not None and value != "":
            yield name, _fact(value)


def _is_estimate(value: Mapping[str, Any]) -> bool:
    return {"value", "low", "high"} <= value.keys()


def _estimate(value: Mapping[str, Any]) -> str:
    bounds = (
        "" if value["low"] is None or value["high"] is None else f" [{_fact(value['low'])}, {_fact(value['high'])}]"
    )
    n = f", n {_fact(value['n'])}" if value.get("n") else ""
    return f"{_fact(value['value'])}{bounds}{n}"


def _fact(value: Any) -> str:
    if isinstance(value, float):
        return typeset(number(value))
    return one_line(shortened(str(value), LONGEST_FACT))
