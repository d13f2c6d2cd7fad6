"""Which probes are asked, with which data, and how: plain values, light to load."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sfteval.asking import AskingPolicy
from sfteval.backends import Serving
from sfteval.errors import ConfigurationError, nearest

ALL = (  # in the order in which they are asked and shown
    "contamination",
    "loss_gap",
    "membership",
    "extraction",
    "perturb",
    "diversity",
    "format_leak",
    "forgetting",
    "canary",
)
FAST = ("contamination", "loss_gap", "format_leak")
SETS = {"all": ALL, "fast": FAST, "none": ()}


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """Which probes are asked of a checkpoint, or of two, and with which data."""

    names: tuple[str, ...] = ALL  # none: nobody is asked
    num_train: int = 256  # items of each split, drawn by strata of length; the same for both sides
    num_held_out: int = 256
    seed: int = 0
    train: Path | None = None  # JSONL; None: what each checkpoint's sft_run.json names
    held_out: Path | None = None  # JSONL; None: the same
    base: str | None = None  # checkpoint argument; None: the same
    tokenizer: Path | None = None  # folder whose tokenizer and template a served checkpoint has; None: the base's
    canaries: Path | None = None  # JSONL; None: what sft_run.json names
    runs: Path = Path("runs")
    backend: str = "auto"
    policy: AskingPolicy = field(default_factory=AskingPolicy)
    serving: Serving = field(default_factory=Serving)


NO_PROBES = ProbePlan(names=())


def probes_named(words: str) -> tuple[str, ...]:
    """Return the probes that `all`, `fast`, `none` or names between commas stand for, each once and in order.

    Raises: ConfigurationError for a name that is none of ours.
    """
    found: set[str] = set()
    for word in _split(words):
        if word not in SETS and word not in ALL:
            raise ConfigurationError(
                "--probes", expected="all, fast, none or names of probes", got=f'"{word}"',
                next_move=nearest(word, (*SETS, *ALL)),
            )  # fmt: skip
        found.update(SETS.get(word, (word,)))
    return tuple(name for name in ALL if name in found)


def _split(words: str) -> Iterable[str]:
    return (word.strip() for word in words.split(",") if word.strip())
