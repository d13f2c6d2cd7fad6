"""The tiny base model, from nothing: tokenizer, wired weights, a copying exercise, then continued pretraining.

A recipe in, a plain Hugging Face directory out, with a chat template that the model has never seen in use: teaching it
to chat is what the fine-tunes are for. Documents are joined and cut into blocks of equal length; what stands before a
document's body is context, not target. Does not know the suite.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import torch

from sfteval.errors import ConfigurationError
from sfteval.identity import content_hash
from sfteval.progress import Progress
from sfttrain.batch import all_steps, constant_blocks
from sfttrain.checkpoint import is_finished, new_folder, read_run, write_run
from sfttrain.config import Count, OptimizerSettings, Range, ScheduleSettings, Seed, check
from sfttrain.learn import Totals, Trainee, learn
from sfttrain.model import load_model, quiet, resolve_precision, training_device
from sfttrain.optim import build_optimizer
from sfttrain.starter.corpus import Document, documents
from sfttrain.starter.items import stream
from sfttrain.starter_init import wire
from sfttrain.starter_tokenizer import (
    END_OF_TEXT,
    END_OF_TURN,
    JSON_PIECES,
    MARKS,
    SPECIAL,
    save_tokenizer,
    train_tokenizer,
)
from sfttrain.telemetry import write_line
from sfttrain.types import NOT_LEARNED, Example, ids

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ENCODED_AT_ONCE = 1024  # documents; encodings are large while they last
MAX_THREADS = 2
COPIED_LENGTHS = (8, 32)  # shortest and longest random sequence that the exercise repeats
SMALLEST_VOCABULARY = 256 + len(SPECIAL) + len(MARKS) + len(JSON_PIECES)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The shape of the model; Qwen3's architecture."""

    hidden_size: Annotated[int, Range(2, 2**16)] = 96  # an even number per head
    num_layers: Annotated[int, Range(2, 1000, reason="copying is wired across the first two")] = 3
    num_heads: Annotated[int, Range(1, 2**15)] = 3
    intermediate_size: Annotated[int, Range(1, 2**20)] = 288
    vocab_size: Annotated[int, Range(SMALLEST_VOCABULARY, 2**20, reason="bytes and fixed pieces are tokens")] = 1024
    max_tokens: Count = 1024


@dataclass(frozen=True, slots=True)
class CorpusSettings:
    """How many documents are written, and how many the tokenizer is made from."""

    num_documents: Count = 48_000
    num_tokenizer_documents: Count = 4000


@dataclass(frozen=True, slots=True)
class BlockSettings:
    """What one optimizer step sees."""

    block_tokens: Annotated[int, Range(COPIED_LENGTHS[1], 2**20, reason="a block holds a whole sequence to copy")] = 128
    blocks_per_step: Annotated[int, Range(1, 2**20)] = 16


@dataclass(frozen=True, slots=True)
class FixedScheduleSettings(ScheduleSettings):
    """A schedule of so many steps: there are no epochs to count instead."""

    steps: Count = 0  # no default: a recipe must say it


@dataclass(frozen=True, slots=True)
class BaseRecipe:
    """Everything that decides what the base model becomes."""

    seed: Seed = 0
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    model: ModelSettings = field(default_factory=ModelSettings)
    corpus: CorpusSettings = field(default_factory=CorpusSettings)
    blocks: BlockSettings = field(default_factory=BlockSettings)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    copying: FixedScheduleSettings = field(default_factory=FixedScheduleSettings)
    schedule: FixedScheduleSettings = field(default_factory=FixedScheduleSettings)


def train_base(recipe: BaseRecipe, out: Path, progress: Progress) -> dict[str, Any]:
    """Make the base model at `out`, or reuse it where it stands finished; return what `sft_run.json` tells."""
    check(recipe)
    _check_heads(recipe.model)
    identity = _identity(recipe)
    if is_finished(out, identity):
        progress.say(f"base: reused, {out} is finished with the same recipe")
        return read_run(out)
    with progress.stage("writing the corpus") as stage:
        corpus = documents(recipe.seed, recipe.corpus.num_documents)
        texts = (document.prefix + document.body for document in corpus[: recipe.corpus.num_tokenizer_documents])
        tokenizer = train_tokenizer(texts, recipe.model.vocab_size)
        examples = encode(corpus, tokenizer)
        stage.advance(len(corpus))
    with new_folder(out) as folder, _few_threads():
        _save_chat_files(folder, tokenizer, recipe)
        _save_new_model(folder, tokenizer, recipe)
        totals = _learn(folder, examples, recipe, progress)
        run = {
            "schema_version": 1,
            "identity": identity,
            "recipe": asdict(recipe),
            "documents": len(corpus),
            "totals": {name: asdict(total) for name, total in totals.items()},
            "versions": {name: version(name) for name in ("sfteval", "torch", "transformers", "tokenizers")},
        }
        write_run(folder, run)
    total = totals["corpus"]
    progress.say(f"{out}  base: {total.steps:,} steps, {total.tokens:,} tokens, final loss {total.final_loss:.3f} nats")
    return run


