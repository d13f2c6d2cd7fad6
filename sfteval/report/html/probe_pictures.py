"""One probe of a comparison in, its picture and what is to be read off it out.

Each probe's picture is one function and one line of `PICTURES`; a probe without one has none. Reads the numbers that
the probes keep for it, which may come from a file: what is missing or no number is left out, and without anything to
show there is no picture. Does not know how a shape is drawn.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from sfteval.report.html.probe_charts import (
    EDGE,
    WIDTH,
    Bar,
    Curve,
    Dumbbell,
    Group,
    Leak,
    Plot,
    Scale,
    curves_chart,
    leaks_chart,
    rows_chart,
    scale_of,
)
from sfteval.report.html.probe_numbers import found, numbers_of, points_of, rows_of
from sfteval.report.probed import Probed
from sfteval.report.text import number, one_line, signed, words
from sfteval.types import Comparison, ContaminatedTask

LEFT, TOP, BOTTOM = 34, 22, 120  # of the frame around curves
MOST_LEAKS, FEWEST_LEAKS, MOST_TASKS = 6, 3, 3
FLAGS = {"on": "think on", "off": "think off", "none": "no flag"}
LEAK_WORDS = {
    "thinks_when_off": "thinks unasked",
    "empty_think_when_on": "does not think",
    "json_unasked": "JSON unasked",
    "training_keys": "trained keys",
    "training_opener": "trained opening",
    "no_end": "no end",
    "role_token": "role markers",
    "answer_in_think": "answer in thought",
    "other_script": "other script",
}
VERBATIM_TOKENS = 50
LINES = {"perturb": 0.05, "diversity": 0.6, "kl": 0.5, "retention": -0.05, "contamination": 0.02}  # of the verdicts
Picture = tuple[Markup, str]


def probe_picture(one: Probed, comparison: Comparison) -> Picture | None:
    """Return the probe's picture with the words below it; None where there is nothing to draw."""
    if one.probe == "contamination" and (picture := _clean_and_dirty(comparison.contaminated)):
        return picture
    draw = PICTURES.get(one.probe)
    return draw(_numbers(one)) if draw is not None else None


Numbers = Mapping[str, Mapping[str, Any]]  # {a or b: numbers of the probe}


def _numbers(one: Probed) -> Numbers:
    return {side.letter.lower() or "a": side.numbers for side in one.sides if isinstance(side.numbers, Mapping)}


def _losses(sides: Numbers) -> Picture | None:
    rows = []
    for side, numbers in sides.items():
        train, held_out = (found(numbers, "answer", f"nll_{split}") for split in ("train", "held_out"))
        before = tuple(found(numbers, "answer", f"nll_base_{split}") for split in ("train", "held_out"))
        if train is not None and held_out is not None:
            base = None if None in before else (before[0] or 0.0, before[1] or 0.0)
            rows.append(Dumbbell(side, train, held_out, base))
    if not rows:
        return None
    spoken = _spoken([(row.side, f"training {number(row.filled)}, held-out {number(row.hollow)}") for row in rows])
    has_base = any(row.before for row in rows)
    caption = f"Filled: training answers; hollow: held-out ones{'; grey: the base model' if has_base else ''}."
    return rows_chart([Group("", rows)], "nats a token", f"losses: {spoken}"), caption


def _roc(sides: Numbers) -> Picture | None:
    curves, told = [], []
    for side, numbers in sides.items():
        curve = numbers.get("curve")
        points = points_of(curve.get("points") if isinstance(curve, Mapping) else None)
        if len(points) < 2:
            continue
        curves.append(Curve(side, points))
        attack = curve.get("attack") if isinstance(curve, Mapping) else None
        name = attack if isinstance(attack, str) else "nothing"
        told.append((side, f"{number(found(numbers, 'areas', name, 'value'), 2)} by {words(one_line(name))}"))
    if not curves:
        return None
    share = Scale(0, 1, LEFT, WIDTH - EDGE, 0.25)
    plot = Plot(share, Scale(0, 1, BOTTOM, TOP, 0.5), "false alarms", "found", diagonal=True)
    areas = _spoken(told)
    return curves_chart(curves, plot, f"area under the curve: {areas}"), f"Area: {areas}; dashed: chance."


