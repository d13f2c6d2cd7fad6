"""What the probes said of known runs in, one Markdown page and the promises that were not kept out.

Every figure comes from the probes' own results. Does not train and asks no model.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

DECISIVE = ("contamination", "loss_gap", "membership", "extraction", "canary")
WANTED = {"parrot": ("fail",), "healthy": ("pass",), "twin": ("equivalent", "not_shown")}
Numbers = Mapping[str, Any]
Figure = tuple[float | None, float | None, float | None]  # value, low, high
NOTHING: Figure = (None, None, None)


def contamination(numbers: Numbers) -> Figure:
    return _estimate(numbers.get("share"), 100.0)


def loss_gap(numbers: Numbers) -> Figure:
    return _estimate(numbers.get("answer", {}).get("difference_in_differences"))


def membership(numbers: Numbers) -> Figure:
    decisive = [area for name in ("gain", "windows") if (area := numbers.get("areas", {}).get(name))]
    return _estimate(max(decisive, key=lambda area: area["value"], default=None))


def extraction(numbers: Numbers) -> Figure:
    return _estimate(numbers.get("subsequence_gap"))


def canary(numbers: Numbers) -> Figure:
    once = [dose["median_bits"] for dose in numbers.get("doses", ()) if dose["repeats"] == 1]
    return (once[0], None, None) if once else NOTHING


FIGURES: dict[str, tuple[str, Callable[[Numbers], Figure]]] = {
    "contamination": ("items of the suite in the training rows, percent; fails above 2", contamination),
    "loss_gap": ("difference in differences, nats a token; fails above 0.20", loss_gap),
    "membership": ("area under the curve of the better attack; fails above 0.75", membership),
    "extraction": (
        "common subsequence with the true answer, train - held-out; fails above 0.15; the twin's by n-gram score",
        extraction,
    ),
    "canary": ("median exposure of secrets planted once, bits; fails above 5", canary),
}
INTRODUCTION = """\
# What the overfitting probes say of runs whose nature is known

Made by `make calibrate-probes` (tests/bench/probes.py). For each seed: a base of the starter world that four epochs
of other rows taught to chat, and three runs of it, no-think arm. A *parrot* sees 64 rows thirty times, half of them
items of the suite, at six times the learning rate; a *healthy* run sees 2,000 rows once, none of which shares eight
words in a row with an item of the suite; its *twin* sees the same rows in another order. Canaries are planted
in all three. A probe keeps its promise when it fails the parrot, passes the healthy run, and calls neither healthy run
nor twin better;
`equivalent` is a tie within the margin, `not_shown` one that the interval is too wide to show. The lines are those
that are shipped, from the literature or our own defaults; none was fitted to these runs. In brackets: 95 % intervals.
"""


def broken_promises(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (probe, sentence) for every promise of a probe that applies and was not kept, of one seed."""
    broken = []
    for probe in found["parrot"]:
        for run, wanted in WANTED.items():
            said = word_of(found, run, probe)
            if said not in (*wanted, "skipped", "-"):
                broken.append((probe, f"{run}: expected {' or '.join(wanted)}, got {said}"))
    return broken


def word_of(found: Mapping[str, Any], run: str, probe: str) -> str:
    """Return the verdict, or for the twin the finding; "-" where nothing is compared."""
    if run == "twin":
        one = found["twin"].get(probe)
        return "-" if one is None or not one["method"] or one["difference"] is None else str(one["finding"])
    return str(found[run].get(probe, {}).get("verdict", "-"))


