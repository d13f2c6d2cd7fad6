"""The 58 constraints of IFBench: importing this package enters them into the catalogue.

Grouped by what they look at. `check` is ours, with the repairs that each class states; `published` is the published
scorer's verdict, bug for bug. What of it rests on nltk's data, on syllapy or on emoji is executed where they are
installed (`resources`) and None elsewhere; nothing is ever downloaded. Where a class states no repair, the rules agree.
Of a very long text `check` reads the first part (`splitting.MAX_CHARACTERS`), so that no text takes long.
Does not know IFEval's constraints, strict and loose, or samples.
Source: IFBench, Pyatkin et al. 2025 (arXiv 2507.02833), appendix; rules read in its scorer `ifbench` 0.2.0, with the
versions of its lock file (from nltk 3.10 on, combining marks and "²" are letters or not as `regex` has it).
"""

from sfteval.scorers.instructions.bench import (
    counts,
    form,
    letters,
    lines,
    lists,
    places,
    positions,
    quiz,
    quoting,
    ratios,
    repeats,
    sentences,
    tables,
)
from sfteval.scorers.instructions.bench.corpora import resources

__all__ = [
    "counts",
    "form",
    "letters",
    "lines",
    "lists",
    "places",
    "positions",
    "quiz",
    "quoting",
    "ratios",
    "repeats",
    "resources",
    "sentences",
    "tables",
]
