"""ReAct text taken apart: one assistant's text in, its labelled sections out, for any text at all, in linear time.

A section begins at a line that starts with `Thought:`, `Action:`, `Action Input:`, `Observation:` or `Final Answer:`
and ends where the next one begins. A label within a line or in a closed code fence is text. What stands behind
`Observation:` is the tool's and not the model's, once an action asked for it. Knows no tokens, no template and no tool.
Source: the text format of ReAct, Yao et al. 2022 (arXiv 2210.03629), in the labels that agent libraries made of it.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from sfteval.chat.thoughts import FENCE

LABEL = re.compile(r"^(Thought|Action Input|Action|Observation|Final Answer):", re.MULTILINE)
LONGEST_FENCE = 8  # a longer mark is read as one of this length


@dataclass(frozen=True, slots=True)
class Section:
    """A half-open stretch of the text, its label included; the text before the first label has the label ""."""

    label: str
    start: int
    stop: int

    def body_in(self, text: str) -> str:
        """Return what stands behind the label, without white space at its ends."""
        return text[self.start + len(self.label) + bool(self.label) : self.stop].strip()


def sections(text: str) -> tuple[Section, ...]:
    """Return the sections in order; together they are the whole text, and none of them is empty."""
    fences = _closed_fences(text)
    starts = [fence[0] for fence in fences]
    labels: list[tuple[str, int]] = []
    for match in LABEL.finditer(text):
        before = bisect_right(starts, match.start()) - 1
        if before < 0 or fences[before][1] <= match.start():
            labels.append((match[1], match.start()))
    if text and (not labels or labels[0][1] > 0):
        labels.insert(0, ("", 0))
    edges = [*(start for _, start in labels), len(text)]
    return tuple(Section(label, *edge) for (label, _), edge in zip(labels, pairwise(edges), strict=True))


def observations(text: str) -> tuple[tuple[int, int], ...]:
    """Return the half-open stretches that a tool wrote: every `Observation:` behind an `Action:`, label included.

    Empty for a text that is not ReAct. Observations that follow each other are one stretch.
    """
    found: list[tuple[int, int]] = []
    acted = False
    for section in sections(text):
        acted = acted or section.label == "Action"
        if section.label != "Observation" or not acted:
            continue
        start = found.pop()[0] if found and found[-1][1] == section.start else section.start
        found.append((start, section.stop))
    return tuple(found)


def _closed_fences(text: str) -> list[tuple[int, int]]:
    """Return the half-open stretches of closed code fences, in order; a fence that never closes is none."""
    if "```" not in text and "~~~" not in text:
        return []
    marks = [
        (line.start(), line.end(), line[1][0], min(len(line[1]), LONGEST_FENCE), line[2].strip())
        for line in FENCE.finditer(text)
    ]
    closing: dict[tuple[str, int], list[int]] = {}
    for place, (_, _, letter, length, behind) in enumerate(marks):
        for shorter in range(3, length + 1) if not behind else ():
            closing.setdefault((letter, shorter), []).append(place)
    fences: list[tuple[int, int]] = []
    place = 0
    while place < len(marks):
        start, _, letter, length, behind = marks[place]
        candidates = closing.get((letter, length), [])
        index = bisect_right(candidates, place)
        if index == len(candidates) or (letter == "`" and "`" in behind):  # never closed, or inline code
            place += 1
            continue
        fences.append((start, marks[candidates[index]][1]))
        place = candidates[index] + 1
    return fences
