"""What is known of token budgets, judges and golden samples, beside the calm comparison; and everything at once."""

from dataclasses import replace
from typing import Any

from sfteval.types import (
    BudgetCurve,
    BudgetPoint,
    Comparison,
    Grade,
    GradedPair,
    Guard,
    JudgeComparison,
    Judged,
    Lengths,
    Pair,
    Preference,
    Verdict,
    Vote,
    WinRate,
)
from tests.sfteval.report.example_hostile import HOSTILE
from tests.sfteval.report.example_metrics import small
from tests.sfteval.report.example_pairs import pair
from tests.sfteval.report.example_tasks import CALLS, INSTRUCTIONS, called

POINTS = (  # tokens, A, B
    (3, 0.0, 0.0),
    (4, 0.1, 0.0),
    (6, 0.41, 0.0),
    (8, 0.41, 0.01),
    (10, 0.41, 0.05),
    (15, 0.41, 0.2),
    (20, 0.41, 0.38),
    (30, 0.41, 0.71),
    (40, 0.41, 0.9),
    (60, 0.41, 0.95),
    (80, 0.41, 0.96),
)
JUDGE = Judged(
    "small-judge",
    "a" * 64,
    "trusted",
    (),
    {"kappa": {"value": 0.71, "low": 0.6, "high": 0.81, "num": 120},
     "agreement": {"count": 108, "num": 120, "value": 0.9, "low": 0.832, "high": 0.948}},
)  # fmt: skip
JUDGED = JudgeComparison(
    task="letters", rubric="helpfulness", judges=(JUDGE,), num_contests=80, num_identical=3, num_by_outcome=1,
    num_no_verdict=2, num_flips=6, agreement=None, win_rate=WinRate("preference", 0.59, 0.5, 0.68, 78),
    criteria=(WinRate("clarity", 0.62, 0.53, 0.71, 78),), worst=0.575, best=0.6,
    length_controlled=WinRate("length-controlled", 0.54, 0.45, 0.63, 78), length_disagrees=False,
    corrected=WinRate("corrected", 0.63, 0.5, 0.76, 78), advisory=False, about="Which letter helps its reader more.",
)  # fmt: skip


def curve(task: str = "reasoning", **changes: Any) -> BudgetCurve:
    """Return a curve on which B is ahead from 21 tokens on."""
    made = BudgetCurve(
        task=task,
        metric="exact",
        n=300,
        points=tuple(BudgetPoint(t, a, b, round(b - a, 6), round(b - a - 0.06, 6), b - a + 0.06) for t, a, b in POINTS),
        leads_from=21,
        baseline=Lengths(300, 0, 0, 0, (4.0, 5.0, 5.0, 5.0, 6.0), ()),
        candidate=Lengths(300, 299, 3, 0, (14.0, 19.0, 26.0, 35.0, 42.0), (10.0, 15.0, 22.0, 31.0, 38.0)),
    )
    return replace(made, **changes)


def judged_pair(id: str = "l1", reason: str = "The first letter names a date, the second does not.") -> Pair:
    """Return a sample of which a judge said one thing in one order and another in the other."""
    votes = (
        Vote("small-judge", False, "first", {}, reason),
        Vote("small-judge", True, "first", {}, "Both are clear; the first is warmer."),
    )
    grades = [Grade(id, "small-judge", {"clarity": points}, f"Worth {points} points.") for points in (3, 5)]
    made = pair("Write to Ann that the boat is late.", "The boat is late, Ann.", "Ann, the boat is late until noon.",
                task="letters", id=id, name="preference", scores=(0.5, 0.5))  # fmt: skip
    told = Preference(id, "small-judge", "tie", is_flip=True, votes=votes)
    return replace(made, judged=(told,), graded=(GradedPair("small-judge", "clarity", *grades),))


def agent_pair(id: str = "e1", text: str = "I look it up.") -> Pair:
    """Return a sample on which A calls a tool that fails, and says so."""

    def turn(said: str, *actions: dict[str, Any]) -> dict[str, Any]:
        return {"text": said, "actions": list(actions), "faults": []}

    def action(seen: str, *, error: bool) -> dict[str, Any]:
        return {"name": "find_boat", "observation": seen, "is_error": error, "is_injected": False, "faults": []}

    made = pair("When does the boat leave?", "It leaves at noon.", "I could not find out.", task="errands", id=id,
                name="success", scores=(1.0, 0.0))  # fmt: skip
    turns = (
        [turn(text, action('{"leaves": "noon"}', error=False)), turn("It leaves at noon.")],
        [turn(text, action("no such boat", error=True)), turn("I could not find out.")],
    )
    a, b = ({"trajectory": {"turns": side}} for side in turns)
    return replace(
        made,
        baseline_reading=replace(made.baseline_reading, recorded=a),
        candidate_reading=replace(made.candidate_reading, recorded=b),
    )


def thinking(**changes: Any) -> Comparison:
    """Return the calm comparison with curves, a judge, an agent's conversation and a golden sample that was lost."""
    world = small()
    guards = (
        Guard("golden", "reasoning", "r1", Verdict.PASS, "reasoning r1 is right on both sides."),
        Guard("golden", "reasoning", "r2", Verdict.REGRESS, "reasoning r2 was right and is wrong now."),
    )
    given: dict[str, Any] = {
        "budgets": (curve(), curve("toolcalls")),
        "judged": (JUDGED,),
        "guards": guards,
        "pairs": (*world.pairs, judged_pair(), agent_pair()),
    }
    return replace(world, **given | changes)


def hostile_words() -> Comparison:
    """Return a comparison in which a judge, an agent and the names of tasks attack the page."""
    return thinking(
        pairs=(judged_pair("j", HOSTILE), agent_pair("a", HOSTILE)),
        budgets=(curve(HOSTILE[:60]),),
        judged=(replace(JUDGED, task=HOSTILE, about=HOSTILE, judges=(replace(JUDGE, judge=HOSTILE),)),),
        guards=(Guard("golden", HOSTILE, HOSTILE, Verdict.REGRESS, HOSTILE),),
    )


def everything(**changes: Any) -> Comparison:
    """Return a comparison whose page has every section but the probes."""
    return thinking(**{"instructions": (INSTRUCTIONS,), "calls": (CALLS,)} | changes)


def failing() -> Comparison:
    """Return the comparison of tool calls with one answer whose failure has a place, and hostile surroundings."""
    fault = {"failure_code": "json_invalid", "layer": "json", "reason": HOSTILE, "position": 30}
    around = "\N{GRINNING FACE}" * 10 + "<img src=x onerror=1>"[:20] + "?" + HOSTILE[:29]
    details: tuple[dict[str, Any], dict[str, Any]] = ({}, fault | {"excerpt": around})
    rates = tuple(replace(rate, value=HOSTILE) if rate.kind == "tool" else rate for rate in CALLS.rates)
    return called(pairs=(pair(id="broken", details=details),), calls=(replace(CALLS, rates=rates),))
