"""A checkpoint's fast tokenizer: text in, ids out, and back. Special tokens are never added behind the caller's back.

A rendered chat template holds every special token that the model shall see, a BOS among them; adding one here would
double it. Knows no conversation. Only `tokenizer.json` is read: a checkpoint without one needs transformers once, to
convert it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import tokenizers

from sfteval.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Text to ids and back, with the set of ids that carry markup and not text."""

    backend: tokenizers.Tokenizer
    special_ids: frozenset[int]

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
        return cls(backend, frozenset(index for index, token in added.items() if token.special))

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the ids of a text as it stands; special tokens written in it become their ids."""
        return tuple(self.backend.encode(text, add_special_tokens=False).ids)

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
