"""From a recipe to what will be learned: rows read, split, shown to each arm, rendered and measured; no model yet.

Both arms of a pair get the same conversations in the same steps: a row that is too long for one arm is dropped for
both, and a row's cost is what the longer arm pays, so that the steps are cut alike. `material` is the noun, `rendering`
decides which rows can be learned, `report` tells what became of all of them. Does not train.
"""

from collections.abc import Sequence
from pathlib import Path

from sfteval.canaries import CanaryPlan
from sfteval.chat import ChatFormat
from sfteval.chat.format import end_of_turn_ids
from sfteval.errors import CheckpointError, ConfigurationError, DataError
from sfteval.identity import MODEL_FILES, fingerprint_files, hash_cache
from sfteval.progress import Progress
from sfteval.types import Message
from sfttrain.arm import shown_to
from sfttrain.config import Recipe
from sfttrain.data import Portion, read_named, read_portions, sources_of
from sfttrain.prepare.canaries import plan_canaries, render_canaries
from sfttrain.prepare.material import Counts, Material, Planted, SourceRecord, portable_data
from sfttrain.prepare.rendering import Rendered, Rendering, render_portion
from sfttrain.prepare.report import describe
from sfttrain.types import Arm, Example

__all__ = [
    "Counts",
    "Material",
    "SourceRecord",
    "base_fingerprint",
    "chat_and_stops",
    "describe",
    "portable_data",
    "prepare",
    "render_row",
]


def prepare(recipe: Recipe, arms: tuple[Arm, ...], progress: Progress) -> Material:
    """Read, split, weigh and render the data of a recipe for these arms."""
    base = _base_of(recipe)
    sources_of(recipe.data)
    chat, stops = chat_and_stops(base)
    with progress.stage("reading") as stage:
        portions = read_portions(recipe.data, stage)
    fingerprint = base_fingerprint(base)
    plan = plan_canaries(recipe.canaries, fingerprint, portions)
    rendering = Rendering(arms, chat, stops, recipe.render, recipe.batch.max_tokens, recipe.data.on_overlong)
    num_rows = sum(len(portion.rows) for portion in portions) + (0 if plan is None else len(plan.repeats))
    with progress.stage("rendering", num_rows) as stage:
        rendered = [render_portion(portion, rendering, stage) for portion in portions]
        planted = None if plan is None else (plan, render_canaries(plan, rendering, stage))
    _require_rows(rendered, recipe)
    material = _gather(base, fingerprint, chat, stops, portions, rendered, planted, arms)
    for line in describe(material):
        progress.say(line)
    return material


def render_row(recipe: Recipe, arm: Arm, row: str) -> tuple[str, tuple[Example, ...], ChatFormat, tuple[Message, ...]]:
    """Return the name and the examples of one row, given by its number from 1 or by its name, as an arm learns it.

    And the chat format, and the messages as the arm is shown them.
    """
    base = _base_of(recipe)
    sources_of(recipe.data)
    chat, stops = chat_and_stops(base)
    conversations = read_named(recipe.data)
    by_name = {one.id: one for one in conversations}
    if row not in by_name and row.isdecimal() and 0 < int(row) <= len(conversations):
        row = conversations[int(row) - 1].id
    if row not in by_name:
        kept = f"the id of a row, or a number from 1 to {len(conversations)}"
        raise ConfigurationError("--row", expected=kept, got=row, next_move="Choose another row")
    rendering = Rendering((arm,), chat, stops, recipe.render, recipe.batch.max_tokens, recipe.data.on_overlong)
    return row, rendering.examples(arm, by_name[row]), chat, shown_to(arm, by_name[row]).messages


def chat_and_stops(base: Path) -> tuple[ChatFormat, tuple[int, ...]]:
    """Return a base model's chat format, and its stop tokens with those that end a turn of its template."""
    chat = ChatFormat.from_folder(base)
    return chat, tuple(dict.fromkeys([*chat.stop_token_ids, *end_of_turn_ids(chat)]))


def base_fingerprint(base: Path) -> str:
    """Return the identity of a base model by the content of its weights, configuration, tokenizer and template."""
    paths = [path for pattern in MODEL_FILES for path in sorted(base.glob(pattern))]
    if not any(path.suffix == ".safetensors" for path in paths):
        raise CheckpointError(
            str(base),
            expected="a Hugging Face checkpoint with safetensors",
            got="none (no *.safetensors)",
            next_move="Check the path; make a small base model with `sfttrain base -o DIR`",
        )
    return fingerprint_files(paths, hash_cache())


def _gather(
    base: Path,
    fingerprint: str,
    chat: ChatFormat,
    stops: tuple[int, ...],
    portions: Sequence[Portion],
    rendered: Sequence[Rendered],
    planted: tuple[CanaryPlan, Rendered] | None,
    arms: tuple[Arm, ...],
) -> Material:
    """Lay the rows of all sources one after another, canaries last, a row that an epoch sees twice as two entries."""
    learned = [*rendered, *(() if planted is None else (planted[1],))]
    entries = [(one, index) for one in learned for index in one.passes()]
    return Material(
        base=base,
        chat=chat,
        stop_token_ids=stops,
        sources=tuple(map(SourceRecord.of, portions, rendered)),
        conversations=tuple(one.rows[index] for one, index in entries),
        held_out=tuple(row for portion in portions for row in portion.held_out),
        examples={arm: tuple(one.examples[arm][index] for one, index in entries) for arm in arms},
        base_fingerprint=fingerprint,
        canaries=None if planted is None else Planted.of(*planted),
    )


def _require_rows(rendered: Sequence[Rendered], recipe: Recipe) -> None:
    """Refuse data of which no row is left, and say why."""
    if any(one.rows for one in rendered):
        return
    num_overlong = sum(len(one.overlong) for one in rendered)
    first_refusal = next((one.first_refusal for one in rendered if one.first_refusal is not None), None)
    if not num_overlong and first_refusal is not None:
        raise first_refusal
    raise DataError(
        ", ".join(source.path for source in sources_of(recipe.data)),
        expected=f"conversations of up to max_tokens = {recipe.batch.max_tokens} tokens",
        got=f"{num_overlong} longer ones",
        next_move="Raise max_tokens in [batch]",
    )


def _base_of(recipe: Recipe) -> Path:
    if not recipe.base:
        raise ConfigurationError("recipe", expected="base", got="none", next_move="Set it, or pass --base DIR")
    return Path(recipe.base)
