"""The weight files of a checkpoint folder: all of them there, and each of them whole.

A half-written file is refused here, before a library reads it. Does not load a tensor.
"""

import json
import struct
from pathlib import Path

from sfteval.errors import CheckpointError


def weight_files(path: Path) -> list[Path]:
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


def check_safetensors(path: Path) -> None:
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
