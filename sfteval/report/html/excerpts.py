"""Text of models and suites in, text that is short and harmless out; the whole of it is in `samples.jsonl.gz`."""

import json

from sfteval.report.text import shortened, visible

LONGEST_TEXT = (2_000, 1_000)  # characters kept at the head and at the tail
LONGEST_NOTE = 400


def long_text(text: str) -> str:
    """Return a prompt, a thought or an answer."""
    return visible(shortened(text, *LONGEST_TEXT))


def note(value: object) -> str:
    """Return a detail, as JSON where it is no text."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return visible(shortened(text, LONGEST_NOTE))
