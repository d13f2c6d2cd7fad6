"""From a recipe to what will be learned: rows read, split, shown to each arm, rendered and measured; no model yet.

Both arms of a pair get the same conversations in the same steps: a row that is too long for one arm is dropped for
both, and a row's cost is what the longer arm pays, so that the steps are cut alike. Does not train.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from sfteval.chat import ChatFormat
from sfteval.chat.completion import end_of_turn_id
from sfteval.errors import CheckpointError, ConfigurationError, DataError, TemplateError
from sfteval.identity import content_hash, file_hash, fingerprint_files, hash_cache
from sfteval.progress import Progress
from sfttrain.arm import shown_to
from sfttrain.config import Recipe
from sfttrain.data import read_conversations, split_held_out
from sfttrain.data.read import describe_report
from sfttrain.render import render
from sfttrain.types import Arm, Conversation, DataReport, Example


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What one run or one pair learns from."""

    base: Path
    chat: ChatFormat
    stop_token_ids: tuple[int, ...]  # those of the base, and the token that ends a turn in its template
    report: DataReport
    conversations: tuple[Conversation, ...]  # learned from, as the data holds them
    held_out: tuple[Conversation, ...]
    examples: Mapping[Arm, tuple[tuple[Example, ...], ...]]  # one tuple per conversation
    num_overlong: int
    num_refused: int  # rows that the template does not render
    data_sha256: str
    base_fingerprint: str

    @property
    def costs(self) -> list[int]:
        """Tokens that each conversation adds to a step: what the longest arm pays."""
        per_arm = zip(*self.examples.values(), strict=True)
        return [max(sum(one.num_tokens for one in examples) for examples in arms) for arms in per_arm]

    def counts(self, arm: Arm) -> dict[str, int]:
        """Return what an arm learns from, per epoch."""
        examples = [one for group in self.examples[arm] for one in group]
        return {
            "conversations": len(self.conversations),
            "examples": len(examples),
            "tokens": sum(one.num_tokens for one in examples),
            "supervised_tokens": sum(one.num_supervised for one in examples),
        }

    def identity(self, arm: Arm, recipe: Recipe) -> str:
        """Return the hash of everything that decides what an arm becomes; no path and no name among it."""
        settings = asdict(recipe)
        del settings["base"], settings["data"]["path"]
        parts = [settings, self.data_sha256, self.base_fingerprint, sorted(self.examples), arm, version("sfteval")]
        return content_hash(parts)


def prepare(recipe: Recipe, arms: tuple[Arm, ...], progress: Progress) -> Material:
    """Read, split and render the data of a recipe for these arms."""
    base, path = _needed(recipe.base, "base", "--base DIR"), _needed(recipe.data.path, "data.path", "--data FILE")
    chat, stops = chat_and_stops(base)
    conversations, report = read_conversations(path)
    train, held_out = split_held_out(conversations, recipe.data.held_out_share)
    train, rendered, num_refused = _render_all(train, arms, chat, stops, progress)
    fits = [_fits(groups, recipe.batch.max_tokens) for groups in zip(*rendered.values(), strict=True)]
    if not any(fits):
        raise DataError(
            str(path),
            expected=f"conversations of up to max_tokens = {recipe.batch.max_tokens} tokens",
            got=f"{len(train)} longer ones",
            next_move="Raise max_tokens in [batch]",
        )
    material = Material(
        base=base,
        chat=chat,
        stop_token_ids=stops,
        report=report,
        conversations=tuple(one for one, fit in zip(train, fits, strict=True) if fit),
        held_out=held_out,
        examples={
            arm: tuple(group for group, fit in zip(groups, fits, strict=True) if fit)
            for arm, groups in rendered.items()
        },
        num_overlong=fits.count(False),
        num_refused=num_refused,
        data_sha256=file_hash(path),
        base_fingerprint=base_fingerprint(base),
    )
    for line in describe(material):
        progress.say(line)
    return material


