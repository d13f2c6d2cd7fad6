"""A checkpoint on disk: a plain Hugging Face directory and `sft_run.json`, whole or not at all.

Everything is written under a temporary name beside the target and renamed last, so that a half-written checkpoint is
never taken for a whole one. The chat template is copied byte for byte; `generation_config.json` lists the token that
ends a turn. Does not know how the weights came about.
"""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sfteval.chat import ChatTemplate
from sfteval.chat.template import read_json
from sfteval.errors import CheckpointError, ConfigurationError, StoreError
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
    """Hand out a folder to write into; it becomes `out` when the block ends, and vanishes when the block fails.

    A checkpoint of ours that stands at `out` is replaced only then, and stays whole until the new one is in place.
    """
    out = out.resolve()
    refuse_foreign(out)
    temporary, old = _partial(out), out.with_name(f".{out.name}.old")
    try:
        with _locked(temporary):
            yield temporary
            if out.exists():
                shutil.rmtree(old, ignore_errors=True)
                out.rename(old)
            try:
                temporary.rename(out)
            except BaseException:
                if old.exists() and not out.exists():
                    old.rename(out)
                raise
            shutil.rmtree(old, ignore_errors=True)
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            str(out),
            expected="to write a checkpoint",
            got=f'"{error}"',
            next_move="Make room or choose another -o, then call the same command again",
        ) from error


def discard_partial(out: Path) -> None:
    """Remove what a writer that was stopped by force left beside `out`."""
    shutil.rmtree(_partial(out.resolve()), ignore_errors=True)


def _partial(out: Path) -> Path:
    return out.with_name(f".{out.name}.partial")


@contextmanager
def _locked(temporary: Path) -> Iterator[None]:
    """Make an empty folder that no other process writes into meanwhile."""
    temporary.mkdir(parents=True, exist_ok=True)
    handle = os.open(temporary, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise StoreError(
            str(temporary.parent),
            expected="to be the only one that writes there",
            got=f"another process that writes {temporary.name}",
            next_move="Wait for it to end, or choose another -o",
        ) from error
    try:
        for left in temporary.iterdir():  # of a writer that was killed
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield
    finally:
        os.close(handle)
        shutil.rmtree(temporary, ignore_errors=True)


def refuse_foreign(out: Path) -> None:
    """Refuse to replace what is not ours: a folder without our record, or one into which others have written."""
    if not out.exists():
        return
    written = (
        set(read_json(out / RUN_FILE).get("files_sha256", {})) | {RUN_FILE} if (out / RUN_FILE).is_file() else set()
    )
    foreign = sorted(path.name for path in out.iterdir() if path.name not in written) if out.is_dir() else [out.name]
    if foreign:
        raise CheckpointError(
            str(out),
            expected="a new folder, or a checkpoint of sfttrain to replace",
            got=f"something else: {foreign[0]}",
            next_move="Choose another -o, or move it away",
        )


def refuse_overwriting(out: Path, base: Path) -> None:
    """Refuse to write a checkpoint onto, into or around the base that it starts from."""
    out, base = out.resolve(), base.resolve()
    if out == base or out in base.parents or base in out.parents:
        raise CheckpointError(
            str(out), expected="a folder apart from the base", got=str(base), next_move="Choose another -o"
        )


def save_model(
    folder: Path, model: Any, base: Path, stop_token_ids: Sequence[int], weights: Mapping[str, Any] | None = None
) -> None:
    """Write weights and configuration, and what makes them a chat model: tokenizer, template, stop tokens.

    `weights` are the model's by name, whole where it is sharded. They are stored in the type that the base model has;
    the model itself keeps its own.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import GenerationConfig

    config = read_json(base / "config.json")
    name = str(config.get("dtype") or config.get("torch_dtype") or "float32")
    wanted = getattr(torch, name, torch.float32)
    weights = dict(model.state_dict(keep_vars=True)) if weights is None else weights
    stored = {id(one): one.detach().to(wanted) if one.is_floating_point() else one for one in weights.values()}
    _require_finite(stored.values())
    model.generation_config = GenerationConfig()  # the base's own is copied below, whatever transformers says of it
    try:
        with quiet():  # tied tensors stay one, and are written once
            model.save_pretrained(folder, state_dict={name: stored[id(one)] for name, one in weights.items()})
    except SafetensorError as error:  # a full disk, in the writer's own words
        raise OSError(str(error)) from error
    _write_json(folder / "config.json", read_json(folder / "config.json") | {"dtype": name})
    copy_chat_files(base, folder, stop_token_ids)


def _require_finite(weights: Iterable[Any]) -> None:
    if not all(bool(one.isfinite().all()) for one in weights):
        raise ConfigurationError(
            "training",
            expected="finite weights to write",
            got="inf or nan",
            next_move="Lower lr in [optimizer] or raise warmup_steps in [schedule]",
        )


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
    """Write `sft_run.json`, with the hash of every file that stands beside it."""
    files = {
        path.name: file_hash(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != RUN_FILE
    }
    _write_json(folder / RUN_FILE, {**run, "files_sha256": files})


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
    """Return whether this very checkpoint stands there whole: same recipe, data and base, every file as written."""
    with contextlib.suppress(CheckpointError, OSError):
        run = read_run(folder)
        files = run.get("files_sha256") or {}
        whole = bool(files) and all(file_hash(folder / name) == digest for name, digest in files.items())
        return run.get("identity") == identity and whole
    return False


def _write_json(path: Path, value: Json) -> None:
    write_atomically(path, json.dumps(value, indent=2, ensure_ascii=False, default=list) + "\n")
