"""One or two checkpoints in, the same training and held-out items for each out, as token ids in its own format.

Rows come from the files that `sft_run.json` names, unchanged since then, or from the plan's. An item is a row that
every side was trained on, or that every side held out; sides that share none get items of their own, and are
not compared by them. Rows of one content count once, and what any side learned is held out nowhere. Of each
split so many are drawn, seeded, one from each stratum of length. Asks no model.
"""

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sfteval.backends.chat import chat_format
from sfteval.chat import ChatFormat
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import SftevalError
from sfteval.probes.trained_on import Missing, TrainingFiles, rows_of_file, training_files
from sfteval.probing.plan import ProbePlan
from sfteval.probing.rows import Row, row_of
from sfteval.probing.spans import Piece, piece_of
from sfteval.types import Checkpoint, Split

SPLITS: tuple[Split, Split] = ("train", "held_out")
WITH_FILES = ("directory", "adapter", "hub")
UNREAD: dict[Split, str] = {
    "train": "no training row can be read; give --train FILE",
    "held_out": "no held-out row can be read; give --held-out FILE",
}
LEFT: dict[Split, str] = {
    "train": "no training row is left that every side learned and the template renders",
    "held_out": "no held-out row is left that no side learned and the template renders",
}
SPARE = 1.25  # more than are needed are drawn: some do not render


@dataclass(frozen=True, slots=True)
class Item:
    """One training or held-out answer of one checkpoint."""

    split: Split
    piece: Piece

    @property
    def id(self) -> str:
        """Its name, which no item of the other split has."""
        return f"{self.split}/{self.piece.id}"


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One checkpoint with all that its probes are asked from."""

    checkpoint: Checkpoint
    plan: ProbePlan
    who: str  # subject of the sentences
    chat: ChatFormat | None  # None: nobody knows its tokens
    base: Checkpoint | None
    base_chat: ChatFormat | None
    no_base: str  # why there is none; "": there is one
    no_items: str  # why there are none; "": there are
    items: tuple[Item, ...] = ()
    learned: Mapping[str, Row] = field(default_factory=dict)  # every training row
    is_alone: bool = False  # the other side learned or held out other rows: items are its own, and none compares

    @property
    def base_shares_tokens(self) -> bool:
        """Whether the base model reads the checkpoint's token ids as the checkpoint does."""
        if self.chat is None or self.base is None:
            return False
        if self.base_chat is None:  # an endpoint: taken to have the tokenizer that was named for it
            return self.base.kind == "endpoint"
        return _vocabulary(self.base_chat) == _vocabulary(self.chat)

    def of_split(self, split: Split) -> tuple[Piece, ...]:
        """Return the items of one split."""
        return tuple(item.piece for item in self.items if item.split == split)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What one checkpoint was trained on and what it held out, by name; `missing` says what cannot be read."""

    of: Mapping[Split, Mapping[str, Row]]
    missing: str = ""


def cases_of(checkpoints: Sequence[Checkpoint], plan: ProbePlan, names: Sequence[str]) -> tuple[Case, ...]:
    """Return the case of each checkpoint; `names` are the subjects of their sentences.

    Raises: DataError for a file of the plan's that is not there.
    """
    rows = [_rows_of(checkpoint, plan) for checkpoint in checkpoints]
    cases = [_case(*one, plan) for one in zip(checkpoints, names, rows, strict=True)]
    usable = [place for place, case in enumerate(cases) if not case.no_items]
    together = _with_items([cases[place] for place in usable], [rows[place] for place in usable], plan)
    if len(usable) > 1 and any(case.no_items for case in together):  # other rows on each side: each by its own
        together = [
            replace(case, is_alone=True)
            for place in usable
            for case in _with_items([cases[place]], [rows[place]], plan)
        ]
    for place, case in zip(usable, together, strict=True):
        cases[place] = case
    return tuple(cases)


def training_source(checkpoint: Checkpoint, plan: ProbePlan, split: Split = "train") -> TrainingFiles | Missing:
    """Return the files of one split: the plan's, else those of the checkpoint's record."""
    path: Path | None = plan.train if split == "train" else plan.held_out
    return training_files(checkpoint, split) if path is None else rows_of_file(path)


def _rows_of(checkpoint: Checkpoint, plan: ProbePlan) -> _Rows:
    found: dict[Split, Mapping[str, Row]] = {}
    missing = ""
    for split in SPLITS:
        files = training_source(checkpoint, plan, split)
        if isinstance(files, Missing):
            missing = missing or files.reason
            continue
        rows = (row_of(name, row, checkpoint) for name, row in files.rows())
        found[split] = {row.id: row for row in rows if row is not None}
        if not found[split]:
            missing = missing or UNREAD[split]
    return _Rows(found, missing)


def _case(checkpoint: Checkpoint, who: str, rows: _Rows, plan: ProbePlan) -> Case:
    base, base_chat, no_base = _base_of(checkpoint, plan)
    chat, no_chat = _chat_of(checkpoint, plan, base_chat)
    return Case(
        checkpoint=checkpoint,
        plan=plan,
        who=who,
        chat=chat,
        base=base,
        base_chat=base_chat,
        no_base=no_base,
        no_items=rows.missing or no_chat,
        learned=rows.of.get("train", {}),
    )


def _base_of(checkpoint: Checkpoint, plan: ProbePlan) -> tuple[Checkpoint | None, ChatFormat | None, str]:
    """Return the base model and its chat format; or why there is none."""
    recorded = checkpoint.training.get("base")
    place = recorded.get("path") if isinstance(recorded, dict) else None
    argument = plan.base
    if argument is None and isinstance(place, str) and checkpoint.path is not None:
        argument = place if place.startswith("hf:") else str(checkpoint.path / place)
    if argument is None and checkpoint.base_path is not None:  # an adapter without a record names it itself
        argument = str(checkpoint.base_path)
    if argument is None:
        return None, None, "no base model is known; give --base CHECKPOINT"
    try:
        base = resolve_checkpoint(argument)
        return base, chat_format(base) if base.kind in WITH_FILES else None, ""
    except SftevalError as error:
        return None, None, f"its base model cannot be asked: {error}"


def _chat_of(checkpoint: Checkpoint, plan: ProbePlan, base_chat: ChatFormat | None) -> tuple[ChatFormat | None, str]:
    """Return the tokenizer and template of a checkpoint; or why nobody knows them."""
    if checkpoint.kind in WITH_FILES:
        try:
            return chat_format(checkpoint), ""
        except SftevalError as error:
            return None, f"its tokens are not known: {error}"
    if plan.tokenizer is not None:
        return ChatFormat.from_folder(plan.tokenizer), ""
    if base_chat is not None:
        return base_chat, ""
    return None, "its tokens are not known; give --tokenizer DIR, the folder of the model that is served there"


def _wanted(rows: Sequence[_Rows], plan: ProbePlan) -> dict[Split, list[str]]:
    """Return the names of the rows to look at, each split in the order in which they are preferred."""
    first = rows[0].of
    shared = {
        split: [
            name
            for name, row in first[split].items()
            if all(name in one.of[split] and one.of[split][name].asked == row.asked for one in rows[1:])
        ]
        for split in SPLITS
    }
    learned = {row.content for one in rows for row in one.of["train"].values()}
    shared["held_out"] = [name for name in shared["held_out"] if first["held_out"][name].content not in learned]
    numbers = {"train": plan.num_train, "held_out": plan.num_held_out}
    return {
        split: drawn(
            {name: _length(first[split][name]) for name in _distinct(shared[split], first[split])},
            int(numbers[split] * SPARE),
            f"{plan.seed}:{split}",
        )
        for split in SPLITS
    }


def drawn(lengths: Mapping[str, int], num: int, seed: str) -> list[str]:
    """Return `num` names, one from each of as many strata of length; all of them where there are no more."""
    rng = random.Random(seed)
    ordered = sorted(lengths, key=lambda name: (lengths[name], name))
    if len(ordered) > num:
        borders = [round(place * len(ordered) / num) for place in range(num + 1)]
        ordered = [rng.choice(ordered[start:stop]) for start, stop in itertools.pairwise(borders)]
    rng.shuffle(ordered)
    return ordered


def _distinct(names: Iterable[str], rows: Mapping[str, Row]) -> list[str]:
    """Return the first name of each content."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(rows[name].content, name)
    return list(first.values())


