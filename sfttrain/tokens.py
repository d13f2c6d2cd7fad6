"""An Example as people see it: token by token, with its text, whose it is, and whether it is learned.

A view of the very arrays that training uses: what is marked learned is what has a target. Whose a token is, is found by
looking for each message's words in the text, in order; what belongs to no message is the template's. Knows no colours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sfteval.chat import ChatFormat
from sfteval.types import Message
from sfttrain.types import NOT_LEARNED, Example

Role = Literal["system", "user", "assistant", "thought", "tool", "template"]
ROLES: tuple[Role, ...] = ("system", "user", "assistant", "thought", "tool", "template")
OF_MESSAGE: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
LONGEST_CHARACTER = 8  # tokens that may make one character
PICTURES: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)},
    0x7F: 0x2421,
    **{code: f"[U+{code:04X}]" for code in (*range(0x80, 0xA0), 0x200E, 0x200F, 0x061C)},
    **{code: f"[U+{code:04X}]" for code in (*range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)},
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
}


@dataclass(frozen=True, slots=True)
class Token:
    """One token where it is read, or a stop token that must be said where the text goes on without it."""

    token_id: int
    text: str  # as it reads behind the others; "" until a character of several tokens is whole
    role: Role
    learned: bool
    position: int  # in the sequence; a learned token is the target of the position before
    read: bool = True  # False: said here, while the sequence goes on with the next token


def tokens_of(example: Example, chat: ChatFormat, messages: Sequence[Message] = ()) -> list[Token]:
    """Return the sequence from its first token to its last target; without `messages`, what is read is template."""
    following = [*example.token_ids[1:], None]
    found = [(example.token_ids[0], False, 0, True)] if example.token_ids else []
    for position, (target, token) in enumerate(zip(example.targets, following, strict=True), 1):
        learned = target != NOT_LEARNED
        if learned:
            found.append((target, True, position, token is None or target == token))
        if token is not None and not (learned and target == token):
            found.append((token, False, position, True))
    texts = list(_texts([token for token, *_ in found], chat))
    roles = _roles(texts, [learned for _, learned, *_ in found], messages)
    return [
        Token(token, text, role, learned, position, read)
        for (token, learned, position, read), text, role in zip(found, texts, roles, strict=True)
    ]


def harmless(text: str) -> str:
    """Return a text with control and direction characters spelled out, so that it is shown and obeyed by nothing."""
    return text.replace("\r\n", "\n").translate(PICTURES)


def _texts(token_ids: Sequence[int], chat: ChatFormat) -> Iterator[str]:
    """Yield each token's text as it reads behind the token before; bytes of one character come with its last token."""
    context: list[int] = []
    waiting: list[int] = []
    for token in token_ids:
        waiting.append(token)
        text = chat.tokenizer.decode([*context, *waiting]).removeprefix(chat.tokenizer.decode(context))
        if text.endswith("\N{REPLACEMENT CHARACTER}") and len(waiting) < LONGEST_CHARACTER:
            yield ""
            continue
        context, waiting = waiting, []
        yield text


def _roles(texts: Sequence[str], learned: Sequence[bool], messages: Sequence[Message]) -> Iterator[Role]:
    """Yield whose each token is: by the words of the messages in order, else the assistant's where it is learned."""
    whole = "".join(texts)
    owners: list[tuple[int, int, Role]] = []
    cursor = 0
    for message in messages:
        role = OF_MESSAGE.get(message.role, "template")
        said: list[tuple[str, Role]] = [(message.reasoning_content or "", "thought"), (message.content, role)]
        for words, owner in said:
            start = whole.find(words.strip(), cursor) if words.strip() else -1
            if start >= 0:
                cursor = start + len(words.strip())
                owners.append((start, cursor, owner))
    place, following = 0, iter(owners)
    current = next(following, None)
    for text, is_learned in zip(texts, learned, strict=True):
        while current is not None and current[1] <= place:
            current = next(following, None)
        owned: Role | None = current[2] if current is not None and current[0] < place + max(len(text), 1) else None
        if is_learned and owned not in ("assistant", "thought"):
            owned = "assistant"
        yield owned or "template"
        place += len(text)
