"""A Hugging Face directory or a PEFT adapter in, a Checkpoint with its content fingerprint out.

Everything that can be wrong with a folder is said here, before a model is loaded. Does not know how it is asked.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from sfteval.chat import ChatTemplate
from sfteval.checkpoints.weights import check_safetensors, weight_files
from sfteval.errors import CheckpointError
from sfteval.identity import content_hash, fingerprint_files, hash_cache
from sfteval.types import Checkpoint

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json")


def open_directory(argument: str, path: Path) -> Checkpoint:
    if not path.is_dir():
        raise CheckpointError(
            argument,
            expected="a checkpoint directory",
            got="no such directory",
            next_move="Check the path; a hub name is written hf:ORG/NAME, a served model http://HOST:PORT/v1#MODEL",
        )
    if (path / "adapter_config.json").is_file():
        return _adapter(argument, path)
    if not (path / "config.json").is_file():
        raise CheckpointError(
            argument, expected="a config.json", got="none", next_move="Give the folder that `save_pretrained` wrote"
        )
    weights = weight_files(path)
    for file in weights:
        check_safetensors(file)
    training = _training(path)
    template = ChatTemplate.from_folder(path)
    kwargs = training.get("template_kwargs", {})
    tokenizer = [path / name for name in (*TOKENIZER_FILES, "config.json") if (path / name).is_file()]
    files = fingerprint_files([*weights, *tokenizer], hash_cache())
    return Checkpoint(
        argument=argument,
        kind="directory",
        name=_short_name(path),
        path=path,
        fingerprint=content_hash([files, template.sha256]),
        template_sha256=template.sha256,
        template_kwargs=kwargs,
        training=training,
    )


def _short_name(path: Path) -> str:
    return slug(path.resolve().name)


def _training(path: Path) -> dict[str, Any]:
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


def _adapter(argument: str, path: Path) -> Checkpoint:
    try:
        config = json.loads((path / "adapter_config.json").read_text(encoding="utf-8"))
        base = Path(config["base_model_name_or_path"])
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            str(path / "adapter_config.json"),
            expected="base_model_name_or_path",
            got=repr(error),
            next_move="Save the adapter again with peft",
        ) from error
    weights = path / "adapter_model.safetensors"
    if not weights.is_file():
        raise CheckpointError(
            argument, expected="adapter_model.safetensors", got="none", next_move="Save the adapter again with peft"
        )
    check_safetensors(weights)
    folder = next((candidate for candidate in (base, path / base) if candidate.is_dir()), None)
    if folder is None:
        raise CheckpointError(
            argument,
            expected="the adapter's base model on disk",
            got=str(base),
            next_move="Download the base and set base_model_name_or_path in adapter_config.json to its folder",
        )
    if (folder / "adapter_config.json").is_file():
        raise CheckpointError(
            argument,
            expected="a base that is a whole model",
            got=f"the adapter {base}",
            next_move="Merge that one first",
        )
    below = open_directory(str(folder), folder)
    training = _training(path)
    own = fingerprint_files([weights, path / "adapter_config.json"], hash_cache())
    return replace(
        below,
        argument=argument,
        kind="adapter",
        name=_short_name(path),
        path=path,
        base_path=folder,
        fingerprint=content_hash([below.fingerprint, own]),
        template_kwargs=training.get("template_kwargs", below.template_kwargs),
        training=training,
    )


def slug(name: str) -> str:
    """Return a name that can be a folder's: letters, digits, dots and dashes, none of them in front."""
    return re.sub(r"[^\w.+-]+", "-", name, flags=re.ASCII).strip("-.")[:80] or "checkpoint"
