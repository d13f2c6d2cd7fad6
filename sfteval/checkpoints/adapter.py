"""A PEFT adapter directory in, a Checkpoint that rests on a base model out.

The base is what `base_model_name_or_path` names, as seen from the adapter's folder first (sfttrain writes it so, that
both may move together), then from where the command was called. The adapter's own chat files go before the base's:
they are what it was trained with. A training record that tells of another base is refused here, before anything is
loaded. Does not know how a checkpoint is asked.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sfteval.chat import ChatTemplate
from sfteval.chat.template import read_json
from sfteval.checkpoints.content import chat_folder, hash_of_files, hash_of_model, short_name, training_record
from sfteval.checkpoints.weights import check_safetensors
from sfteval.errors import CheckpointError
from sfteval.identity import MODEL_FILES, content_hash, fingerprint_files, hash_cache, text_hash
from sfteval.types import Checkpoint, Json

ADAPTER_CONFIG, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
BASE_KEY = "base_model_name_or_path"


def open_adapter(argument: str, path: Path) -> Checkpoint:
    """Return the adapter in a folder, with the base that it rests on.

    Raises: CheckpointError where the adapter is torn, or its base missing, no whole model, or another one.
    """
    config = read_json(path / ADAPTER_CONFIG)
    weights = path / ADAPTER_WEIGHTS
    if not weights.is_file():
        raise CheckpointError(
            argument, expected=ADAPTER_WEIGHTS, got="none", next_move="Save the adapter again with peft"
        )
    check_safetensors(weights)
    base = _base_of(argument, path, config)
    files = [hash_of_model(base), hash_of_files(path, [weights])]
    training = training_record(path)
    _refuse_another_base(argument, base, training)
    template = ChatTemplate.from_folder(chat_folder(path, base))
    return Checkpoint(
        argument=argument,
        kind="adapter",
        name=short_name(path),
        path=path,
        base_path=base,
        fingerprint=content_hash([*files, _hash_of_config(config), template.sha256]),
        template_sha256=template.sha256,
        template_kwargs=training.get("template_kwargs", training_record(base).get("template_kwargs", {})),
        training=training,
    )


def _base_of(argument: str, path: Path, config: Json) -> Path:
    named = config.get(BASE_KEY)
    if not isinstance(named, str) or not named:
        raise CheckpointError(
            str(path / ADAPTER_CONFIG), expected=BASE_KEY, got=repr(named), next_move="Save the adapter again with peft"
        )
    base = next((folder for folder in (path / named, Path(named)) if os.path.isdir(folder)), None)
    if base is None:
        raise CheckpointError(
            argument,
            expected="the adapter's base model on disk",
            got=named,
            next_move=f"Download the base and set {BASE_KEY} in {ADAPTER_CONFIG} to its folder",
        )
    if (base / ADAPTER_CONFIG).is_file():
        raise CheckpointError(
            argument,
            expected="a base that is a whole model",
            got=f"the adapter {named}",
            next_move="Merge that one first",
        )
    if not (base / "config.json").is_file():
        raise CheckpointError(
            str(base), expected="a config.json", got="none", next_move="Give the folder that `save_pretrained` wrote"
        )
    return base


def _hash_of_config(config: Json) -> str:
    """Hash what the adapter is; where its base stands is no part of that."""
    return text_hash(json.dumps({key: value for key, value in config.items() if key != BASE_KEY}, sort_keys=True))


def _refuse_another_base(argument: str, base: Path, training: Mapping[str, Any]) -> None:
    record = training.get("base")
    trained_on = record.get("fingerprint") if isinstance(record, Mapping) else None
    if trained_on is None:
        return
    paths = [path for pattern in MODEL_FILES for path in sorted(base.glob(pattern))]
    found = fingerprint_files(paths, hash_cache())
    if found != trained_on:
        raise CheckpointError(
            argument,
            expected=f"the base that it was trained on (fingerprint {str(trained_on)[:12]})",
            got=f"another one ({found[:12]}) in {base}",
            next_move=f"Restore that base, or set {BASE_KEY} in {ADAPTER_CONFIG} to its folder",
        )
