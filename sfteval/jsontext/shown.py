"""What a model wrote, made safe to show: a text in, the same text with its control characters as pictures out.

One for one, so that nothing moves and nothing is acted upon. Does not know faults.
"""

EXCERPT = 30  # characters on either side
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
