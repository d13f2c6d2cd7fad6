"""How unlikely the planted secrets are to a checkpoint, and secrets that nobody planted: for the probe of canaries.

The secrets are made again from `canaries.json` beside the checkpoint, or from the plan's file; each is scored as the
answer to its question, as it was trained. Only losses leave this module: answers on disk hold hashes and numbers.
"""

from dataclasses import dataclass
from pathlib import Path

from sfteval.canaries import CANARIES_FILE, Canary, CanaryPlan, read_plan
from sfteval.errors import DataError
from sfteval.probes import canary
from sfteval.probing.desk import Desk
from sfteval.probing.inquiry import Told
from sfteval.probing.material import Case
from sfteval.probing.rows import Row, sees_reasoning
from sfteval.probing.spans import piece_of
from sfteval.types import CanaryLoss, ProbeDifference, ProbeResult

TASK = "canaries"


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """What every secret costs one model."""

    planted: tuple[CanaryLoss, ...]
    references: tuple[float, ...]


def plan_file(case: Case) -> Path | None:
    """Return the file that tells which canaries were planted; None: there is none."""
    if case.plan.canaries is not None:
        return case.plan.canaries
    beside = None if case.checkpoint.path is None else case.checkpoint.path / CANARIES_FILE
    return beside if beside is not None and beside.is_file() else None


def why_not(case: Case) -> str:
    """Return why nothing can be said; "": something can."""
    return "" if plan_file(case) is not None else "no canaries were planted in its training data"


async def ask(desk: Desk, case: Case, of_base: None) -> Losses:
    """Return the losses of all secrets.

    Raises: DataError for a plan that cannot be read, or whose canaries do not render.
    """
    path = plan_file(case)
    assert path is not None
    plan = read_plan(path)
    made = [*plan.planted(), *plan.references()]
    given = {}
    for one in made:
        piece = None if case.chat is None else piece_of(_row(one, plan, case), case.chat, case.checkpoint)
        if piece is None:
            raise DataError(
                str(path), expected="canaries that the chat template renders", got="others",
                next_move="Give the folder of the checkpoint, or its tokenizer by --tokenizer",
            )  # fmt: skip
        given[one.id] = (piece.token_ids[: piece.answer[1]], piece.answer[0])
    scores = await desk.scores(TASK, given)
    nlls = {name: -sum(one.logprobs) for name, one in scores.items()}
    planted = tuple(CanaryLoss(one.id, one.repeats, nlls[one.id]) for one in plan.planted() if one.id in nlls)
    return Losses(planted, tuple(nlls[one.id] for one in plan.references() if one.id in nlls))


def result(told: Told) -> ProbeResult:
    """Return the verdict."""
    return canary.probe(told.own.planted, told.own.references, told.case.who)


def difference(a: Told, b: Told) -> ProbeDifference:
    """Return the difference."""
    return canary.compare((a.own.planted, a.own.references), (b.own.planted, b.own.references))


def _row(one: Canary, plan: CanaryPlan, case: Case) -> Row:
    thought = plan.has_thoughts and sees_reasoning(case.checkpoint)
    return Row(one.id, one.messages(has_thought=thought), kwargs=case.checkpoint.template_kwargs)
