"""A row of tool calls in, its twins out: the same question in a world that is a little different.

A model that reads the tools that it is given answers both; one that knows them by heart answers the first. Each twin
differs in one thing (`PERTURBATIONS`), and its target with it. It has its original's cluster, and its metadata says
`twin_of` and `perturbation`. None where there is nothing to change, or where a message speaks of what would change.
Rows are as in a suite's data file, targets as `sfteval.scorers.calls.targets` has them. Pure: no row that is given
changes. Does not know which rows a suite twins. Source: research on tool calls, section 5, opening 5.
"""

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sfteval.suites.rows import sample_of
from sfteval.suites.toolcalls.enums import needed, other_accepted, other_arguments, other_schema

Row = dict[str, Any]
Function = dict[str, Any]  # a tool's definition, without OpenAI's wrapper

WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
PLAIN_WORD = re.compile(r"[a-z]+")


def twin(row: Mapping[str, Any], perturbation: str) -> Row | None:
    """Return the twin of a row by the name of a perturbation; None: this row has none."""
    original = copy.deepcopy({key: value for key, value in row.items() if value is not None})
    called = any(message.get("tool_calls") for message in original.get("messages", ()))
    if called or not original.get("tools") or not isinstance(original.get("target"), dict):
        return None  # what was called before would have to change too
    changed = PERTURBATIONS[perturbation](original)
    if changed is None:
        return None
    sample = sample_of(row, "a row to be twinned", "cluster")
    metadata = {**changed.get("metadata", {}), "twin_of": sample.id, "perturbation": perturbation}
    own = {"id": f"{sample.id}~{perturbation}", "metadata": metadata, "cluster": sample.cluster or sample.id}
    return changed | own


def twins(rows: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield every twin of every row, in order."""
    for row in rows:
        yield from (made for name in PERTURBATIONS if (made := twin(row, name)) is not None)


def renamed_tool(row: Row) -> Row | None:
    """Give every tool another name, in the target too: `book_table` becomes `table_book`."""
    taken = {function["name"] for function in _functions(row)}
    if any(_is_spoken_of(name, row) for name in taken):
        return None
    names: dict[str, str] = {}
    for name in sorted(taken):
        names[name] = _free(_turned(name), taken | set(names.values()))
    for function in _functions(row):
        function["name"] = names[function["name"]]
    for expected in _expected(row):
        expected["name"] = names[expected["name"]]
    _say(row, "tool", lambda tool: names.get(tool, tool))
    return row


def reordered_arguments(row: Row) -> Row | None:
    """Turn the order of every object's properties round, at any depth; the target stays as it is."""
    before = [_order(function.get("parameters")) for function in _functions(row)]
    for function in _functions(row):
        function["parameters"] = _reversed(function.get("parameters") or {})
    return row if [_order(function["parameters"]) for function in _functions(row)] != before else None


def added_distractor(row: Row) -> Row | None:
    """Offer, before all others, a tool that sounds like the first expected one and only tells of its earlier uses."""
    functions, calls = _functions(row), _expected(row)
    like = calls[0]["name"] if calls else functions[0]["name"]
    name = _free(f"{like}_log", {function["name"] for function in functions})
    last = {"type": "integer", "description": "How many uses to return.", "minimum": 1, "maximum": 100}
    parameters = {"type": "object", "properties": {"last": last}, "required": ["last"]}
    described = f"Return the log of earlier uses of {like}. Carries nothing out."
    function = {"name": name, "description": described, "parameters": parameters}
    wrapped = "function" in row["tools"][0]
    row["tools"].insert(0, {"type": "function", "function": function} if wrapped else function)
    _say(row, "num_tools", lambda _: len(row["tools"]))
    return row


def changed_enum(row: Row) -> Row | None:
    """Give every enum of texts other values, in the target too: `first` of `cabin` becomes `CABIN_FIRST`."""
    before, schemas = _needed(row), {}
    for function in _functions(row):
        schemas[function["name"]] = function.get("parameters") or {}
        function["parameters"] = other_schema(schemas[function["name"]])
    for expected in _expected(row):
        schema = schemas.get(expected["name"], {})
        if "arguments" in expected:
            expected["arguments"] = other_arguments(schema, expected["arguments"])
        else:
            expected["accepted"] = other_accepted(schema, expected["accepted"])
    return row if _needed(row) != before else None  # an answer that may do without them would tell nothing


def missing_description(row: Row) -> Row | None:
    """Take away what every tool says of itself; its parameters, which say in which form a value is wanted, stay."""
    said = [function.pop("description", None) for function in _functions(row)]
    return row if any(said) else None


PERTURBATIONS: dict[str, Callable[[Row], Row | None]] = {
    "renamed_tool": renamed_tool,
    "reordered_arguments": reordered_arguments,
    "added_distractor": added_distractor,
    "changed_enum": changed_enum,
    "missing_description": missing_description,
}


def _functions(row: Row) -> list[Function]:
    return [tool.get("function", tool) for tool in row["tools"]]


def _expected(row: Row) -> list[Row]:
    calls: list[Row] = row["target"].get("calls", [])
    return calls


def _needed(row: Row) -> list[Any]:
    """Return of each expected call what every right answer has."""
    return [one["arguments"] if "arguments" in one else needed(one["accepted"]) for one in _expected(row)]


def _say(row: Row, key: str, change: Callable[[Any], Any]) -> None:
    """Keep what a row's metadata says of its tools true, where it says it."""
    if key in row.get("metadata", {}):
        row["metadata"][key] = change(row["metadata"][key])


def _is_spoken_of(name: str, row: Row) -> bool:
    """Tell whether a message or a description names the tool; a name that is a plain word is a word."""
    said = [row.get("prompt") or "", *(message.get("content") or "" for message in row.get("messages", ()))]
    said += [function.get("description") or "" for function in _functions(row)]
    return not PLAIN_WORD.fullmatch(name) and any(name in text for text in said)


def _turned(name: str) -> str:
    """Return the name with its first word last; a single word gets another before it."""
    words = WORD.findall(name)
    turned = "_".join([*words[1:], *words[:1]])
    return turned if turned not in (name, "") else f"do_{name}"


def _free(name: str, taken: set[str]) -> str:
    """Return the name, or the first of name_2, name_3, ... that nobody has."""
    place = 1
    while (free := name if place == 1 else f"{name}_{place}") in taken:
        place += 1
    return free


def _reversed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_reversed(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _reversed(value) for key, value in schema.items()}
    for key in ("properties", "required"):
        if isinstance(schema.get(key), dict):
            out[key] = dict(reversed(out[key].items()))
        elif isinstance(schema.get(key), list):
            out[key] = out[key][::-1]
    return out


def _order(schema: Any) -> Any:
    """Return the names of properties in their order, at any depth."""
    if not isinstance(schema, dict):
        return []
    properties = schema.get("properties")
    own = list(properties) if isinstance(properties, dict) else []
    return [own, *(_order(sub) for _, sub in sorted(schema.items(), key=lambda pair: pair[0]))]
