"""Constraints on the answer as a whole: two different responses, the prompt repeated first. The published rules."""

from dataclasses import dataclass

from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.types import Check

DIVIDER = "******"


@constraint("combination:two_responses")
@dataclass(frozen=True, slots=True)
class TwoResponses(Constraint):
    """The answer holds two different responses, divided by six stars."""

    def check(self, text: str) -> Check:
        """Count the responses; a blank one counts only as an error in the middle."""
        parts = [part.strip() for part in text.split(DIVIDER)]
        responses = [part for part in parts if part]
        if not all(parts[1:-1]):
            return Check(False, "needed text between all dividers ******, found a blank response", len(responses))
        if len(responses) == 2 and responses[0] == responses[1]:
            return Check(False, "needed 2 different responses, found 2 equal ones", 2)
        reason = f"needed exactly 2 responses divided by ******, found {len(responses)}"
        return Check(len(responses) == 2, reason, len(responses))


@constraint("combination:repeat_prompt")
@dataclass(frozen=True, slots=True)
class RepeatPrompt(Constraint):
    """The answer begins with the prompt, word for word, in any case."""

    prompt_to_repeat: str

    def check(self, text: str) -> Check:
        """Compare the beginning and say how far the two agree."""
        prompt, answer = self.prompt_to_repeat.strip().lower(), text.strip().lower()
        if answer.startswith(prompt):
            return Check(True, f"needed the prompt first, found all {len(prompt)} characters", len(prompt))
        agree = next((i for i, (a, b) in enumerate(zip(prompt, answer, strict=False)) if a != b), len(answer))
        return Check(False, f"needed the prompt first, found {agree} of its {len(prompt)} characters", agree)