def _survival(sides: Numbers) -> Picture | None:
    curves: list[Curve] = []
    told = []
    for side, numbers in sides.items():
        kept = numbers.get("survival")
        if not isinstance(kept, Mapping):
            continue
        lengths = [value for value in numbers_of(kept.get("tokens")) if value >= 1]
        for split in ("held_out", "train"):
            shares = numbers_of(kept.get(split))
            if lengths and len(shares) == len(lengths):
                points = [(math.log2(length), share) for length, share in zip(lengths, shares, strict=True)]
                curves.append(Curve(side, points, dashed=split == "held_out"))
        train, held_out = (number(found(numbers, f"longest_run_{split}"), 1) for split in ("train", "held_out"))
        told.append((side, f"{train} tokens in training, {held_out} held out"))
    if not curves:
        return None
    longest = max(point for curve in curves for point, share in curve.points if share > 0 or point == 0)
    high = max(6.0, math.ceil(longest))
    labels = [(float(power), str(2**power)) for power in range(int(high) + 1) if power % (2 if high > 6 else 1) == 0]
    plot = Plot(
        Scale(0, high, LEFT, WIDTH - EDGE, 1), Scale(0, 1, BOTTOM, TOP, 0.5), "tokens in a row", "share of answers",
        x_labels=labels, lines=[math.log2(VERBATIM_TOKENS)],
    )  # fmt: skip
    caption = "Answers repeated for so many tokens; dashed: held-out ones; the line: 50 tokens."
    cut = [Curve(one.side, [point for point in one.points if point[0] <= high], one.dashed) for one in curves]
    return curves_chart(cut, plot, f"mean longest stretch repeated: {_spoken(told)}"), caption


def _drops(sides: Numbers) -> Picture | None:
    rows = [
        Dumbbell(side, train, held_out)
        for side, numbers in sides.items()
        if (train := found(numbers, "drop_train")) is not None
        and (held_out := found(numbers, "drop_held_out")) is not None
    ]
    if not rows:
        return None
    told = [(row.side, f"training {number(row.filled)}, held-out {number(row.hollow)}") for row in rows]
    chart = rows_chart([Group("", rows)], "score lost in other words", f"drops: {_spoken(told)}", [LINES["perturb"]])
    return chart, "Filled: training prompts; hollow: held-out ones; dashed: the line of a fail."


def _ratios(sides: Numbers) -> Picture | None:
    names = {"ead_2": "distinct pairs of tokens", "vendi": "effective answers"}
    groups = []
    for name, title in names.items():
        rows = [bar for side, numbers in sides.items() if (bar := _bar(side, numbers, "ratios", name)) is not None]
        if rows:
            groups.append(Group(title, rows))
    if not groups:
        return None
    told = [(row.side, f"{group.title} {number(row.value, 2)}") for group in groups for row in _bars(group)]
    chart = rows_chart(groups, "times the base model's", f"diversity: {_spoken(told)}", [LINES["diversity"], 1.0])
    return chart, "1 is as diverse as the base model; dashed before it: the line of a fail."


def _leaks(sides: Numbers) -> Picture | None:
    by_flag = {side: numbers.get("by_flag") for side, numbers in sides.items()}
    kept = {side: table for side, table in by_flag.items() if isinstance(table, Mapping)}
    flags = [flag for flag in FLAGS if any(flag in table for table in kept.values())]
    leaks = []
    for name, shown in LEAK_WORDS.items():
        rates = {side: [_share(table, flag, name) for flag in flags] for side, table in kept.items()}
        if any(rate is not None for row in rates.values() for rate in row):
            leaks.append(Leak(shown, rates))
    if not leaks:
        return None
    leaks.sort(key=lambda leak: -_most(leak))
    num_shown = max(FEWEST_LEAKS, min(MOST_LEAKS, sum(_most(leak) > 0 for leak in leaks)))
    told = [
        (side, f"{leak.name} {100 * max(rate or 0.0 for rate in row):.0f}%")
        for leak in leaks[:num_shown]
        for side, row in leak.rates.items()
    ]
    chart = leaks_chart(leaks[:num_shown], [FLAGS[flag] for flag in flags], f"leaks at most: {_spoken(told)}")
    rest = len(leaks) - num_shown
    return chart, f"Percent of replies{f'; {rest} more are rarer or never show' if rest else ''}."


def _distances(sides: Numbers) -> Picture | None:
    rows = [bar for side, numbers in sides.items() if (bar := _bar(side, numbers, "kl")) is not None]
    if rows:
        told = _spoken([(row.side, number(row.value)) for row in rows])
        chart = rows_chart([Group("", rows)], "KL from the base model, nats a token", f"KL: {told}", [LINES["kl"]])
        return chart, "Dashed: the line of a warning."
    rows = [bar for side, numbers in sides.items() if (bar := _bar(side, numbers, "retention")) is not None]
    if not rows:
        return None
    told = _spoken([(row.side, signed(row.value)) for row in rows])
    chart = rows_chart([Group("", rows)], "score beside the base model's", f"retention: {told}", [LINES["retention"]])
    return chart, "Dashed: the line of a fail."


