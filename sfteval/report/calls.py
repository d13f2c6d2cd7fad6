"""What a comparison says of where answers fail: sentences, the table of layers, and rows of rates.

Comparison in, sentences and cells out, which the page, the summary and the terminal show alike; every number was made
by `compare`. Names of tools and codes come from files and are made harmless here. Does not render.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sfteval.report.instructions import TOO_FEW, Row
from sfteval.report.text import interval, number, one_line, signed
from sfteval.types import CallComparison, CallRate, Comparison, PlaceCount, Score

LAYERS = {"passed": "passed", "transport": "unfinished", "json": "JSON", "name": "tool name"}  # others by their name
RATES = {
    "Of the answers that need a call": {
        "attempt": "a call is attempted",
        "envelope": "its envelope is whole",
        "parse": "its JSON parses",
        "known_name": "its tool was offered",
        "right_name": "its tool is the right one",
        "schema": "it fits the schema",
        "schema_strict": "it fits the strict schema",
        "ast": "it says what was expected",
        "exact": "it does so to the character",
    },
    "Whether to call": {
        "under_call": "no call where one was needed",
        "over_call": "a call where none was needed",
        "decision_f1": "F1 of the decision",
    },
    "How calls are written": {
        "malformed": "attempts that do not parse",
        "call_in_think": "a call within the thought",
        "truncated": "cut by the token limit",
        "int_as_float": "a float where an integer is asked for",
        "server_differs": "the server reads other calls",
        "lenient_differs": "a lenient reader finds other calls",
    },
}
BY_TOOL = {"parse": "parses", "right_name": "right tool", "schema": "fits schema"}
QUARTERS = {"1": "first quarter", "2": "second quarter", "3": "third quarter", "4": "last quarter"}
DEPTHS = {"0": "at the top of the JSON", "1": "1 level deep"}
PLACES = {"quarter": "of the call", "depth": "levels deep", "length": "characters long"}
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One count of the flow; `kind` is none, same, lost (A alone passed), gained (B alone) or moved."""

    count: int
    kind: str


def layer_name(layer: str) -> str:
    """Return a layer as people read it."""
    return LAYERS.get(layer, one_line(layer))


# -- the flow ----------------------------------------------------------------------------------------------------------


def flow_sentences(comparison: Comparison) -> list[str]:
    """Return for each task whose failures have a layer what became of its answers, with the task's name."""
    return [f"{one_line(task.task)}: {flow_sentence(task)}" for task in comparison.calls if task.num_answers]


def flow_sentence(task: CallComparison) -> str:
    """Return what became of the answers of one task from A to B."""
    counts = {kind: sum(cell.count for cell in _cells(task, kind)) for kind in ("lost", "gained", "moved")}
    passed = sum(task.flow[0]), sum(row[0] for row in task.flow)
    said = f"of {task.num_answers:,} answers A passes {passed[0]:,} and B {passed[1]:,}"
    if not any(counts.values()):
        return f"{said}; every answer is at the same layer on both sides{_missing(task)}."
    parts = [
        f"{_verb(counts['lost'], 'pass', 'passes')} in A alone{_where(task, lost=True)}",
        f"{counts['gained']:,} in B alone{_where(task, lost=False)}",
    ]
    if counts["moved"]:
        parts.append(f"{_verb(counts['moved'], 'fail', 'fails')} at another layer")
    return f"{said}; {', '.join(parts)}{_missing(task)}."


def _missing(task: CallComparison) -> str:
    return f"; {_verb(task.num_missing, 'are', 'is')} missing" if task.num_missing else ""


