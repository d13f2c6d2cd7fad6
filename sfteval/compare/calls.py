"""One task whose failures have a layer in, CallComparison out: what became of each answer, and how far its calls get.

The flow and the places come from `failures`; tasks of the scorer `toolcalls` have rates too, over the whole task, by
tool, by type of argument and by turn, all diagnostic. Does not know how a call is read or judged.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sfteval.compare.called import ANY, ENUM, TYPES, answer_counts, argument_counts, fates_of, tool_counts
from sfteval.compare.failures import (
    PASSED,
    answered,
    failure_counts,
    first_failure,
    layer_flow,
    names_failures,
    place_counts,
)
from sfteval.compare.shares import Count, Counted, Kind, call_rate
from sfteval.scorers.calls.targets import Expected, expected_of
from sfteval.types import CallComparison, CallRate, Pair, Score, Task

SCORER = "toolcalls"
MOST_TOOLS = 40
RIGHT = "right"
TYPE_ORDER = (*TYPES, ENUM, ANY)

Key = tuple[Kind, str, str]  # kind, value, rate


def compare_calls(task: Task, pairs: Sequence[Pair], seed: int) -> CallComparison | None:
    """Compare where the answers of one task fail; None where its scorer names no failures."""
    if not names_failures(pairs):
        return None
    known = answered(pairs)
    layers, flow = layer_flow(known)
    expected = _expected(task) if task.scorer == SCORER else {}
    tools = Counter(wanted.name for one in expected.values() for wanted in one.calls)
    return CallComparison(
        task=task.name,
        num_answers=len(known),
        num_missing=len(pairs) - len(known),
        layers=layers,
        flow=flow,
        codes=failure_counts(known),
        places=place_counts(known),
        rates=tuple(_rates(known, expected, _most_expected(tools), seed)) if expected else (),
        num_tools=len(tools),
    )


def _expected(task: Task) -> dict[str, Expected]:
    """Return what each sample asks for."""
    return {sample.id: expected_of(sample, f'task "{task.name}", sample "{sample.id}"') for sample in task.samples}


def _most_expected(tools: Mapping[str, int]) -> set[str]:
    return {name for name, _ in sorted(tools.items(), key=lambda item: (-item[1], item[0]))[:MOST_TOOLS]}


def _rates(pairs: Sequence[Pair], expected: Mapping[str, Expected], tools: set[str], seed: int) -> Iterator[CallRate]:
    """Yield the rates of the whole task, then by tool (what changed most first), by type and by turn."""
    counted = _counted(pairs, expected, tools)
    clusters = {pair.sample.id: pair.sample.cluster or f"={pair.sample.id}" for pair in pairs}
    made = (_made(key, rows, clusters, seed) for key, rows in counted.items())
    groups: dict[tuple[str, str], list[CallRate]] = {}
    for rate in made:
        if rate is not None:
            groups.setdefault((rate.kind, rate.value), []).append(rate)
    for group in sorted(groups.values(), key=_order):
        yield from group


def _made(key: Key, rows: Sequence[Counted], clusters: Mapping[str, str], seed: int) -> CallRate | None:
    """Return one rate; that of the decision is no share of anything that could be counted, so its n are the answers."""
    rate = call_rate(*key, rows, clusters, seed)
    if rate is not None and rate.rate == "decision_f1":
        return replace(rate, n_baseline=len(rows), n_candidate=len(rows))
    return rate


def _counted(pairs: Sequence[Pair], expected: Mapping[str, Expected], tools: set[str]) -> dict[Key, list[Counted]]:
    """Return what each joined answer counts, by rate; one entry an answer."""
    num_turns = {_num_turns(pair) for pair in pairs}
    out: dict[Key, list[Counted]] = {}
    for pair in pairs:
        wanted = expected[pair.sample.id]
        sides = [_counts(score, wanted, tools) for score in (pair.baseline, pair.candidate)]
        if len(num_turns) > 1:
            turn: Key = ("turn", str(_num_turns(pair)), RIGHT)
            for side, score in zip(sides, (pair.baseline, pair.candidate), strict=True):
                side[turn] = (float(first_failure(score)[0] == PASSED), 1.0)
        for key, count in sides[0].items():
            out.setdefault(key, []).append(Counted(pair.sample.id, count, sides[1][key]))
    return out


def _counts(score: Score, wanted: Expected, tools: set[str]) -> dict[Key, Count]:
    """Return all that one answer counts; the keys depend on the sample alone."""
    is_needed = bool(wanted.calls) or wanted.is_relevance
    out: dict[Key, Count] = {
        ("answers", "", rate): count for rate, count in answer_counts(score, is_needed=is_needed).items()
    }
    for place, fate in enumerate(fates_of(score, wanted)):
        name = wanted.calls[place].name
        if name in tools:
            for rate, count in tool_counts(fate.get("layer")).items():
                _add(out, ("tool", name, rate), count)
        for kind, count in argument_counts(fate, place, wanted):
            _add(out, ("type", kind, RIGHT), count)
    return out


def _add(counts: dict[Key, Count], key: Key, count: Count) -> None:
    so, of = counts.get(key, (0.0, 0.0))
    counts[key] = so + count[0], of + count[1]


def _num_turns(pair: Pair) -> int:
    """Return in which turn of the conversation the answer stands, from 1."""
    return sum(message.role == "user" for message in pair.sample.messages)


def _order(group: Sequence[CallRate]) -> tuple[int, int, float, int, str]:
    """Return where the rates of one tool, type or turn stand; the last of them says whether they are right."""
    last = group[-1]
    if last.kind == "tool":
        change = -abs(last.difference or 0.0)
        return 1, int(last.ci_low is None), change, -last.n_baseline, last.value
    if last.kind == "type":
        return 2, TYPE_ORDER.index(last.value), 0.0, 0, ""
    return (0 if last.kind == "answers" else 3), int(last.value or 0), 0.0, 0, ""
