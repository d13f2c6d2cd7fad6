"""What the suite asks, by kind: one file a kind, one line here for each; all prompts are written by hand.

Does not know definitions, targets or rows.
"""

from sfteval.suites.toolcalls.asked.choice import CHOICE
from sfteval.suites.toolcalls.asked.irrelevant import IRRELEVANT
from sfteval.suites.toolcalls.asked.limits import LIMITS
from sfteval.suites.toolcalls.asked.missing import MISSING
from sfteval.suites.toolcalls.asked.nested import NESTED
from sfteval.suites.toolcalls.asked.parallel import PARALLEL
from sfteval.suites.toolcalls.asked.simple import SIMPLE
from sfteval.suites.toolcalls.asked.writing import WRITING

ASKED = {
    "simple": SIMPLE,
    "choice": CHOICE,
    "parallel": PARALLEL,
    "nested": NESTED,
    "enum_range": LIMITS,
    "irrelevance": IRRELEVANT,
    "missing_parameter": MISSING,
    "unicode_escapes": WRITING,
}