def _verb(count: int, many: str, one: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _where(task: CallComparison, *, lost: bool) -> str:
    """Return at which layers those fail that one side alone passes, the most common first."""
    counts = task.flow[0] if lost else [row[0] for row in task.flow]
    found = sorted(((-count, place) for place, count in enumerate(counts) if place and count))
    named = [f"{layer_name(task.layers[place])} {-count:,}" for count, place in found[:MOST_NAMED]]
    more = ["..."] if len(found) > MOST_NAMED else []
    return f" ({', '.join([*named, *more])})" if named else ""


def flow_kind(row: int, column: int) -> str:
    """Return what a move from one layer to another is."""
    if row == column:
        return "same"
    return "lost" if row == 0 else "gained" if column == 0 else "moved"


def occurring(task: CallComparison) -> list[int]:
    """Return the places of the layers at which any answer of either side stands."""
    places = range(len(task.layers))
    return [place for place in places if sum(task.flow[place]) or sum(row[place] for row in task.flow)]


def flow_rows(task: CallComparison) -> list[tuple[str, list[Cell], int]]:
    """Return for each layer that occurs: its name, where its answers of A stand in B, and how many they are."""
    shown = occurring(task)
    return [(layer_name(task.layers[row]), [_cell(task, row, column) for column in shown], sum(task.flow[row]))
            for row in shown]  # fmt: skip


def flow_head(task: CallComparison) -> list[str]:
    """Return the columns of `flow_rows`: B's layers."""
    return [layer_name(task.layers[place]) for place in occurring(task)]


def flow_foot(task: CallComparison) -> list[int]:
    """Return how many answers of B stand in each column of `flow_rows`, and all of them."""
    return [sum(row[place] for row in task.flow) for place in occurring(task)] + [task.num_answers]


def _cell(task: CallComparison, row: int, column: int) -> Cell:
    count = task.flow[row][column]
    return Cell(count, flow_kind(row, column) if count else "none")


def _cells(task: CallComparison, kind: str) -> Iterator[Cell]:
    places = range(len(task.layers))
    for row in places:
        for column in places:
            cell = _cell(task, row, column)
            if cell.kind == kind:
                yield cell


def help_sentences(comparison: Comparison) -> list[str]:
    """Return whose calls a server was asked to help with: then its grammar is measured beside the model."""
    sides = (("A", comparison.baseline_settings), ("B", comparison.candidate_settings))
    said = []
    for letter, settings in sides:
        helped = settings.get("help_with_calls")
        if isinstance(helped, list | tuple) and helped:
            how = one_line(", ".join(map(str, helped)))
            said.append(f"The server was asked to help {letter} with calls ({how}): the layers are its doing too.")
    return said


def failure_line(score: Score) -> str:
    """Return why one answer failed, in one line; empty where its scorer names no failure."""
    code, layer, reason = (score.detail.get(name) for name in ("failure_code", "layer", "reason"))
    if not isinstance(code, str):
        return ""
    return one_line(f"{code} ({layer})" + (f": {reason}" if reason else ""))


# -- codes and places --------------------------------------------------------------------------------------------------


def code_rows(task: CallComparison) -> list[tuple[str, str, str, str]]:
    """Return for each failure: layer, code, how many of A and of B."""
    return [
        (layer_name(one.layer), one_line(one.code), f"{one.baseline:,}", f"{one.candidate:,}") for one in task.codes
    ]


def place_rows(task: CallComparison) -> list[tuple[str, str, str, str]]:
    """Return for each place: layer, where, how many of A and of B."""
    return [(layer_name(one.layer), _place(one), f"{one.baseline:,}", f"{one.candidate:,}") for one in task.places]


def _place(one: PlaceCount) -> str:
    value = one_line(one.value)
    if one.what == "turn":
        return f"turn {value}"
    if one.what == "depth" and value in DEPTHS:
        return DEPTHS[value]
    return f"{QUARTERS.get(value, value) if one.what == 'quarter' else value} {PLACES.get(one.what, '')}".strip()


# -- rates -------------------------------------------------------------------------------------------------------------


def rate_groups(task: CallComparison) -> list[tuple[str, list[Row]]]:
    """Return the rates of the whole task in groups, each with its title."""
    found = {rate.rate: rate for rate in task.rates if rate.kind == "answers"}
    groups = [
        (title, [_row(found[rate], name) for rate, name in names.items() if rate in found])
        for title, names in RATES.items()
    ]
    return [(title, rows) for title, rows in groups if rows]


def tool_rows(task: CallComparison) -> list[tuple[Row, list[str]]]:
    """Return for each tool how often an expected call of it is right, and how far it gets in A and B, by `BY_TOOL`."""
    found = {(rate.value, rate.rate): rate for rate in task.rates if rate.kind == "tool"}
    return [
        (_row(rate, one_line(tool)), [_both(found.get((tool, name))) for name in BY_TOOL])
        for (tool, kind), rate in found.items()
        if kind == "right"
    ]


def right_rows(task: CallComparison, kind: str) -> list[Row]:
    """Return how often each tool's, type's or turn's part is right."""
    return [_row(rate, one_line(rate.value)) for rate in task.rates if rate.kind == kind and rate.rate == "right"]


def tools_sentence(task: CallComparison) -> str:
    """Return which tools are shown where that is not all of them."""
    shown = len({rate.value for rate in task.rates if rate.kind == "tool"})
    if shown >= task.num_tools:
        return ""
    return f"Shown are those that are expected most: {shown:,} of {task.num_tools:,} tools."


def _both(rate: CallRate | None) -> str:
    return "" if rate is None else f"{number(rate.baseline, 2)} → {number(rate.candidate, 2)}"


def _row(rate: CallRate, name: str) -> Row:
    same = rate.n_baseline == rate.n_candidate
    bounds = interval(rate.ci_low, rate.ci_high)
    return Row(
        name=name,
        a=number(rate.baseline),
        b=number(rate.candidate),
        difference=signed(rate.difference),
        bounds=bounds or (TOO_FEW if rate.difference is not None else ""),
        n=f"{rate.n_baseline:,}" if same else f"{rate.n_baseline:,} / {rate.n_candidate:,}",
        method=one_line(rate.method),
    )
