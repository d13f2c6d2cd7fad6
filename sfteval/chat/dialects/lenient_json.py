"""What a forgiving reader makes of a broken call: its raw text in, a name and arguments out, or None. A diagnosis.

Takes single quotes, `True` and `None`, `NaN`, bare keys, comments, commas too many, line ends within strings, brackets
that never close, duplicate keys (the last one wins), code fences and text around. Never part of a score: it tells a
model that nearly knows the format from one that does not. Bounded in length and depth, so that it is linear.
Does not know tags, dialects or tools.
"""

import re
from typing import Any

from sfteval.types import Json

MAX_LENGTH = 16_384
MAX_DEPTH = 64
SKIPPED = re.compile(r"(?:\s|//[^\n]*+|#[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)*+")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"?|\'((?:[^\'\\]|\\.)*+)\'?', re.DOTALL)
BARE = re.compile(r"[^\s,:{}\[\]\"'<]++")
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
WORDS = {"true": True, "false": False, "null": None, "none": None, "undefined": None}
NUMBER = re.compile(r"[+-]?(?:\d{1,300}+(?:\.\d{0,300}+)?|\.\d{1,300}+)(?:[eE][+-]?\d{1,3}+)?")
NAMES, ARGUMENTS = ("name", "function", "tool", "tool_name"), ("arguments", "parameters", "args", "input")


class _UnreadableError(Exception):
    """Not even a forgiving reader makes anything of it."""


def read_leniently(raw: str, name: str = "") -> Json | None:
    """Return `{"name", "arguments"}` as a forgiving reader would have read the call; None: it would not.

    `name` is that of a call whose name stands outside of the JSON.
    """
    raw = raw[:MAX_LENGTH].removesuffix("</tool_call>")
    start = raw.find("{")
    if start < 0:
        return None
    try:
        value, _ = _value(raw, start, 0)
    except _UnreadableError:
        return None
    return _envelope(value, name)


def _envelope(value: Any, name: str) -> Json | None:
    if not isinstance(value, dict):
        return None
    function = value.get("function")
    if isinstance(function, dict):
        value = function
    named = next((value[key] for key in NAMES if isinstance(value.get(key), str)), None)
    given = next((value[key] for key in ARGUMENTS if key in value), None)
    if named is None or given is None:
        return {"name": name, "arguments": value} if name and named is None else None
    if isinstance(given, str) and "{" in given:
        try:
            given = _value(given, given.find("{"), 0)[0]
        except _UnreadableError:
            return None
    return {"name": named, "arguments": given} if isinstance(given, dict) else None


def _skip(text: str, position: int) -> int:
    found = SKIPPED.match(text, position)
    return found.end() if found else position


def _value(text: str, position: int, depth: int) -> tuple[Any, int]:
    position = _skip(text, position)
    mark = text[position : position + 1]
    if depth > MAX_DEPTH or not mark or mark in ",:}]":
        raise _UnreadableError
    if mark == "{":
        return _object(text, position + 1, depth)
    if mark == "[":
        return _array(text, position + 1, depth)
    if mark in "\"'":
        return _text(text, position)
    bare = BARE.match(text, position)
    if bare is None:
        raise _UnreadableError
    return _word(bare[0]), bare.end()


def _object(text: str, position: int, depth: int) -> tuple[dict[str, Any], int]:
    out: dict[str, Any] = {}
    while (position := _skip(text, position)) < len(text):
        if text[position] == "}":
            return out, position + 1
        if text[position] == ",":
            position += 1
            continue
        if text[position] in "{[:]":
            raise _UnreadableError
        key, position = _value(text, position, depth + 1)
        position = _skip(text, position)
        if text[position : position + 1] != ":":
            break
        if _skip(text, position + 1) == len(text):
            break
        out[key if isinstance(key, str) else str(key)], position = _value(text, position + 1, depth + 1)
        if text.startswith("<", _skip(text, position)):  # the closing tag: the bracket is missing
            break
    return out, position


def _array(text: str, position: int, depth: int) -> tuple[list[Any], int]:
    out: list[Any] = []
    while (position := _skip(text, position)) < len(text):
        if text[position] == "]":
            return out, position + 1
        if text[position] == ",":
            position += 1
            continue
        if text[position] in ":}<":
            break
        entry, position = _value(text, position, depth + 1)
        out.append(entry)
    return out, position


def _text(text: str, position: int) -> tuple[str, int]:
    found = QUOTED.match(text, position)
    assert found is not None  # it begins with a quote, and its end may be missing
    inner = found[1] if found[1] is not None else found[2]
    return ESCAPE.sub(_unescaped, inner), found.end()


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else ESCAPED.get(code, code)


def _word(word: str) -> Any:
    if word.lower() in WORDS:
        return WORDS[word.lower()]
    if NUMBER.fullmatch(word) is None:
        return word
    return int(word) if word.lstrip("+-").isdigit() else float(word)
