"""A template in, the conversations out by which chat formats are told apart.

Every way of a template that training or asking takes: roles, history, thought, tools, calls, results, unusual text,
switches of thinking, and the end of a prompt. Ids of calls have the form that the strictest templates ask for. Does not
render anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sfteval.chat import ChatTemplate
from sfteval.types import Json, Message

SWITCHES = ("enable_thinking", "thinking", "preserve_thinking")  # variables of templates that are true or false
EFFORTS = ("low", "high")  # of `reasoning_effort`


@dataclass(frozen=True, slots=True)
class Probe:
    """One conversation and how it is rendered."""

    name: str
    messages: tuple[Message, ...]
    tools: tuple[Json, ...] = ()
    template_kwargs: Json = field(default_factory=dict)  # go before the checkpoint's own
    add_generation_prompt: bool = True


def _call(number: int, name: str, /, **arguments: Any) -> Json:
    return {"id": f"call0000{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


def _result(number: int, name: str, content: str) -> Message:
    return Message("tool", content, name=name, tool_call_id=f"call0000{number}")


def _tool(name: str, description: str, /, **properties: Json) -> Json:
    parameters = {"type": "object", "properties": properties, "required": list(properties)[:1]}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


SYSTEM = Message("system", "Answer in one short sentence.")
ASKED = Message("user", "How many legs have two cats?")
ANSWERED = Message("assistant", "Two cats have eight legs.")
THOUGHT = Message("assistant", "Two cats have eight legs.", reasoning_content="One cat has four legs, so eight.")
ASKED_AGAIN = Message("user", "And three cats?")
UNUSUAL = Message("user", "Grüße aus 東京 🎐, naïve ½ – \u00a0“quoted” \\n <b>& {{ braces }}")
TOOLS = (
    _tool(
        "count_legs",
        "Count the legs of animals, any number of them",
        animal={"type": "string", "description": "Its name in the singular"},
        number={"type": "integer"},
    ),
    _tool("look_up", "Look a word up", word={"type": "string", "enum": ["cat", "größte"]}),
)
ONE_CALL = Message("assistant", "", tool_calls=(_call(1, "count_legs", animal="cat", number=2),))
TWO_CALLS = Message(
    "assistant", "", tool_calls=(_call(1, "count_legs", animal="cat", number=2), _call(2, "look_up", word="cat"))
)
THOUGHT_CALL = Message("assistant", "", reasoning_content="The tool counts for me.", tool_calls=ONE_CALL.tool_calls)
UNUSUAL_CALL = Message(
    "assistant",
    "",
    tool_calls=(_call(1, "look_up", word='größte "東京"\n🎐', exact=True, depth=1.5, tags=["a", None], more={}),),
)
EIGHT = _result(1, "count_legs", '{"legs": 8}')

EVERYDAY = (
    Probe("plain", (ASKED,)),
    Probe("system", (SYSTEM, ASKED)),
    Probe("multi-turn", (SYSTEM, ASKED, ANSWERED, ASKED_AGAIN)),
    Probe("no generation prompt", (ASKED, ANSWERED, ASKED_AGAIN), add_generation_prompt=False),
    Probe("finished answer", (ASKED, ANSWERED), add_generation_prompt=False),
    Probe("answer continued", (ASKED, ANSWERED)),
    Probe("think in history", (ASKED, THOUGHT, ASKED_AGAIN)),
    Probe("tool definitions", (ASKED,), TOOLS),
    Probe("tools and system", (SYSTEM, ASKED), TOOLS),
    Probe("call", (ASKED, ONE_CALL), TOOLS, add_generation_prompt=False),
    Probe("tool result", (ASKED, ONE_CALL, EIGHT), TOOLS),
    Probe("think before a call", (ASKED, THOUGHT_CALL, EIGHT), TOOLS),
    Probe("parallel calls", (ASKED, TWO_CALLS, EIGHT, _result(2, "look_up", "an animal")), TOOLS),
    Probe("unicode", (UNUSUAL,)),
    Probe("unicode arguments", (UNUSUAL, UNUSUAL_CALL, _result(1, "look_up", "größer 🎐")), TOOLS),
    Probe("empty content", (ASKED, Message("assistant", ""), ASKED_AGAIN)),
)


def probes_for(*templates: ChatTemplate) -> tuple[Probe, ...]:
    """Return the probes, with those of the switches that any of the templates reads."""
    known = frozenset().union(*(template.variables() for template in templates))
    return EVERYDAY + tuple(_switched(known))


def _switched(known: frozenset[str]) -> Sequence[Probe]:
    values: list[tuple[str, Any]] = [(name, value) for name in SWITCHES if name in known for value in (True, False)]
    values += [("reasoning_effort", value) for value in EFFORTS if "reasoning_effort" in known]
    return [
        Probe(f"{name} = {str(value).lower()}", (ASKED, THOUGHT, ASKED_AGAIN), template_kwargs={name: value})
        for name, value in values
    ]