def render_row(recipe: Recipe, arm: Arm, row: str) -> tuple[str, tuple[Example, ...], ChatFormat]:
    """Return the id and the examples of one row, named by its number from 1 or by its id, as an arm learns it."""
    base, path = _needed(recipe.base, "base", "--base DIR"), _needed(recipe.data.path, "data.path", "--data FILE")
    chat, stops = chat_and_stops(base)
    conversations, _ = read_conversations(path)
    by_id = {one.id: one for one in conversations}
    if row not in by_id and row.isdecimal() and 0 < int(row) <= len(conversations):
        row = conversations[int(row) - 1].id
    if row not in by_id:
        kept = f"the id of a row, or a number from 1 to {len(conversations)}"
        raise ConfigurationError("--row", expected=kept, got=row, next_move="Choose another row")
    return row, render(shown_to(arm, by_id[row]), chat, stops), chat


def chat_and_stops(base: Path) -> tuple[ChatFormat, tuple[int, ...]]:
    """Return a base model's chat format, and its stop tokens with the one that ends a turn of its template."""
    chat = ChatFormat.from_folder(base)
    end_of_turn = end_of_turn_id(chat)
    return chat, tuple(dict.fromkeys([*chat.stop_token_ids, *([end_of_turn] if end_of_turn is not None else [])]))


def describe(material: Material) -> list[str]:
    """Return the validation report as lines."""
    lines = [describe_report(material.report)]
    if material.num_refused:
        lines.append(f"{material.num_refused:,} dropped that the chat template cannot render whole")
    if material.num_overlong:
        lines.append(f"{material.num_overlong:,} longer than max_tokens dropped")
    lines.append(f"{len(material.conversations):,} to learn from, {len(material.held_out):,} held out")
    for arm in material.examples:
        counts = material.counts(arm)
        lines.append(f"{arm}: {counts['supervised_tokens']:,} of {counts['tokens']:,} tokens learned per epoch")
    return lines


def base_fingerprint(base: Path) -> str:
    """Return the identity of a base model by the content of its weights, configuration, tokenizer and template."""
    patterns = ("*.safetensors", "config.json", "generation_config.json", "tokenizer*.json", "*.jinja")
    paths = [path for pattern in patterns for path in sorted(base.glob(pattern))]
    if not any(path.suffix == ".safetensors" for path in paths):
        raise CheckpointError(
            str(base),
            expected="a Hugging Face checkpoint with safetensors",
            got="none (no *.safetensors)",
            next_move="Check the path; make a small base model with `sfttrain base -o DIR`",
        )
    return fingerprint_files(paths, hash_cache())


Rendered = dict[Arm, list[tuple[Example, ...]]]


def _render_all(
    rows: Sequence[Conversation], arms: Sequence[Arm], chat: ChatFormat, stops: tuple[int, ...], progress: Progress
) -> tuple[tuple[Conversation, ...], Rendered, int]:
    """Return the rows that every arm's template renders, their examples by arm, and how many others there were."""
    kept: list[Conversation] = []
    rendered: Rendered = {arm: [] for arm in arms}
    first_refusal: TemplateError | None = None
    with progress.stage("rendering", len(rows)) as stage:
        for row in rows:
            stage.advance()
            try:
                groups = [render(shown_to(arm, row), chat, stops) for arm in arms]
            except TemplateError as error:
                first_refusal = first_refusal or error
                continue
            kept.append(row)
            for arm, group in zip(arms, groups, strict=True):
                rendered[arm].append(group)
    if first_refusal is not None and not kept:
        raise first_refusal
    return tuple(kept), rendered, len(rows) - len(kept)


def _fits(groups: tuple[tuple[Example, ...], ...], max_tokens: int) -> bool:
    return all(one.num_tokens <= max_tokens for group in groups for one in group)


def _needed(value: str, key: str, option: str) -> Path:
    if not value:
        raise ConfigurationError("recipe", expected=f"{key}", got="none", next_move=f"Set it, or pass {option}")
    return Path(value)
