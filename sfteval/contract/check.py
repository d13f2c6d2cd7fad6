"""The nouns of the contract: what one probe showed, and what all of them say of one place that must keep it.

`differs` is drift where the check is binding and a warning where it is not; what cannot be told is unknown and never
drift. A conversation that neither side renders is no difference. Does not know where a rendering came from.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sfteval.chat import ChatFormat
from sfteval.contract.difference import Difference, first_difference, spelled_out
from sfteval.contract.formats import Rendered
from sfteval.contract.probes import Probe
from sfteval.errors import SftevalError

State = Literal["ok", "differs", "refused", "unknown"]  # refused: neither side renders such a conversation


@dataclass(frozen=True, slots=True)
class ProbeFinding:
    """What one probe showed."""

    probe: str
    state: State
    difference: Difference | None = None
    note: str = ""  # why, where there is no difference of tokens to show

    def sentence(self) -> str:
        """Return the probe's name and what was found, in one line."""
        return f"{self.probe}: {self.difference.sentence() if self.difference else self.note or self.state}"

    def as_json(self) -> dict[str, Any]:
        """Return the finding as a JSON object."""
        difference = self.difference.as_json() if self.difference else None
        return {"probe": self.probe, "state": self.state, "difference": difference, "note": self.note}


@dataclass(frozen=True, slots=True)
class ContractCheck:
    """One place that must render as the contract says, and what the probes found there."""

    where: str  # for people: "the folder's template", a server's address
    against: str  # what it was held against
    findings: tuple[ProbeFinding, ...]
    binding: bool = True  # a difference forbids a comparison; not binding: it is only said

    @property
    def different(self) -> tuple[ProbeFinding, ...]:
        """The probes that differ."""
        return tuple(finding for finding in self.findings if finding.state == "differs")

    @property
    def drifted(self) -> bool:
        """Whether a comparison must not be made of it."""
        return self.binding and bool(self.different)

    @property
    def verified(self) -> bool:
        """Whether every probe could be compared."""
        return bool(self.findings) and all(finding.state != "unknown" for finding in self.findings)

    def warning(self) -> str:
        """Return what there is to say of it in one line, "" if it holds."""
        if self.different:
            others = f" (and {len(self.different) - 1} more)" if len(self.different) > 1 else ""
            return f"{self.where} differs from {self.against}: {self.different[0].sentence()}{others}"
        notes = [finding.note for finding in self.findings if finding.note and finding.state != "refused"]
        if notes:
            return f"{self.where}: {notes[0]}"
        return "" if self.verified else f"{self.where}: unverified, it cannot tell what it makes of a conversation"

    def recorded(self) -> dict[str, Any]:
        """Return what a run's settings keep of the check, for whoever reads the answers later."""
        return {"drifted": self.drifted, "verified": self.verified, "said": self.warning()}

    def as_json(self) -> dict[str, Any]:
        """Return the check as a JSON object."""
        return {
            "where": self.where,
            "against": self.against,
            "binding": self.binding,
            "drifted": self.drifted,
            "verified": self.verified,
            "probes": [finding.as_json() for finding in self.findings],
        }


def held(
    probe: Probe, expected: Rendered | SftevalError, found: Rendered | SftevalError, ours: ChatFormat
) -> ProbeFinding:
    """Hold one rendering of a probe, or its refusal, against the expected one; `ours` rendered that."""
    if isinstance(expected, SftevalError):
        if isinstance(found, SftevalError):
            return ProbeFinding(probe.name, "refused", note=expected.got)
        return ProbeFinding(probe.name, "differs", note=f"rendered, though the contract refuses it: {expected.got}")
    if isinstance(found, SftevalError):
        return ProbeFinding(probe.name, "differs", note=f"refused: {spelled_out(found.got)}")
    difference = first_difference(expected.token_ids, found.token_ids, ours.tokenizer, probe, expected.closed)
    return ProbeFinding(probe.name, "ok" if difference is None else "differs", difference)
