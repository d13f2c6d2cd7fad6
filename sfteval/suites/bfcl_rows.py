"""BFCL's rows as rows of ours: an item and its possible answer in, prompt, tools and target out.

Reads the single-turn Python categories (simple, multiple, parallel, parallel_multiple, irrelevance, relevance, live or
not), which the id names. Types become JSON Schema's own. Where an answer may be is `accepted`, in BFCL's own form; an
item about irrelevance expects no call, one about relevance some call. The rows themselves are not ours: they are read
by path, never shipped. Does not know files or scorers.
Source: ShishirPatil/gorilla, bfcl_eval/data, BFCL v4 (Apache-2.0).
"""

import re
from collections.abc import Mapping
from typing import Any

from sfteval.errors import DataError
from sfteval.scorers.schema_forms import normalised
from sfteval.types import Json

LIVE = re.compile(r"live_\w+_\d{1,9}-(\d{1,9})-\d{1,9}")  # the middle number is the set of tools
NEXT_MOVE = "Take the files of BFCL v4 as they were published"


def bfcl_sample(item: Json, possible_answer: Json | None = None) -> dict[str, Any]:
    """Return the row of a BFCL item; `possible_answer` is its line of `possible_answer/`, None where there is none.

    Raises: DataError for an item of another form: several turns, no tools, an answer of another item.
    """
    name = item.get("id")
    if not isinstance(name, str) or "_" not in name:
        raise _wrong("BFCL", 'an "id" that names a category', name)
    category = name.rsplit("_", 1)[0]
    mode = _mode(category)
    offers_none = mode == "irrelevance" and item.get("function") == []  # published so: nothing can be called
    tools = [] if offers_none else [_tool(function, name) for function in _listed(item, "function", name)]
    row: dict[str, Any] = {
        "id": name,
        "messages": _messages(item, name),
        "tools": tools,
        "target": {"mode": mode, "calls": _calls(possible_answer, name)} if "relevance" not in mode else _none(mode),
        "metadata": {"category": category},
    }
    live = LIVE.fullmatch(name)
    return row | ({"cluster": f"{category}-{live[1]}"} if live else {})


def _mode(category: str) -> str:
    return next((one for one in ("irrelevance", "relevance", "parallel", "multiple") if one in category), "simple")


def _none(mode: str) -> dict[str, Any]:
    return {"mode": mode, "calls": []} if mode == "irrelevance" else {"mode": mode}


def _messages(item: Json, name: str) -> list[dict[str, str]]:
    turns = _listed(item, "question", name)
    if len(turns) != 1 or not isinstance(turns[0], list) or not all(isinstance(one, Mapping) for one in turns[0]):
        raise _wrong(name, "one turn of messages", turns)
    return [{"role": str(one.get("role")), "content": str(one.get("content"))} for one in turns[0]]


def _tool(function: Any, name: str) -> dict[str, Any]:
    if not isinstance(function, Mapping) or not isinstance(function.get("parameters"), Mapping):
        raise _wrong(name, "a function with parameters", function)
    kept = {key: function[key] for key in ("name", "description") if key in function}
    return {"type": "function", "function": kept | {"parameters": normalised(function["parameters"])}}


def _calls(possible_answer: Json | None, name: str) -> list[dict[str, Any]]:
    if possible_answer is None or possible_answer.get("id") != name:
        raise _wrong(name, "the possible answer of this item", possible_answer and possible_answer.get("id"))
    calls = []
    for truth in _listed(possible_answer, "ground_truth", name):
        if not isinstance(truth, Mapping) or len(truth) != 1:
            raise _wrong(name, "one call in each entry of ground_truth", truth)
        calls += [{"name": called, "accepted": accepted} for called, accepted in truth.items()]
    return calls


def _listed(source: Json, key: str, name: str) -> list[Any]:
    found = source.get(key)
    if not isinstance(found, list) or not found:
        raise _wrong(name, f'a list as "{key}"', found)
    return found


def _wrong(where: str, expected: str, got: object) -> DataError:
    return DataError(where, expected=expected, got=repr(got)[:80], next_move=NEXT_MOVE)
