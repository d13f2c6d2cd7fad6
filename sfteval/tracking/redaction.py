"""What must never reach a file, a log or a tracker: told from a key's name, a value's look, or this process's own keys.

Pure text in, text out, in linear time. Does not know who asks; errs on the side of hiding.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

HIDDEN = "(redacted)"
FEWEST_CHARACTERS = 8  # of a value that is taken for a key: "1" or "true" stands in every text

_SERVICES = "auth|access|hf|hub|api|bot|github|gitlab|gh|refresh|session"
_NAME = re.compile(
    rf"(?:^|[_\-.])(?:api_?key|access_?key|private_?key|secret|password|passwd|credentials?|authorization|bearer"
    rf"|(?:{_SERVICES})_?token)$",
    re.IGNORECASE,
)
_USER_INFORMATION = re.compile(r"(?<=://)[^/\s@]+@")
_KEYS = rf"(?:(?:api|access|private)[_-]?key|secret|password|passwd|(?:{_SERVICES})[_-]?token)"
_ASSIGNMENT = re.compile(
    rf"(?i)(--(?:\w{{1,32}}-){{0,3}}{_KEYS}\s+|(?<![^\W_]){_KEYS}\"?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&]+)"
)
_BEARER = re.compile(r"(?i)\bbearer\s+[\w.~+/=-]{8,}")
_KNOWN_FORMS = re.compile(
    r"\b(?:"
    r"hf_[A-Za-z0-9]{16,}"  # Hugging Face
    r"|(?:sk|rk|pk)-[A-Za-z0-9_-]{16,}"  # OpenAI and those who write keys as it does
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{20,}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,}"  # Slack
    r"|AKIA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}"  # Amazon, Google
    r"|(?<![\w-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"  # JSON web tokens
    r")(?![A-Za-z0-9])"
)
# A key of Comet is 25 letters and digits and says nothing of itself: it is told by what stands before it.
_COMET = re.compile(r"(?i)(\bcomet[\w .]{0,24}[=:(]\s{0,4}[\"']?)([a-z0-9]{25})(?![a-z0-9])")


def is_secret(name: str) -> bool:
    """Return whether a key of this name holds a secret (`api_key` does, `max_tokens` does not)."""
    return _NAME.search(name) is not None


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys that these environment variables hold, the longest first."""
    found = {value for name, value in environment.items() if is_secret(name) and len(value) >= FEWEST_CHARACTERS}
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def redacted_text(text: str) -> str:
    """Return the text without passwords in addresses, `key=value` secrets, bearer tokens and known key forms."""
    text = _USER_INFORMATION.sub(f"{HIDDEN}@", text)
    text = _ASSIGNMENT.sub(rf"\1{HIDDEN}", text)
    return without_keys(_BEARER.sub(f"Bearer {HIDDEN}", text))


def without_keys(text: str, secrets: Sequence[str] = ()) -> str:
    """Return the text without known forms of keys and without `secrets`; JSON and HTML stay what they are."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return _KNOWN_FORMS.sub(HIDDEN, _COMET.sub(rf"\1{HIDDEN}", text))


def redacted(value: Any, name: str = "") -> Any:
    """Return JSON with every secret hidden, at any depth."""
    if isinstance(value, str):
        return HIDDEN if is_secret(name) and value else redacted_text(value)
    if isinstance(value, Mapping):
        return {str(key): redacted(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(item, name) for item in value]
    return HIDDEN if is_secret(name) and value is not None else value