def _shares(sides: Numbers) -> Picture | None:
    rows = [bar for side, numbers in sides.items() if (bar := _bar(side, numbers, "share")) is not None]
    if not rows:
        return None
    told = _spoken([(row.side, number(row.value)) for row in rows])
    unit = "share of items that were trained on"
    chart = rows_chart([Group("", rows)], unit, f"dirty items: {told}", [LINES["contamination"]])
    return chart, "Dashed: the line of a fail."


def _clean_and_dirty(tasks: Sequence[ContaminatedTask]) -> Picture | None:
    groups: list[Group] = []
    told: list[tuple[str, str]] = []
    for task in sorted(tasks, key=lambda one: -len({*one.baseline_dirty, *one.candidate_dirty})):
        for clean, dirty in zip(task.clean[:1], task.dirty[:1], strict=True):
            sides = (("a", dirty.baseline, clean.baseline), ("b", dirty.candidate, clean.candidate))
            rows = [Dumbbell(side, d, c) for side, d, c in sides if d is not None and c is not None]
            if rows and len(groups) < MOST_TASKS:
                title = f"{one_line(task.task)} {one_line(clean.metric)}"
                groups.append(Group(title, rows))
                told += [(row.side, f"{title} dirty {number(row.filled)}, clean {number(row.hollow)}") for row in rows]
    if not groups:
        return None
    caption = "Filled: on prompts that a side was trained on; hollow: on clean ones."
    return rows_chart(groups, "", _spoken(told)), caption


def _doses(sides: Numbers) -> Picture | None:
    curves, bits, told = [], [], []
    for side, numbers in sides.items():
        rows = [row for row in rows_of(numbers.get("doses")) if (found(row, "repeats") or 0.0) >= 1]
        points = [
            (math.log2(found(row, "repeats") or 1.0), median)
            for row in rows
            if (median := found(row, "median_bits")) is not None
        ]
        if points:
            curves.append(Curve(side, sorted(points)))
            bits += [point[1] for point in points]
            told.append((side, ", ".join(f"{2**x:.0f} times {number(y, 1)}" for x, y in sorted(points))))
    if not curves:
        return None
    ceiling = max((value for one in sides.values() if (value := found(one, "ceiling_bits")) is not None), default=None)
    chance = max((value for one in sides.values() if (value := found(one, "null_mean_bits")) is not None), default=None)
    repeats = sorted({x for curve in curves for x, _ in curve.points})
    lines = {name: level for name, level in (("chance", chance), ("the ceiling", ceiling)) if level is not None}
    y = scale_of([*bits, *lines.values()], BOTTOM, TOP)
    plot = Plot(
        Scale(min(0.0, repeats[0]), max(1.0, repeats[-1]), LEFT + 12, WIDTH - EDGE - 12, 1.0), y,
        "times in the training data", "bits",
        x_labels=[(x, f"{2**x:.0f}") for x in repeats], levels=list(lines.values()),
    )  # fmt: skip
    dashed = " and ".join(f"{name}, {number(level, 1)}" for name, level in lines.items())
    caption = f"Median exposure of planted secrets{f'; dashed: {dashed}' if dashed else ''}."
    return curves_chart(curves, plot, f"median exposure in bits: {_spoken(told)}"), caption


PICTURES: dict[str, Callable[[Numbers], Picture | None]] = {
    "loss_gap": _losses,
    "membership": _roc,
    "extraction": _survival,
    "perturb": _drops,
    "diversity": _ratios,
    "format_leak": _leaks,
    "forgetting": _distances,
    "canary": _doses,
    "contamination": _shares,
}


def _bar(side: str, numbers: Mapping[str, Any], *path: str) -> Bar | None:
    value = found(numbers, *path, "value")
    return None if value is None else Bar(side, value, found(numbers, *path, "low"), found(numbers, *path, "high"))


def _bars(group: Group) -> list[Bar]:
    return [row for row in group.rows if isinstance(row, Bar)]


def _most(leak: Leak) -> float:
    return max(rate or 0.0 for row in leak.rates.values() for rate in row)


def _share(table: Mapping[str, Any], flag: str, name: str) -> float | None:
    num, of = found(table, flag, name, "num"), found(table, flag, name, "n")
    return num / of if num is not None and of and 0.0 <= num <= of else None


def _spoken(told: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{side.upper()} {said}" for side, said in told)
