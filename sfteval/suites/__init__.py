"""Suite files in, Suites of Samples out.

`outline` reads what a suite declares, `source` finds and checks a task's data (of a file or of the `hub`, as `rows` of
ours or in one of `formats`), `load` makes a checked Suite of them; `table` is one TOML table with types, `new` makes a
suite from prompts. Does not know who will be asked.
"""

from sfteval.suites.load import find_suite, find_task, load_suite, shipped_names
from sfteval.suites.new import new_suite
from sfteval.suites.outline import SuiteOutline, TaskOutline, read_outline
from sfteval.suites.table import Table, read_sampling

__all__ = [
    "SuiteOutline",
    "Table",
    "TaskOutline",
    "find_suite",
    "find_task",
    "load_suite",
    "new_suite",
    "read_outline",
    "read_sampling",
    "shipped_names",
]
