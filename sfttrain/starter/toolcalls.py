"""Requests that one of a few shown tools can serve, requests that need none, and replies to what a tool gave back.

A tool is a verb and a noun (`book_hotel`); the noun decides its one or two arguments. A fifth of all tools is unseen
outside the suite. Does not know how a call is written down: that is the chat template's work.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sfttrain.starter.chat import small_talk
from sfttrain.starter.items import Call, FollowUp, Item, one_in
from sfttrain.starter.reasoning import NAMES

HELD_OUT_SHARE = 5  # share of (tool, values) kept for the suite
UNSEEN_SHARE = 5  # share of tool names kept for the suite

VERBS = ("book", "find", "send", "open", "close", "order", "check", "move", "cancel", "show")
CITIES = ("Paris", "Rome", "Oslo", "Lima", "Cairo", "Delhi", "Tokyo", "Berlin", "Quito", "Dublin", "Madrid", "Boston")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
VALUES: Mapping[str, tuple[str | int, ...]] = {"city": CITIES, "day": DAYS, "name": NAMES, "count": tuple(range(2, 10))}
PHRASES: Mapping[str, str] = {"city": "in {}", "day": "on {}", "name": "with {}", "count": "for {}"}
NOUNS: Mapping[str, tuple[str, ...]] = {
    "hotel": ("city", "count"), "train": ("city", "day"), "table": ("name", "count"), "tour": ("city", "name"),
    "room": ("count",), "class": ("day", "name"), "car": ("city",), "meal": ("day", "count"),
    "ticket": ("name",), "visit": ("day",),
}  # fmt: skip
RESULTS = ("done", "full", "late", "ready", "closed", "free")


def all_names() -> list[str]:
    """Return every tool name of the starter world."""
    return [f"{verb}_{noun}" for verb in VERBS for noun in NOUNS]


def is_unseen(name: str) -> bool:
    """Return whether a tool appears in the suite only."""
    return one_in(UNSEEN_SHARE, f"tool {name}")


def is_held_out(item: Item) -> bool:
    """Return whether this call, with these values, is kept for the suite."""
    return one_in(HELD_OUT_SHARE, item.stem)


def definition(name: str) -> dict[str, Any]:
    """Return the tool's definition in OpenAI's form."""
    parameters = NOUNS[name.split("_")[1]]
    properties = {parameter: {"type": "integer" if parameter == "count" else "string"} for parameter in parameters}
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


def call(rng: random.Random, name: str, others: Sequence[str]) -> Item:
    """Return a request for the tool `name`, shown among up to two of `others`."""
    verb, noun = name.split("_")
    arguments = {parameter: rng.choice(VALUES[parameter]) for parameter in NOUNS[noun]}
    phrases = " ".join(PHRASES[parameter].format(value) for parameter, value in arguments.items())
    opening = rng.choice(("Please", "Can you", "Now"))
    values = ", ".join(f"{parameter} {value}" for parameter, value in arguments.items())
    return Item(
        source="toolcalls",
        user=f"{opening} {verb} the {noun} {phrases}.",
        reasoning=f"{verb} the {noun}. {values}.",
        answer="",
        stem=f"{name} {values}",
        target={"calls": [{"name": name, "arguments": arguments}]},
        metadata={"tool": name},
        tools=_shown(rng, [name], others),
        calls=(Call(name, arguments),),
    )


def with_result(rng: random.Random, item: Item) -> Item:
    """Return the request together with the tool's result and the reply to it."""
    result = rng.choice(RESULTS)
    noun = item.calls[0].name.split("_")[1]
    return replace(item, follow_up=FollowUp(result, f"the {noun} is {result}.", f"The {noun} is {result}."))


def no_call(rng: random.Random, others: Sequence[str]) -> Item:
    """Return small talk that is shown beside tools and needs none of them."""
    talk = small_talk(rng)
    return replace(talk, source="toolcalls", reasoning=f"no tool. {talk.reasoning}", tools=_shown(rng, [], others))


def _shown(rng: random.Random, names: list[str], others: Sequence[str]) -> tuple[dict[str, Any], ...]:
    rivals = [other for other in others if other not in names]
    shown = names + rng.sample(rivals, rng.randint(0 if names else 1, 2))
    rng.shuffle(shown)
    return tuple(definition(name) for name in shown)
