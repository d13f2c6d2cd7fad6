"""What stands on each line: one word, deeper indents, items, bullets with sub-bullets, sentences before bullets."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from sfteval.scorers.instructions.bench.marks import end_mark, unmarked
from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.scorers.instructions.splitting import MAX_CHARACTERS, MAX_PUNKT_CHARACTERS, punkt, sentences
from sfteval.types import Check

ALPHANUMERIC = re.compile(r"[^\W_]")
MIN_ITEMS = MIN_BULLETS = MIN_SENTENCES = 2


@constraint("format:newline")
@dataclass(frozen=True, slots=True)
class Newline(Constraint):
    """Each word stands on a line of its own.

    Repairs: each line is looked at (published, only that there are as many lines as words), a line of white space is
    no line, and marks outside ASCII are no words.
    """

    def check(self, text: str) -> Check:
        """Name the first line with two words."""
        for line in dict.fromkeys(text[:MAX_CHARACTERS].split("\n")):
            found = [token for token in line.split() if ALPHANUMERIC.search(token)]
            if len(found) > 1:
                reason = f'needed one word on each line, found {len(found)}: "{" ".join(found[:5])[:60]}"'
                return Check(False, reason, len(found))
        return Check(True, "needed one word on each line, found it so")

    def published(self, text: str) -> bool | None:
        """Count the lines that are not empty and the words, both without ASCII punctuation."""
        bare = unmarked(text)
        return sum(1 for line in bare.strip().split("\n") if line) == len(bare.split())


@constraint("format:line_indent")
@dataclass(frozen=True, slots=True)
class LineIndent(Constraint):
    """Each line is indented more than the line before.

    Repairs: there must be two lines, no blank line counts (published, one of two neighbours does), and a tab indents.
    """

    def check(self, text: str) -> Check:
        """Compare the indents of neighbours."""
        lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
        indents = [_indent(line) for line in lines]
        if len(indents) < 2:
            return Check(False, f"needed at least 2 lines, found {len(indents)}", indents)
        for place, (one, other) in enumerate(pairwise(indents), start=2):
            if other <= one:
                reason = f"needed line {place} to be indented by more than {one}, found {other}"
                return Check(False, reason, indents[:50])
        return Check(True, f"needed deeper indents, found {indents[:10]}", indents[:50])

    def published(self, text: str) -> bool | None:
        """Compare the spaces of the lines that its removal of blank ones leaves."""
        lines = text.split("\n")
        if len(lines) ** 2 > 32 * len(text) + 1024:
            return False  # half of the lines at least are left, and so many cannot all be deeper than the one before
        indents = [len(line) - len(line.lstrip(" ")) for line in _without_most_blank(lines)]
        return all(one < other for one, other in pairwise(indents))


@constraint("format:list")
@dataclass(frozen=True, slots=True)
class Items(Constraint):
    """The answer is a list: at least two lines begin with the separator that takes the bullet's place.

    Repair: the separator begins a line (a rule, "---", is no item of "-"). Published, it is counted anywhere, so that
    any two hyphens are a list.
    """

    sep: str

    def check(self, text: str) -> Check:
        """Count the lines that begin with it."""
        lines = (line.lstrip() for line in filter(None, text.split("\n")))
        measured = sum(1 for line in lines if line.startswith(self.sep) and not line.startswith(self.sep * 2))
        reason = f'needed at least {MIN_ITEMS} lines that begin with "{self.sep}", found {measured}'
        return Check(measured >= MIN_ITEMS, reason, measured)

    def published(self, text: str) -> bool | None:
        """Count it anywhere."""
        return text.count(self.sep) >= MIN_ITEMS


@constraint("format:sub-bullets")
@dataclass(frozen=True, slots=True)
class SubBullets(Constraint):
    """The answer has bullets `*`, each followed by at least one sub-bullet `-`.

    Repairs: a bullet begins a line, and there must be one. Published, each star must be followed by a hyphen, inside
    words, too, and bold text is bullets.
    """

    def check(self, text: str) -> Check:
        """Find the first bullet without a sub-bullet."""
        subs: list[int] = []
        for line in filter(None, text.split("\n")):
            kind = line.lstrip()[:2].rstrip()
            if kind == "*":
                subs.append(0)
            elif kind == "-" and subs:
                subs[-1] += 1
        if not subs:
            return Check(False, "needed bullets *, found none", subs)
        bare = subs.index(0) + 1 if 0 in subs else None
        found = f"none at bullet {bare}" if bare else f"{sum(subs)} at {len(subs)} bullets"
        return Check(bare is None, f"needed a sub-bullet - at each bullet *, found {found}", subs[:50])

    def published(self, text: str) -> bool | None:
        """Look for a hyphen after each star."""
        return all("-" in part for part in text.split("*")[1:])


@constraint("format:no_bullets_bullets")
@dataclass(frozen=True, slots=True)
class NoBulletsBullets(Constraint):
    """At least two sentences that end in a full stop, then at least two bullets `*`.

    Repairs: blank lines, and text after or between the bullets, do no harm; a bullet is a star and white space, and the
    full stops are counted. Published, a blank line ends the sentences; without nltk's data there is no published
    verdict.
    """

    def check(self, text: str) -> Check:
        """Count the sentences before the first bullet, then the bullets."""
        lines = text.split("\n")
        bullets = [
            place
            for place, line in enumerate(lines)
            if line and line.lstrip()[:2].rstrip() == "*" and len(line.strip()) > 1
        ]
        before = "\n".join(lines[: bullets[0]] if bullets else lines)
        stops = sum(1 for sentence in sentences(before) if end_mark(sentence) == ".")
        reason = (
            f"needed at least {MIN_SENTENCES} sentences, then {MIN_BULLETS} bullets, found {stops} and {len(bullets)}"
        )
        return Check(stops >= MIN_SENTENCES and len(bullets) >= MIN_BULLETS, reason, [stops, len(bullets)])

    def published(self, text: str) -> bool | None:
        """Read line by line; once a line has no sentence, only bullets may follow."""
        splitter = punkt()
        if splitter is None or len(text) > MAX_PUNKT_CHARACTERS:
            return None
        num_sentences, num_bullets, reads_sentences = 0, 0, True
        for line in map(str.strip, text.split("\n")):
            if line.startswith("*"):
                reads_sentences = False
                num_bullets += 1
                if num_sentences < MIN_SENTENCES:
                    return False
            elif not reads_sentences:
                return False
            else:
                found = splitter.sentences(line) or []
                num_sentences, reads_sentences = num_sentences + len(found), bool(found)
        return num_bullets >= MIN_BULLETS


def _indent(line: str) -> int:
    expanded = line[: len(line) - len(line.lstrip())].expandtabs(4)
    return len(expanded)


def _without_most_blank(lines: list[str]) -> list[str]:
    """Return what the published loop leaves: it removes from the list it walks, and so skips what follows a blank line.

    Each removal takes the first line that equals the blank one; counted here, because removing takes quadratic time.
    """
    removals: Counter[str] = Counter()
    place = 0
    while place < len(lines):
        blank = not lines[place].strip()
        removals[lines[place]] += blank
        place += 1 + blank
    kept = []
    for line in lines:
        if removals[line] > 0:
            removals[line] -= 1
        else:
            kept.append(line)
    return kept
