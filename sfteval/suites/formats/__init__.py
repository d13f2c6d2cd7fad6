"""The catalogue of row formats: a published row in, a row of ours out; one small file a format, and one line here.

A task names its format in `suite.toml` (`format = "ifeval"`); without one its rows are ours, and stay as they are. What
comes out is checked like any row of ours, so that a format only renames and tidies: it never grades and never guesses.
Does not know where the rows lie.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sfteval.suites.formats import bfcl, ifeval

Translate = Callable[[Mapping[str, Any], str], Mapping[str, Any]]  # a row and its place in, our row out


def unchanged(row: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """Return a row that is ours already."""
    return row


OWN = "rows"
FORMATS: dict[str, Translate] = {
    OWN: unchanged,
    "bfcl": bfcl.translated,
    "ifeval": ifeval.translated,
}
