"""Arguments that were written as texts, typed by the tool's schema: a call in, the same call with JSON values out.

XML dialects write every value as text, numbers and truth values as Python or JSON would. A text that is not of the
declared type stays a text, so that the schema check names it. Does not judge.
Source: the value rules of Qwen3-Coder's template, which writes objects and lists as JSON and everything else as text.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sfteval.jsontext.strict import StrictReader
from sfteval.scorers.tool_schemas import Tool
from sfteval.types import ToolCall

INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,300})", re.ASCII)
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,300})(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
WORDS = {"true": True, "True": True, "false": False, "False": False}
MAX_JSON = 65_536  # characters of one value


def typed(call: ToolCall, tools: Mapping[str, Tool]) -> ToolCall:
    """Return the call with every text of the type that its tool declares; calls of JSON dialects stay as they are."""
    if not call.as_text or call.arguments is None or call.name not in tools:
        return call
    properties = tools[call.name].schema.get("properties", {})
    return replace(call, arguments={key: _value(text, properties.get(key, {})) for key, text in call.arguments.items()})


def _value(text: Any, schema: Any) -> Any:
    declared = schema.get("type") if isinstance(schema, Mapping) else None
    kinds = declared if isinstance(declared, list) else [declared]
    if declared is None:
        kinds = _kinds_of(schema)
    for kind in kinds:
        if kind == "null" and text in ("null", "None"):
            return None
        if kind == "boolean" and text in WORDS:
            return WORDS[text]
        if kind == "integer" and INTEGER.fullmatch(text):
            return int(text)
        if kind in ("number", "integer") and NUMBER.fullmatch(text) and math.isfinite(float(text)):
            return int(text) if INTEGER.fullmatch(text) else float(text)
        if kind in ("object", "array") and len(text) <= MAX_JSON:
            return _json(text)
    return text


def _kinds_of(schema: Any) -> list[Any]:
    """Return the types that the values of an enum have; none for a schema that says nothing."""
    if not isinstance(schema, Mapping):
        return []
    values = schema.get("enum", ())
    names: dict[type, str] = {bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return [names[type(value)] for value in values if type(value) in names]


def _json(text: str) -> Any:
    """Return the value of a text that is strict JSON; any other text as it is."""
    read = StrictReader().read(text, len(text) - len(text.lstrip(" \t\n\r")), len(text))
    return text if read.problem or text[read.end :].strip(" \t\n\r") else read.value
