"""What a comparison says of its overfitting probes: rows and sentences for page, summary and terminal.

Comparison in, words out: one `Probed` for each probe, both sides beside each other. Numbers were made by the probes;
names come from suites and are made harmless here. Does not render, and does not know what a probe measures.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sfteval.report.text import interval, number, one_line, shortened, signed, words
from sfteval.types import Comparison, ContaminatedTask, Finding, MetricComparison, ProbeDifference, ProbeResult

SIDES: dict[str | None, str] = {"baseline": "A", "candidate": "B", None: ""}
SEVERITY = ("skipped", "pass", "inconclusive", "warn", "fail", "invalid")
BAD = ("warn", "fail", "invalid")
SAID_OF_B = {
    Finding.BETTER: "B is better",
    Finding.WORSE: "B is worse",
    Finding.EQUIVALENT: "equivalent",
    Finding.NOT_SHOWN: "not shown",
}
LONGEST_NAME = 60
LONGEST_SENTENCE = 600
CONTAMINATED_HEAD = ("Prompts that were trained on", "", "A", "B", "Difference [95 %]", "n")
Row = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """What one probe says of one side; several results where it was asked of several suites, the gravest first."""

    letter: str  # A or B; "": of a result that stands in no comparison
    results: tuple[ProbeResult, ...]

    @property
    def verdict(self) -> str:
        """Return the gravest verdict."""
        return self.results[0].verdict

    @property
    def sentence(self) -> str:
        """Return what is said of the gravest one."""
        return one_line(shortened(self.results[0].sentence, LONGEST_SENTENCE))

    @property
    def names_itself(self) -> bool:
        """Whether the sentence begins with the side's letter, so that no other need stand before it."""
        return not self.letter or self.sentence.startswith((f"{self.letter} ", f"{self.letter}:"))

    @property
    def numbers(self) -> Mapping[str, Any]:
        """Return the numbers of the gravest one."""
        return self.results[0].numbers


@dataclass(frozen=True, slots=True)
class Probed:
    """One probe of a comparison."""

    probe: str
    sides: tuple[Side, ...]
    differences: tuple[ProbeDifference, ...]

    @property
    def name(self) -> str:
        """Return the probe's name as people read it."""
        return probe_name(self.probe)

    @property
    def is_skipped(self) -> bool:
        """Whether neither side has anything to show."""
        return not self.differences and all(side.verdict == "skipped" for side in self.sides)

    def side(self, letter: str) -> Side | None:
        """Return one side, None where the probe says nothing of it."""
        return next((side for side in self.sides if side.letter == letter), None)


def probe_name(probe: str) -> str:
    """Return a probe's name as people read it."""
    return words(one_line(shortened(probe, LONGEST_NAME)))


def probed(comparison: Comparison) -> tuple[Probed, ...]:
    """Return the probes in the order of the comparison, both sides of each together."""
    named = [*(one.probe for one in comparison.probes), *(one.probe for one in comparison.probe_differences)]
    return tuple(
        Probed(
            probe,
            tuple(_sides([one for one in comparison.probes if one.probe == probe])),
            tuple(one for one in comparison.probe_differences if one.probe == probe),
        )
        for probe in dict.fromkeys(named)
    )


def difference_words(one: ProbeDifference) -> str:
    """Return the difference B - A with its interval; "-" where it cannot be given."""
    if one.difference is None:
        return "-"
    return f"{signed(one.difference)} {interval(one.ci_low, one.ci_high)}".strip()


def finding_words(one: ProbeDifference) -> str:
    """Return what the difference shows, with Holm's p value where there is one."""
    if one.difference is None:
        return one_line(shortened(one.method.removeprefix("none: "), LONGEST_SENTENCE)) or "nothing was compared"
    return f"{SAID_OF_B[one.finding]}, {p_words(one.p_adjusted)}" if one.p_adjusted is not None else "not shown"


def p_words(p_value: float | None) -> str:
    """Return a p value of a family, after Holm."""
    if p_value is None:
        return ""
    shown = "p < .001" if p_value < 0.001 else f"p = {number(p_value).removeprefix('0')}"
    return f"{shown} (Holm)"


