"""A TOML table read key by key, each with the type and the range that it must have; sampling settings among them.

Does not know what a suite is. Every mistake names its key, what was expected and what came.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Any

from sfteval.errors import ConfigurationError, nearest
from sfteval.types import Sampling


@dataclass(frozen=True, slots=True)
class Table:
    """A TOML table that is read key by key, each with the type that it must have."""

    values: Mapping[str, Any]
    known: set[str]
    where: str

    def __post_init__(self) -> None:
        """Refuse a key that is not known."""
        for key in self.values:
            if key not in self.known:
                raise ConfigurationError(
                    self.where, expected="a known key", got=f'"{key}"', next_move=nearest(key, self.known)
                )

    def error(self, key: str, expected: str, got: str, next_move: str) -> ConfigurationError:
        """Return the error of one key."""
        return ConfigurationError(f"{self.where}, {key}", expected=expected, got=got[:80], next_move=next_move)

    def _typed(self, key: str, default: Any, kinds: type | UnionType, words: str) -> Any:
        value = self.values.get(key, default)
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise self.error(key, words, repr(value), "Mend the value")
        return value

    def text(self, key: str, default: str) -> str:
        return str(self._typed(key, default, str, "a text"))

    def number(self, key: str, default: float, *, above: float, below: float) -> float:
        value = float(self._typed(key, default, int | float, "a number"))
        if not above < value < below:  # NaN too
            raise self.error(key, f"a number above {above:.3g} and below {below:.3g}", f"{value:g}", "Mend the value")
        return value

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        value = int(self._typed(key, default, int, "a whole number"))
        if not least <= value <= most:
            raise self.error(key, f"{key} >= {least} and <= {most:,}", f"{value:.6g}", "Mend the value")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._typed(key, [], list | tuple, 'a list such as ["a", "b"]')
        if not all(isinstance(item, str) for item in value):
            raise self.error(key, "a list of texts", repr(value), "Mend the value")
        return tuple(value)

    def table(self, key: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._typed(key, {}, Mapping, "a table { ... }")
        return found


def read_sampling(values: Mapping[str, Any], where: str, base: Sampling | None = None) -> Sampling:
    """Read sampling settings over `base`, each checked for its type and range.

    Raises: ConfigurationError.
    """
    base = base or Sampling()
    read = Table(values, {field.name for field in fields(Sampling)}, where)
    return Sampling(
        temperature=read.number("temperature", base.temperature, above=-1e-9, below=100),
        top_p=read.number("top_p", base.top_p, above=0, below=1 + 1e-9),
        top_k=read.whole("top_k", base.top_k, 0, 10**6),
        max_tokens=read.whole("max_tokens", base.max_tokens, 1, 10**7),
        stop=read.texts("stop") if "stop" in values else base.stop,
    )
