"""Notes: short texts in named files, kept in the state and nowhere else.

State: `{"files": {"work/plan.txt": "text"}}`; a name is a text, never a path of this machine. Does not know folders
beyond the beginning of a name.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.agents.service import Service, ServiceTool, State, record, refused, text

MAX_FILES = 200
LONGEST = 4000  # characters of one file
PATH = {"path": text("Name of the file, for example work/plan.txt")}
CONTENT: dict[str, Any] = {"type": "string", "maxLength": LONGEST}


def listed(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """List the files whose name begins with a text; all of them where none is given."""
    folder = arguments.get("folder", "")
    return state, sorted(path for path in state["files"] if path.startswith(folder))


def read(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Return the text of a file."""
    path = arguments["path"]
    return (state, {"path": path, "text": state["files"][path]}) if path in state["files"] else (state, _unknown(path))


def write(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Write a whole file, whatever stood there."""
    path = arguments["path"]
    if path not in state["files"] and len(state["files"]) >= MAX_FILES:
        return state, refused("There are too many files. Delete one first.")
    return _with_file(state, path, arguments["text"]), {"written": path}


def append(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Add a line to the end of a file."""
    path = arguments["path"]
    if path not in state["files"]:
        return state, _unknown(path)
    before = state["files"][path]
    after = f"{before}\n{arguments['line']}" if before else arguments["line"]
    if len(after) > LONGEST:
        return state, refused(f"{path} would be longer than {LONGEST} characters.")
    return _with_file(state, path, after), {"path": path, "lines": after.count("\n") + 1}


def rename(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Give a file another name."""
    path, new = arguments["path"], arguments["new_path"]
    if path not in state["files"]:
        return state, _unknown(path)
    if new in state["files"]:
        return state, refused(f"There is already a file {new}.")
    return {**state, "files": {new if name == path else name: body for name, body in state["files"].items()}}, {
        "renamed": new
    }


def delete(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Remove a file."""
    path = arguments["path"]
    if path not in state["files"]:
        return state, _unknown(path)
    return {**state, "files": {name: body for name, body in state["files"].items() if name != path}}, {"deleted": path}


def _unknown(path: str) -> dict[str, str]:
    return refused(f"There is no file {path}. List the files to see their names.")


def _with_file(state: State, path: str, body: str) -> State:
    return {**state, "files": {**state["files"], path: body}}


SERVICE = Service(
    name="notes",
    about="A drawer of short text files.",
    tools=(
        ServiceTool(
            "notes_list",
            "List the names of all files, or of those whose name begins with a text.",
            record({"folder": text("Beginning of the names, for example work/")}, optional=("folder",)),
            listed,
        ),
        ServiceTool("notes_read", "Read a file.", record(PATH), read),
        ServiceTool(
            "notes_write",
            "Write a whole file; what stood there is gone.",
            record({**PATH, "text": {**CONTENT, "description": "The whole text"}}),
            write,
        ),
        ServiceTool(
            "notes_append",
            "Add one line to the end of a file.",
            record({**PATH, "line": text("The line", 500)}),
            append,
        ),
        ServiceTool(
            "notes_rename",
            "Give a file another name.",
            record({**PATH, "new_path": text("The new name")}),
            rename,
        ),
        ServiceTool("notes_delete", "Delete a file.", record(PATH), delete),
    ),
    state=record({"files": {"type": "object", "additionalProperties": CONTENT}}),
)
