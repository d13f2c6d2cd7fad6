"""One fault of one call: a text, a code and a position in, a Fault with its surroundings out, at a bounded cost.

What a model wrote is shown with its control characters as pictures, one for one, so that nothing moves and nothing is
acted upon. The line and the token are filled in later (`chat.places`), once for all faults of an answer.
Does not know dialects.
"""

from sfteval.types import Fault

EXCERPT = 30  # characters on either side
LONGEST_MESSAGE = 300
REPLACEMENT = 0xFFFD
DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))  # they turn what follows round
SHOWN = (
    {code: 0x2400 + code for code in range(0x20)}  # Unicode's pictures of control characters
    | {0x7F: 0x2421}
    | dict.fromkeys((*range(0x80, 0xA0), *DIRECTIONS, *range(0xD800, 0xE000)), REPLACEMENT)
)


def printable(text: str) -> str:
    """Return the text with every control character made visible, character for character."""
    return text.translate(SHOWN)


def excerpt_at(text: str, position: int) -> str:
    """Return up to `EXCERPT` characters on either side of a position, made visible."""
    return printable(text[max(0, position - EXCERPT) : position + EXCERPT])


def fault_at(text: str, code: str, layer: str, message: str, position: int, path: str = "") -> Fault:
    """Return the fault of this code at a character of the text."""
    return Fault(code, layer, printable(message[:LONGEST_MESSAGE]), position, excerpt_at(text, position), path=path)
