"""What a paired difference shows, whatever was measured."""

from enum import StrEnum


class Finding(StrEnum):
    """What the paired difference of one measure shows."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    NOT_SHOWN = "not_shown"
