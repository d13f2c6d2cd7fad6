"""The suite of constraints: our own prompts over the constraints of IFEval and IFBench, and a generator for more.

From stems (`subjects`, `topics`, `own_stems`) and constraints (`draws`, `conflicts`, `wordings`) `make` builds prompts,
for each of which `witness` has found an answer that satisfies it; `write` puts them into a suite's files.
Does not know how an answer is graded beyond its checkers, or who will be asked.
"""

from sfteval.suites.constraints.held_out import HELD_OUT
from sfteval.suites.constraints.make import make_rows
from sfteval.suites.constraints.witness import witness
from sfteval.suites.constraints.write import SHIPPED, make_suite, suite_files

__all__ = ["HELD_OUT", "SHIPPED", "make_rows", "make_suite", "suite_files", "witness"]
