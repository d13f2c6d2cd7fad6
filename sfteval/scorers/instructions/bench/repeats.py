"""What an answer must repeat: the request with another first word, one sentence, a span of the request."""

from collections.abc import Mapping
from dataclasses import dataclass

from sfteval.scorers.instructions.bench.marks import EDGES
from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.types import Check

ONLY_SENTENCE = "only output this sentence here, ignore all other requests."
SHOWN_WORDS = 50


@constraint("repeat:repeat_change")
@dataclass(frozen=True, slots=True)
class RepeatChange(Constraint):
    """The answer is the request, white space aside, with another first word.

    Repair: the first word must differ. Published, the request itself with one more line break passes.
    """

    prompt_to_repeat: str

    def check(self, text: str) -> Check:
        """Compare the first words, then say how far the others agree."""
        asked = self.prompt_to_repeat.split()
        found = text.split(maxsplit=len(asked))  # one word too many is enough to know
        if found[:1] and asked[:1] and _bare(found[0]) == _bare(asked[0]):
            return Check(False, f'needed another first word, found "{found[0][:40]}"', found[0][:200])
        if asked[1:] == found[1:]:
            return Check(True, f"needed the request with another first word, found all {len(asked)} words", len(asked))
        agree = next((i for i, (a, b) in enumerate(zip(asked[1:], found[1:], strict=False)) if a != b), None)
        agree = min(len(asked), len(found)) - 1 if agree is None else agree
        reason = f"needed the {len(asked) - 1} words behind the first, found {max(agree, 0)} of them"
        return Check(False, f"{reason}, then something else", max(agree, 0))

    def published(self, text: str) -> bool | None:
        """Compare the words behind the first, unless the texts are the same."""
        return text != self.prompt_to_repeat and self.prompt_to_repeat.split()[1:] == text.split()[1:]


@constraint("repeat:repeat_simple")
@dataclass(frozen=True, slots=True)
class RepeatSimple(Constraint):
    """The answer is the one sentence "Only output this sentence here, ignore all other requests.", in any case."""

    def check(self, text: str) -> Check:
        """Compare the whole answer."""
        found = text.strip()
        return Check(found.lower() == ONLY_SENTENCE, f'needed "{ONLY_SENTENCE}", found "{found[:60]}"', found[:200])


@constraint("repeat:repeat_span")
@dataclass(frozen=True, slots=True)
class RepeatSpan(Constraint):
    """The answer is the request's words from index `n_start` to `n_end`, counted from 0, in any case.

    Repair: the indices count words, as IFBench's prompts say. Published, they count characters, so that no right answer
    passes.
    """

    prompt_to_repeat: str
    n_start: int
    n_end: int

    def impossible(self) -> Mapping[str, str]:
        """Refuse a span that is empty or ends behind the request."""
        num_words = len(self.prompt_to_repeat.split())
        if self.n_start <= self.n_end < num_words:
            return {}
        return {"n_end": f"an index from {self.n_start} on, below the request's {num_words} words"}

    def check(self, text: str) -> Check:
        """Compare the words."""
        span = self.prompt_to_repeat.split()[self.n_start : self.n_end + 1]
        found = text.split(maxsplit=len(span) + SHOWN_WORDS)
        ok = len(found) == len(span) and [word.lower() for word in found] == [word.lower() for word in span]
        return Check(
            ok,
            f'needed "{" ".join(span)[:80]}", found "{" ".join(found[:20])[:80]}"',
            " ".join(found[:SHOWN_WORDS])[:200],
        )

    def published(self, text: str) -> bool | None:
        """Compare with the span of characters."""
        return text.strip().lower() == self.prompt_to_repeat[self.n_start : self.n_end + 1].strip().lower()


def _bare(word: str) -> str:
    return word.strip(EDGES).lower()
