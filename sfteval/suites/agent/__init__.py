"""The suite of agent tasks: conversations over stateful toy services, each with a solution that is carried out.

A `scenario` says who asks what of which services; the modules `*_tasks` hold them by service, `write` makes the files.
Does not know models, or how a conversation is graded.
"""

from sfteval.suites.agent.scenario import Scenario, row_of
from sfteval.suites.agent.write import NAME, rows, suite_files

__all__ = ["NAME", "Scenario", "row_of", "rows", "suite_files"]
