"""Recipes: TOML in, frozen dataclasses out; an unknown key is an error that names its line and the nearest known key.

TOML says which and how many, Python says how. A number carries its range in its type, and whoever reads or overrides a
recipe keeps to it. Does not read data or models. `base.py` reads its own dataclass with the same `read_recipe`.
"""

import dataclasses
import re
import sys
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from sfteval.errors import ConfigurationError, nearest

T = TypeVar("T")

LONGEST_SHOWN = 80  # characters of a value in an error


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be; both ends belong to it unless they are `open`."""

    low: float
    high: float
    open: Literal["", "low", "high"] = ""
    reason: str = ""  # why not beyond, where that does not go without saying

    def holds(self, value: float) -> bool:
        """Return whether the value lies within; NaN never does."""
        above = value > self.low if self.open == "low" else value >= self.low
        return above and (value < self.high if self.open == "high" else value <= self.high)

    def __str__(self) -> str:
        """Return the range as an error words it: `from 0 to 1`, `above 0, up to 1`."""
        low, high = f"{self.low:,}", f"{self.high:,}"
        words = {"": f"from {low} to {high}", "low": f"above {low}, up to {high}", "high": f"from {low}, below {high}"}
        return words[self.open] + (f" ({self.reason})" if self.reason else "")


Count = Annotated[int, Range(1, 2**31 - 1)]
CountOrNone = Annotated[int, Range(0, 2**31 - 1)]
Share = Annotated[float, Range(0, 1)]
ShareBelowOne = Annotated[float, Range(0, 1, open="high")]
LearningRate = Annotated[float, Range(0, 100)]
Seed = Annotated[int, Range(0, 2**63 - 1)]


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One dataset of several."""

    path: str = ""  # a JSONL or Parquet file, or hf:ORG/NAME[/CONFIG][@REV][:SPLIT]
    weight: Annotated[float, Range(0, 1000, open="low")] = 1.0  # how often an epoch sees each of its rows


@dataclass(frozen=True, slots=True)
class DataSettings:
    """Which rows."""

    path: str = ""  # a JSONL or Parquet file, or hf:ORG/NAME[/CONFIG][@REV][:SPLIT]; --data overrides it
    sources: tuple[SourceSettings, ...] = ()  # [[data.sources]]: several datasets, instead of one path
    held_out_share: ShareBelowOne = 0.05  # rows kept aside by the hash of their id, never learned from
    on_overlong: Literal["drop", "error"] = "drop"  # a row that max_tokens would cut is never cut


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """How a conversation is told to the template."""

    reasoning: Literal["template", "inline"] = "template"  # inline: <think> tags in the text, for a template without
    react: bool = True  # in ReAct text, what stands after `Observation:` is read and never learned


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How much one optimizer step sees, and how much of it at once."""

    layout: Literal["auto", "packed", "grouped", "constant"] = "auto"  # auto: packed where the model's layers allow it
    step_tokens: Count = 4096  # whole conversations are added to a step up to this many tokens
    max_tokens: Count = 4096  # what the model computes at once; a longer example is dropped with a count


@dataclass(frozen=True, slots=True)
class LoraSettings:
    """Low-rank adapters instead of the model's own weights."""

    rank: CountOrNone = 0  # 0: all weights are trained
    alpha: Annotated[float, Range(0, 10**6, open="low")] = 32.0
    dropout: ShareBelowOne = 0.0
    targets: tuple[str, ...] = ("all-linear",)  # names of modules, as PEFT reads them
    merge: bool = False  # write a whole model in the end, the adapters added to its weights; --merge


@dataclass(frozen=True, slots=True)
class OptimizerSettings:
    """AdamW for everything, or Muon for matrices and AdamW for the rest."""

    name: Literal["adamw", "muon"] = "adamw"
    lr: LearningRate = 2e-5
    adamw_lr: LearningRate = 3e-3  # with muon: embeddings, norms and biases
    weight_decay: Annotated[float, Range(0, 100)] = 0.0
    betas: tuple[ShareBelowOne, ShareBelowOne] = (0.9, 0.95)
    max_grad_norm: Annotated[float, Range(0, 10**9, open="low")] = 1.0


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """How long, and how the learning rate moves."""

    epochs: Annotated[int, Range(1, 100_000)] = 3
    steps: CountOrNone = 0  # 0: as many as the epochs have
    warmup_steps: Annotated[int, Range(0, 1_000_000)] = 20
    hold_share: Share = 0.0  # share of all steps, warm-up included, before decay begins
    decay: Literal["linear", "cosine", "constant"] = "linear"
    final_share: Share = 0.0  # of the peak learning rate, at the last step


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """What is computed twice, or compiled first."""

    recompute: bool = False  # activations of each layer in the backward pass: less memory, a third more time
    compile: bool = False  # torch.compile of each layer: half a minute at the start, then faster; needs a C++ compiler
    fsdp: bool = False  # each process of torchrun keeps a slice of the weights; --fsdp


