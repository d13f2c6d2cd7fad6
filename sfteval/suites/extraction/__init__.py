"""The suite of extraction: our own texts to JSON by schema, and a generator for more.

Texts are written by hand, with details that are drawn (`money`, `people`, `nature`, `events`, `technical`); `prompts`
asks for them, `make` builds rows, `write` puts them into a suite's files. Does not know how an answer is graded.
"""

from sfteval.suites.extraction.make import STEMS, make_rows
from sfteval.suites.extraction.write import SHIPPED, make_suite, suite_files

__all__ = ["SHIPPED", "STEMS", "make_rows", "make_suite", "suite_files"]
