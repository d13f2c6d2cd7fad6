"""A checkpoint's fast tokenizer: text in, ids out, and back. Special tokens are never added behind the caller's back.

A rendered chat template holds every special token that the model shall see, a BOS among them; adding one here would
double it. A text that begins as the one before it did, as prompts of one conversation do, is encoded from the last
border on that both hold. Knows no conversation. Only `tokenizer.json` is read: a checkpoint without one needs
transformers once, to convert it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tokenizers

from sfteval.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class _Border:
    """A border token: its half-open stretch of the text, and the index of its id."""

    start: int
    stop: int
    index: int


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A text, its ids, and the borders in it, in order."""

    text: str
    ids: tuple[int, ...]
    borders: tuple[_Border, ...]


@dataclass(slots=True)
class _Memory:
    """The text that was encoded last; replaced whole, so that threads may share it."""

    last: _Encoded = field(default_factory=lambda: _Encoded("", (), ()))


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Text to ids and back, with the set of ids that carry markup and not text."""

    backend: tokenizers.Tokenizer
    special_ids: frozenset[int]
    border_ids: frozenset[int] = frozenset()  # special tokens at which a text may be cut
    memory: _Memory = field(default_factory=_Memory, repr=False, compare=False)

    @classmethod
    def from_folder(cls, folder: Path) -> "Tokenizer":
        """Read `tokenizer.json` of a checkpoint."""
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise CheckpointError(
                str(folder),
                expected="a fast tokenizer (tokenizer.json)",
                got="none",
                next_move="Save it once with AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR)",
            )
        try:
            return cls.from_backend(tokenizers.Tokenizer.from_file(str(path)))
        except Exception as error:  # the library raises a bare Exception for a file that it cannot read
            raise CheckpointError(
                str(path), expected="a tokenizer", got=f'"{error}"', next_move="Copy or save the checkpoint again"
            ) from error

    @classmethod
    def from_backend(cls, backend: tokenizers.Tokenizer) -> "Tokenizer":
        """Wrap a tokenizer; truncation and padding that its file may ask for are switched off."""
        backend.no_truncation()
        backend.no_padding()
        added = backend.get_added_tokens_decoder()
        special = frozenset(index for index, token in added.items() if token.special)
        return cls(backend, special, _border_ids(added, special))

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the ids of a text as it stands; special tokens written in it become their ids."""
        last = self.memory.last
        shared = bisect_left(last.borders, True, key=lambda one: not text.startswith(last.text[: one.stop]))
        # The last shared border is encoded again, so that what follows it is never the beginning of a text.
        border = last.borders[shared - 1] if shared else _Border(0, 0, 0)
        encoding = self.backend.encode(text[border.start :], add_special_tokens=False)
        new_ids = encoding.ids
        found = []
        for place, token in enumerate(new_ids):
            if token in self.border_ids and (characters := encoding.token_to_chars(place)) is not None:
                start, stop = characters
                found.append(_Border(border.start + start, border.start + stop, border.index + place))
        token_ids = last.ids[: border.index] + tuple(new_ids)
        self.memory.last = _Encoded(text, token_ids, (*last.borders[: max(shared - 1, 0)], *found))
        return token_ids

    def decode(self, token_ids: Iterable[int], *, skip_special: bool = False) -> str:
        """Return the text of ids, with the special tokens unless they are to be skipped."""
        return self.backend.decode(list(token_ids), skip_special_tokens=skip_special)

    def token_id(self, token: str) -> int | None:
        """Return the id of one token; None: the vocabulary does not hold it."""
        return self.backend.token_to_id(token)

    @property
    def vocabulary_size(self) -> int:
        """How many ids there are, added tokens included."""
        return self.backend.get_vocab_size(with_added_tokens=True)


def _border_ids(added: Mapping[int, tokenizers.AddedToken], special: frozenset[int]) -> frozenset[int]:
    """Return the special tokens at which a text may be cut: what stands before them is encoded alike without them.

    One whose text is part of another added token's is none: which of the two is meant depends on what stands around.
    """
    all_texts = "\0".join(token.content for token in added.values())
    return frozenset(
        index
        for index, token in added.items()
        if index in special
        and not (token.lstrip or token.single_word or token.normalized)
        and all_texts.count(token.content) == 1
    )
