"""How long a server asks to be left alone: its headers in, seconds out. A value that makes no sense is no value."""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

MOST_SECONDS = 120.0
SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return what `Retry-After` asks for, at most two minutes; None where it says nothing that can be understood."""
    value = headers.get("Retry-After", "").strip()
    if SECONDS.fullmatch(value):
        return min(float(value), MOST_SECONDS)
    until = _moment(value)
    if until is None:
        return None
    # Counted from the server's own clock where it tells it: ours may have jumped.
    now = _moment(headers.get("Date", ""))
    return min(max(until - (time.time() if now is None else now), 0.0), MOST_SECONDS)


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
