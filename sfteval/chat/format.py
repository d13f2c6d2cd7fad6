"""A checkpoint's chat format as a server uses it: messages in, the prompt's text and token ids out.

Template and tokenizer together, with the ids at which a server stops. Does not know what a model answers, nor how an
answer is read. Equality with transformers' `apply_chat_template` is a test.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sfteval.chat.template import ChatTemplate, read_json, token_text
from sfteval.chat.tokenizer import Tokenizer
from sfteval.errors import CheckpointError
from sfteval.types import Json, Message

OPEN_THINK = re.compile(r"<think>\s*\Z")


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
