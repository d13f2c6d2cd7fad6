"""One raw reply in, which marks of the training format it shows out; linear in the text.

A mark is True, False, or None where the question does not apply to this prompt. Thoughts are found as everywhere else
in the house, so that a tag in a code fence is text. Does not know models or rates.
Source: research on probes, A3-P6, with the field reports behind each mark.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sfteval.chat.thoughts import Thought, find_thoughts
from sfteval.jsontext.strict import StrictReader
from sfteval.types import Reply

OPENER_WORDS, NUM_OPENERS, MIN_OPENER_ROWS = 5, 50, 2
MAX_LETTERS = 2_000  # that tell a text's script
ROLES = re.compile(
    r"<\|(?:im_start|im_end|start_header_id|user|assistant|system)\|>|<start_of_turn>|\[/?INST\]"
    r"|^[ \t]{0,8}(?:user|assistant|human|system)[ \t]{0,8}:",
    re.IGNORECASE | re.MULTILINE,
)
FENCE = re.compile(r"```(?:json)?\s{0,8}")
Marks = Mapping[str, bool | None]


def marks_of(reply: Reply, openers: frozenset[str] = frozenset(), keys: frozenset[str] = frozenset()) -> Marks:
    """Return every mark of one reply; `openers` as `openers_of` gives them, `keys` are those of a trained schema."""
    thoughts = find_thoughts(reply.text, reply.think_prefilled)
    thinks = any(thought.text_in(reply.text) for thought in thoughts)
    is_open = any(not thought.closed for thought in thoughts)
    answer = _visible(reply.text, thoughts)
    written = None if reply.wants_json else _json_object(answer)
    return {
        "thinks_when_off": thinks or is_open if reply.flag == "off" else None,
        "empty_think_when_on": not thinks if reply.flag == "on" else None,
        "json_unasked": None if reply.wants_json else written is not None,
        "training_keys": None if reply.wants_json or not keys else bool(keys & set(written or ())),
        "training_opener": opener_of(answer) in openers if openers else None,
        "no_end": reply.is_cut,
        "role_token": ROLES.search(answer) is not None,
        "answer_in_think": thinks and not answer and not reply.is_cut,
        "other_script": _changes_script(reply.prompt, answer),
    }


def openers_of(answers: Iterable[str]) -> frozenset[str]:
    """Return the 50 most frequent first five words of training answers, of those that at least two answers share."""
    counts = Counter(opener for answer in answers if (opener := opener_of(answer)))
    return frozenset(opener for opener, count in counts.most_common(NUM_OPENERS) if count >= MIN_OPENER_ROWS)


def opener_of(answer: str) -> str:
    """Return the first five words in lower case; "" where there are fewer."""
    words = answer[:1_000].lower().split(maxsplit=OPENER_WORDS)[:OPENER_WORDS]
    return " ".join(words) if len(words) == OPENER_WORDS else ""


def _visible(text: str, thoughts: list[Thought]) -> str:
    pieces, position = [], 0
    for thought in thoughts:
        pieces.append(text[position : thought.start])
        position = thought.end
    return "".join([*pieces, text[position:]]).strip()


def _json_object(answer: str) -> Mapping[str, Any] | None:
    """Return the JSON object with which an answer begins, fenced or not; None: it does not."""
    fence = FENCE.match(answer)
    start = fence.end() if fence else 0
    if not answer.startswith("{", start):
        return None
    found = StrictReader().read(answer, start, len(answer))
    return found.value if found.problem is None and isinstance(found.value, dict) else None


def _changes_script(prompt: str, answer: str) -> bool | None:
    """Tell whether most letters of the answer are of another script than those of the prompt; None without letters."""
    scripts = [_script(text) for text in (prompt, answer)]
    return None if None in scripts else scripts[0] != scripts[1]


def _script(text: str) -> str | None:
    letters = [character for character in text[: 4 * MAX_LETTERS] if character.isalpha()][:MAX_LETTERS]
    names = Counter(unicodedata.name(letter, "UNKNOWN").split(maxsplit=1)[0] for letter in letters)
    return names.most_common(1)[0][0] if names else None
