"""A contest or an exhibit in, the two messages that a judge reads out.

Answers are fenced by marks whose key is a hash of everything between them, so that no answer can close its own fence.
Thoughts are not shown, nor who said what; what no reader could see (control characters) is left out, white space of
any kind stays white, and what is very long is cut in the middle with a word that says so. A rubric with its own prompt
is one user message instead, and fences nothing. Does not know what a verdict looks like.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from string import Template

from sfteval.identity import text_hash
from sfteval.judge.rubric import Form, Rubric
from sfteval.types import Contest, Exhibit, Message

KEY_LENGTH = 12
LONGEST_PART = 24_000  # characters of one answer or one turn
KEPT_CONTROL = "\n\t\u200c\u200d"  # the joiners: they are spelling in Persian and Hindi, and hold an emoji together
LINE_ENDS = "\r\v\f\x85\u2028\u2029"
WITHOUT_KEPT = dict.fromkeys(map(ord, KEPT_CONTROL))

Part = tuple[str, str]  # what it is, what it says


def contest_messages(rubric: Rubric, contest: Contest, *, candidate_first: bool) -> tuple[Message, ...]:
    """Return the messages by which a contest is judged in one order: system and user, or the rubric's own."""
    answers = [contest.baseline, contest.candidate]
    first, second = reversed(answers) if candidate_first else answers
    if own := rubric.prompts.get("pairwise"):
        return _own(own, contest.messages, contest.reference, first=first, second=second)
    parts = [*_asked(contest.messages, contest.reference), ("first answer", first), ("second answer", second)]
    return _messages(rubric, "pairwise", parts)


def exhibit_messages(rubric: Rubric, exhibit: Exhibit) -> tuple[Message, ...]:
    """Return the messages by which one answer is graded: system and user, or the rubric's own."""
    if own := rubric.prompts.get("pointwise"):
        return _own(own, exhibit.messages, exhibit.reference, answer=exhibit.answer)
    parts = [*_asked(exhibit.messages, exhibit.reference), ("answer", exhibit.answer)]
    return _messages(rubric, "pointwise", parts)


def _own(prompt: str, messages: Sequence[Message], reference: str | None, **answers: str) -> tuple[Message, ...]:
    """Return a rubric's own prompt with everything in its place, the turns divided by line breaks."""
    said = {"conversation": "\n".join(message.content for message in messages), "reference": reference or "", **answers}
    return (Message("user", Template(prompt).substitute({name: _readable(text) for name, text in said.items()})),)


def _messages(rubric: Rubric, form: Form, parts: Sequence[Part]) -> tuple[Message, ...]:
    shown = [(name, _readable(text)) for name, text in parts]
    key = _key(shown)
    fenced = "\n\n".join(f"[begin {name} {key}]\n{text}\n[end {name} {key}]" for name, text in shown)
    return (Message("system", rubric.instructions(form, key)), Message("user", fenced))


def _asked(messages: Sequence[Message], reference: str | None) -> Iterator[Part]:
    for number, message in enumerate(messages, start=1):
        yield f"turn {number}, {message.role}", message.content
    if reference is not None:
        yield "reference", reference


def _key(parts: Sequence[Part]) -> str:
    """Return a word that stands in none of the parts, and that none of them could have foreseen."""
    key = text_hash("\0".join(text for _, text in parts))
    while any(key[:KEY_LENGTH] in text for _, text in parts):
        key = text_hash(key)
    return key[:KEY_LENGTH]


def _readable(text: str) -> str:
    """Return what a reader can see of a text: no control characters, no half of a pair, not endless."""
    if len(text) > LONGEST_PART:
        half = LONGEST_PART // 2
        text = f"{text[:half]}\n[... {len(text) - 2 * half:,} characters left out ...]\n{text[-half:]}"
    if not text.translate(WITHOUT_KEPT).isprintable():
        text = "".join(map(_seen, text.replace("\r\n", "\n")))
    return text.strip("\n") or "(nothing)"


def _seen(character: str) -> str:
    """Return what a reader sees of a character: itself, white space in plain form, or nothing."""
    if character.isprintable() or character in KEPT_CONTROL:
        return character
    if character in LINE_ENDS:
        return "\n"
    return " " if unicodedata.category(character) == "Zs" else ""
