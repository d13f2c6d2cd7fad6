"""Every constraint of IFEval and IFBench with kwargs that it accepts, and all texts of the tests; toys for tests."""

from typing import Any

from sfteval.scorers.instructions import CONSTRAINTS, Constraint, build_constraint
from tests.sfteval.scorers.test_bench_suite import BENCH_UNITS, BY_ID, VECTORS
from tests.sfteval.scorers.test_hostile_answers import KWARGS, UNITS
from tests.sfteval.scorers.test_instructions import EXAMPLES

ALL: dict[str, dict[str, Any]] = {
    name: KWARGS.get(name, {}) if name not in BY_ID else BY_ID[name][0][1] for name in sorted(CONSTRAINTS)
}
ALL["keywords:forbidden_words"] = {"forbidden_words": ["art", "sand|b+ut"]}  # a pattern, and no runaway one
TEXTS = [
    "",
    " \n",
    "\x00",
    "\ud800",
    "9" * 5000,
    "[" * 3000,
    "Art and ice cream",
    "art so, art so",
    *dict.fromkeys([example[2] for example in EXAMPLES] + [vector[2] for vector in VECTORS]),
    *(unit * (2000 // len(unit)) for unit in (*UNITS, *BENCH_UNITS)),
]


def built(name: str) -> Constraint:
    return build_constraint(name, ALL[name], "test")
