"""The constraints by id: an id and its kwargs in, a checker out that explains its verdict.

One small frozen dataclass an id, grouped by what it looks at; importing this package fills the catalogue. Adding one is
writing the class in a file that is imported here; to be asked by the suite `constraints` too, it needs a wording, draws
of its kwargs and a witness in `sfteval/suites/constraints`. Does not know strict and loose, samples, or metrics.
Source: IFEval, Zhou et al. 2023 (arXiv 2311.07911), table 1; edge cases from research on evaluation peers, section 3.
"""

from sfteval.scorers.instructions import bench, case, combination, content, keywords, layout, length, start_end
from sfteval.scorers.instructions.catalogue import CONSTRAINTS, Constraint, Relation, build_constraint

__all__ = [
    "CONSTRAINTS",
    "Constraint",
    "Relation",
    "bench",
    "build_constraint",
    "case",
    "combination",
    "content",
    "keywords",
    "layout",
    "length",
    "start_end",
]
