"""A row of BFCL as published in, a row of ours out: `{id, question, function}`, with `ground_truth` where it has one.

The accepted answers lie in a second file, whose rows are joined before (`answers` in `suite.toml`); an item about
irrelevance or relevance has none. What the fields mean is known to `bfcl_rows`.
Source: ShishirPatil/gorilla, bfcl_eval/data, BFCL v4.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.suites.bfcl_rows import bfcl_sample


def translated(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return our row.

    Raises: DataError for a row of another form, which names the item.
    """
    answer = {key: row[key] for key in ("id", "ground_truth") if key in row}
    return bfcl_sample(row, answer if "ground_truth" in row else None)
