"""The catalogue of tool-call dialects: raw text in, attempted calls with character spans out.

A dialect is one module with two functions over `text[start:end]`, both with positions in the whole text: `attempts`
reads every attempted call, `openings` only says where one begins (for a think region, in which a call is never a
call). It may add what is wrong with the turn as a whole and where the final answer stands. One line here for each.
Does not know what a think block is, which tools were offered, or what was expected.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sfteval.chat.dialects import hermes, llama3_json, mistral, qwen3_xml, react
from sfteval.chat.dialects.lenient_json import read_leniently
from sfteval.errors import ConfigurationError, nearest
from sfteval.types import Fault, Json, ToolCall


def no_faults(text: str, start: int, end: int) -> list[Fault]:
    """Find nothing wrong with a turn: calls of this dialect stand alone."""
    return []


def no_final_answer(text: str, start: int, end: int) -> str | None:
    """Mark no final answer: it is the text around the calls."""
    return None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How calls are written, and what gives it away where nobody told (`hint`)."""

    name: str
    hint: re.Pattern[str]
    attempts: Callable[[str, int, int], list[ToolCall]]
    openings: Callable[[str, int, int], list[int]]
    lenient: Callable[[str, str], Json | None] = read_leniently
    turn_faults: Callable[[str, int, int], list[Fault]] = no_faults
    final_answer: Callable[[str, int, int], str | None] = no_final_answer


XML = re.compile(r"<tool_call>\s*+<function=|<function=(?<![^\n]<function=)[^<>\n]{1,200}+>")
LLAMA = re.compile(
    r'<\|python_tag\|>|\A\s*+\{\s*+(?:"type"\s*+:\s*+"function"\s*+,\s*+)?'
    r'"name"\s*+:\s*+"[^"\\]{1,200}+"\s*+,\s*+"parameters"\s*+:'
)
REACT = re.compile(
    r"Action:(?<![^\n]Action:)[^\n]*+\n++Action Input:|\A\s*+Thought:[^\n]*+(?:\n(?!Action:)[^\n]*+)*+\nAction:"
)
CATALOGUE = (
    Dialect("hermes", re.compile(r"<tool_call>(?!\s*+<function=)"), hermes.attempts, hermes.openings),
    Dialect("qwen3_xml", XML, qwen3_xml.attempts, qwen3_xml.openings, qwen3_xml.read_leniently),
    Dialect("llama3_json", LLAMA, llama3_json.attempts, llama3_json.openings),
    Dialect("mistral", re.compile(r"\[TOOL_CALLS\]"), mistral.attempts, mistral.openings),
    Dialect(
        "react", REACT, react.attempts, react.openings, turn_faults=react.turn_faults, final_answer=react.final_answer
    ),
)
DIALECTS = {dialect.name: dialect for dialect in CATALOGUE}
DEFAULT = CATALOGUE[0]


def dialect_named(name: str) -> Dialect:
    """Return the dialect of this name."""
    if name not in DIALECTS:
        raise ConfigurationError(
            "dialect", expected="a known tool-call dialect", got=f'"{name}"', next_move=nearest(name, DIALECTS)
        )
    return DIALECTS[name]


def guessed(text: str) -> Dialect:
    """Return the dialect whose hint comes first in a text without its thoughts; hermes where there is none."""
    found = [(match.start(), place) for place, one in enumerate(CATALOGUE) if (match := one.hint.search(text))]
    return CATALOGUE[min(found)[1]] if found else DEFAULT
