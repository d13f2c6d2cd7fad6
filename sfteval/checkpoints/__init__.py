"""The argument forms of a checkpoint in, a Checkpoint with its fingerprint out.

A directory | a PEFT adapter directory | `hf:ORG/NAME[@REV]` | `http://host:port/v1#model` | `run:DIR` |
`responses:FILE.jsonl` | a saved baseline, to be compared with only. Everything that can be wrong with a directory is
said here, before a model is loaded. Does not know how a checkpoint is asked.
"""

from collections.abc import Collection
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sfteval.chat import ChatTemplate
from sfteval.checkpoints.content import chat_folder
from sfteval.checkpoints.directory import open_directory
from sfteval.checkpoints.elsewhere import endpoint, hub_model, responses_file, saved_scores, stored_run
from sfteval.checkpoints.pattern import is_pattern, matching
from sfteval.errors import ConfigurationError, nearest
from sfteval.types import Checkpoint, Sampling

__all__ = ["is_pattern", "matching", "resolve_checkpoint", "with_overrides"]

SAMPLING_KEYS = frozenset(field.name for field in fields(Sampling))
# What servers and libraries call other settings of sampling: ours never change, and no template knows them.
NOT_OURS = frozenset(
    ("min_p", "typical_p", "presence_penalty", "frequency_penalty", "repetition_penalty", "length_penalty",
     "no_repeat_ngram_size", "logit_bias", "bad_words", "allowed_token_ids", "seed", "n", "best_of", "num_beams",
     "use_beam_search", "do_sample", "max_completion_tokens", "max_new_tokens", "max_length", "min_tokens",
     "min_new_tokens", "stop_token_ids", "stop_strings", "ignore_eos", "logprobs", "top_logprobs")
)  # fmt: skip
TOOL_CHOICE, CHOICES = "tool_choice", ("auto", "required")
NEAR = 0.75  # a ratio of difflib: "max_token" is a slip of "max_tokens", "max_thinking_tokens" is not


def resolve_checkpoint(argument: str) -> Checkpoint:
    """Return what a checkpoint argument names, with its content fingerprint where there is one.

    Raises: CheckpointError for anything that cannot be asked.
    """
    if argument.lower().startswith(("http://", "https://")):
        return endpoint(argument)
    if argument.startswith("run:"):
        return stored_run(argument)
    if argument.startswith("responses:"):
        return responses_file(argument)
    if argument.startswith("hf:"):
        return hub_model(argument)
    if Path(argument).is_file():
        return saved_scores(argument)
    return open_directory(argument, Path(argument))


def with_overrides(checkpoint: Checkpoint, settings: dict[str, Any]) -> Checkpoint:
    """Return the checkpoint with one side's settings: sampling keys, an endpoint's tool_choice, else template kwargs.

    Raises: ConfigurationError for a setting that would do nothing.
    """
    sampling = {key: value for key, value in settings.items() if key in SAMPLING_KEYS}
    kwargs = {key: value for key, value in settings.items() if key not in SAMPLING_KEYS | {TOOL_CHOICE}}
    if settings and checkpoint.kind in ("run", "responses", "scores"):
        raise ConfigurationError(
            checkpoint.argument,
            expected="no settings for answers that exist already",
            got=", ".join(settings),
            next_move="Leave --baseline-set or --candidate-set of that side away",
        )
    _check_kwargs(checkpoint, kwargs)
    choice = settings.get(TOOL_CHOICE, checkpoint.tool_choice)
    _check_choice(checkpoint, choice)
    return replace(
        checkpoint,
        sampling_overrides={**checkpoint.sampling_overrides, **sampling},
        template_kwargs={**checkpoint.template_kwargs, **kwargs},
        tool_choice=choice,
    )


def _check_choice(checkpoint: Checkpoint, choice: object) -> None:
    """Refuse a tool_choice that nobody reads: only a server can help a model with the form of its calls.

    Raises: ConfigurationError.
    """
    if choice not in CHOICES or (choice != "auto" and checkpoint.kind != "endpoint"):
        known = " or ".join(CHOICES)
        raise ConfigurationError(
            f"{checkpoint.argument}, {TOOL_CHOICE}",
            expected=known if checkpoint.kind == "endpoint" else "an endpoint, for here no call is forced",
            got=f'"{choice}"',
            next_move=f"Write {known}" if checkpoint.kind == "endpoint" else "Leave it away",
        )


def _check_kwargs(checkpoint: Checkpoint, kwargs: Collection[str]) -> None:
    """Refuse what is no variable of the chat template, or, where only a server has that, what looks like sampling.

    Raises: ConfigurationError.
    """
    known, variables = SAMPLING_KEYS, frozenset[str]()
    if kwargs and checkpoint.path is not None:
        template = ChatTemplate.from_folder(chat_folder(checkpoint.path, checkpoint.base_path))
        known = variables = SAMPLING_KEYS | template.variables()
    for key in kwargs:
        looks_like_sampling = key.lower() in NOT_OURS or get_close_matches(key.lower(), SAMPLING_KEYS, cutoff=NEAR)
        if key not in variables and (checkpoint.path is not None or looks_like_sampling):
            raise ConfigurationError(
                checkpoint.argument,
                expected="a sampling key or a variable of its chat template",
                got=f'"{key}"',
                next_move=nearest(key, known),
            )