def probe_sentences(comparison: Comparison) -> list[str]:
    """Return one line for each side, and one for what differs; nothing where no probe was asked."""
    found = [one for one in probed(comparison) if one.sides]
    told = {letter: line for letter in SIDES.values() if (line := _verdicts(letter, found))}
    whose = {"A": "probes of A", "B": "probes of B", "": "probes"}
    if len(told) > 1 and len(set(told.values())) == 1:
        told, whose = {"": next(iter(told.values()))}, {"": "probes of both"}
    lines = [f"{whose[letter]}: {line}" for letter, line in told.items()]
    findings = [one for one in comparison.probe_differences if one.p_adjusted is not None]
    if findings:
        kinds = {kind: [probe_name(one.probe) for one in findings if one.finding is kind] for kind in Finding}
        shown = [f"{words(kind)} on {', '.join(names)}" for kind, names in kinds.items() if names]
        lines.append(f"probes, B against A: {'; '.join(shown)}")
    return lines


def skipped_lines(comparison: Comparison) -> list[str]:
    """Return why probes were skipped: one line a reason, with its side where only one says it."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for one in comparison.probes:
        if one.verdict == "skipped":
            reason = one_line(shortened(one.sentence, LONGEST_SENTENCE))
            reasons.setdefault(reason, {}).setdefault(probe_name(one.probe), []).append(SIDES[one.side])
    return [
        f"{', '.join(_with_side(probe, letters) for probe, letters in of_reason.items())}: {reason}"
        for reason, of_reason in reasons.items()
    ]


def grave_lines(comparison: Comparison) -> list[str]:
    """Return what is said of every side that warns, fails or has invalid data."""
    return [
        f"{'' if side.names_itself else f'{side.letter}, '}{one.name}: {side.sentence}"
        for one in probed(comparison)
        for side in one.sides
        if side.verdict in BAD
    ]


def contaminated_rows(comparison: Comparison) -> list[Row]:
    """Return task and metric, part, A, B, difference and prompts; all, clean and dirty prompts below each other."""
    return [row for found in comparison.contaminated for row in _parts(found)]


def contaminated_sentences(comparison: Comparison) -> list[str]:
    """Return how many prompts of each task were trained on, by side; a side that was skipped has no number."""
    known = {one.side for one in comparison.probes if one.probe == "contamination" and one.verdict != "skipped"}
    return [_contaminated(found, known) for found in comparison.contaminated]


def _with_side(probe: str, letters: Sequence[str]) -> str:
    return f"{probe} ({letters[0]})" if len(letters) == 1 and letters[0] else probe


def _contaminated(found: ContaminatedTask, known: Collection[str | None]) -> str:
    ids = {"baseline": found.baseline_dirty, "candidate": found.candidate_dirty}
    sides = [
        f"{SIDES[side]}'s {f'{len(names):,}' if side in known or names else 'unknown'}" for side, names in ids.items()
    ]
    num = len({*found.baseline_dirty, *found.candidate_dirty})
    verb = "stands" if num == 1 else "stand"
    said = f"{num:,} of {found.num_prompts:,} prompts {verb} in training data"
    return f"{one_line(found.task)}: {said} ({', '.join(sides)})"


def _sides(results: Sequence[ProbeResult]) -> Iterator[Side]:
    for side, letter in SIDES.items():
        own = [one for one in results if one.side == side]
        if own:
            yield Side(letter, tuple(sorted(own, key=lambda one: -SEVERITY.index(one.verdict))))


def _verdicts(letter: str, found: Sequence[Probed]) -> str:
    """Return one side's verdicts in one line, the gravest first; good news and what was skipped as numbers."""
    sides = [(one.name, side.verdict) for one in found if (side := one.side(letter)) is not None]
    named = [
        f"{verdict} {', '.join(name for name, given in sides if given == verdict)}"
        for verdict in reversed(SEVERITY[2:])
        if any(given == verdict for _, given in sides)
    ]
    counts = [
        f"{verdict} {num}" for verdict in ("pass", "skipped") if (num := sum(given == verdict for _, given in sides))
    ]
    return "; ".join([*named, *counts])


def _parts(found: ContaminatedTask) -> Iterator[Row]:
    for whole, clean, dirty in zip(found.all, found.clean, found.dirty, strict=True):
        name = f"{one_line(found.task)} {one_line(whole.metric)}"
        yield _part(name, "all", whole)
        yield _part("", "clean", clean)
        yield _part("", "dirty", dirty)


def _part(name: str, part: str, row: MetricComparison) -> Row:
    difference = f"{signed(row.difference)} {interval(row.ci_low, row.ci_high)}".strip()
    return name, part, number(row.baseline), number(row.candidate), difference, f"{row.n:,}"
