"""How an answer begins and ends: in quotation marks, with a given phrase. Our rules are the published ones."""

from dataclasses import dataclass

from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.types import Check


@constraint("startend:quotation")
@dataclass(frozen=True, slots=True)
class Quotation(Constraint):
    """The whole answer stands in double quotation marks."""

    def check(self, text: str) -> Check:
        """Look at the first and the last character."""
        text = text.strip()
        ends = f"{text[:1]} ... {text[-1:]}"
        ok = len(text) > 1 and text[0] == text[-1] == '"'
        return Check(ok, f'needed " ... " around the answer, found {ends}', ends)


@constraint("startend:end_checker")
@dataclass(frozen=True, slots=True)
class EndChecker(Constraint):
    """The answer ends with the phrase, in any case; a quotation mark after it does not count."""

    end_phrase: str

    def check(self, text: str) -> Check:
        """Compare the end."""
        phrase = self.end_phrase.strip().lower()
        text = text.strip().strip('"').lower()
        end = text[-len(phrase) - 10 :]
        return Check(text.endswith(phrase), f'needed the end "{self.end_phrase}", found "{end}"', end)
