"""The suite `starter`: six tasks of held-out questions with their targets, written as suite.toml and data/<task>.jsonl.

Prompts are unique after normalisation and at most MAX_PER_STEM share a stem. The bytes depend on SEED and the grammar
only. Does not know the answers of any model.
"""

import hashlib
import json
import pathlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sfttrain.starter import chat, constraints, reasoning, toolcalls
from sfttrain.starter.corpus import seen_names
from sfttrain.starter.items import Item, stream

VERSION = "1.1.0"
SEED = 20261123
MAX_PER_STEM = 4
NUM_PER_STEP = 54  # x 6 steps = 324 problems
NUM_CONSTRAINTS, NUM_COMBINATIONS = 150, 100
NUM_CALLS, NUM_NO_CALLS, NUM_UNSEEN = 80, 40, 80
NUM_PER_LONG_STEP = 50  # x 2 lengths = 100 problems

ABOUT = (
    "Original problems of the starter world: state tracking, constraints, tool calls; held out from corpus and rows."
)


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """How one task of the suite is scored, and where its items come from."""

    name: str
    scorer: str
    metrics: tuple[str, ...]
    max_tokens: int
    draw: Callable[[int], list[Item]]
    gating: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    extra: tuple[str, ...] = ()  # further lines of the task's table


def plans() -> tuple[TaskPlan, ...]:
    """Return the suite's tasks in their order."""
    answer = (("after", "Answer:"),)
    steps = 'slices = ["steps"]'
    learned = 'sanity = { field = "steps", value = 1, floor = 0.5 }'
    keeps = ("prompt_strict", "prompt_loose", "instruction_strict", "instruction_loose")
    calls = ("exact", "schema_valid")
    return (
        TaskPlan("reasoning", "exact", ("accuracy",), 128, _reasoning, ("accuracy",), answer, (steps, learned)),
        TaskPlan("reasoning_longer", "exact", ("accuracy",), 128, _reasoning_longer, (), answer, (steps,)),
        TaskPlan("constraints", "constraints", keeps, 128, _constraints),
        TaskPlan("constraints_combinations", "constraints", keeps, 128, _combinations),
        TaskPlan("toolcalls", "toolcalls", calls, 128, _toolcalls),
        TaskPlan("toolcalls_unseen", "toolcalls", calls, 128, _toolcalls_unseen),
    )


def write(folder: pathlib.Path) -> None:
    """Write the suite into `folder`, the same bytes every time."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    sections = [_heading()]
    for plan in plans():
        data = "".join(f"{json.dumps(row)}\n" for row in samples(plan, SEED)).encode()
        (folder / "data" / f"{plan.name}.jsonl").write_bytes(data)
        sections.append(_section(plan, hashlib.sha256(data).hexdigest()))
    (folder / "suite.toml").write_bytes("\n".join(sections).encode())


def samples(plan: TaskPlan, seed: int) -> list[dict[str, Any]]:
    """Return the task's data rows."""
    return [_sample(plan.name, index, item) for index, item in enumerate(plan.draw(seed))]


def normalised(text: str) -> str:
    """Return the text in lower case with single spaces."""
    return " ".join(text.lower().split())


def _sample(task: str, index: int, item: Item) -> dict[str, Any]:
    label = f"{item.metadata['steps']}-" if "steps" in item.metadata else ""
    row: dict[str, Any] = {"id": f"{task}-{label}{index:04d}", "messages": [{"role": "user", "content": item.user}]}
    if item.tools:
        row["tools"] = list(item.tools)
    return {**row, "target": item.target, "metadata": dict(item.metadata), "cluster": item.stem}


def _heading() -> str:
    fields = {"name": "starter", "version": VERSION, "license": "Apache-2.0", "about": ABOUT}
    return "[suite]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in fields.items())


