"""Settings in, the same settings without where a file lies on this machine: of a path the last part is kept.

Told from the look of a word: absolute, below the home folder, or upward from here. What lies below the working folder
and what is a name (`hf:ORG/NAME`, an address) stays. Linear time. Does not know which settings are paths.
"""

import re
from collections.abc import Mapping
from typing import Any

_PLACE = re.compile(r"(?<![\w./\\~-])(?:~?/(?!/)|\.\./|[A-Za-z]:[\\/](?!/))[^\s\"'`,;]*")
_SEPARATOR = re.compile(r"[\\/]")


def placeless_text(text: str) -> str:
    """Return the text in which every absolute or upward path is its last part."""
    return _PLACE.sub(lambda found: last_part(found[0]), text)


def placeless(value: Any) -> Any:
    """Return JSON in which every absolute or upward path is its last part, at any depth."""
    if isinstance(value, str):
        return placeless_text(value)
    if isinstance(value, Mapping):
        return {str(name): placeless(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [placeless(item) for item in value]
    return value


def last_part(place: str) -> str:
    """Return the name at the end of a path; a path without a name stays."""
    return _SEPARATOR.split(place.rstrip("\\/"))[-1] or place
