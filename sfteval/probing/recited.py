"""What a checkpoint and its base model go on with after the first tokens of an answer: for the probe of extraction.

Prefixes of no tokens, of a tenth of the answer and of 50 tokens, wherever they differ and enough is left to show
copying; greedy, by token ids, so that no turn is closed and opened again in the middle of an answer. The prefixes of
one answer hang together. The base model, which is only a control, goes on from the longest. Does not know what copying
is.
Source: research on probes, A3-P3; the 50 tokens are those of the lm-extraction-benchmark.
"""

import contextlib
import functools
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sfteval.errors import SftevalError
from sfteval.probes import extraction
from sfteval.probes.grams import SIZES
from sfteval.probing import likely
from sfteval.probing.desk import Desk
from sfteval.probing.inquiry import Told
from sfteval.probing.material import Case, Item
from sfteval.probing.spans import piece_of
from sfteval.types import ProbeDifference, ProbeResult, Recited, TokenScores

TASK = "continuations"
MOST_TOKENS, ROUND_TO = 200, 40  # limits are rounded up, so that requests of one limit share a batch
PREFIX_SHARE, PREFIX_TOKENS = 0.10, 50
FEWEST_TOKENS = 5  # a tenth that is shorter is as good as nothing
MAX_ANSWERS = 20_000  # training answers that are looked up


@dataclass(frozen=True, slots=True, eq=False)
class Continued:
    """What one model went on with after each prefix, and how likely it holds the true answers."""

    outputs: Mapping[str, tuple[int, ...]]
    scores: Mapping[str, TokenScores]  # by item; empty: the model cannot tell


def prefixes_of(item: Item) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """Yield (id, token ids that are given, token ids that truly follow), the shortest prefix first."""
    said = item.piece.said
    tenth = math.ceil(PREFIX_SHARE * len(said))
    lengths = {"none": 0, "tenth": tenth if FEWEST_TOKENS <= tenth < PREFIX_TOKENS else 0, "fifty": PREFIX_TOKENS}
    for name, length in lengths.items():
        if (length or name == "none") and len(said) - length >= SIZES[0]:
            given = item.piece.token_ids[: item.piece.num_prompt + length]
            yield f"{item.id}/{name}", given, said[length:]


async def ask(desk: Desk, case: Case, of_base: Continued | None) -> Continued:
    """Return what comes after each prefix."""
    is_base = desk.checkpoint is not case.checkpoint
    prompts = {
        name: (given, min(MOST_TOKENS, ROUND_TO * math.ceil(len(follows) / ROUND_TO)))
        for item in case.items
        for name, given, follows in list(prefixes_of(item))[-1 if is_base else 0 :]
    }
    outputs = await desk.continued(TASK, prompts)
    scores: Mapping[str, TokenScores] = {}
    with contextlib.suppress(SftevalError):  # one figure more, where it can be had
        scores = await likely.ask(desk, case, None)
    return Continued(outputs, scores)


@functools.lru_cache(maxsize=2)  # of two sides: a result and a difference look at the same ones
def training_answers(case: Case) -> tuple[tuple[int, ...], ...]:
    """Return the token ids of the training data's answers, thoughts included; of very many, the first ones."""
    if case.chat is None:
        return ()
    rows = itertools.islice(case.learned.values(), MAX_ANSWERS)
    pieces = (piece_of(row, case.chat, case.checkpoint) for row in rows)
    return tuple(piece.said for piece in pieces if piece is not None)


def recited(told: Told) -> tuple[Recited, ...]:
    """Return every prefix with its continuations."""
    own: Continued = told.own
    base: Mapping[str, tuple[int, ...]] = told.base.outputs if told.base is not None else {}
    return tuple(
        Recited(name, item.split, follows, own.outputs[name], base.get(name), cluster=item.id)
        for item in told.case.items
        for name, _, follows in prefixes_of(item)
        if name in own.outputs
    )


def result(told: Told) -> ProbeResult:
    """Return the verdict."""
    scored = likely.scored_items(Told(told.case, told.own.scores))
    return extraction.probe(recited(told), training_answers(told.case), scored, told.case.who)


def difference(a: Told, b: Told) -> ProbeDifference:
    """Return the difference over the prefixes that both sides have; boilerplate is that of A's training answers."""
    sides = recited(a), recited(b)
    ids = {one.id for one in sides[0]} & {one.id for one in sides[1]}
    first, second = ([one for one in side if one.id in ids] for side in sides)
    return extraction.compare(first, second, training_answers(a.case))
