"""Errands of a small world: tools named by a verb and a noun, whose result is one word.

State: `{"done": [{"tool", "arguments"}], "full": ["table Eve"]}`; what is `full` stays undone. The tools are written
as models of a few million parameters were shown them (no descriptions, one or two arguments), so that even those can
speak them. Does not know what an errand costs.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sfteval.agents.service import Service, ServiceTool, State

MAX_DONE = 100
NOUNS: Mapping[str, tuple[str, ...]] = {
    "hotel": ("city", "count"),
    "train": ("city", "day"),
    "table": ("name", "count"),
    "room": ("count",),
    "car": ("city",),
    "meal": ("day", "count"),
    "ticket": ("name",),
    "visit": ("day",),
}
VERBS = ("book", "cancel", "order", "check")


def carry_out(tool: str, state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Do an errand and say in one word what came of it; to check something changes nothing."""
    verb, noun = tool.split("_")
    is_full = f"{noun} {arguments[NOUNS[noun][0]]}" in state["full"]
    if verb == "check":
        return state, "full" if is_full else "free"
    if is_full or len(state["done"]) >= MAX_DONE:
        return state, "full"
    return {**state, "done": [*state["done"], {"tool": tool, "arguments": dict(arguments)}]}, "done"


def parameters(noun: str) -> dict[str, Any]:
    """Return the schema of an errand's arguments, as such models know it."""
    properties = {name: {"type": "integer" if name == "count" else "string"} for name in NOUNS[noun]}
    return {"type": "object", "properties": properties, "required": list(NOUNS[noun])}


SERVICE = Service(
    name="errands",
    about="Errands whose result is one word.",
    tools=tuple(
        ServiceTool(f"{verb}_{noun}", "", parameters(noun), partial(carry_out, f"{verb}_{noun}"))
        for verb in VERBS
        for noun in NOUNS
    ),
    state={
        "type": "object",
        "properties": {
            "done": {"type": "array", "items": {"type": "object"}},
            "full": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["done", "full"],
        "additionalProperties": False,
    },
)
