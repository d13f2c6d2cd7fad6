"""Which checkpoints one server can serve, and under which names: checkpoints in, groups and what each serves out.

Adapters of one base that speak alike share a server with it; the same weights under two settings are one model under
one name. vLLM speaks to an adapter as to its base: a template or a tokenizer of its own is handed over as files.
Knows no process.
"""

from collections.abc import Sequence
from pathlib import Path

from sfteval.backends.vllm.command import Served, parsers
from sfteval.chat import ChatFormat
from sfteval.chat.template import ChatTemplate
from sfteval.errors import SftevalError
from sfteval.identity import canonical_json, content_hash, file_hash, write_atomically
from sfteval.types import Checkpoint


def served_by(members: Sequence[Checkpoint], chat: ChatFormat, logs: Path) -> Served:
    """Return what the server of these checkpoints serves; they share a base and speak alike."""
    base = members[0].base_path or members[0].path
    assert base is not None
    adapters = {served_name(one): one.path.resolve() for one in members if one.base_path and one.path is not None}
    whole = next((served_name(one) for one in members if not one.base_path), "base")
    own = members[0].path if members[0].base_path else None
    tokenizer = own if own is not None and _tokenizer_hash(own) not in (None, _tokenizer_hash(base)) else None
    return Served(
        folder=base.resolve(),
        name=whole,
        adapters=adapters,
        parsers=parsers(chat),
        tokenizer=tokenizer.resolve() if tokenizer else None,
        chat_template=_template_file(base, chat, logs),
    )


def served_name(checkpoint: Checkpoint) -> str:
    """Return under which name a server answers for a checkpoint: by its content, whatever people call it."""
    return f"model-{content(checkpoint)[:12]}"


def content(checkpoint: Checkpoint) -> str:
    """Return what a checkpoint is, whatever it is called and however it is asked."""
    return checkpoint.fingerprint or content_hash(str(checkpoint.path))


def asked_as(checkpoint: Checkpoint) -> str:
    """Return what a checkpoint is and how it is asked."""
    return content_hash(
        [content(checkpoint), canonical_json(checkpoint.template_kwargs), canonical_json(checkpoint.sampling_overrides)]
    )


def shared_by(checkpoint: Checkpoint, chat: ChatFormat) -> str:
    """Return what all checkpoints of one server have in common."""
    folder = checkpoint.base_path or checkpoint.path
    assert folder is not None
    assert checkpoint.path is not None
    tokenizer = _tokenizer_hash(checkpoint.path) or _tokenizer_hash(folder)
    return content_hash([str(folder.resolve()), tokenizer, chat.template.sha256])


def _tokenizer_hash(folder: Path) -> str | None:
    path = folder / "tokenizer.json"
    return file_hash(path) if path.is_file() else None


def _template_file(base: Path, chat: ChatFormat, logs: Path) -> Path | None:
    """Return a file with the template where it is not the base's own, for a server that would use that."""
    try:
        if ChatTemplate.from_folder(base).source == chat.template.source:
            return None
    except SftevalError:
        pass  # a base without a template
    logs.mkdir(parents=True, exist_ok=True)
    path = logs / f"vllm-template-{chat.template.sha256[:12]}.jinja"
    write_atomically(path, chat.template.source)
    return path.resolve()
