"""How a checkpoint on disk is spoken to, and how the tokens that it answers with become text. Knows no backend.

Backends that have token ids share this room, so that the same ids are the same prompt, the same text and the same end
whoever computed them.
"""

from collections.abc import Sequence
from dataclasses import replace

from sfteval.chat import ChatFormat
from sfteval.chat.format import holds_chat, stop_token_ids
from sfteval.errors import CheckpointError
from sfteval.types import Checkpoint, FinishReason


def chat_to_ask(checkpoint: Checkpoint) -> ChatFormat:
    """Return how a checkpoint is spoken to.

    Raises: CheckpointError when it has no stop token: no answer would ever end.
    """
    chat = chat_format(checkpoint)
    if not chat.stop_token_ids:
        raise CheckpointError(
            str(checkpoint.path),
            expected="a stop token in generation_config.json or tokenizer_config.json",
            got="none",
            next_move="Set eos_token_id in generation_config.json to the end-of-turn token",
        )
    return chat


def chat_format(checkpoint: Checkpoint) -> ChatFormat:
    """Return template, tokenizer and stop tokens of a directory or an adapter.

    An adapter that holds a tokenizer and a template is spoken to by them, another one by its base's. Its own
    generation_config.json says where it stops; what it lacks of all this, the base's stop tokens make up for.
    """
    path, base = checkpoint.path, checkpoint.base_path
    assert path is not None
    if base is None:
        return ChatFormat.from_folder(path)
    own = holds_chat(path)
    chat = ChatFormat.from_folder(path if own else base)
    if own and (path / "generation_config.json").is_file():
        return chat
    stops = (*stop_token_ids(path, chat.tokenizer), *stop_token_ids(base, chat.tokenizer))
    return replace(chat, stop_token_ids=tuple(dict.fromkeys(stops)))


def read_tokens(
    chat: ChatFormat, token_ids: Sequence[int], stops: Sequence[str]
) -> tuple[str, FinishReason, str | int | None]:
    """Return an answer's raw text, why it ended, and the stop text or the token that ended it; both are cut."""
    stopped = bool(token_ids) and token_ids[-1] in chat.stop_token_ids
    text = chat.tokenizer.decode(token_ids[:-1] if stopped else token_ids)
    cuts = [(position, stop) for stop in stops if stop and (position := text.find(stop)) >= 0]
    if cuts:
        position, stop = min(cuts)
        return text[:position], "stop", stop
    return (text, "stop", token_ids[-1]) if stopped else (text, "length", None)