@dataclass(frozen=True, slots=True)
class CanarySettings:
    """Secrets planted among the rows, by which `sfteval probe` measures what is learned by heart."""

    count: Annotated[int, Range(0, 10_000)] = 0  # 0: none; --canaries
    repeats: tuple[Annotated[int, Range(1, 1_000)], ...] = (1, 4, 16)  # rows that hold each, in equal shares
    seed: Seed = 0  # of the secrets, whatever the order of training: runs that shall be compared need the same


@dataclass(frozen=True, slots=True)
class EvaluateSettings:
    """The loss on the rows held out."""

    every_steps: CountOrNone = 0  # 0: once, at the end
    max_rows: Count = 500
    patience: CountOrNone = 0  # stop after so many evaluations without a better one, and keep the best; 0: never


@dataclass(frozen=True, slots=True)
class SaveSettings:
    """Checkpoints on the way, each one whole and servable, beside the final one; --resume goes on from the last."""

    every_steps: CountOrNone = 0  # 0: none
    keep: Count = 2  # the last so many


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a run learns, but the base model and the data themselves."""

    base: str = ""  # a Hugging Face directory; --base overrides it
    seed: Seed = 0
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    match: Literal["steps", "tokens"] = "steps"  # what both arms of a pair get equally many of: steps, learned tokens
    data: DataSettings = field(default_factory=DataSettings)
    render: RenderSettings = field(default_factory=RenderSettings)
    batch: BatchSettings = field(default_factory=BatchSettings)
    lora: LoraSettings = field(default_factory=LoraSettings)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    schedule: ScheduleSettings = field(default_factory=ScheduleSettings)
    memory: MemorySettings = field(default_factory=MemorySettings)
    canaries: CanarySettings = field(default_factory=CanarySettings)
    evaluate: EvaluateSettings = field(default_factory=EvaluateSettings)
    save: SaveSettings = field(default_factory=SaveSettings)


def find_recipe(name: str) -> Path:
    """Return the file of a recipe: a path, or the name of one that comes with the package."""
    shipped = {path.name.removesuffix(".toml"): path for path in _shipped()}
    if Path(name).is_file():
        return Path(name)
    if name.removesuffix(".toml") in shipped:
        return shipped[name.removesuffix(".toml")]
    raise ConfigurationError(
        "recipe", expected="a TOML file or the name of a shipped recipe", got=name, next_move=nearest(name, shipped)
    )


def read_recipe(path: Path, kind: type[T]) -> T:
    """Read a TOML file into a frozen dataclass whose defaults stand for absent keys."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:  # ValueError: not UTF-8, not TOML, thousands of digits
        raise ConfigurationError(
            str(path), expected="a TOML file", got=f'"{error}"', next_move="Mend the file, or pass another"
        ) from error
    reader = _Reader(path, text)
    recipe = reader.build(kind, table, "")
    for section, key, expected, value in _misfits(recipe):  # a default that is none: the key must be set
        where = f"[{section}] {key}" if section else key
        raise reader.error(section, key, f"{where} = {expected}", shown(value), f"Set {key}")
    return recipe


def check(recipe: object, where: str = "recipe") -> None:
    """Refuse settings outside their range; for recipes that did not come from a file as they are."""
    for section, key, expected, value in _misfits(recipe):
        place = f"{where}, [{section}] {key}" if section else f"{where}, {key}"
        raise ConfigurationError(place, expected=expected, got=shown(value), next_move="Change the value")


def override(recipe: Recipe, given: Mapping[str, object]) -> Recipe:
    """Return the recipe with what the command line says instead: settings by name (`data.path`), None: not said."""
    for name, value in given.items():
        if value is not None:
            section, _, key = name.rpartition(".")
            changed: Any = dataclasses.replace(getattr(recipe, section), **{key: value}) if section else value
            recipe = dataclasses.replace(recipe, **{section or key: changed})
    check(recipe)
    return recipe


