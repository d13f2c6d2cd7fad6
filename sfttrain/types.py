"""The nouns of the trainer, frozen: what its rooms hand to each other. None of them does any work."""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from sfteval.types import Json, Message

if TYPE_CHECKING:
    import torch

NOT_LEARNED = -100  # a target that carries no loss


class Arm(StrEnum):
    """One of the two models that one dataset makes."""

    THINK = "think"
    NO_THINK = "no-think"

    @property
    def template_kwargs(self) -> Json:
        """What the arm's template is told, in training and when it is served."""
        return {"enable_thinking": self is Arm.THINK}


@dataclass(frozen=True, slots=True)
class Conversation:
    """One row of a dataset, whatever its format was."""

    id: str  # the row's own id, else its content hash; never a position
    messages: tuple[Message, ...]
    tools: tuple[Json, ...] = ()
    template_kwargs: Json = field(default_factory=dict)
    source: str = ""
    no_think_messages: tuple[Message, ...] | None = None  # None: the no-think arm is the same turns without reasoning


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open run of positions whose targets are learned: one assistant turn."""

    start: int
    stop: int
    message_index: int


def ids(tokens: Iterable[int]) -> "array[int]":
    """Return token ids or targets as an array of int32."""
    return array("i", tokens)


@dataclass(frozen=True, slots=True)
class Example:
    """One sequence as it enters the model, shifted once, here: `targets[t]` is what must follow `token_ids[t]`.

    The sequence's last token is only ever a target, so it is not among `token_ids`. Arrays of int32: a dataset of a
    hundred million tokens takes 0.8 GB, and not the 5 GB of Python's own integers.
    """

    token_ids: "array[int]"
    targets: "array[int]"  # as long as `token_ids`; NOT_LEARNED where there is nothing to learn
    spans: tuple[Span, ...] = ()
    conversation_id: str = ""

    @property
    def num_tokens(self) -> int:
        """Positions that the model computes."""
        return len(self.token_ids)

    @property
    def num_supervised(self) -> int:
        """Positions that are learned from."""
        return len(self.targets) - self.targets.count(NOT_LEARNED)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Whole sequences: side by side in one row without padding, or each in a row of its own, padded at its end.

    Positions are counted through all rows; `cu_seqlens` says where each sequence begins, and ends with its padding.
    """

    input_ids: "torch.Tensor"  # int64 [1, tokens], or [sequences, longest]
    targets: "torch.Tensor"  # int64 [positions], NOT_LEARNED where there is nothing to learn
    position_ids: "torch.Tensor"  # int64, as `input_ids`, from 0 in every sequence
    cu_seqlens: "torch.Tensor"  # int32 [sequences + 1]: 0, end of the first, ..., positions
    num_supervised: int
    num_tokens: int  # positions that hold a token
    attention_mask: "torch.Tensor | None" = None  # int64, as `input_ids`, 0 on padding; None: side by side


@dataclass(frozen=True, slots=True)
class DataReport:
    """What became of the rows of one dataset."""

    path: str  # as it was named: a file, or hf:ORG/NAME[@REV]
    format: str
    num_read: int
    num_kept: int
    dropped: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # reason -> line or row numbers, from 1
    unit: str = "line"  # what the numbers count: "line" or "row"
    sha256: str = ""  # of a file's bytes; of the normalised rows where there is no file

    @property
    def num_dropped(self) -> int:
        """Rows that will not be learned from."""
        return sum(len(rows) for rows in self.dropped.values())