def _length(row: Row) -> int:
    return len(row.answer.content) + sum(len(str(call)) for call in row.answer.tool_calls)


def _pieces(case: Case, rows: _Rows, wanted: Mapping[Split, Sequence[str]]) -> dict[Split, dict[str, Piece]]:
    assert case.chat is not None
    found: dict[Split, dict[str, Piece]] = {}
    for split, names in wanted.items():
        pieces = (piece_of(rows.of[split][name], case.chat, case.checkpoint) for name in names)
        found[split] = {piece.id: piece for piece in pieces if piece is not None}
    return found


def _kept(
    wanted: Mapping[Split, Sequence[str]], pieces: Sequence[Mapping[Split, Mapping[str, Piece]]], plan: ProbePlan
) -> dict[Split, list[str]]:
    """Return so many names that render on every side."""
    numbers = {"train": plan.num_train, "held_out": plan.num_held_out}
    whole = {split: [name for name in names if all(name in one[split] for one in pieces)]
             for split, names in wanted.items()}  # fmt: skip
    return {split: names[: numbers[split]] for split, names in whole.items()}


def _with_items(cases: Sequence[Case], rows: Sequence[_Rows], plan: ProbePlan) -> list[Case]:
    """Return cases with the items that all of them share."""
    if not cases:
        return []
    wanted = _wanted(rows, plan)
    pieces = [_pieces(case, one, wanted) for case, one in zip(cases, rows, strict=True)]
    kept = _kept(wanted, pieces, plan)
    missing = next((LEFT[split] for split in SPLITS if not kept[split]), "")
    found = (tuple(Item(split, one[split][name]) for split in SPLITS for name in kept[split]) for one in pieces)
    return [
        replace(case, items=() if missing else items, no_items=missing)
        for case, items in zip(cases, found, strict=True)
    ]


def _vocabulary(chat: ChatFormat) -> str:
    return chat.tokenizer.backend.to_str()
