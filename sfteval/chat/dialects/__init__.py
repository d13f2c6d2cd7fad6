"""The catalogue of tool-call dialects: raw text in, attempted calls with character spans out.

A dialect is one module with two functions over `text[start:end]`, both with positions in the whole text:
`attempts` reads every attempted call, `openings` only says where one begins (for a think region, in which a call is
never a call). Does not know what a think block is, which tools were offered, or what was expected.
"""

from types import ModuleType
from typing import Protocol

from sfteval.chat.dialects import hermes
from sfteval.errors import ConfigurationError, nearest
from sfteval.types import ToolCall

DIALECTS: dict[str, ModuleType] = {"hermes": hermes}


class Dialect(Protocol):
    """What a module in the catalogue offers; `hermes` is the model to follow."""

    def attempts(self, text: str, start: int, end: int) -> list[ToolCall]:
        """Read every attempted call that begins in `text[start:end]`."""
        ...

    def openings(self, text: str, start: int, end: int) -> list[int]:
        """Return where an attempted call begins in `text[start:end]`."""
        ...


def dialect_named(name: str) -> Dialect:
    """Return the dialect of this name."""
    if name not in DIALECTS:
        raise ConfigurationError(
            "dialect", expected="a known tool-call dialect", got=f'"{name}"', next_move=nearest(name, DIALECTS)
        )
    return DIALECTS[name]
