"""The argument forms of a checkpoint in, a Checkpoint with its fingerprint out.

A directory | a PEFT adapter directory | `hf:ORG/NAME[@REV]` | `http://host:port/v1#model` | `run:DIR` |
`responses:FILE.jsonl`. Everything that can be wrong with a directory is said here, before a model is loaded.
Does not know how a checkpoint is asked.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from sfteval.chat import ChatTemplate
from sfteval.checkpoints.content import chat_folder
from sfteval.checkpoints.directory import open_directory
from sfteval.checkpoints.elsewhere import endpoint, hub_model, responses_file, stored_run
from sfteval.checkpoints.pattern import is_pattern, matching
from sfteval.errors import ConfigurationError, nearest
from sfteval.types import Checkpoint

__all__ = ["is_pattern", "matching", "resolve_checkpoint", "with_overrides"]


def resolve_checkpoint(argument: str) -> Checkpoint:
    """Return what a checkpoint argument names, with its content fingerprint where there is one.

    Raises: CheckpointError for anything that cannot be asked.
    """
    if argument.startswith(("http://", "https://")):
        return endpoint(argument)
    if argument.startswith("run:"):
        return stored_run(argument)
    if argument.startswith("responses:"):
        return responses_file(argument)
    if argument.startswith("hf:"):
        return hub_model(argument)
    return open_directory(argument, Path(argument))


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
        template = ChatTemplate.from_folder(chat_folder(checkpoint.path, checkpoint.base_path))
        known = {*template.variables(), *sampling_keys}
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
