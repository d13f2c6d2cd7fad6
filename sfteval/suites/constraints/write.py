"""The files of a suite of constraints: the shipped one, or one of the user's own seed.

`suite.toml`, the prompts in `data/`, and `held_out.txt`, the ids that practice material must not contain. The shipped
suite uses the stems written by hand, every other one those that are composed. Writes nothing before it has been loaded
and checked.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from sfteval.suites.constraints.held_out import HELD_OUT
from sfteval.suites.constraints.make import make_rows
from sfteval.suites.constraints.own_stems import DRAWN_OWN, SHIPPED_OWN
from sfteval.suites.constraints.stems import Stem
from sfteval.suites.constraints.subjects import SUBJECTS
from sfteval.suites.constraints.topics import COMPOSED
from sfteval.suites.made import lines, refuse_existing, write_new

SUITE_TOML = """\
# {comment}
# Each row's metadata says how many constraints it has (num_instructions), which (ids, groups), from which list (source:
# IFEval, IFBench, both), and whether they are held out. Prompts about one thing share a cluster; at most five do.
# The constraints in held_out.txt never stand beside others, and are not in what `--without-held-out` makes. The two
# slices are not equally hard: a lower share in one says nothing by itself. Compare their changes from one checkpoint to
# the next; if held_out stays where it was while the others rise, the gain is practice with those constraints.
# No empty phrase or single word satisfies a prompt; what it would satisfy (no commas, say) is asked beside others only.
[suite]
name = {name}
version = "1.0.0"
license = "Apache-2.0"
about = "{about}"

[[task]]
name = "{task}"
scorer = "constraints"
data = "data/{task}.jsonl"
sha256 = "{sha256}"
metrics = ["prompt_strict", "prompt_loose", "instruction_strict", "instruction_loose"]
gating = ["prompt_strict"]
margin = 0.05
samples = 1
cluster = "cluster"
slices = ["num_instructions", "held_out", "source"]
sampling = {{ temperature = 0.0, top_p = 1.0, max_tokens = 4096 }}
"""
HELD_OUT_TXT = """\
# Constraints that are not to be trained on, so that a gap between them and the others can be seen.
# `sfteval suites make constraints --without-held-out` makes prompts without them.
{ids}
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
    stems: tuple[Stem, ...]
    with_held_out: bool = True


SHIPPED = Plan(
    name="constraints",
    task="constraint_ladder",  # the suite starter has a task `constraints`
    about="Original prompts over the 25 constraints of IFEval and the 58 of IFBench, one to three at a time.",
    comment="Made by `python -m sfteval.suites.constraints`; a test makes it again and compares the bytes.",
    seed=2025,
    count=420,
    stems=(*SUBJECTS, *SHIPPED_OWN),
)


def own_plan(name: str, seed: int, count: int, *, with_held_out: bool) -> Plan:
    """Return the plan of a user's suite; none of its prompts shares a stem with the shipped one."""
    less, scope = ("", "") if with_held_out else (" --without-held-out", ", without the held-out ones")
    return Plan(
        name=name,
        task=f"constraint_ladder_{seed}",
        about=f"Prompts over the constraints of IFEval and IFBench, seed {seed}{scope}.",
        comment=f"Made by `sfteval suites make constraints --count {count} --seed {seed}{less}`.",
        seed=seed,
        count=count,
        stems=(*COMPOSED, *DRAWN_OWN),
        with_held_out=with_held_out,
    )


def suite_files(plan: Plan) -> dict[str, str]:
    """Return the texts of a suite's files by their path in its folder."""
    rows = make_rows(plan.seed, plan.count, plan.stems, with_held_out=plan.with_held_out)
    data = lines(rows)
    toml = SUITE_TOML.format(
        comment=plan.comment,
        name=json.dumps(plan.name),
        about=plan.about,
        task=plan.task,
        sha256=hashlib.sha256(data.encode()).hexdigest(),
    )
    ids = "\n".join(HELD_OUT)
    return {"suite.toml": toml, f"data/{plan.task}.jsonl": data, "held_out.txt": HELD_OUT_TXT.format(ids=ids)}


def make_suite(folder: Path, seed: int, count: int, *, with_held_out: bool = True) -> Path:
    """Make a suite of one's own in a new folder; return its `suite.toml`.

    Raises: ConfigurationError where the folder exists, or so many prompts cannot be made.
    """
    refuse_existing(folder)
    files = suite_files(own_plan(folder.name, seed, count, with_held_out=with_held_out))
    return write_new(folder, files)
