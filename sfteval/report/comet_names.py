"""A Checkpoint in, how its experiment is called in Comet out: `{model}-{variant}-{step}@{run8}`, and what it came from.

What is not known is left out: the checkpoint of somebody else has a name and nothing more. The model is the
checkpoint's name; where that only says the variant again (`lab/think`), the name of its base model.
"""

from collections.abc import Mapping

from sfteval.report.text import one_line
from sfteval.tracking import last_part
from sfteval.types import Checkpoint

ARMS: dict[object, str] = {True: "think", False: "no-think"}


def experiment_name(checkpoint: Checkpoint) -> str:
    """Return the name of a checkpoint's experiment."""
    told = facts(checkpoint)
    kind, name = variant(checkpoint), one_line(checkpoint.name)
    parts = (told["base"] if name == kind else name, kind, told["step"])
    identity = (checkpoint.fingerprint or "").removeprefix("sha256:")[:8] or "unverified"
    return f"{'-'.join(str(part) for part in parts if part not in (None, ''))}@{identity}"


def variant(checkpoint: Checkpoint) -> str:
    """Return the arm that it was trained as, else whether it is asked to think; "": neither is known."""
    if arm := checkpoint.training.get("arm"):
        return one_line(str(arm))
    return ARMS.get(checkpoint.template_kwargs.get("enable_thinking", ""), "")


def facts(checkpoint: Checkpoint) -> dict[str, str | int | None]:
    """Return the checkpoint's name, its base model's and its step of training; null where one is not known."""
    steps = checkpoint.training.get("cursor")
    return {
        "checkpoint": one_line(checkpoint.name),
        "base": _base(checkpoint),
        "step": steps if isinstance(steps, int) else None,
    }


def _base(checkpoint: Checkpoint) -> str | None:
    told = checkpoint.training.get("base")
    path = told.get("path") if isinstance(told, Mapping) else None
    if not isinstance(path, str):
        path = str(checkpoint.base_path or "")
    return one_line(last_part(path.removeprefix("hf:"))) or None
