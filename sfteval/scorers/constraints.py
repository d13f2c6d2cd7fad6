"""Verifiable instructions: each answer against the constraints of its prompt, strict and loose, with reasons.

The target is `{"instructions": [{"id", "kwargs"}]}`. Strict looks at the answer, loose also at seven variants without
stars, first or last line, so that loose includes strict by construction; each in our rules and, as `*_reference`, in
the published scorer's (null where that is random or cannot be computed here). Metrics: `prompt_strict`, `prompt_loose`
(all instructions), `instruction_strict`, `instruction_loose` (share of this prompt's), each also with `_reference`.
`detail.masked` is there when the prompt has a known defect, with its reason.
Does not know how one constraint is checked; `instructions` does. Source: IFEval, Zhou et al. 2023, section 2.2.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sfteval.errors import DataError
from sfteval.scorers.defects import masked
from sfteval.scorers.extraction import check_options
from sfteval.scorers.instructions import Constraint, build_constraint
from sfteval.types import Graded, Reading, Sample, Task

MODES = ("strict", "loose", "strict_reference", "loose_reference")


@dataclass(frozen=True, slots=True)
class Constraints:
    """Grades one answer against the constraints of its prompt."""

    metrics: ClassVar[tuple[str, ...]] = tuple(
        f"{level}_{mode}" for mode in MODES for level in ("prompt", "instruction")
    )

    checkers: Mapping[str, tuple[tuple[str, Constraint], ...]]  # by sample id, in the sample's order
    defects: Mapping[str, str]  # of the samples that have a known one

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return the metrics per mode and every instruction's verdict with its reason."""
        texts = variants(reading.answer)
        instructions = [_verdict(name, checker, texts) for name, checker in self.checkers[sample.id]]
        metrics: dict[str, float | None] = {}
        for mode in MODES:
            verdicts = [instruction[mode] for instruction in instructions]
            known = None not in verdicts
            metrics[f"prompt_{mode}"] = float(all(verdicts)) if known else None
            metrics[f"instruction_{mode}"] = sum(verdicts) / len(verdicts) if known else None
        defect = {"masked": self.defects[sample.id]} if sample.id in self.defects else {}
        return Graded(metrics, {"instructions": instructions, **defect})


def build(task: Task) -> Constraints:
    """Build every checker of every sample, or say which kwarg is wrong."""
    check_options(task)
    reasons = {sample.id: masked(sample) for sample in task.samples}
    return Constraints(
        {sample.id: _checkers(task, sample) for sample in task.samples},
        {sample_id: reason for sample_id, reason in reasons.items() if reason},
    )


def variants(answer: str) -> tuple[str, ...]:
    """Return the answer and its loose variants, each once: without stars, without first line, last line, both."""
    lines = answer.split("\n")
    shorter = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    loose = [answer, *shorter]
    if "*" in answer:
        loose += [text.replace("*", "") for text in loose]
    return tuple(dict.fromkeys(loose))


def _verdict(name: str, checker: Constraint, texts: Sequence[str]) -> dict[str, Any]:
    """Return one entry of `detail.instructions`; the reason and the measure are those of the strict check."""
    found = checker.check(texts[0])
    strict = found.ok and bool(texts[0].strip())
    loose = strict or _any(lambda text: checker.check(text).ok, texts[1:])
    strict_reference, loose_reference = _reference(checker, texts, strict, loose)
    return {
        "id": name,
        "strict": strict,
        "loose": loose,
        "strict_reference": strict_reference,
        "loose_reference": loose_reference,
        "reason": found.reason if texts[0].strip() else "needed an answer, found none",
        "measured": found.measured,
    }


def _any(check: Callable[[str], bool], texts: Sequence[str]) -> bool:
    return any(check(text) for text in texts if text.strip())


def _reference(checker: Constraint, texts: Sequence[str], strict: bool, loose: bool) -> tuple[bool | None, bool | None]:
    """Return the published verdicts; ours where the rule is the same, null where its kwargs are drawn at random."""
    if checker.is_drawn():
        return None, None
    return _published(checker, texts) if checker.is_repaired() else (strict, loose)


def _published(checker: Constraint, texts: Sequence[str]) -> tuple[bool | None, bool | None]:
    """Return the published verdicts, strict and loose; a blank answer fails before it is checked."""
    strict = checker.published(texts[0]) if texts[0].strip() else False
    if strict is not False:
        return strict, strict
    others = [checker.published(text) for text in texts[1:] if text.strip()]
    return False, any(others) or (None if None in others else False)


def _checkers(task: Task, sample: Sample) -> tuple[tuple[str, Constraint], ...]:
    where = f'task "{task.name}", sample "{sample.id}"'
    target = sample.target
    instructions = target.get("instructions") if isinstance(target, Mapping) else None
    if not isinstance(instructions, list | tuple) or not instructions:
        raise _wrong_target(where, target)
    checkers = []
    for instruction in instructions:
        if not isinstance(instruction, Mapping) or not isinstance(instruction.get("id"), str):
            raise _wrong_target(where, instruction)
        kwargs = instruction.get("kwargs") or {}
        if not isinstance(kwargs, Mapping):
            raise _wrong_target(where, instruction)
        checkers.append((instruction["id"], build_constraint(instruction["id"], kwargs, where)))
    return tuple(checkers)


def _wrong_target(where: str, got: object) -> DataError:
    return DataError(
        f"{where}, target",
        expected='{"instructions": [{"id": text, "kwargs": object}, ...]}',
        got=repr(got)[:120],
        next_move="Mend the target in the task's data file",
    )