def _section(plan: TaskPlan, sha256: str) -> str:
    lines = [
        "[[task]]",
        f"name = {json.dumps(plan.name)}",
        f"scorer = {json.dumps(plan.scorer)}",
        f"data = {json.dumps(f'data/{plan.name}.jsonl')}",
        f"sha256 = {json.dumps(sha256)}",
        f"metrics = {json.dumps(plan.metrics)}",
        f"gating = {json.dumps(plan.gating)}",
        "margin = 0.05",
        "samples = 1",
        'cluster = "cluster"',
        f"sampling = {{ temperature = 0.0, top_p = 1.0, max_tokens = {plan.max_tokens} }}",
    ]
    lines += plan.extra
    if plan.options:
        lines += ["[task.options]", *(f"{key} = {json.dumps(value)}" for key, value in plan.options)]
    return "\n".join(lines) + "\n"


def _unique(num: int, items: Iterator[Item]) -> list[Item]:
    """Return the first `num` items whose prompts differ and whose stems are not used up."""
    chosen: list[Item] = []
    prompts: set[str] = set()
    stems: Counter[str] = Counter()
    for item in items:
        if len(chosen) == num:
            break
        if normalised(item.user) not in prompts and stems[item.stem] < MAX_PER_STEM:
            chosen.append(item)
            prompts.add(normalised(item.user))
            stems[item.stem] += 1
    return chosen


def _problems(rng: random.Random, num_steps: int, family: str) -> Iterator[Item]:
    while True:
        item = reasoning.problem(rng, family, num_steps)
        if reasoning.is_held_out(item):
            yield item


def _by_steps(seed: int, name: str, lengths: range, num_per_step: int) -> list[Item]:
    chosen = []
    for num_steps in lengths:
        for index, family in enumerate(reasoning.FAMILIES):
            share = (num_per_step + index) // len(reasoning.FAMILIES)
            chosen += _unique(share, _problems(stream(seed, name, num_steps, family), num_steps, family))
    return chosen


def _reasoning(seed: int) -> list[Item]:
    return _by_steps(seed, "reasoning", range(1, 7), NUM_PER_STEP)


def _reasoning_longer(seed: int) -> list[Item]:
    return _by_steps(seed, "reasoning_longer", range(7, 9), NUM_PER_LONG_STEP)


def _constraints(seed: int) -> list[Item]:
    def held_out(rng: random.Random) -> Iterator[Item]:
        while True:
            topic, constraint = rng.choice(constraints.TOPICS), constraints.of_kind(rng, rng.choice(constraints.KINDS))
            if constraints.is_held_out(topic, constraint):
                yield constraints.request(topic, (constraint,))

    return _unique(NUM_CONSTRAINTS, held_out(stream(seed, "constraints")))


def _combinations(seed: int) -> list[Item]:
    pairs = [pair for pair in constraints.valid_pairs() if constraints.is_held_out_pair(*pair)]

    def held_out(rng: random.Random) -> Iterator[Item]:
        while True:
            one, two = rng.choice(pairs)
            chosen = constraints.of_kind(rng, one), constraints.of_kind(rng, two)
            yield constraints.request(rng.choice(constraints.TOPICS), chosen)

    return _unique(NUM_COMBINATIONS, held_out(stream(seed, "constraints_combinations")))


def _toolcalls(seed: int) -> list[Item]:
    names = seen_names()

    def calls(rng: random.Random) -> Iterator[Item]:
        while True:
            item = toolcalls.call(rng, rng.choice(names), names)
            if toolcalls.is_held_out(item):
                yield item

    def no_calls(rng: random.Random) -> Iterator[Item]:
        while True:
            item = toolcalls.no_call(rng, names)
            if chat.is_held_out(item):
                yield item

    return [
        *_unique(NUM_CALLS, calls(stream(seed, "toolcalls"))),
        *_unique(NUM_NO_CALLS, no_calls(stream(seed, "toolcalls", "none"))),
    ]


def _toolcalls_unseen(seed: int) -> list[Item]:
    unseen = [name for name in toolcalls.all_names() if toolcalls.is_unseen(name)]

    def calls(rng: random.Random) -> Iterator[Item]:
        while True:
            yield toolcalls.call(rng, rng.choice(unseen), toolcalls.all_names())

    return _unique(NUM_UNSEEN, calls(stream(seed, "toolcalls_unseen")))
