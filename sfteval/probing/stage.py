"""The way through the probes, for one checkpoint or for two: contamination, base models, checkpoints, verdicts.

    results = await probe_checkpoint(resolve_checkpoint("checkpoints/lab/think"), suites, ProbePlan(), progress)
    probed = await probe_pair(a, b, suites, ProbePlan(names=FAST), progress)

One model is open at a time, the base models first, for checkpoints score what their base said. Whatever goes wrong
costs the probe that it happens to: it is skipped, with the reason for its sentence. Knows no formula.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sfteval.errors import SftevalError
from sfteval.probes.pairs import decide, unlike
from sfteval.probes.saying import skipped
from sfteval.probing import searched
from sfteval.probing.catalogue import INQUIRIES
from sfteval.probing.desk import Desk, open_desk
from sfteval.probing.inquiry import Inquiry, Told
from sfteval.probing.language import bits_per_character, knows_no_text
from sfteval.probing.material import WITH_FILES, Case, cases_of
from sfteval.probing.plan import ProbePlan
from sfteval.progress import Progress
from sfteval.types import Checkpoint, ProbeDifference, ProbeResult, Suite

Side = Literal["baseline", "candidate"]
SIDES: tuple[Side, Side] = ("baseline", "candidate")
Dirty = dict[str, dict[str, frozenset[str]]]  # {"baseline": {task: ids of samples}, "candidate": ...}


@dataclass(frozen=True, slots=True)
class Probed:
    """What the probes say of two checkpoints."""

    results: tuple[ProbeResult, ...]  # of both sides, `side` set, in the catalogue's order
    differences: tuple[ProbeDifference, ...] = ()  # decided: Holm over the family
    dirty: Dirty = field(default_factory=dict)  # a side whose training rows nobody could read is not in it


@dataclass(slots=True, eq=False)
class _Hearing:
    """One inquiry of one checkpoint, on its way to a result."""

    inquiry: Inquiry
    case: Case
    reason: str = ""  # why it is skipped, a full sentence; "": it is not
    base: Any = None
    own: Any = None
    knows_text: bool = False  # that its models know plain text was found out

    @property
    def told(self) -> Told:
        return Told(self.case, self.own, self.base)

    async def hear(self, desk: Desk, *, is_base: bool) -> None:
        """Ask one of the two models."""
        try:
            said = await self.inquiry.ask(desk, self.case, None if is_base else self.base)
        except SftevalError as error:
            self.unanswered(error, desk.progress, is_base=is_base)
            return
        if is_base:
            self.base = said
        else:
            self.own = said

    def unanswered(self, error: SftevalError, progress: Progress, *, is_base: bool) -> None:
        """Skip what could not be answered; a base model that is a control only is done without, which is said."""
        if is_base and "base" not in self.inquiry.needs:
            progress.say(f"{self.inquiry.name} goes without the base model: {error}")
        elif not self.reason:
            self.reason = f"Nobody could answer it: {error}"

    def result(self) -> ProbeResult:
        """Return what the probe says."""
        if self.reason:
            return skipped(self.inquiry.name, self.reason)
        try:
            return self.inquiry.result(self.told)
        except SftevalError as error:
            return skipped(self.inquiry.name, f"Nothing can be made of the answers: {error}")


async def probe_checkpoint(
    checkpoint: Checkpoint, suites: Sequence[Suite], plan: ProbePlan, progress: Progress
) -> tuple[ProbeResult, ...]:
    """Ask one checkpoint what the plan names; contamination is looked for in every suite.

    Raises: DataError for a file of the plan's that is not there.
    """
    found, _ = _searched(checkpoint, suites, plan, progress)
    hearings = await _heard((checkpoint,), ("The checkpoint",), plan, progress)
    return (*found, *(hearing.result() for hearing in hearings))


async def probe_pair(
    a: Checkpoint, b: Checkpoint, suites: Sequence[Suite], plan: ProbePlan, progress: Progress
) -> Probed:
    """Ask two checkpoints the same; items are those that both were trained on, or that neither was.

    Raises: DataError for a file of the plan's that is not there.
    """
    results: list[ProbeResult] = []
    dirty: Dirty = {}
    for side, checkpoint in zip(SIDES, (a, b), strict=True):
        found, ids = _searched(checkpoint, suites, plan, progress)
        results += [replace(one, side=side) for one in found]
        if ids is not None:
            dirty[side] = ids
    hearings = await _heard((a, b), ("A", "B"), plan, progress)
    of_inquiry = [[one for one in hearings if one.inquiry.name == inquiry.name] for inquiry in INQUIRIES]
    pairs = [pair for pair in of_inquiry if pair]
    with progress.stage("weighing the probes"):
        results += [replace(one.result(), side=side) for pair in pairs for side, one in zip(SIDES, pair, strict=True)]
        differences = decide([found for pair in pairs for found in _difference(*pair)])
    return Probed(tuple(results), differences, dirty)


def _searched(
    checkpoint: Checkpoint, suites: Sequence[Suite], plan: ProbePlan, progress: Progress
) -> tuple[tuple[ProbeResult, ...], dict[str, frozenset[str]] | None]:
    return searched.search(checkpoint, suites, plan, progress) if searched.NAME in plan.names else ((), None)


def _difference(a: _Hearing, b: _Hearing) -> Iterator[ProbeDifference]:
    """Yield the difference of two checkpoints; nothing where one of them said nothing, or other things."""
    if a.reason or b.reason:
        return
    if "items" in a.inquiry.needs and a.case.is_alone:
        yield unlike(a.inquiry.name, "A and B were trained on different rows, and each is judged by its own")
        return
    try:
        yield a.inquiry.difference(a.told, b.told)
    except SftevalError:  # each side's own result says what is wrong
        return


async def _heard(
    checkpoints: Sequence[Checkpoint], names: Sequence[str], plan: ProbePlan, progress: Progress
) -> list[_Hearing]:
    """Return every inquiry of every checkpoint, heard."""
    inquiries = [one for one in INQUIRIES if one.name in plan.names]
    if not inquiries:
        return []
    with progress.stage("reading what was trained on"):
        cases = cases_of(checkpoints, plan, names)
    hearings = [_Hearing(inquiry, case, _why_not(inquiry, case)) for case in cases for inquiry in inquiries]
    bases = {_name_of(case.base): case.base for case in cases if case.base is not None}
    for name, base in bases.items():
        ours = [one for one in hearings if one.case.base is not None and _name_of(one.case.base) == name]
        await _ask(base, ours, plan, progress, is_base=True)
    for case in cases:
        await _ask(case.checkpoint, [one for one in hearings if one.case is case], plan, progress, is_base=False)
    return hearings


def _name_of(base: Checkpoint) -> str:
    """Return by what a base model is known: two paths may lead to one."""
    return base.fingerprint or base.argument


async def _ask(
    checkpoint: Checkpoint, hearings: Sequence[_Hearing], plan: ProbePlan, progress: Progress, *, is_base: bool
) -> None:
    """Open one model and ask it all that is still asked of it."""
    owed = [one for one in hearings if not one.reason and (not is_base or one.inquiry.asks_base(one.case))]
    if not owed:
        return
    case = owed[0].case
    chat = (case.base_chat or case.chat) if is_base else case.chat
    try:
        async with open_desk(checkpoint, chat, plan, progress) as desk:
            await _check_language(desk, hearings, "Its base model" if is_base else "It")
            for hearing in owed:
                if not hearing.reason:
                    await hearing.hear(desk, is_base=is_base)
    except SftevalError as error:
        for hearing in owed:
            if is_base or hearing.own is None:
                hearing.unanswered(error, progress, is_base=is_base)


async def _check_language(desk: Desk, hearings: Sequence[_Hearing], name: str) -> None:
    """Skip what speaks plain text with a model that knows none; the base model's word stands for its checkpoints."""
    speaking = [one for one in hearings if "open_text" in one.inquiry.needs and not one.reason and not one.knows_text]
    bits = await bits_per_character(desk) if speaking else None
    if bits is None:
        return
    for hearing in speaking:
        hearing.reason = knows_no_text(bits, name)
        hearing.knows_text = not hearing.reason


def _why_not(inquiry: Inquiry, case: Case) -> str:
    """Return why a probe is not asked at all, as a sentence; "": it is."""
    reason = inquiry.why_not(case)
    if case.checkpoint.kind not in (*WITH_FILES, "endpoint"):
        reason = "these answers exist already, and nobody can be asked more"
    elif "items" in inquiry.needs and case.no_items:
        reason = case.no_items
    elif "base" in inquiry.needs and case.base is None:
        reason = case.no_base
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}." if reason else ""
