"""The verdict of BFCL's own checker on decoded calls, its bugs included: calls, tools and accepted sets in, bool out.

Kept apart from our rules, so that a figure can be laid beside the leaderboard's. What differs from ours, on purpose:
parallel calls are matched greedily; texts are compared without ` ,./-_*^` and case, so that "-5" is "5"; an empty list
or text passes for an argument that may be left away; inner objects are read one level deep; only the first level takes
an int for a float. Where that checker would crash, the verdict is False.
Types are told from the normalised schema, which maps BFCL's names one to one (no type at all is its `any`).
Does not know raw text. Source: ShishirPatil/gorilla, bfcl_eval/eval_checker/ast_eval/ast_checker.py, 2026-03, Python
categories; the rules as that file has them, written anew.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sfteval.types import Json

IGNORED = re.compile(r"[ ,./\-_*^]")
PYTHON_TYPES: dict[Any, type[Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
    "object": dict,
    None: str,
}
CRASHES = (AttributeError, IndexError, KeyError, OverflowError, TypeError)
Call = tuple[str, Any]  # name and arguments


def bfcl_verdict(calls: Sequence[Call], wanted: Sequence[Call], schemas: Mapping[str, Json]) -> bool:
    """Return whether the published checker passes these calls; `wanted` holds a name and its accepted set each."""
    if len(calls) != len(wanted):
        return False
    taken: set[int] = set()
    for name, accepted in wanted:
        try:
            index = _first_that_passes(calls, taken, name, accepted, schemas[name])
        except CRASHES:
            return False
        if index is None:
            return False
        taken.add(index)
    return True


def _first_that_passes(calls: Sequence[Call], taken: set[int], name: str, accepted: Json, schema: Json) -> int | None:
    for index, (called, arguments) in enumerate(calls):
        if index not in taken and called == name and _passes(arguments, accepted, schema):
            return index
    return None


def _passes(arguments: Json, accepted: Json, schema: Json) -> bool:
    properties = schema.get("properties", {})
    if any(key not in arguments for key in schema.get("required", ())):
        return False
    for key, value in arguments.items():
        if key not in properties or key not in accepted:
            return False
        if not _passes_argument(value, accepted[key], properties[key]):
            return False
    return all(key in arguments or "" in values for key, values in accepted.items())


def _passes_argument(value: Any, accepted: Any, schema: Json) -> bool:
    kind = _kind(schema)
    inner = _kind(schema["items"]) if kind is list and "items" in schema else None
    if kind is float and type(value) is int:
        value = float(value)
    has_type, is_variable = _has_type(value, accepted, kind, inner)
    if not has_type:
        return False
    if not is_variable:
        if kind is dict:
            return _passes_object(value, accepted)
        if kind is list and inner is dict:
            return _passes_objects(value, accepted)
        if kind is str:
            return _standard(value) in [_standard(one) for one in accepted if type(one) is str]
        if kind is list:
            return [_standard(one) for one in value] in [[_standard(one) for one in entry] for entry in accepted]
    return value in accepted


def _kind(schema: Json) -> type[Any]:
    named = schema.get("type")
    if isinstance(named, list):  # beyond what that checker knows: the first type that is not null
        named = next((one for one in named if one != "null"), None)
    return PYTHON_TYPES[named]


def _has_type(value: Any, accepted: Any, kind: type[Any], inner: type[Any] | None) -> tuple[bool, bool]:
    """Return whether the type is right, and whether the value stands for a variable: of the answer's type instead."""
    answered = next((type(one) for one in accepted if one != ""), None)
    is_variable = answered is not None and answered is not kind
    if type(value) is kind:
        fits = inner is None or any(_fits_inside(value, one, inner) for one in accepted)
        return fits, is_variable
    return answered is not None and type(value) is answered, True


def _fits_inside(value: Sequence[Any], accepted: Any, inner: type[Any]) -> bool:
    """Tell whether every entry is of the inner type, or of the type of this accepted list's own."""
    return type(accepted) is not list or all(_has_type(entry, accepted, inner, None)[0] for entry in value)


def _passes_object(value: Any, accepted: Sequence[Any]) -> bool:
    return any(one != "" and _is_object(value, one) for one in accepted)


def _is_object(value: Any, accepted: Any) -> bool:
    for key, entry in value.items():
        if key not in accepted:
            return False
        values = [_standard(accepted[key][place]) for place in range(len(accepted[key]))]
        if _standard(entry) not in values:
            return False
    return all(key in value or "" in values for key, values in accepted.items())


def _passes_objects(value: Any, accepted: Sequence[Any]) -> bool:
    return any(
        len(value) == len(one) and all(_passes_object(entry, [one[place]]) for place, entry in enumerate(value))
        for one in accepted
    )


def _standard(value: Any) -> Any:
    """Return a text as that checker compares it; anything else as it is."""
    return IGNORED.sub("", value).lower().replace("'", '"') if type(value) is str else value
