"""A checkpoint in, the chat formats out that it was trained with and that its files hold now; and probes rendered.

What training saved in `sft_run.json` goes before the files: it is what the weights know. The tokenizer is the folder's.
Does not compare.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sfteval.chat import ChatFormat, ChatTemplate
from sfteval.checkpoints.content import chat_folder
from sfteval.contract.probes import Probe
from sfteval.errors import TemplateError
from sfteval.types import Checkpoint, Json

FOLDERS = ("directory", "adapter", "hub")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A probe's token ids, and those without the generation prompt."""

    token_ids: tuple[int, ...]
    closed: tuple[int, ...] = ()


def has_files(checkpoint: Checkpoint) -> bool:
    """Return whether the checkpoint is a folder that holds its chat format."""
    return checkpoint.kind in FOLDERS and checkpoint.path is not None


def own_format(checkpoint: Checkpoint) -> ChatFormat:
    """Return the chat format that the checkpoint's files hold now."""
    assert checkpoint.path is not None
    return ChatFormat.from_folder(chat_folder(checkpoint.path, checkpoint.base_path))


def own_template(checkpoint: Checkpoint) -> ChatTemplate:
    """Return the chat template that the checkpoint's files hold now; no tokenizer is read."""
    assert checkpoint.path is not None
    return ChatTemplate.from_folder(chat_folder(checkpoint.path, checkpoint.base_path))


def trained_template(checkpoint: Checkpoint) -> ChatTemplate | None:
    """Return the template that training saved; None: there is no record of its text.

    Raises: TemplateError for a record that is no template.
    """
    contract = checkpoint.training.get("contract")
    if not isinstance(contract, Mapping) or not isinstance(source := contract.get("template"), str):
        return None
    return ChatTemplate(source, _texts(contract.get("special_tokens")), "sft_run.json, contract")


def contract_format(checkpoint: Checkpoint) -> ChatFormat:
    """Return the chat format that must be kept: the trained template where it is known, else the folder's."""
    own, trained = own_format(checkpoint), trained_template(checkpoint)
    return own if trained is None else replace(own, template=trained)


def rendered(chat: ChatFormat, probe: Probe, kwargs: Json) -> Rendered | TemplateError:
    """Return the probe's token ids, or why the template refuses it; `kwargs` are the checkpoint's own."""
    kwargs = {**kwargs, **probe.template_kwargs}
    try:
        closed = _encoded(chat, probe, kwargs, add_generation_prompt=False)
        if not probe.add_generation_prompt:
            return Rendered(closed)
        return Rendered(_encoded(chat, probe, kwargs, add_generation_prompt=True), closed)
    except TemplateError as refused:
        return refused


def _encoded(chat: ChatFormat, probe: Probe, kwargs: Json, *, add_generation_prompt: bool) -> tuple[int, ...]:
    text = chat.template.render(probe.messages, probe.tools, kwargs, add_generation_prompt=add_generation_prompt)
    return chat.tokenizer.encode(text)


def _texts(value: Any) -> dict[str, str]:
    found = value if isinstance(value, Mapping) else {}
    return {str(name): text for name, text in found.items() if isinstance(text, str)}
