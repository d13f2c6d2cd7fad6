"""The rows of the suite, from items and definitions: the same ones, to the byte, every time.

Tools are offered, and rows follow each other, in an order that hangs on the item's key alone, so that a limit keeps
some of each kind and the place of the right tool tells nothing. Does not know files.
"""

from collections.abc import Iterator
from typing import Any

from sfteval.identity import text_hash
from sfteval.suites.toolcalls.asked import ASKED
from sfteval.suites.toolcalls.catalogue import CATALOGUE
from sfteval.suites.toolcalls.items import Item
from sfteval.suites.toolcalls.targets import target_of, types_in, written
from sfteval.suites.toolcalls.twins import PERTURBATIONS, twin

Row = dict[str, Any]

NUM_TWINNED, NUM_WITH_ENUM = 60, 40
MAX_TWINS = 4  # of one prompt, so that no more than five prompts hang together
NO_TOOL, SEVERAL = "none", "several"
ENUM = "changed_enum"  # possible for few prompts, so that it is made wherever it can be


def rows() -> list[Row]:
    """Return the rows of the task `toolcalls`."""
    made = [_row(kind, asked) for kind, items in ASKED.items() for asked in items]
    return sorted(made, key=lambda row: text_hash(row["id"]))


def twin_rows() -> list[Row]:
    """Return the rows of the task `toolcalls_twins`: up to four twins of each prompt that is twinned."""
    return [made for place, row in enumerate(_twinned()) for made in _twins(row, place)]


def _twinned() -> list[Row]:
    """Return prompts that ask for a call and share their stem with no other; two thirds of them turn on an enum."""
    made = rows()
    stems = [row["cluster"] for row in made]
    alone = [row for row in made if row["target"]["calls"] and stems.count(row["cluster"]) == 1]
    with_enum = [row for row in alone if twin(row, ENUM) is not None][:NUM_WITH_ENUM]
    others = [row for row in alone if row not in with_enum]
    return with_enum + others[: NUM_TWINNED - len(with_enum)]


def _twins(row: Row, place: int) -> Iterator[Row]:
    """Yield the twins of a row; where all five are possible, one of them is left out in turn."""
    made = {name: found for name in PERTURBATIONS if (found := twin(row, name)) is not None}
    others = [name for name in made if name != ENUM]
    if len(made) > MAX_TWINS:
        del made[others[place % len(others)]]
    yield from made.values()


def _row(kind: str, asked: Item) -> Row:
    target = target_of(asked.calls, CATALOGUE)
    offered = sorted(asked.tools, key=lambda name: text_hash(f"{asked.key} {name}"))
    system = [{"role": "system", "content": asked.system}] if asked.system else []
    return {
        "id": asked.key,
        "messages": [*system, {"role": "user", "content": asked.prompt}],
        "tools": [CATALOGUE[name] for name in offered],
        "target": target,
        "metadata": _metadata(kind, asked, target),
        "cluster": asked.stem,
    }


def _metadata(kind: str, asked: Item, target: Row) -> Row:
    names = {one.tool for one in asked.calls}
    types = [
        types_in(CATALOGUE[one["name"]]["function"]["parameters"], written(one, fully=False)) for one in target["calls"]
    ]
    return {
        "kind": kind,
        "num_tools": len(asked.tools),
        "num_calls": len(asked.calls),
        "tool": SEVERAL if len(names) > 1 else next(iter(names), NO_TOOL),
        "argument_types": sorted(set[str]().union(*types)),
        "stem": asked.stem,
        **({"missing": list(asked.missing)} if asked.missing else {}),
    }