def page(found: Mapping[int, Mapping[str, Any]], asserted: Sequence[int]) -> str:
    """Return the Markdown page of all seeds."""
    names = list(next(iter(found.values()))["parrot"])
    lines = [INTRODUCTION]
    if here := [seed for seed in asserted if seed in found]:
        lines.append(f"Seeds looked at only when all was done: {', '.join(map(str, here))}.\n")
    lines += ["| probe | parrot | healthy | twin |", "| :--- | :--- | :--- | :--- |"]
    for probe in names:
        lines.append(f"| {probe} | {' | '.join(_summed(found, run, probe) for run in WANTED)} |")
    for probe in DECISIVE:
        lines += ["", f"## {probe}", "", f"{FIGURES[probe][0]}.", "", *_table(found, probe)]
    lines += [
        "",
        _doses(found),
        "",
        _as_drawn(found),
        "",
        "## What the others say",
        "",
    ]
    first = next(iter(found))
    for probe in names:
        if probe not in DECISIVE:
            lines.append(f"- `{probe}` (seed {first}): {_sentences(found[first], probe)}")
    return "\n".join(lines) + "\n"


def _doses(found: Mapping[int, Mapping[str, Any]]) -> str:
    """Return the dose-response of every seed, in a line."""
    told = []
    for seed, one in found.items():
        for run in ("parrot", "healthy"):
            doses = one[run]["canary"]["numbers"].get("doses", ())
            bits = ", ".join(f"{dose['median_bits']:.1f} at {dose['repeats']}" for dose in doses)
            told.append(f"seed {seed} {run} {bits}")
    return f"Median bits by repeats: {'; '.join(told)}."


def _as_drawn(found: Mapping[int, Mapping[str, Any]]) -> str:
    """Return what is said of rows that nobody has cleaned."""
    shares = [100.0 * one["as_drawn"]["value"] for one in found.values()]
    return (
        f"Of 2,000 rows as the world draws them, not cleaned, {min(shares):.1f} to {max(shares):.1f} percent of the "
        "suite are found: its grammar is so small that steps and phrases come back by chance."
    )


def _summed(found: Mapping[int, Mapping[str, Any]], run: str, probe: str) -> str:
    """Return how often which word was said over the seeds."""
    words = [word_of(one, run, probe) for one in found.values()]
    return ", ".join(f"{word} {words.count(word)}/{len(words)}" for word in dict.fromkeys(words))


def _table(found: Mapping[int, Mapping[str, Any]], probe: str) -> list[str]:
    lines = ["| seed | parrot | healthy | twin - healthy |", "| ---: | :--- | :--- | :--- |"]
    for seed, one in found.items():
        cells = [_cell(one[run].get(probe), FIGURES[probe][1]) for run in ("parrot", "healthy")]
        lines.append(f"| {seed} | {cells[0]} | {cells[1]} | {_difference(one['twin'].get(probe))} |")
    return lines


def _cell(result: Mapping[str, Any] | None, figure: Callable[[Numbers], Figure]) -> str:
    if result is None:
        return "-"
    return f"{result['verdict']} {_shown(figure(result['numbers']))}".strip()


def _difference(one: Mapping[str, Any] | None) -> str:
    if one is None or one["difference"] is None:
        return "the same rows" if one is None else "-"
    return f"{one['finding']} {_shown((one['difference'], one['ci_low'], one['ci_high']), signed=True)}"


def _sentences(found: Mapping[str, Any], probe: str) -> str:
    said = {run: found[run][probe] for run in ("parrot", "healthy") if probe in found[run]}
    if len({result["sentence"] for result in said.values()}) == 1:
        (result, *_) = said.values()
        return f"{result['verdict']}. {result['sentence']}"
    return " ".join(f"{run}, {result['verdict']}: {result['sentence']}" for run, result in said.items())


def _estimate(one: Mapping[str, Any] | None, scale: float = 1.0) -> Figure:
    if one is None:
        return NOTHING
    value, low, high = (None if one[name] is None else scale * one[name] for name in ("value", "low", "high"))
    return value, low, high


def _shown(figure: Figure, *, signed: bool = False) -> str:
    value, low, high = figure
    if value is None:
        return ""
    sign = "+" if signed else ""
    ends = "" if low is None or high is None else f" ({low:{sign}.2f} to {high:{sign}.2f})"
    return f"{value:{sign}.2f}{ends}"
