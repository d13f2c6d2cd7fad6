"""Judges and both sides of a comparison in, a warning for each judge that is of a side's own family out.

A judge prefers what sounds like itself: answers of its own family win more often than people would let them. Kinship
is seen by the same weights, the same base, the same architecture with the same tokenizer, or a family's name. Does not
know an answer, and refuses nobody. Source: Wataoka et al. 2024 (arXiv 2410.21819); research on judges, 2.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sfteval.identity import file_hash
from sfteval.types import Checkpoint

WORD = re.compile(r"[a-z]{3,}")
NO_FAMILY = {"model", "judge", "checkpoint", "base", "chat", "instruct", "test", "toy", "the", "our", "sft", "served"}
LONGEST_CONFIG = 1 << 20  # bytes that are read of a config.json


def family_warnings(judges: Sequence[Checkpoint], sides: Sequence[Checkpoint]) -> list[str]:
    """Return one sentence for each judge that is kin to a side."""
    return [said for judge in judges for said in _of(judge, sides)][: 2 * len(judges)]


def kinship(judge: Checkpoint, side: Checkpoint) -> str:
    """Return what a judge and a checkpoint share, as a phrase; "": nothing that is known."""
    if judge.fingerprint is not None and judge.fingerprint == side.fingerprint:
        return "the same weights"
    if _bases(judge) & _bases(side):
        return "the same base model"
    built = _built(judge)
    if built and built == _built(side):
        return f"the same architecture ({built[0]}) and tokenizer"
    names = sorted(_families(judge) & _families(side))
    return f'the family name "{names[0]}"' if names else ""


def _of(judge: Checkpoint, sides: Sequence[Checkpoint]) -> Iterator[str]:
    found = {side.name: said for side in sides if (said := kinship(judge, side))}
    if found:
        kin = "; ".join(f"{name}: {said}" for name, said in found.items())
        yield f"the judge {judge.name} is of the family that it judges ({kin}): it may prefer what sounds like itself"


def _bases(checkpoint: Checkpoint) -> set[str]:
    """Return the fingerprints of a checkpoint and of what it was trained from."""
    base = checkpoint.training.get("base")
    told = base.get("fingerprint") if isinstance(base, dict) else None
    return {known for known in (checkpoint.fingerprint, told) if isinstance(known, str) and known}


def _built(checkpoint: Checkpoint) -> tuple[str, str] | None:
    """Return architecture and tokenizer hash of a folder of ours; None: they cannot be known."""
    for folder in (checkpoint.base_path, checkpoint.path):
        if folder is not None and (folder / "tokenizer.json").is_file():
            architectures = _config(folder).get("architectures")
            if isinstance(architectures, list) and architectures:
                return str(architectures[0])[:80], file_hash(folder / "tokenizer.json")
    return None


def _families(checkpoint: Checkpoint) -> set[str]:
    """Return the first words of a model's names: "qwen" of Qwen2.5-7B-Instruct; a folder's own name tells nothing."""
    base = checkpoint.training.get("base")
    told = base.get("path") if isinstance(base, dict) else None
    folders = [folder for folder in (checkpoint.base_path, checkpoint.path) if folder is not None]
    names = [checkpoint.model, told, *(_config(folder).get("model_type") for folder in folders)]
    if checkpoint.kind == "hub":
        names.append(checkpoint.name)
    words = (WORD.match(name.lower().rstrip("/").split("/")[-1]) for name in names if isinstance(name, str))
    return {word[0] for word in words if word} - NO_FAMILY


def _config(folder: Path) -> dict[str, Any]:
    try:
        with (folder / "config.json").open("rb") as file:
            value = json.loads(file.read(LONGEST_CONFIG))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
