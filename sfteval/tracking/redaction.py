"""What must never reach a file, a log or a tracker: told from a key's name or from the look of a value.

Pure text in, text out. Does not know who asks; errs on the side of hiding.
"""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "(redacted)"

_NAME = re.compile(
    r"(?:^|[_\-.])(?:api_?key|secret|password|passwd|credentials?|authorization|bearer|(?:auth|access|hf|hub|api)_?token)$",
    re.IGNORECASE,
)
_USER_INFORMATION = re.compile(r"(?<=://)[^/\s@]+@")
_KEYS = r"(?:[\w-]*[_-])?(?:api[_-]?key|secret|password|passwd|(?:auth|access|hf|hub|api)[_-]?token)"
_ASSIGNMENT = re.compile(rf"(?i)(--{_KEYS}(?:\s+|=)|\b{_KEYS}\"?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&]+)")
_BEARER = re.compile(r"(?i)\bbearer\s+[\w.~+/=-]{8,}")
_KNOWN_FORMS = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16})\b"
)


def is_secret(name: str) -> bool:
    """Return whether a key of this name holds a secret (`api_key` does, `max_tokens` does not)."""
    return _NAME.search(name) is not None


def redacted_text(text: str) -> str:
    """Return the text without passwords in addresses, `key=value` secrets, bearer tokens and known key forms."""
    text = _USER_INFORMATION.sub(f"{HIDDEN}@", text)
    text = _ASSIGNMENT.sub(rf"\1{HIDDEN}", text)
    return _KNOWN_FORMS.sub(HIDDEN, _BEARER.sub(f"Bearer {HIDDEN}", text))


def redacted(value: Any, name: str = "") -> Any:
    """Return JSON with every secret hidden, at any depth."""
    if isinstance(value, str):
        return HIDDEN if is_secret(name) and value else redacted_text(value)
    if isinstance(value, Mapping):
        return {str(key): redacted(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(item, name) for item in value]
    return HIDDEN if is_secret(name) and value is not None else value
