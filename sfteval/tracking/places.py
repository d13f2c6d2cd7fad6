"""Settings in, the same settings without where a file lies on this machine: of a path the last part is kept.

Told from the look of a word: absolute, below the home folder, or upward from here. A value that is a path from its
first letter on, and a quoted word of a command line, may hold blanks. What lies below the working folder and what is a
name (`hf:ORG/NAME`, an address) stays. Linear time. Does not know which settings are paths.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

_PLACE = re.compile(r"(?<![\w./\\~-])(?:~?/(?!/)|\.\./|[A-Za-z]:[\\/](?!/))[^\s\"'`,;]*")
_WHOLE = re.compile(
    r"((?:run:|responses:|--?[\w-]{1,40}=|[\w.]{1,80}=)?)((?:~?/(?!/)|\.\./|[A-Za-z]:[\\/](?!/))[^:;\n\"`]*)"
)
LONGEST_COMMAND = 20_000  # shlex takes a time that grows with the square of a word's length
_SEPARATOR = re.compile(r"[\\/]")


def placeless_text(text: str) -> str:
    """Return the text in which every absolute or upward path is its last part."""
    if whole := _WHOLE.fullmatch(text):
        return whole[1] + last_part(whole[2])
    return _PLACE.sub(lambda found: last_part(found[0]), text)


def placeless_command(command: str, without_place: Callable[[str], str] = placeless_text) -> str:
    """Return the command line without places, its words read as a shell reads them where some are quoted."""
    quoted = len(command) <= LONGEST_COMMAND and not {"'", '"'}.isdisjoint(command)
    try:
        words = shlex.split(command) if quoted else command.split(" ")
    except ValueError:  # a quote without its end
        return without_place(command)
    told = [",".join(map(without_place, word.split(","))) for word in words]
    return shlex.join(told) if quoted else " ".join(told)


def placeless(value: Any) -> Any:
    """Return JSON in which every absolute or upward path is its last part, at any depth.

    What a key `command` holds is read as a command line.
    """
    if isinstance(value, str):
        return placeless_text(value)
    if isinstance(value, Mapping):
        return {
            str(name): placeless_command(item) if name == "command" and isinstance(item, str) else placeless(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [placeless(item) for item in value]
    return value


def last_part(place: str) -> str:
    """Return the name at the end of a path; a path without a name stays."""
    return _SEPARATOR.split(place.rstrip("\\/"))[-1] or place
