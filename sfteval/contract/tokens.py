"""How a checkpoint's token ids read as text: a checkpoint in, a decoder out, or None where no tokenizer is at hand.

Of a stored run it is the tokenizer of the folder that was asked, if that still lies there; whoever decodes holds the
text against the answer, so that another tokenizer's words are never taken for it. The file is read when the first ids
are decoded. Does not know answers.
"""

import functools
from collections.abc import Sequence
from pathlib import Path

from sfteval.chat.places import Decode
from sfteval.chat.tokenizer import Tokenizer
from sfteval.checkpoints.content import chat_folder
from sfteval.contract.formats import FOLDERS, has_files
from sfteval.errors import CheckpointError
from sfteval.store import RunFolder
from sfteval.types import Checkpoint


def decoder(checkpoint: Checkpoint) -> Decode | None:
    """Return how the checkpoint's token ids become text, special tokens included; "" for ids that it cannot have."""
    folder = _tokenizer_folder(checkpoint)
    if folder is None or not (folder / "tokenizer.json").is_file():
        return None

    @functools.cache
    def tokenizer() -> Tokenizer | None:
        try:
            return Tokenizer.from_folder(folder)
        except CheckpointError:
            return None

    def decode(token_ids: Sequence[int]) -> str:
        found = tokenizer()
        try:
            return "" if found is None else found.decode(token_ids)
        except (OverflowError, TypeError):  # stored ids are data
            return ""

    return decode


def _tokenizer_folder(checkpoint: Checkpoint) -> Path | None:
    if checkpoint.path is None:
        return None
    if has_files(checkpoint):
        return chat_folder(checkpoint.path, checkpoint.base_path)
    if checkpoint.kind != "run":
        return None
    asked = RunFolder(checkpoint.path).manifest().get("checkpoint", {})
    known = isinstance(asked, dict) and asked.get("kind") in FOLDERS and isinstance(asked.get("argument"), str)
    return Path(asked["argument"]) if known else None
