"""A checkpoint's chat format as a server uses it: messages in, the prompt's text and token ids out.

Template and tokenizer together, with the ids at which a server stops; what the template itself writes around an answer
(the token that ends it, the marker that follows it, a header that no prompt holds) is found by rendering a planted
word. Does not know what a model answers, nor how an answer is read. Equality with transformers' `apply_chat_template`
is a test.
"""

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sfteval.chat.template import ChatTemplate, read_json, token_text
from sfteval.chat.tokenizer import Tokenizer
from sfteval.errors import CheckpointError, TemplateError
from sfteval.types import Json, Message

OPEN_THINK = re.compile(r"<think>\s*\Z")

PLANTED = "Zq7"  # a text that no template writes by itself
ASKED = Message("user", "Hello.")
ANSWERED = Message("assistant", PLANTED)
CALL: Json = {"type": "function", "function": {"name": "look", "arguments": {"place": PLANTED}}}
FOLLOWED = {
    "user": (ANSWERED, Message("user", "Thanks.")),
    "tool": (Message("assistant", "", tool_calls=(CALL,)), Message("tool", "Found.", name="look")),
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a server hands to the model, up to and including the generation prompt."""

    text: str
    token_ids: tuple[int, ...]
    think_prefilled: bool  # the prompt ends inside an open think block: the answer starts within it


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """Template, tokenizer and stop tokens of one checkpoint."""

    template: ChatTemplate
    tokenizer: Tokenizer
    stop_token_ids: tuple[int, ...]

    @classmethod
    def from_folder(cls, folder: Path) -> "ChatFormat":
        """Read the chat format of a Hugging Face directory."""
        if not folder.is_dir():
            raise CheckpointError(
                str(folder), expected="a checkpoint directory", got="no such directory", next_move="Check the path"
            )
        tokenizer = Tokenizer.from_folder(folder)
        return cls(ChatTemplate.from_folder(folder), tokenizer, stop_token_ids(folder, tokenizer))

    def prompt(self, messages: Sequence[Message], tools: Sequence[Json] = (), kwargs: Json | None = None) -> Prompt:
        """Render what a server would send to the model for these messages."""
        text = self.template.render(messages, tools, kwargs, add_generation_prompt=True)
        return Prompt(text, self.tokenizer.encode(text), OPEN_THINK.search(text) is not None)


def holds_chat(folder: Path) -> bool:
    """Return whether a folder has a tokenizer and a template of its own."""
    if not (folder / "tokenizer.json").is_file():
        return False
    inline = read_json(folder / "tokenizer_config.json").get("chat_template")
    return (folder / "chat_template.jinja").is_file() or inline is not None


def stop_token_ids(folder: Path, tokenizer: Tokenizer) -> tuple[int, ...]:
    """Return the ids at which a server stops: those of `generation_config.json`, then the tokenizer's eos."""
    listed = read_json(folder / "generation_config.json").get("eos_token_id")
    ids = [] if listed is None else listed if isinstance(listed, list) else [listed]
    if not all(isinstance(token, int) and not isinstance(token, bool) and token >= 0 for token in ids):
        raise CheckpointError(
            str(folder / "generation_config.json"),
            expected="eos_token_id as a whole number or a list of them",
            got=repr(listed),
            next_move="Mend the file",
        )
    eos = token_text(read_json(folder / "tokenizer_config.json").get("eos_token"))
    named = tokenizer.token_id(eos) if eos is not None else None
    return tuple(dict.fromkeys([*ids, *([named] if named is not None else [])]))


def end_of_turn_ids(chat: ChatFormat) -> tuple[int, ...]:
    """Return the tokens with which a sampler ends a turn of text and, where it is another, a turn that calls a tool.

    Where the template ends turns with nothing of its own (GLM), these are the markers of the roles that follow. Empty
    for a template that ends turns with plain text, which no server can stop at.
    """
    text = _end_of_text(chat)
    call = _end_of_call(chat, {*chat.stop_token_ids, text})
    return tuple(dict.fromkeys(end for end in (text, call) if end is not None))


def marker_after(chat: ChatFormat, role: str) -> int | None:
    """Return the special token that begins a turn of `role` (user or tool) right behind an assistant's; None: none."""
    alone, followed = _behind(chat.template, role)
    token_ids = chat.tokenizer.encode(followed.removeprefix(alone)) if followed.startswith(alone) else ()
    return token_ids[0] if token_ids and token_ids[0] in chat.tokenizer.special_ids else None


def _end_of_text(chat: ChatFormat) -> int | None:
    alone, followed = (chat.tokenizer.encode(text) for text in _behind(chat.template, "user"))
    # What stands behind the answer with and without a next turn is its own; Phi-3's end of all text is not.
    common = [a for a, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(alone, followed, strict=False))]
    known = (token for token in common if token in chat.stop_token_ids)
    special = (token for token in (*common, *alone) if token in chat.tokenizer.special_ids)
    return next(itertools.chain(known, special), marker_after(chat, "user"))


def _end_of_call(chat: ChatFormat, known: set[int | None]) -> int | None:
    alone = chat.tokenizer.encode(_behind(chat.template, "tool")[0].rstrip())
    if not alone:
        return None
    if alone[-1] in chat.tokenizer.special_ids and not known.intersection(alone):
        return alone[-1]  # the markup of a call may hold special tokens too: only the last one ends the turn
    return next((token for token in alone if token in known), marker_after(chat, "tool"))


@functools.lru_cache(maxsize=64)
def _behind(template: ChatTemplate, role: str) -> tuple[str, str]:
    """Return what stands behind a planted answer (role user) or call (role tool): as the last turn, and followed.

    Empty where the template cannot render such a turn.
    """
    said, follows = FOLLOWED[role]
    try:
        texts = [template.render([ASKED, said]), template.render([ASKED, said, follows])]
    except TemplateError:
        return "", ""
    if not all(PLANTED in text for text in texts):
        return "", ""
    alone, followed = (text[text.rfind(PLANTED) + len(PLANTED) :] for text in texts)
    return alone, followed


@functools.lru_cache(maxsize=64)
def header_of_answers(template: ChatTemplate) -> str:
    """Return what a template without a generation prompt writes before each answer; "": it has one, or needs none.

    A template whose answers follow the user's words at once (Mistral's) needs no generation prompt.
    """
    try:
        prompt, closed = (template.render([ASKED], add_generation_prompt=served) for served in (True, False))
        full = template.render([ASKED, ANSWERED])
    except TemplateError:
        return ""
    return full[len(prompt) : full.find(PLANTED)].strip() if prompt == closed and full.startswith(prompt) else ""
