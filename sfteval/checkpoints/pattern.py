"""A pattern such as `runs/lab.steps/*` in, the checkpoints that it names out, in the order of their steps.

Does not open them.
"""

import glob
import os
import re
from pathlib import Path

from sfteval.errors import CheckpointError

WILD = re.compile(r"[*?\[]")
NUMBER = re.compile(r"(\d+)")
HOLDS = ("config.json", "adapter_config.json")  # what makes a folder a checkpoint


def is_pattern(argument: str) -> bool:
    """Return whether an argument names several folders; an address or a folder with a star in its name does not."""
    return WILD.search(argument) is not None and "://" not in argument and not os.path.exists(argument)


def matching(argument: str) -> list[str]:
    """Return the checkpoint folders that a pattern names now, `step-9` before `step-10`; other arguments as they are.

    Raises: CheckpointError where a pattern names no checkpoint.
    """
    if not is_pattern(argument):
        return [argument]
    named = [path for path in glob.glob(argument) if any((Path(path) / name).is_file() for name in HOLDS)]
    if not named:
        raise CheckpointError(
            argument,
            expected="at least one checkpoint folder",
            got="none",
            next_move="Check the pattern, in quotes: 'OUT.steps/*'",
        )
    return sorted(named, key=_by_number)


def _by_number(path: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in NUMBER.split(path)]
