"""Checkpoints that are no folder of ours: the hub, a served endpoint, a stored run, a file of answers or of scores."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from sfteval.baseline import NAMES, load_baseline
from sfteval.checkpoints.content import slug
from sfteval.checkpoints.directory import open_directory
from sfteval.errors import CheckpointError
from sfteval.identity import file_hash
from sfteval.types import Checkpoint


def hub_model(argument: str) -> Checkpoint:
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
    return replace(open_directory(folder, Path(folder)), argument=argument, kind="hub", name=name.split("/")[-1])


def endpoint(argument: str) -> Checkpoint:
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
    if not _can_be_reached(url):
        raise CheckpointError(
            argument,
            expected="http://HOST:PORT/v1#MODEL with a host and a port up to 65535",
            got=host,
            next_move="Check the address",
        )
    return Checkpoint(
        argument=argument, kind="endpoint", name=slug(model.split("/")[-1]), url=url.rstrip("/"), model=model
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _can_be_reached(url: str) -> bool:
    """Return whether an address has a host without empty labels and a port that exists."""
    try:
        split = urlsplit(url)
        return all((split.hostname or "").removesuffix(".").split(".")) and split.port != 0
    except ValueError:
        return False


def stored_run(argument: str) -> Checkpoint:
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
        if not isinstance(manifest.get("settings", {}), dict):
            raise TypeError('"settings" is not dict')
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
        name=slug(identity.get("name", path.name)),
        path=path,
        fingerprint=identity.get("fingerprint"),
        template_sha256=identity.get("template_sha256"),
        template_kwargs=identity.get("template_kwargs", {}),
        training=identity.get("training", {}),
    )


def responses_file(argument: str) -> Checkpoint:
    path = Path(argument.removeprefix("responses:"))
    if path.is_dir():
        raise CheckpointError(
            argument,
            expected="a JSONL file of answers",
            got="a folder",
            next_move="Give a file in it, or run:FOLDER for a folder that `sfteval run` wrote",
        )
    if not path.is_file():
        raise CheckpointError(
            argument, expected="a JSONL file of answers", got="no such file", next_move="Check the path"
        )
    return Checkpoint(argument=argument, kind="responses", name=slug(path.stem), path=path, fingerprint=file_hash(path))


def saved_scores(argument: str) -> Checkpoint:
    if not argument.endswith(NAMES):
        raise CheckpointError(
            argument,
            expected="a checkpoint directory",
            got="a file",
            next_move="Answers made elsewhere are written responses:FILE, a saved baseline is a .json or .json.gz",
        )
    told = load_baseline(Path(argument)).checkpoint
    fingerprint, template = (told.get(key) for key in ("fingerprint", "template_sha256"))
    return Checkpoint(
        argument=argument,
        kind="scores",
        name=slug(str(told.get("name") or Path(argument).stem)),
        path=Path(argument),
        fingerprint=fingerprint if isinstance(fingerprint, str) else None,
        template_sha256=template if isinstance(template, str) else None,
    )
