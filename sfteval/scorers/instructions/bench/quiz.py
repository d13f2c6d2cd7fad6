"""One prompt of IFBench: four multiple-choice questions with five options each, ever longer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.scorers.instructions.splitting import MAX_CHARACTERS
from sfteval.types import Check

LABEL = re.compile(r"[#*_\s]*Question\b[ \t]*\d*[ \t]*[.|):;*_]*[ \t]*")
OPTION = re.compile(r"[-*_\s]*\(?[A-Ea-e][.):][*_]*\s*\S")
PUBLISHED_LABEL = re.compile(r"Question \d+[.|):;]?\s*")
PUBLISHED_OPTION = re.compile(r"[A-Ea-e][.|)]\s*\w")
NUM_QUESTIONS, NUM_OPTIONS = 4, 5


@constraint("custom:mcq_count_length")
@dataclass(frozen=True, slots=True)
class McqCountLength(Constraint):
    """Four questions labelled "Question", each longer than the one before, with five options each; nothing before them.

    Repairs: the label begins a line, with or without a number and markup; an option may stand in brackets, in bold or
    in a list. Published, the word and a number divide anywhere, and the answer's first characters are "Question".
    """

    def check(self, text: str) -> Check:
        """Count the questions, their options and their characters."""
        blocks = _blocks(text)
        if blocks is None:
            return Check(False, f'needed "Question" first, found "{text.strip()[:40]}"', text.strip()[:200])
        if len(blocks) != NUM_QUESTIONS:
            return Check(False, f"needed exactly {NUM_QUESTIONS} questions, found {len(blocks)}", len(blocks))
        measured = [_measure(block, OPTION) for block in blocks]
        for place, (num_options, _) in enumerate(measured, start=1):
            if num_options != NUM_OPTIONS:
                reason = f"needed {NUM_OPTIONS} options for question {place}, found {num_options}"
                return Check(False, reason, num_options)
        return _increasing([length for _, length in measured])

    def published(self, text: str) -> bool | None:
        """Divide at the labels, then count and compare."""
        if not text.startswith("Question"):
            return False
        blocks = list(islice(_published_blocks(text), NUM_QUESTIONS + 1))
        if len(blocks) != NUM_QUESTIONS:
            return False
        measured = [_measure(block, PUBLISHED_OPTION) for block in blocks]
        lengths = [length for num_options, length in measured if num_options == NUM_OPTIONS]
        return len(lengths) == NUM_QUESTIONS and _increasing(lengths).ok


def _blocks(text: str) -> list[list[str]] | None:
    """Return each question's lines without its label; None where something stands before the first."""
    blocks: list[list[str]] = []
    for line in text[:MAX_CHARACTERS].strip().split("\n"):
        label = LABEL.match(line)
        if label:
            blocks.append([line[label.end() :]])
        elif blocks:
            blocks[-1].append(line)
        elif line.strip("#*_- \t\r"):
            return None
    return blocks


def _published_blocks(text: str) -> Iterator[list[str]]:
    """Yield the lines of what stands between the labels, where it is not blank."""
    start = 0
    for label in PUBLISHED_LABEL.finditer(text):
        if part := text[start : label.start()].strip():
            yield part.split("\n")
        start = label.end()
    if part := text[start:].strip():
        yield part.split("\n")


def _measure(lines: list[str], option: "re.Pattern[str]") -> tuple[int, int]:
    """Return the number of options, and of the question's characters before them."""
    is_option = [option.match(line.strip()) is not None for line in lines]
    first = is_option.index(True) if True in is_option else len(lines)
    return sum(is_option), len(" ".join(line.strip() for line in lines[:first]).strip())


def _increasing(lengths: list[int]) -> Check:
    ok = all(one < other for one, other in pairwise(lengths))
    return Check(ok, f"needed ever longer questions, found {', '.join(map(str, lengths))} characters", lengths)
