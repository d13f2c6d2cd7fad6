"""What a checkpoint folder holds, read without a model: its chat files, its training record, and the hash of it all.

The same for a whole model and for an adapter. Does not know what an adapter rests on, nor how a checkpoint is asked.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sfteval.chat.format import holds_chat
from sfteval.checkpoints.weights import check_safetensors, weight_files
from sfteval.errors import CheckpointError
from sfteval.identity import fingerprint_files, hash_cache

CHAT_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json")
TEMPLATE_FILE = "chat_template.jinja"


def chat_folder(path: Path, base: Path | None) -> Path:
    """Return where a conversation is rendered from: `path` where it holds tokenizer and template, else its base."""
    return path if base is None or holds_chat(path) else base


def hash_of_files(path: Path, weights: Sequence[Path], *others: str) -> str:
    """Return one hash over weights, chat files and other named files of a folder, those of them that are there."""
    named = [path / name for name in (*CHAT_FILES, *others) if (path / name).is_file()]
    return fingerprint_files([*weights, *named], hash_cache())


def hash_of_model(path: Path) -> str:
    """Return the hash of a whole model's files, its template aside.

    Raises: CheckpointError where a weight file is missing or half-written.
    """
    weights = weight_files(path)
    for file in weights:
        check_safetensors(file)
    return hash_of_files(path, weights, "config.json")


def training_record(path: Path) -> dict[str, Any]:
    """Return what `sft_run.json` tells; empty where there is none.

    Raises: CheckpointError for a torn record.
    """
    record = path / "sft_run.json"
    if not record.is_file():
        return {}
    try:
        value = json.loads(record.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(
            str(record),
            expected="valid JSON",
            got=str(error),
            next_move="Train again, or delete the file to go without it",
        ) from error
    if not isinstance(value, dict) or not isinstance(value.get("template_kwargs", {}), dict):
        raise CheckpointError(
            str(record), expected="an object", got=str(value)[:40], next_move="Train again, or delete the file"
        )
    return value


def short_name(path: Path) -> str:
    """Return a folder's name as people read it."""
    return slug(path.resolve().name)


def slug(name: str) -> str:
    """Return a name that can be a folder's: letters, digits, dots and dashes, none of them in front."""
    return re.sub(r"[^\w.+-]+", "-", name, flags=re.ASCII).strip("-.")[:80] or "checkpoint"
