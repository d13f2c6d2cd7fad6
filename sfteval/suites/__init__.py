"""Suite files in, Suites of Samples out.

`load` reads and checks a suite, `rows` its data, `table` one TOML table with types, `new` makes a suite from prompts.
Does not know who will be asked.
"""

from sfteval.suites.load import find_suite, find_task, load_suite, shipped_names
from sfteval.suites.new import new_suite
from sfteval.suites.table import read_sampling

__all__ = ["find_suite", "find_task", "load_suite", "new_suite", "read_sampling", "shipped_names"]
