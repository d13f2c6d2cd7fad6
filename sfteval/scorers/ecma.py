r"""A pattern of JSON Schema and a text in, whether the pattern is found out: as ECMA-262 reads it, in bounded time.

JSON Schema's patterns are ECMA-262's, which Python's engines read otherwise in a few places, most of which would accept
too much: `\d`, `\w` and `\b` are ASCII, `$` is the very end and not before a last line end, `.` stops at every line
end, and `\s` knows the byte order mark. Patterns are data and meet a model's text, so they run with a time limit.
Does not know schemas. Source: ECMA-262, 15th edition, section 22.2.2; JSON Schema 2020-12 validation, section 6.3.3.
"""

from functools import lru_cache

import regex

TIMEOUT_SECONDS = 0.1
_PIECE = regex.compile(r"\\.|[\[\].$]", regex.DOTALL)
# What stands in a class; each ends with a range, so that a dash behind it is a dash.
_WITHIN_CLASS = {
    r"\d": "0-9",
    r"\D": r"\x00-\x2f\x3a-\U0010ffff",
    r"\w": "_0-9A-Za-z",
    r"\W": r"\x60\x00-\x2f\x3a-\x40\x5b-\x5e\x7b-\U0010ffff",
    r"\s": r"\x20\xa0\u1680\u202f\u205f\u3000\ufeff\x09-\x0d\u2028-\u2029\u2000-\u200a",
    r"\S": (
        r"\x00-\x08\x0e-\x1f\x21-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e"
        r"\u2060-\u2fff\u3001-\ufefe\uff00-\U0010ffff"
    ),
}
_WORD = "[0-9A-Za-z_]"
_OUTSIDE = {name: f"[{members}]" for name, members in _WITHIN_CLASS.items()} | {
    "$": r"\Z",
    ".": r"[^\n\r\u2028\u2029]",
    r"\b": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    r"\B": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}


def found(pattern: str, text: str) -> bool:
    """Search for a pattern from data; a text on which the time runs out does not match.

    Raises: regex.error for a pattern that is none.
    """
    try:
        return compiled(pattern).search(text, timeout=TIMEOUT_SECONDS) is not None
    except TimeoutError:
        return False


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> "regex.Pattern[str]":
    """Return the pattern for Python's engine.

    Raises: regex.error for a pattern that is none.
    """
    pieces, end, within_class = [], 0, False
    for piece in _PIECE.finditer(pattern):
        pieces.append(pattern[end : piece.start()])
        end = piece.end()
        pieces.append((_WITHIN_CLASS if within_class else _OUTSIDE).get(piece[0], piece[0]))
        within_class = piece[0] == "[" or (within_class and piece[0] != "]")
    return regex.compile("".join((*pieces, pattern[end:])))
