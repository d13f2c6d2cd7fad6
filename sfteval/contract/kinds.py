"""The place where two prompts part in, what kind of drift it is out: told from the texts and from what the probe says.

An argument of a call, a tool's name, reasoning, a date, what stands before the conversation's first words. The kinds
are tried from the most telling to the least. Does not know who rendered, nor what follows from it.
Source: kinds of drift, research/tools_agents_templates.md 3.2.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from sfteval.contract.probes import Probe
from sfteval.types import Json

LONGEST_LABEL = 30  # characters beside a date on its line: "Current date: "

THINK_TAGS = re.compile(r"</?think(?:ing)?>|\[/?THINK\]", re.IGNORECASE)
OPENING_THINK = re.compile(r"<think(?:ing)?>|\[THINK\]", re.IGNORECASE)
TOOL_WORDS = re.compile(r"\btools?\b|\bfunctions?\b|AVAILABLE_TOOLS", re.IGNORECASE)
SYSTEM_TURN = re.compile(r"system|developer|<<SYS>>", re.IGNORECASE)
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
DATE = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}\.? {MONTH},? \d{{4}}|{MONTH} \d{{1,2}},? \d{{4}}|\d{{1,2}}/\d{{1,2}}/\d{{2,4}}"
)


class Kind(StrEnum):
    """What part of a prompt differs."""

    BOS = "bos"
    SYSTEM_DEFAULT = "system default"
    TOOLS_BLOCK = "tools block"
    THINK_BLOCK = "think block"
    DATE = "date"
    WHITESPACE = "whitespace"
    ARGUMENTS = "arguments"
    GENERATION_PROMPT = "generation prompt"
    TOKENIZER = "tokenizer"  # the same text, cut into other tokens
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Parting:
    """Two texts, the place at which they part, and what stands in the one instead of in the other."""

    expected: str
    found: str
    place: int
    instead: tuple[str, str]
    turn: str  # what both share of the turn in which they part

    @property
    def shared(self) -> str:
        """What both say before."""
        return self.expected[: self.place]

    @property
    def both(self) -> str:
        """What only one of them says, on either side."""
        return "\0".join(self.instead)

    @property
    def lines(self) -> list[str]:
        """The rest of the line in which something stands that the other side does not have."""
        sides = zip((self.expected, self.found), self.instead, strict=True)
        return [text[self.place :].partition("\n")[0] for text, instead in sides if instead]


def same_but_for_dates(expected: str, found: str) -> bool:
    """Return whether two texts are the same once every date is taken out of them."""
    return DATE.sub("", expected) == DATE.sub("", found)


def kind_of(parting: Parting, probe: Probe, closed: str) -> Kind:
    """Return the first kind that fits; `closed` is the expected text without its generation prompt."""
    if _is_date(parting):
        return Kind.DATE
    if _is_think(parting, probe):
        return Kind.THINK_BLOCK
    if _is_generation_prompt(parting, probe, closed):
        return Kind.GENERATION_PROMPT
    opening = _in_opening(parting, probe)
    if not opening and _is_in_arguments(parting, probe):
        return Kind.ARGUMENTS
    if opening and probe.tools and _is_of_tools(parting, probe):
        return Kind.TOOLS_BLOCK
    if all(not text.strip() for text in parting.instead):
        return Kind.WHITESPACE
    return Kind.SYSTEM_DEFAULT if opening and _is_system_default(parting, probe) else Kind.OTHER


def _is_date(parting: Parting) -> bool:
    inside = (
        any(match.start() <= parting.place < match.end() for match in DATE.finditer(text))
        for text in (parting.expected, parting.found)
    )
    return all(inside) or any(_is_dated_line(text) for text in parting.instead)


def _is_dated_line(text: str) -> bool:
    return DATE.search(text) is not None and len(DATE.sub("", text).strip()) <= LONGEST_LABEL


def _is_think(parting: Parting, probe: Probe) -> bool:
    tags = list(THINK_TAGS.finditer(parting.shared))
    is_open = bool(tags) and OPENING_THINK.fullmatch(tags[-1].group()) is not None
    thoughts = (message.reasoning_content for message in probe.messages if message.reasoning_content)
    return is_open or THINK_TAGS.search(parting.both) is not None or any(text in parting.both for text in thoughts)


def _is_generation_prompt(parting: Parting, probe: Probe, closed: str) -> bool:
    if not probe.add_generation_prompt:
        return parting.place >= len(parting.expected) and bool(parting.instead[1].strip())
    return bool(closed) and parting.expected.startswith(closed) and parting.place >= len(closed)


def _first_words(probe: Probe) -> str:
    return next((message.content for message in probe.messages if message.role != "system" and message.content), "")


def _in_opening(parting: Parting, probe: Probe) -> bool:
    """Return whether the texts part before the first words of the conversation that are no system message."""
    said = parting.expected.find(_first_words(probe))
    return said < 0 or parting.place <= said


def _is_of_tools(parting: Parting, probe: Probe) -> bool:
    names = [tool["function"]["name"] for tool in probe.tools]
    around = "\0".join((parting.turn, parting.both, *parting.lines))
    return TOOL_WORDS.search(around) is not None or any(name in around for name in names)


def _is_in_arguments(parting: Parting, probe: Probe) -> bool:
    """Return whether the texts part behind the name of a call and before the last of its arguments' values."""
    calls = [call["function"] for message in probe.messages for call in message.tool_calls]
    begun = [(parting.turn[parting.turn.find(call["name"]) :], call) for call in calls if call["name"] in parting.turn]
    return any(not _is_spoken(call["arguments"], text) for text, call in begun)


def _is_spoken(arguments: Json, text: str) -> bool:
    return all(
        str(value) in text or any(json.dumps(value, ensure_ascii=ascii) in text for ascii in (False, True))
        for value in arguments.values()
    )


def _is_system_default(parting: Parting, probe: Probe) -> bool:
    """Return whether words of the template's own stand in a system turn of one side only."""
    loses_words = any(message.content in parting.both for message in probe.messages if message.content)
    return not loses_words and SYSTEM_TURN.search(parting.turn + parting.both) is not None
