"""Recipes: TOML in, frozen dataclasses out; an unknown key is an error that names its line and the nearest known key.

TOML says which and how many, Python says how. Does not read data or models. `base.py` reads its own dataclass with the
same `read_recipe`.
"""

import dataclasses
import math
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from sfteval.errors import ConfigurationError, nearest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DataSettings:
    """Which rows."""

    path: str = ""  # relative to the working directory; --data overrides it
    held_out_share: float = 0.05  # rows kept aside by the hash of their id, never learned from


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How much one optimizer step sees, and how much of it at once."""

    step_tokens: int = 4096  # whole conversations are added to a step up to this many tokens
    max_tokens: int = 4096  # what the model computes at once; a longer example is dropped with a count


@dataclass(frozen=True, slots=True)
class OptimizerSettings:
    """AdamW for everything, or Muon for matrices and AdamW for the rest."""

    name: Literal["adamw", "muon"] = "adamw"
    lr: float = 2e-5
    adamw_lr: float = 3e-3  # with muon: embeddings, norms and biases
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.95)
    max_grad_norm: float = 1.0


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """How long, and how the learning rate moves."""

    epochs: int = 3
    steps: int = 0  # 0: as many as the epochs have
    warmup_steps: int = 20
    hold_share: float = 0.0  # share of all steps, warm-up included, before decay begins
    decay: Literal["linear", "cosine", "constant"] = "linear"
    final_share: float = 0.0  # of the peak learning rate, at the last step


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a run learns, but the base model and the data themselves."""

    base: str = ""  # a Hugging Face directory; --base overrides it
    seed: int = 0
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    data: DataSettings = field(default_factory=DataSettings)
    batch: BatchSettings = field(default_factory=BatchSettings)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    schedule: ScheduleSettings = field(default_factory=ScheduleSettings)


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
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            str(path), expected="a TOML file", got=f'"{error}"', next_move="Mend the file, or pass another"
        ) from error
    return _Reader(path, text).build(kind, table, "")


def override(recipe: Recipe, *, base: Path | None = None, data: Path | None = None, seed: int | None = None) -> Recipe:
    """Return the recipe with what the command line says instead."""
    if base is not None:
        recipe = dataclasses.replace(recipe, base=str(base))
    if data is not None:
        recipe = dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, path=str(data)))
    return recipe if seed is None else dataclasses.replace(recipe, seed=seed)


def _shipped() -> list[Path]:
    return sorted((Path(__file__).parent / "recipes").glob("*.toml"))


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    text: str

    def build(self, kind: type[T], table: Mapping[str, Any], section: str) -> T:
        hints = typing.get_type_hints(kind)
        for key in table:
            if key not in hints:
                where = f"a key of [{section}]" if section else "a known key or section"
                raise self._error(section, key, where, f'"{key}"', nearest(key, hints))
        return kind(**{key: self._value(hints[key], value, section, key) for key, value in table.items()})

    def _value(self, hint: Any, value: Any, section: str, key: str) -> Any:
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            if not isinstance(value, dict):
                raise self._error(section, key, f"a section [{key}]", repr(value), f"Write [{key}] with keys below it")
            return self.build(hint, value, f"{section}.{key}" if section else key)
        converted = _convert(hint, value)
        if converted is None:
            raise self._error(section, key, f"{key} = {_named(hint)}", repr(value), "Change the value")
        return converted

    def _error(self, section: str, key: str, expected: str, got: str, next_move: str) -> ConfigurationError:
        line = _line_of(self.text, section, key)
        where = f"{self.path}, line {line}" if line else str(self.path)
        return ConfigurationError(where, expected=expected, got=got, next_move=next_move)


def _convert(hint: Any, value: Any) -> Any:
    """Return the value as the hint wants it, None where it does not fit (TOML has no null)."""
    origin = typing.get_origin(hint)
    if origin is Literal:
        return value if value in typing.get_args(hint) else None
    if origin is tuple:
        kinds = typing.get_args(hint)
        if not isinstance(value, list) or (kinds[-1] is not Ellipsis and len(kinds) != len(value)):
            return None
        items = [_convert(kinds[0] if kinds[-1] is Ellipsis else kinds[i], item) for i, item in enumerate(value)]
        return None if None in items else tuple(items)
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return value if isinstance(value, dict) else None
    if hint is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return float(value) if is_number else None
    if hint is int:
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
    return value if isinstance(value, hint) else None


def _named(hint: Any) -> str:
    if typing.get_origin(hint) is Literal:
        return " | ".join(f'"{choice}"' for choice in typing.get_args(hint))
    if isinstance(hint, types.GenericAlias) or typing.get_origin(hint) is not None:
        return str(hint).replace("typing.", "")
    return {int: "a whole number from 0", float: "a number", str: "a text", bool: "true or false"}.get(hint, str(hint))


def _line_of(text: str, section: str, key: str) -> int:
    """Return the line on which a key or a section stands; 0: not found."""
    here = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[([^\[\]]+)\]", line)
        if header:
            here = header.group(1).strip()
            if here == (f"{section}.{key}" if section else key):
                return number
        elif here == section and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
            return number
    return 0
