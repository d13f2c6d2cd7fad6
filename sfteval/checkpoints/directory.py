"""A Hugging Face directory in, a Checkpoint with its content fingerprint out; an adapter is handed to `adapter`.

Everything that can be wrong with a folder is said here, before a model is loaded. Does not know how it is asked.
"""

from pathlib import Path

from sfteval.chat import ChatTemplate
from sfteval.checkpoints.adapter import ADAPTER_CONFIG, open_adapter
from sfteval.checkpoints.content import hash_of_model, short_name, training_record
from sfteval.errors import CheckpointError
from sfteval.identity import content_hash
from sfteval.types import Checkpoint


def open_directory(argument: str, path: Path) -> Checkpoint:
    """Return the model or the adapter in a folder.

    Raises: CheckpointError, TemplateError for a folder that cannot be asked.
    """
    if not path.is_dir():
        raise CheckpointError(
            argument,
            expected="a checkpoint directory",
            got="no such directory",
            next_move="Check the path; a hub name is written hf:ORG/NAME, a served model http://HOST:PORT/v1#MODEL",
        )
    if (path / ADAPTER_CONFIG).is_file():
        return open_adapter(argument, path)
    if not (path / "config.json").is_file():
        raise CheckpointError(
            argument, expected="a config.json", got="none", next_move="Give the folder that `save_pretrained` wrote"
        )
    files = hash_of_model(path)
    training = training_record(path)
    template = ChatTemplate.from_folder(path)
    return Checkpoint(
        argument=argument,
        kind="directory",
        name=short_name(path),
        path=path,
        fingerprint=content_hash([files, template.sha256]),
        template_sha256=template.sha256,
        template_kwargs=training.get("template_kwargs", {}),
        training=training,
    )
