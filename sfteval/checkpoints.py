"""The argument forms of a checkpoint in, a Checkpoint with its fingerprint out.

A directory | a PEFT adapter directory | `hf:ORG/NAME[@REV]` | `http://host:port/v1#model` | `run:DIR` |
`responses:FILE.jsonl`. Everything that can be wrong with a directory is said here, before a model is loaded.
Does not know how a checkpoint is asked.
"""

import json
import re
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sfteval.chat import ChatTemplate
from sfteval.errors import CheckpointError, ConfigurationError, nearest
from sfteval.identity import content_hash, file_hash, fingerprint_files, hash_cache
from sfteval.types import Checkpoint

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json")


def resolve_checkpoint(argument: str) -> Checkpoint:
    """Return what a checkpoint argument names, with its content fingerprint where there is one.

    Raises: CheckpointError for anything that cannot be asked.
    """
    if argument.startswith(("http://", "https://")):
        return _endpoint(argument)
    if argument.startswith("run:"):
        return _stored_run(argument)
    if argument.startswith("responses:"):
        return _responses(argument)
    if argument.startswith("hf:"):
        return _hub(argument)
    return _directory(argument, Path(argument))


def with_overrides(checkpoint: Checkpoint, settings: dict[str, Any]) -> Checkpoint:
    """Return the checkpoint with one side's settings: sampling keys are sampling, the rest template kwargs."""
    sampling_keys = {"temperature", "top_p", "top_k", "max_tokens", "stop"}
    sampling = {key: value for key, value in settings.items() if key in sampling_keys}
    kwargs = {key: value for key, value in settings.items() if key not in sampling_keys}
    if settings and checkpoint.kind in ("run", "responses"):
        raise ConfigurationError(
            checkpoint.argument,
            expected="no settings for answers that exist already",
            got=", ".join(settings),
            next_move="Leave --baseline-set or --candidate-set of that side away",
        )
    if kwargs and checkpoint.path is not None:
        known = {*ChatTemplate.from_folder(checkpoint.base_path or checkpoint.path).variables(), *sampling_keys}
        for key in kwargs:
            if key not in known:
                raise ConfigurationError(
                    checkpoint.argument,
                    expected="a sampling key or a variable of its chat template",
                    got=f'"{key}"',
                    next_move=nearest(key, known),
                )
    return replace(
        checkpoint,
        sampling_overrides={**checkpoint.sampling_overrides, **sampling},
        template_kwargs={**checkpoint.template_kwargs, **kwargs},
    )


# -- a directory ------------------------------------------------------------------------------------------------------


def _directory(argument: str, path: Path) -> Checkpoint:
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
    weights = _weight_files(path)
    for file in weights:
        _check_safetensors(file)
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
    return _slug(path.resolve().name)


def _slug(name: str) -> str:
    """Return a name that can be a folder's: letters, digits, dots and dashes, none of them in front."""
    return re.sub(r"[^\w.+-]+", "-", name, flags=re.ASCII).strip("-.")[:80] or "checkpoint"


def _weight_files(path: Path) -> list[Path]:
    index = path / "model.safetensors.index.json"
    if index.is_file():
        try:
            named = sorted(set(json.loads(index.read_text())["weight_map"].values()))
        except (ValueError, KeyError, AttributeError) as error:
            raise CheckpointError(
                str(index), expected="a weight_map", got=repr(error), next_move="Save the checkpoint again"
            ) from error
        missing = [name for name in named if not (path / name).is_file()]
        if missing:
            raise CheckpointError(
                str(path),
                expected=f"{len(named)} weight files",
                got=f"{missing[0]} missing",
                next_move="Finish the copy or save the checkpoint again",
            )
        return [path / name for name in named]
    files = sorted(path.glob("*.safetensors"))
    shards = [file.name for file in files if "-of-" in file.name]
    if shards:
        raise CheckpointError(
            str(path),
            expected="model.safetensors.index.json beside its shards",
            got=f"{shards[0]} without it",
            next_move="Finish the copy or save the checkpoint again",
        )
    if not files:
        pickled = bool(list(path.glob("*.bin")) + list(path.glob("*.pt")))
        raise CheckpointError(
            str(path),
            expected="weights as safetensors",
            got="pickled weights only" if pickled else "no weights",
            next_move="Save with `save_pretrained(..., safe_serialization=True)`"
            if pickled
            else "Wait for training to finish, or give the folder that holds model.safetensors",
        )
    return files


