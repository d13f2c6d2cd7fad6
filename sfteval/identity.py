"""Fingerprints and content hashes: what a thing is, never what it is called.

Retraining in place must never reuse old answers; renaming must not ask again. A file's full hash is remembered beside
it under (size, modification time, inode), so that the second look at a large checkpoint costs nothing.
Does not know what a checkpoint or a sample means.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CHUNK_BYTES = 1 << 22
# By which a base model is known, to the trainer and to whoever asks an adapter of it.
MODEL_FILES = ("*.safetensors", "config.json", "generation_config.json", "tokenizer*.json", "*.jinja")


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, default=list)


def content_hash(value: Any) -> str:
    """Return the sha256 of a JSON value's canonical text, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def text_hash(text: str) -> str:
    """Return the sha256 of a text; lone surrogates count as what they are."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def file_hash(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def cached_file_hash(path: Path, cache_folder: Path) -> str:
    """Return `file_hash(path)`, remembered in `cache_folder` for as long as the file stays the same file."""
    stat = path.stat()
    key = content_hash([str(path.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_ctime_ns])
    remembered = cache_folder / key
    with contextlib.suppress(OSError):
        known = remembered.read_text()
        if len(known) == 64:
            return known
    digest = file_hash(path)
    with contextlib.suppress(OSError):  # a read-only home only costs time
        cache_folder.mkdir(parents=True, exist_ok=True)
        write_atomically(remembered, digest)
    return digest


def fingerprint_files(paths: Iterable[Path], cache_folder: Path) -> str:
    """Return one hash over files, by file name and content; the folder they stand in does not matter."""
    return content_hash(sorted((path.name, cached_file_hash(path, cache_folder)) for path in paths))


def hash_cache() -> Path:
    """Return the folder where file hashes are remembered, in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sfteval" / "hashes"


def write_atomically(path: Path, text: str) -> None:
    """Write a whole file or nothing: a reader never sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
