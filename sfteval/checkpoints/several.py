"""`A1,A2,A3` in, the arguments between its commas out: checkpoints that differ in their seed of training.

A folder or a file with a comma in its name stays whole, and so does a served model with one. Does not open them.
"""

import os

PREFIXES = ("http://", "https://", "hf:", "run:", "responses:")
STORED = ("run:", "responses:")


def several(argument: str) -> tuple[str, ...]:
    """Return the arguments of a list with commas; one alone for any other word."""
    if "," not in argument or _exists(argument):
        return (argument,)
    found: list[str] = []
    for piece in argument.split(","):
        whole = f"{found[-1]},{piece}" if found else piece
        if found and (_exists(whole) or (_is_served(found[-1]) and not _begins(piece))):
            found[-1] = whole
        else:
            found.append(piece)
    return tuple(piece for piece in found if piece)


def _begins(piece: str) -> bool:
    """Tell whether a piece is an argument by itself, and not the rest of a served model's name."""
    return piece.lower().startswith(PREFIXES) or _exists(piece)


def _is_served(argument: str) -> bool:
    return "://" in argument


def _exists(argument: str) -> bool:
    prefix = next((prefix for prefix in STORED if argument.startswith(prefix)), "")
    return bool(argument) and os.path.exists(argument.removeprefix(prefix))
