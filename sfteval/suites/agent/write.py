"""The files of the suite of agent tasks: `suite.toml` and one data file a task, made anew from the scenarios."""

import hashlib
from collections.abc import Callable, Iterator

from sfteval.suites.agent import (
    bank_tasks,
    calendar_tasks,
    errands_tasks,
    mixed_tasks,
    notes_tasks,
    shop_tasks,
    trains_tasks,
)
from sfteval.suites.agent.scenario import Row, Scenario, row_of
from sfteval.suites.made import lines

NAME = "agent"
SUITE_TOML = """\
# Made by `python -m sfteval.suites.agent`; a test makes it again and compares the bytes.
# Each row's metadata holds the services, their state before the first call, what the user says after each final answer
# (user), and an error that one call meets (fail); its target the state in the end, what the final answers must hold,
# and a solution, which a test carries out. Tasks of one stem share a cluster; at most five do.
[suite]
name = "agent"
version = "1.0.0"
license = "Apache-2.0"
about = "Original conversations with tools that really run: calendar, shop, bank, notes, trains; and short errands."

[[task]]
name = "agent"
scorer = "agent"
data = "data/agent.jsonl"
sha256 = "{agent}"
metrics = ["success", "state_match", "answer_match", "recovered"]
gating = ["success"]
margin = 0.1
samples = 1
cluster = "cluster"
slices = ["num_services", "num_user_turns", "error_injected"]
sampling = {{ temperature = 0.0, top_p = 1.0, max_tokens = 1024 }}
[task.options]
max_turns = 16
max_calls = 24

# The tools and words of the starter world, for models that know no others.
[[task]]
name = "errands"
scorer = "agent"
data = "data/errands.jsonl"
sha256 = "{errands}"
metrics = ["success", "state_match", "answer_match"]
gating = []
margin = 0.1
samples = 1
cluster = "cluster"
slices = ["num_user_turns"]
sampling = {{ temperature = 0.0, top_p = 1.0, max_tokens = 128 }}
[task.options]
max_turns = 6
max_calls = 6
"""
ROOMS: dict[str, tuple[Callable[[], Iterator[Scenario]], ...]] = {
    "agent": (
        calendar_tasks.tasks,
        shop_tasks.tasks,
        bank_tasks.tasks,
        notes_tasks.tasks,
        trains_tasks.tasks,
        mixed_tasks.tasks,
    ),
    "errands": (errands_tasks.tasks,),
}


def rows(task: str) -> list[Row]:
    """Return the rows of a task, numbered in order."""
    scenarios = [scenario for room in ROOMS[task] for scenario in room()]
    return [row_of(scenario, f"{task}-{number:03d}") for number, scenario in enumerate(scenarios, start=1)]


def suite_files() -> dict[str, str]:
    """Return the texts of the suite's files by their path in its folder."""
    data = {task: lines(rows(task)) for task in ROOMS}
    hashes = {task: hashlib.sha256(text.encode()).hexdigest() for task, text in data.items()}
    return {
        "suite.toml": SUITE_TOML.format(**hashes),
        **{f"data/{task}.jsonl": text for task, text in data.items()},
    }
