"""One fault of one call: a text, a code and a position in, a Fault with its surroundings out, at a bounded cost.

The line and the token are filled in later (`chat.places`), once for all faults of an answer. Does not know dialects.
"""

from sfteval.jsontext.shown import excerpt_at, printable
from sfteval.types import Fault

__all__ = ["LONGEST_MESSAGE", "excerpt_at", "fault_at", "printable"]

LONGEST_MESSAGE = 300


def fault_at(text: str, code: str, layer: str, message: str, position: int, path: str = "") -> Fault:
    """Return the fault of this code at a character of the text."""
    return Fault(code, layer, printable(message[:LONGEST_MESSAGE]), position, excerpt_at(text, position), path=path)
