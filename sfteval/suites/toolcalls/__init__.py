"""The suite of tool calls: our own prompts over our own tools, and twins of any row of tool calls.

`catalogue` holds the tools, `asked` what is asked of them, both written by hand in the words of `forms` and `items`;
`make` builds rows of them (`targets`: what is accepted), `twins` changes the world of a row and its target with it
(`enums`), `write` puts rows into a suite's files. Does not know how an answer is graded, or who will be asked.
"""

from sfteval.suites.toolcalls.make import rows, twin_rows
from sfteval.suites.toolcalls.targets import written
from sfteval.suites.toolcalls.twins import PERTURBATIONS, twin, twins
from sfteval.suites.toolcalls.write import shipped_files, twin_suite

__all__ = ["PERTURBATIONS", "rows", "shipped_files", "twin", "twin_rows", "twin_suite", "twins", "written"]
