"""A server's own reading of its answer: what it took apart in, calls with arguments as JSON out.

Kept beside our reading of the raw text, so that a parser that loses a call or makes one up can be told from a model
that does. What the server says is data: arguments that are not strict JSON stay a text. Does not compare.
"""

import json
from collections.abc import Mapping
from typing import Any

from sfteval.jsontext.strict import StrictReader
from sfteval.types import Json

MAX_CALLS = 1024


def server_calls(server: Json) -> tuple[Json, ...] | None:
    """Return `{"name", "arguments"}` of each call that the server found; None: it took nothing apart."""
    if not server:
        return None
    listed = server.get("tool_calls") or ()
    calls = listed[:MAX_CALLS] if isinstance(listed, list | tuple) else ()
    return tuple(_call(call) for call in calls)


def _call(call: Any) -> Json:
    function = call.get("function", call) if isinstance(call, Mapping) else {}
    function = function if isinstance(function, Mapping) else {}
    name = function.get("name")
    return {"name": name if isinstance(name, str) else "", "arguments": _arguments(function.get("arguments"))}


def _arguments(given: Any) -> Any:
    if not isinstance(given, str):
        try:
            given = json.dumps(given, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            return None
    text = given.strip()
    read = StrictReader().read(text, 0, len(text))
    return read.value if read.problem is None and read.end == len(text) else given