def shown(value: object) -> str:
    """Return a value as an error quotes it, shortened where it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no whole number of more than some thousand digits
        return "a number of thousands of digits"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}... ({len(text):,} characters)"


def _shipped() -> list[Path]:
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    text: str

    def build(self, kind: type[T], table: Mapping[str, Any], section: str) -> T:
        hints = typing.get_type_hints(kind, include_extras=True)
        for key in table:
            if key not in hints:
                where = f"a key of [{section}]" if section else "a known key or section"
                raise self.error(section, key, where, f'"{key}"', nearest(key, hints))
        return kind(**{key: self._value(hints[key], value, section, key) for key, value in table.items()})

    def _value(self, hint: Any, value: Any, section: str, key: str) -> Any:
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            if not isinstance(value, dict):
                raise self.error(section, key, f"a section [{key}]", shown(value), f"Write [{key}] with keys below it")
            return self.build(hint, value, f"{section}.{key}" if section else key)
        if (kind := _listed(hint)) is not None:
            below = f"{section}.{key}"
            if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
                raise self.error(section, key, f"sections [[{below}]]", shown(value), f"Write [[{below}]] for each")
            return tuple(self.build(kind, one, below) for one in value)
        converted = _convert(hint, value)
        if converted is None:
            raise self.error(section, key, f"{key} = {_named(hint)}", shown(value), "Change the value")
        return converted

    def error(self, section: str, key: str, expected: str, got: str, next_move: str) -> ConfigurationError:
        line = _line_of(self.text, section, key) or (_line_of(self.text, "", section) if section else 0)
        where = f"{self.path}, line {line}" if line else str(self.path)
        return ConfigurationError(where, expected=expected, got=got, next_move=next_move)


def _misfits(settings: Any, section: str = "") -> Iterator[tuple[str, str, str, Any]]:
    """Yield section, key, what it must be and value of every setting that is not what its type says."""
    for key, hint in typing.get_type_hints(type(settings), include_extras=True).items():
        value = getattr(settings, key)
        if dataclasses.is_dataclass(hint):
            yield from _misfits(value, f"{section}.{key}" if section else key)
        elif _listed(hint) is not None:
            for one in value:
                yield from _misfits(one, f"{section}.{key}")
        elif _convert(hint, value) is None:
            yield section, key, _named(hint), value


def _listed(hint: Any) -> Any:
    """Return the dataclass of a `tuple[dataclass, ...]`, which TOML writes as [[sections]]; None: no such."""
    kinds = typing.get_args(hint) if typing.get_origin(hint) is tuple else ()
    return kinds[0] if kinds and dataclasses.is_dataclass(kinds[0]) else None


def _convert(hint: Any, value: Any) -> Any:
    """Return the value as the hint wants it, None where it does not fit (TOML has no null)."""
    origin = typing.get_origin(hint)
    if origin is Annotated:
        kind, allowed = typing.get_args(hint)
        converted = _convert(kind, value)
        return converted if converted is not None and allowed.holds(converted) else None
    if origin is Literal:
        return value if value in typing.get_args(hint) else None
    if origin is tuple:
        kinds = typing.get_args(hint)
        if not isinstance(value, list | tuple) or (kinds[-1] is not Ellipsis and len(kinds) != len(value)):
            return None
        items = [_convert(kinds[0] if kinds[-1] is Ellipsis else kinds[i], item) for i, item in enumerate(value)]
        return None if None in items else tuple(items)
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return value if isinstance(value, dict) else None
    if hint is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_number and abs(value) <= sys.float_info.max else None
    if hint is int:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    return value if isinstance(value, hint) else None


def _named(hint: Any) -> str:
    if typing.get_origin(hint) is Literal:
        return " | ".join(f'"{choice}"' for choice in typing.get_args(hint))
    if typing.get_origin(hint) is Annotated:
        kind, allowed = typing.get_args(hint)
        return f"{_named(kind)} {allowed}"
    if typing.get_origin(hint) is tuple:
        return f"[{', '.join(map(_named, typing.get_args(hint)))}]"
    if isinstance(hint, types.GenericAlias) or typing.get_origin(hint) is not None:
        return str(hint).replace("typing.", "")
    return {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}.get(hint, str(hint))


def _line_of(text: str, section: str, key: str) -> int:
    """Return the line on which a key or a section stands; 0: not found."""
    here = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[{1,2}([^\[\]]+)\]", line)
        if header:
            here = header.group(1).strip()
            if here == (f"{section}.{key}" if section else key):
                return number
        elif here == section and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
            return number
    return 0
