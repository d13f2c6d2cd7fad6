"""The files of the suite of tool calls, and of a suite of a user's own rows beside their twins.

`suite.toml` and two tasks' rows in `data/`: the originals, and the twins. Writes nothing of a user's before it has been
loaded and checked. Does not know how rows come about.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfteval.errors import DataError
from sfteval.scorers.calls.targets import expected_of
from sfteval.suites.made import lines, refuse_existing, write_new
from sfteval.suites.outline import NAME
from sfteval.suites.rows import read_rows, sample_of
from sfteval.suites.toolcalls.make import rows, twin_rows
from sfteval.suites.toolcalls.twins import twins

Row = Mapping[str, Any]

SHIPPED_NOTE = """\
# Made by `python -m sfteval.suites.toolcalls`; a test makes it again and compares the bytes. Prompts and tools are our
# own, written by hand. Each row's metadata says of which kind it is, how many tools it offers and calls it asks for,
# which tool (none, several) and which types its arguments have. At most five prompts share a cluster, twins included.
# Where several values are right, and where a default may be written out or left away, the target holds all of them.
# `ast` decides: it asks for the right calls with the right values and does not stumble over capitals, spaces and full
# stops in a text. `exact` asks for the very characters; on the slice unicode_escapes that is the point.
# irrelevance and missing_parameter are right when nothing is called, and not when the answer is empty: in the first no
# tool fits, in the second one does, but the prompt leaves out what it needs (metadata `missing`), so that it must ask.
"""
TWINS_NOTE = """\
# The same prompts in a world that differs in one thing: other names of tools, another order of properties, a tool more,
# other values in enums, no descriptions of tools. Compare with `{task}`: who does well there and badly here knows
# the tools by heart. Nothing gates here.
"""
SUITE_TOML = """\
{note}[suite]
name = {name}
version = "1.0.0"
license = {license}
about = {about}
"""
TASK_TOML = """
{note}[[task]]
name = "{task}"
scorer = "toolcalls"
data = "data/{task}.jsonl"
sha256 = "{sha256}"
metrics = ["ast", "exact", "schema_valid", "schema_valid_strict"]
gating = {gating}
margin = 0.05
samples = 1
cluster = "cluster"
{slices}sampling = {{ temperature = 0.0, top_p = 1.0, max_tokens = 2048 }}
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which suite is to be written."""

    name: str
    task: str
    about: str
    license: str = "your own"
    note: str = "# Made by `sfteval suites twin`.\n"
    gating: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()


SHIPPED = Plan(
    name="toolcalls",
    task="toolcalls",
    about="Original prompts for none to four calls of 57 tools of everyday and of work, and twins of some of them.",
    license="Apache-2.0",
    note=SHIPPED_NOTE,
    gating=("ast",),
    slices=("kind", "num_tools"),
)


def suite_files(plan: Plan, originals: Iterable[Row], twinned: Iterable[Row]) -> dict[str, str]:
    """Return the texts of a suite's files by their path in its folder."""
    data, others = lines(originals), lines(twinned)
    header = SUITE_TOML.format(
        note=plan.note, name=json.dumps(plan.name), license=json.dumps(plan.license), about=json.dumps(plan.about)
    )
    first = _task(plan.task, data, "", plan.gating, plan.slices)
    second = _task(f"{plan.task}_twins", others, TWINS_NOTE.format(task=plan.task), (), ("perturbation",))
    return {
        "suite.toml": header + first + second,
        f"data/{plan.task}.jsonl": data,
        f"data/{plan.task}_twins.jsonl": others,
    }


def shipped_files() -> dict[str, str]:
    """Return the texts of the shipped suite's files."""
    return suite_files(SHIPPED, rows(), twin_rows())


def twin_suite(source: Path, folder: Path) -> Path:
    """Make a suite of a file's rows and of every twin of them, in a new folder; return its `suite.toml`.

    Raises: ConfigurationError where the folder exists, DataError for rows that cannot be read, asked or twinned.
    """
    refuse_existing(folder)
    if not source.is_file():
        raise DataError(str(source), expected="a JSONL file of rows", got="no such file", next_move="Check the path")
    task = "".join(letter if NAME.fullmatch(f"x{letter}") else "-" for letter in source.stem).strip("-._")[:70]
    originals = [_checked(row, where) for where, row in read_rows(source)]
    made = list(twins(originals))
    if not made:
        raise DataError(
            str(source),
            expected="at least one row that can be twinned",
            got=f"{len(originals):,} rows of which none can",
            next_move='Give rows "tools" and a "target" of calls, and no calls in their messages',
        )
    plan = Plan(folder.name, task or "rows", f"{source.name} and twins of it.")
    return write_new(folder, suite_files(plan, originals, made))


def _checked(row: Row, where: str) -> Row:
    """Return a row with id and cluster, whose target can be reached with its tools."""
    sample = sample_of(row, where, "cluster")
    expected_of(sample, where)
    return {**row, "id": sample.id, "cluster": sample.cluster or sample.id}


def _task(name: str, data: str, note: str, gating: tuple[str, ...], slices: tuple[str, ...]) -> str:
    return TASK_TOML.format(
        note=note,
        task=name,
        sha256=hashlib.sha256(data.encode()).hexdigest(),
        gating=json.dumps(list(gating)),
        slices=f"slices = {json.dumps(list(slices))}\n" if slices else "",
    )
