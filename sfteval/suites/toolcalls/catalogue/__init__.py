"""The tools of the suite, by name: one file a domain, one line here for each.

Definitions as a service would publish them: described, with enums, ranges and patterns where a value has a form. Does
not know what is asked of them.
"""

from sfteval.suites.toolcalls.catalogue.home import HOME
from sfteval.suites.toolcalls.catalogue.money import MONEY
from sfteval.suites.toolcalls.catalogue.office import OFFICE
from sfteval.suites.toolcalls.catalogue.operations import OPERATIONS
from sfteval.suites.toolcalls.catalogue.science import SCIENCE
from sfteval.suites.toolcalls.catalogue.travel import TRAVEL
from sfteval.suites.toolcalls.forms import by_name

CATALOGUE = by_name((*HOME, *TRAVEL, *OFFICE, *MONEY, *SCIENCE, *OPERATIONS))
