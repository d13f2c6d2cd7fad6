"""A checkpoint on disk: a plain Hugging Face directory and `sft_run.json`, whole or not at all.

Everything is written under a temporary name beside the target and renamed last, so that a half-written checkpoint is
never taken for a whole one. The chat template is copied byte for byte; `generation_config.json` lists the token that
ends a turn. Does not know how the weights came about.
"""

import contextlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sfteval.chat import ChatTemplate
from sfteval.chat.template import read_json
from sfteval.errors import CheckpointError, StoreError
from sfteval.identity import file_hash, write_atomically
from sfteval.types import Json
from sfttrain.model import quiet

RUN_FILE = "sft_run.json"
COPIED = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
)


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Hand out a folder to write into; it becomes `out` when the block ends, and vanishes when the block fails."""
    if out.exists() and not (out / RUN_FILE).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise CheckpointError(
            str(out),
            expected="a new folder, or a checkpoint of sfttrain to replace",
            got="something else",
            next_move="Choose another -o, or move it away",
        )
    temporary = out.with_name(f".{out.name}.partial")
    old = out.with_name(f".{out.name}.old")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        yield temporary
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            out.rename(old)
        temporary.rename(out)
    except OSError as error:
        raise StoreError(
            str(out),
            expected="to write a checkpoint",
            got=f'"{error}"',
            next_move="Make room or choose another -o, then call the same command again",
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def save_model(folder: Path, model: Any, base: Path, stop_token_ids: Sequence[int]) -> None:
    """Write weights and configuration, and what makes them a chat model: tokenizer, template, stop tokens.

    Weights are stored in the type that the base model has; the model itself is left as it is.
    """
    import torch
    from safetensors import SafetensorError

    wanted = getattr(torch, str(read_json(base / "config.json").get("dtype") or "float32"), torch.float32)
    trained = model.dtype
    try:
        with quiet():
            model.to(wanted).save_pretrained(folder)
    except SafetensorError as error:  # a full disk, in the writer's own words
        raise OSError(str(error)) from error
    finally:
        model.to(trained)
    copy_chat_files(base, folder, stop_token_ids)


def copy_chat_files(base: Path, folder: Path, stop_token_ids: Sequence[int]) -> None:
    """Copy what renders and ends a conversation; the template keeps its bytes, or gets a file where it had none."""
    for name in COPIED:
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / name)
    template = base / "chat_template.jinja"
    source = template.read_bytes() if template.is_file() else ChatTemplate.from_folder(base).source.encode()
    (folder / "chat_template.jinja").write_bytes(source)
    settings = read_json(base / "generation_config.json") | {"eos_token_id": list(stop_token_ids)}
    _write_json(folder / "generation_config.json", settings)


def write_run(folder: Path, run: Json) -> None:
    """Write `sft_run.json`, with the hash of the weights that stand beside it."""
    weights = {path.name: file_hash(path) for path in sorted(folder.glob("*.safetensors"))}
    _write_json(folder / RUN_FILE, {**run, "weights_sha256": weights})


def read_run(folder: Path) -> dict[str, Any]:
    """Return what `sft_run.json` tells; a folder without it is no finished checkpoint of ours."""
    run = read_json(folder / RUN_FILE)
    if not run:
        raise CheckpointError(
            str(folder),
            expected=f"a finished checkpoint with {RUN_FILE}",
            got="none",
            next_move="Train it again; what was finished is reused",
        )
    return run


def is_finished(folder: Path, identity: str) -> bool:
    """Return whether this very checkpoint stands there whole: same recipe, data and base, weights as written."""
    with contextlib.suppress(CheckpointError, OSError):
        run = read_run(folder)
        weights = run.get("weights_sha256") or {}
        whole = bool(weights) and all(file_hash(folder / name) == digest for name, digest in weights.items())
        return run.get("identity") == identity and whole
    return False


def _write_json(path: Path, value: Json) -> None:
    write_atomically(path, json.dumps(value, indent=2, ensure_ascii=False, default=list) + "\n")
