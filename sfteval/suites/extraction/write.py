"""The files of a suite of extraction: the shipped one, or one of the user's own seed.

A suite of one's own has the same kinds of text with other details; none of its texts is in the shipped suite. It is a
fresh test, and no material to train on: the wordings are the same. Writes nothing before it has been loaded and
checked.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from sfteval.suites.extraction.make import Row, make_rows, make_texts
from sfteval.suites.made import lines, refuse_existing, write_new

SUITE_TOML = """\
# {comment}
# Each row's target holds the value and its JSON Schema; its metadata says what kind of text it is, whether the object
# has others within it (nested), how many values it asks for (num_fields), and how the prompt is laid out. Texts of one
# stem share a cluster; at most five do.
# What gates is field_f1, which is 0 where the answer is no JSON: with so many prompts a whole object being right or
# wrong is too coarse for a margin of 5 points (where 15 % of {count} verdicts differ between two checkpoints, the
# interval of their difference is about 6 points wide on either side). `exact` says how often all of it is right.
# Lists are compared as sets, because the order of entries says nothing here; texts to the character, as it is asked. A
# code fence around the object is taken off and noted.
[suite]
name = {name}
version = "1.0.0"
license = "Apache-2.0"
about = "{about}"

[[task]]
name = "{task}"
scorer = "json"
data = "data/{task}.jsonl"
sha256 = "{sha256}"
metrics = ["field_f1", "field_precision", "field_recall", "exact", "schema_valid", "schema_valid_strict", "parse"]
gating = ["field_f1"]
margin = 0.05
samples = 1
cluster = "cluster"
slices = ["kind", "nested", "num_fields", "layout"]
sampling = {{ temperature = 0.0, top_p = 1.0, max_tokens = 4096 }}
options = {{ lists = "set" }}
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which suite is to be written."""

    name: str
    task: str
    about: str
    comment: str
    seed: int
    count: int


SHIPPED = Plan(
    name="extraction",
    task="extraction",
    about="Original texts of 16 kinds to JSON by schema: bills, minutes, journeys, reports and others.",
    comment="Made by `python -m sfteval.suites.extraction`; a test makes it again and compares the bytes.",
    seed=276,
    count=144,
)


def own_plan(name: str, seed: int, count: int) -> Plan:
    """Return the plan of a user's suite."""
    return Plan(
        name=name,
        task=f"extraction_{seed}",
        about=f"Texts of 16 kinds to JSON by schema, seed {seed}.",
        comment=f"Made by `sfteval suites make extraction --count {count} --seed {seed}`.",
        seed=seed,
        count=count,
    )


def suite_files(plan: Plan) -> dict[str, str]:
    """Return the texts of a suite's files by their path in its folder."""
    data = lines(rows_of(plan))
    toml = SUITE_TOML.format(
        comment=plan.comment,
        name=json.dumps(plan.name),
        about=plan.about,
        count=plan.count,
        task=plan.task,
        sha256=hashlib.sha256(data.encode()).hexdigest(),
    )
    return {"suite.toml": toml, f"data/{plan.task}.jsonl": data}


def rows_of(plan: Plan) -> list[Row]:
    """Return the rows of a suite; those of one's own avoid every text that is shipped."""
    if plan == SHIPPED:
        return make_rows(plan.seed, plan.count)
    return make_rows(plan.seed, plan.count, {text for _, (text, _), _ in make_texts(SHIPPED.seed, SHIPPED.count)})


def make_suite(folder: Path, seed: int, count: int) -> Path:
    """Make a suite of one's own in a new folder; return its `suite.toml`.

    Raises: ConfigurationError where the folder exists, or so many prompts cannot be made.
    """
    refuse_existing(folder)
    files = suite_files(own_plan(folder.name, seed, count))
    return write_new(folder, files)
