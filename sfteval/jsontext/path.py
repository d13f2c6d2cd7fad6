"""Where in a JSON value a character stands: broken JSON and a position in, a path as `$.arguments.items[2]` out.

Walks the brackets, keys and commas before the position, once, and needs no valid JSON. Does not judge the value.
Source: RFC 9535 for how a path is written.
"""

import re
from collections.abc import Sequence

DEEPEST = 64
LONGEST = 200  # characters of a path
LONGEST_KEY = 40
STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
TOKEN = re.compile(STRING + r'(\s*+:)?|"[^"\\]*+(?:\\.[^"\\]*+)*+\\?\Z|[{}\[\],]', re.DOTALL)
PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*+", re.ASCII)


def json_path(text: str, start: int, position: int) -> str:
    """Return the path of the entry that is being written at `position`, of the value that begins at `start`."""
    steps: list[str | int | None] = []  # of each open bracket: the key, the index, or None where a key is still to come
    for token in TOKEN.finditer(text, start, position):
        mark = token[0][0]
        if mark in "{[":
            steps.append(None if mark == "{" else 0)
        elif not steps or len(steps) > DEEPEST:
            break
        elif mark in "}]":
            steps.pop()
        elif mark == ",":
            last = steps[-1]
            steps[-1] = last + 1 if isinstance(last, int) else None
        elif token[1] is not None and not isinstance(steps[-1], int):
            steps[-1] = token[0][1 : -len(token[1]) - 1]
    return ("$" + "".join(step_text(step) for step in steps if step is not None))[:LONGEST]


def path_text(path: Sequence[str | int]) -> str:
    """Return a path as people write it: `$.orders[0].price`."""
    return ("$" + "".join(map(step_text, path)))[:LONGEST]


def step_text(step: str | int) -> str:
    """Return one step of a path."""
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step[:LONGEST_KEY]}" if PLAIN_KEY.fullmatch(step) else f'["{step[:LONGEST_KEY]}"]'
