"""The documents that the tiny base model reads: the families of the starter world as plain text, without chat tokens.

A document has a prefix, which is context, and a body, which is learned. A quarter are single steps answered at once, so
that facts are dense; then come longer problems, answered at once or worked. Holds out what the suite asks: problems,
(topic, constraint) pairs, pairs of constraints, tools and their values. Knows no tokens.
"""

import functools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from sfttrain.starter import chat, constraints, reasoning, toolcalls
from sfttrain.starter.items import Item, stream

WORKED, DRILL, DIRECT = "worked", "drill", "direct"  # problems: with steps, one step at once, several at once
OTHERS = CONSTRAINTS, CALLS, CHAT = "constraints", "toolcalls", "chat"
MIX = {WORKED: 0.29, DRILL: 0.34, DIRECT: 0.05, CONSTRAINTS: 0.17, CALLS: 0.11, CHAT: 0.04}
WORKED_SHARE = 0.5  # of the other families' documents: with the steps before the reply
PAIR_SHARE = 0.3  # of the requests: two constraints at once
WORKED_STEPS = (1, 2, 3, 4, 5, 6, 6)  # how long worked problems are: the longest need most practice
DIRECT_STEPS = (2, 2, 2, 3, 3, 4, 5, 6)  # direct answers beyond one step, most of them short
STEPS = {WORKED: WORKED_STEPS, DRILL: (1,), DIRECT: DIRECT_STEPS}
BREAKS = ("\n", "\n\n", "\nReply:\n", "\nReply:\n\n\n", "\n\nNow:\n\n")  # between question and answer


@dataclass(frozen=True, slots=True)
class Document:
    """A text for the base model: `prefix` is read, `body` is learned."""

    prefix: str
    body: str


def documents(seed: int, num: int) -> list[Document]:
    """Return `num` documents, the same for the same seed."""
    rng = stream(seed, "corpus")
    return [_document(rng) for _ in range(num)]


def _document(rng: random.Random) -> Document:
    (kind,) = rng.choices(list(MIX), weights=list(MIX.values()))
    item = _drawn(rng, kind)
    is_worked = kind == WORKED or (kind in OTHERS and rng.random() < WORKED_SHARE)
    tools = "".join(f"{json.dumps(tool)}\n" for tool in item.tools)
    question = f"{tools}{item.user}{rng.choice(BREAKS)}"
    if is_worked:
        return Document(prefix=f"{question}Steps:\n", body=f"{item.reasoning}\n{_reply(item)}")
    return Document(prefix=question, body=_reply(item))


def _drawn(rng: random.Random, kind: str) -> Item:
    if kind == CONSTRAINTS:
        return seen_request(rng, PAIR_SHARE)
    if kind == CALLS:
        return seen_call(rng)
    if kind == CHAT:
        return seen_talk(rng)
    return seen_problem(rng, rng.choice(STEPS[kind]))


def _reply(item: Item) -> str:
    calls = (json.dumps({"name": call.name, "arguments": dict(call.arguments)}) for call in item.calls)
    return item.answer or "\n".join(calls)


def seen_problem(rng: random.Random, num_steps: int) -> Item:
    """Return a problem that is not held out."""
    return next(item for item in _problems(rng, num_steps) if not reasoning.is_held_out(item))


def _problems(rng: random.Random, num_steps: int) -> Iterator[Item]:
    while True:
        yield reasoning.problem(rng, rng.choice(reasoning.FAMILIES), num_steps)


def seen_request(rng: random.Random, pair_share: float) -> Item:
    """Return a request whose constraints are not held out, alone or as a pair."""
    while True:
        topic, chosen = rng.choice(constraints.TOPICS), _chosen(rng, pair_share)
        if not any(constraints.is_held_out(topic, constraint) for constraint in chosen):
            return constraints.request(topic, chosen)


def _chosen(rng: random.Random, pair_share: float) -> tuple[constraints.Constraint, ...]:
    if rng.random() < 0.04:
        return ()
    if rng.random() >= pair_share:
        return (constraints.of_kind(rng, rng.choice(constraints.KINDS)),)
    one, two = rng.choice(_seen_pairs())
    return constraints.of_kind(rng, one), constraints.of_kind(rng, two)


@functools.cache
def _seen_pairs() -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in constraints.valid_pairs() if not constraints.is_held_out_pair(*pair))


@functools.cache
def seen_names() -> tuple[str, ...]:
    """Return the tools that may be shown outside the suite."""
    return tuple(name for name in toolcalls.all_names() if not toolcalls.is_unseen(name))


def seen_call(rng: random.Random) -> Item:
    """Return a tool request that is not held out, beside tools that are not held out."""
    names = seen_names()
    while True:
        item = toolcalls.call(rng, rng.choice(names), names)
        if not toolcalls.is_held_out(item):
            return item


def seen_talk(rng: random.Random) -> Item:
    """Return small talk that is not held out."""
    while True:
        item = chat.small_talk(rng)
        if not chat.is_held_out(item):
            return item
