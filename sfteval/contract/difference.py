"""Two prompts' token ids in, where they first part out: index, decoded context on both sides, and what kind it is.

The texts are aligned again behind the place, so that `kinds` sees what stands on one side only. Ids may come from a
server: any of them may be outside of the vocabulary, and there may be millions. Does not know who rendered.
"""

import difflib
import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sfteval.chat import Tokenizer
from sfteval.contract.kinds import Kind, Parting, kind_of, same_but_for_dates
from sfteval.contract.probes import Probe

MOST_TOKENS = 50_000  # of an answer that may be hostile
LARGEST_ID = 1 << 32
BEFORE, AFTER = 40, 60  # characters of context that are shown
LONGEST_HEADER = 40  # characters between two special tokens that say who speaks, or in which channel
WINDOW = 1_500  # characters in which the two texts are aligned again

BEGUN = re.compile(r"(?:</?|\[/?|\w)\w*\Z")
PIECES = re.compile(r"<[^<>\n]{1,40}>|\s+|\w+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a prompt first parts from the one that was expected."""

    index: int  # of the first token that differs
    kind: Kind
    before: str  # the text that both share, its end
    expected: str  # what follows in the one, and in the other; "" where it ends
    found: str
    only_dates: bool = False  # nothing but dates differs in the whole prompt

    def sentence(self) -> str:
        """Return kind, place and both texts in one line."""
        return f"{self.kind}, token {self.index}: expected {quoted(self.expected)}, got {quoted(self.found)}"

    def as_json(self) -> dict[str, Any]:
        """Return the difference as a JSON object."""
        return {
            "index": self.index,
            "kind": str(self.kind),
            "before": self.before,
            "expected": self.expected,
            "found": self.found,
            "only_dates": self.only_dates,
        }


def quoted(text: str) -> str:
    """Return a text with its line ends and control characters spelled out, in quotes; nothing reads "the end"."""
    return spelled_out(json.dumps(text, ensure_ascii=False)) if text else "the end"


def spelled_out(text: str) -> str:
    """Return a text in which every character that is not printed stands as its code: it moves nothing anywhere."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def first_difference(
    expected: Sequence[int], found: Sequence[int], tokenizer: Tokenizer, probe: Probe, closed: Sequence[int] = ()
) -> Difference | None:
    """Return where two renderings of a probe part, None if they are the same.

    `closed` is the expected rendering without its generation prompt, `tokenizer` the one of the expected.
    """
    expected, found = tuple(expected), tuple(found)
    if expected == found:
        return None
    pairs = itertools.zip_longest(expected, found)
    index = next(place for place, (one, other) in enumerate(pairs) if one != other)
    before = decoded(expected[:index], tokenizer)[-BEFORE:]
    texts = decoded(expected, tokenizer), decoded(found, tokenizer)
    if texts[0] == texts[1]:
        rest = [str(list(ids[index : index + 8])) for ids in (expected, found)]
        return Difference(index, Kind.TOKENIZER, before, rest[0], rest[1])
    place = _first(*texts)
    parting = Parting(*texts, place, _instead(*texts, place), _turn(expected[:index], tokenizer))
    is_bos = _is_bos(expected, found, index, tokenizer)
    return Difference(
        index,
        Kind.BOS if is_bos else kind_of(parting, probe, decoded(closed, tokenizer)),
        before,
        expected=decoded(expected[index : index + AFTER], tokenizer)[:AFTER],
        found=decoded(found[index : index + AFTER], tokenizer)[:AFTER],
        only_dates=same_but_for_dates(*texts),
    )


def decoded(token_ids: Sequence[int], tokenizer: Tokenizer) -> str:
    """Return the text of ids with their specials; an id that no vocabulary can hold is spelled out."""
    shown = token_ids[:MOST_TOKENS]
    runs = itertools.groupby(shown, key=lambda token: _is_known(token, tokenizer))
    return "".join(tokenizer.decode(run) if known else "".join(f"<id {token}>" for token in run) for known, run in runs)


def _is_known(token: int, tokenizer: Tokenizer) -> bool:
    return 0 <= token < LARGEST_ID and tokenizer.backend.id_to_token(token) is not None


def _first(expected: str, found: str) -> int:
    pairs = itertools.zip_longest(expected, found)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), len(expected))


def _instead(expected: str, found: str, place: int) -> tuple[str, str]:
    """Return what stands in the one and in the other from the parting on until they are the same again."""
    begun = BEGUN.search(expected[max(0, place - 40) : place])
    start = place - len(begun.group()) if begun else place  # whole words and tags are aligned
    a, b = (PIECES.findall(text[start : place + WINDOW]) for text in (expected, found))
    changes = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    a_start, a_stop, b_start, b_stop = next(places for tag, *places in changes if tag != "equal")
    return "".join(a[a_start:a_stop]), "".join(b[b_start:b_stop])


def _turn(shared: Sequence[int], tokenizer: Tokenizer) -> str:
    """Return the text since the last special token, with the role or channel that stands before it."""
    parts = itertools.groupby(shared, key=lambda token: token in tokenizer.special_ids)
    texts = [[""] * (len(list(run)) - 1) if special else [decoded(tuple(run), tokenizer)] for special, run in parts]
    segments = list(itertools.chain.from_iterable(texts))[::-1] or [""]
    header = itertools.takewhile(lambda text: 0 < len(text.strip()) <= LONGEST_HEADER, segments[1:])
    return " ".join([*list(header)[::-1], segments[0]])


def _is_bos(expected: Sequence[int], found: Sequence[int], index: int, tokenizer: Tokenizer) -> bool:
    """Return whether one side has a special token more at its beginning, and what follows it is the same."""
    if index > 1:
        return False
    for longer, shorter in ((expected, found), (found, expected)):
        extra = list(itertools.takewhile(lambda token: token in tokenizer.special_ids, longer[index : index + 2]))
        for length in range(1, len(extra) + 1):
            follows = longer[index + length : index + length + 8]
            if follows and follows == shorter[index : index + 8]:
                return True
    return False