def _check_safetensors(path: Path) -> None:
    """Refuse a half-written file: the header must be whole and name exactly the bytes that are there."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > size:
                raise ValueError("header longer than the file")
            header = json.loads(file.read(length))
        end = max((entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"), default=0)
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            str(path), expected="a whole safetensors file", got=str(error), next_move="Save the checkpoint again"
        ) from error
    if size != 8 + length + end:
        raise CheckpointError(
            str(path),
            expected=f"a whole safetensors file of {8 + length + end:,} bytes",
            got=f"{size:,} bytes",
            next_move="It is half-written: finish the copy or save the checkpoint again",
        )


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
    _check_safetensors(weights)
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
    below = _directory(str(folder), folder)
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


# -- elsewhere --------------------------------------------------------------------------------------------------------


def _hub(argument: str) -> Checkpoint:
    name, _, revision = argument.removeprefix("hf:").partition("@")
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise CheckpointError(
            argument, expected="huggingface_hub", got="not installed", next_move="pip install 'sfteval[local]'"
        ) from error
    try:
        folder = snapshot_download(name, revision=revision or None, ignore_patterns=["*.bin", "*.pt", "*.gguf"])
    except Exception as error:  # the hub client raises many kinds; each means that the model cannot be had
        raise CheckpointError(
            argument,
            expected="a model that the hub or its cache can give",
            got=str(error).split("\n")[0],
            next_move="Check the name and the network, or give a directory",
        ) from error
    return replace(_directory(folder, Path(folder)), argument=argument, kind="hub", name=name.split("/")[-1])


def _endpoint(argument: str) -> Checkpoint:
    url, _, model = argument.partition("#")
    host = _host(url)
    if "@" in host:
        raise CheckpointError(
            f"the endpoint of {model or 'a model'}",
            expected="an address without a password",
            got="one with a password in it",
            next_move="Leave it away and set SFTEVAL_API_KEY",
        )
    if not model or not host:
        raise CheckpointError(
            argument,
            expected="http://HOST:PORT/v1#MODEL",
            got="no #MODEL",
            next_move="Add # and the served model's name",
        )
    return Checkpoint(
        argument=argument, kind="endpoint", name=_slug(model.split("/")[-1]), url=url.rstrip("/"), model=model
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _stored_run(argument: str) -> Checkpoint:
    path = Path(argument.removeprefix("run:"))
    if not (path / "run.json").is_file():
        raise CheckpointError(
            argument,
            expected="a run folder with run.json",
            got="none",
            next_move="Give a folder that `sfteval run` wrote",
        )
    try:
        manifest = json.loads((path / "run.json").read_text(encoding="utf-8"))
        identity = manifest["checkpoint"]
        for key, kind in (("name", str), ("template_kwargs", dict), ("training", dict)):
            if not isinstance(identity.get(key, kind()), kind):
                raise TypeError(f'"{key}" is not {kind.__name__}')
        if not isinstance(identity.get("fingerprint"), str | None):
            raise TypeError('"fingerprint" is not text')
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            str(path / "run.json"), expected="a whole manifest", got=repr(error), next_move="Run the checkpoint again"
        ) from error
    return Checkpoint(
        argument=argument,
        kind="run",
        name=_slug(identity.get("name", path.name)),
        path=path,
        fingerprint=identity.get("fingerprint"),
        template_sha256=identity.get("template_sha256"),
        template_kwargs=identity.get("template_kwargs", {}),
        training=identity.get("training", {}),
    )


def _responses(argument: str) -> Checkpoint:
    path = Path(argument.removeprefix("responses:"))
    if not path.is_file():
        raise CheckpointError(
            argument, expected="a JSONL file of answers", got="no such file", next_move="Check the path"
        )
    return Checkpoint(
        argument=argument, kind="responses", name=_slug(path.stem), path=path, fingerprint=file_hash(path)
    )