def encode(corpus: Sequence[Document], tokenizer: "Tokenizer") -> list[Example]:
    """Return each document as an example whose body and end are learned; it ends in a separator that is only read."""
    (end,) = tokenizer.encode(END_OF_TEXT).ids
    examples = []
    for start in range(0, len(corpus), ENCODED_AT_ONCE):
        some = corpus[start : start + ENCODED_AT_ONCE]
        prefixes = tokenizer.encode_batch_fast([document.prefix for document in some])
        bodies = tokenizer.encode_batch_fast([document.body for document in some])
        for prefix, body in zip(prefixes, bodies, strict=True):
            targets = ids([*[NOT_LEARNED] * (len(prefix.ids) - 1), *body.ids, end, NOT_LEARNED])
            examples.append(Example(ids([*prefix.ids, *body.ids, end]), targets))
    return examples


def copying_examples(rng: random.Random, num_tokens: int, vocab_size: int) -> Iterator[Example]:
    """Yield blocks of random sequences, each repeated once; the repetition is learned."""
    while True:
        token_ids: list[int] = []
        learned: list[bool] = []
        while len(token_ids) <= num_tokens:
            sequence = rng.choices(range(vocab_size), k=rng.randint(*COPIED_LENGTHS))
            token_ids += sequence + sequence
            learned += [False] * len(sequence) + [True] * len(sequence)
        targets = (token_ids[place] if learned[place] else NOT_LEARNED for place in range(1, num_tokens + 1))
        yield Example(ids(token_ids[:num_tokens]), ids(targets))


def _check_heads(shape: ModelSettings) -> None:
    """Refuse heads that are not of one even width: rotary positions turn pairs of numbers."""
    if shape.hidden_size % (2 * shape.num_heads):
        raise ConfigurationError(
            "recipe, [model] hidden_size",
            expected=f"a multiple of {2 * shape.num_heads}, an even number for each of {shape.num_heads} heads",
            got=shape.hidden_size,
            next_move="Change hidden_size or num_heads",
        )


def _identity(recipe: BaseRecipe) -> str:
    """Return the hash of what decides the base; a sample of the corpus stands for the grammar."""
    sample = [asdict(document) for document in documents(recipe.seed, 256)]
    return content_hash([asdict(recipe), version("sfteval"), _template().decode(), sample])


def _learn(folder: Path, examples: Sequence[Example], recipe: BaseRecipe, progress: Progress) -> dict[str, Totals]:
    """Teach the model in `folder` to copy, then the corpus, and save it there."""
    size, num_blocks = recipe.blocks.block_tokens, recipe.blocks.blocks_per_step
    device = training_device()
    model = load_model(folder, device)
    rng = stream(recipe.seed, "copying")
    copies = copying_examples(rng, size, model.config.vocab_size)
    blocks = [block for block in constant_blocks(examples, size) if block.num_tokens == size]
    if len(blocks) < num_blocks:
        raise ConfigurationError(
            "recipe, [corpus] num_documents",
            expected=f"documents for at least one step of {num_blocks} blocks",
            got=f"{len(blocks)} blocks",
            next_move="Raise num_documents, or lower blocks_per_step in [blocks]",
        )
    plan = all_steps([1] * len(blocks), num_blocks, recipe.seed)
    parts: dict[str, tuple[ScheduleSettings, Iterator[list[Example]]]] = {
        "copying": (recipe.copying, (list(itertools.islice(copies, num_blocks)) for _ in itertools.count())),
        "corpus": (recipe.schedule, ([blocks[index] for index in indices] for indices in plan)),
    }
    totals = {}
    for name, (schedule, steps) in parts.items():
        trainee = Trainee(model, build_optimizer(model, recipe.optimizer), resolve_precision(recipe.precision, device))
        lines = []
        metrics_file, stage_opened = folder / f"metrics_{name}.jsonl", progress.stage(f"base, {name}", schedule.steps)
        with metrics_file.open("w") as metrics, stage_opened as stage:
            for told in learn(
                trainee, steps, num_steps=schedule.steps, schedule=schedule, max_tokens=size * num_blocks
            ):
                lines.append(told.as_json())
                write_line(metrics, lines[-1])
                stage.advance(1, f"loss {told.loss:.3f}")
        totals[name] = Totals.of(lines)
    with quiet():
        model.save_pretrained(folder)
    return totals


@contextmanager
def _few_threads() -> Iterator[None]:
    """Compute on at most MAX_THREADS: matrices of this size lose more than they gain on further cores."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(min(num_threads, MAX_THREADS))
    try:
        yield
    finally:
        torch.set_num_threads(num_threads)


def _save_new_model(folder: Path, tokenizer: "Tokenizer", recipe: BaseRecipe) -> None:
    """Write the untrained model, so that training loads it as it loads any other."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    shape = recipe.model
    config = Qwen3Config(
        vocab_size=shape.vocab_size,
        hidden_size=shape.hidden_size,
        num_hidden_layers=shape.num_layers,
        num_attention_heads=shape.num_heads,
        num_key_value_heads=shape.num_heads,
        head_dim=shape.hidden_size // shape.num_heads,
        intermediate_size=shape.intermediate_size,
        max_position_embeddings=shape.max_tokens,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.token_to_id(END_OF_TURN),
        pad_token_id=tokenizer.token_to_id(END_OF_TEXT),
    )
    with quiet():
        model = Qwen3ForCausalLM(config)
        wire(model, recipe.seed)
        model.save_pretrained(folder)


def _save_chat_files(folder: Path, tokenizer: "Tokenizer", recipe: BaseRecipe) -> None:
    save_tokenizer(folder, tokenizer, recipe.model.max_tokens)
    (folder / "chat_template.jinja").write_bytes(_template())


def _template() -> bytes:
    return files("sfttrain.starter").joinpath("chat_template.jinja").read_bytes()
