"""Where every value of a JSON text stands: valid JSON in, the position of each path out, in one walk.

A path is the keys and indices that lead to a value; the whole value has the empty one. Of a key that stands twice the
last place counts. Does not check the JSON, and knows no schema.
"""

import json
import re
from collections.abc import Mapping

from sfteval.jsontext.path import STRING

Path = tuple[str | int, ...]

TOKEN = re.compile(STRING + r'(\s*+:)?|[{}\[\],]|[^\s{}\[\],:"]++', re.DOTALL)


def places(text: str, start: int, end: int) -> dict[Path, int]:
    """Return where each value of the JSON in `text[start:end]` begins."""
    found: dict[Path, int] = {}
    steps: list[str | int] = []  # of each open bracket: the key or the index that is being written
    for token in TOKEN.finditer(text, start, end):
        mark = token[0][0]
        if token[1] is not None:
            steps[-1] = json.loads(token[0][: -len(token[1])], strict=False)
        elif mark == ",":
            last = steps[-1]
            steps[-1] = last + 1 if isinstance(last, int) else last
        elif mark in "}]":
            steps.pop()
        else:
            found[tuple(steps)] = token.start()
            if mark in "{[":
                steps.append("" if mark == "{" else 0)
    return found


def nearest_place(path: Path, known: Mapping[Path, int]) -> int:
    """Return where a path stands, or what would hold it where it is not there; -1: nothing is known."""
    for length in range(len(path), -1, -1):
        if path[:length] in known:
            return known[path[:length]]
    return -1
