"""How likely the training and held-out answers are to a checkpoint and to its base model: for loss gap and membership.

Answer and thought of each item are scored behind the prompt as it is served, with the same token ids on both models.
A base model of another tokenizer is not asked. Does not know what the numbers mean.
"""

from collections.abc import Mapping

from sfteval.probes import loss_gap, membership
from sfteval.probing.desk import Desk
from sfteval.probing.inquiry import Told
from sfteval.probing.material import Case
from sfteval.probing.spans import Piece, Stretch
from sfteval.types import ProbeDifference, ProbeResult, ScoredItem, Span, TokenScores

TASK = "likelihoods"
Scored = Mapping[str, TokenScores]  # by item, of all that was said behind the prompt


async def ask(desk: Desk, case: Case, of_base: Scored | None) -> Scored:
    """Return how likely each item's answer is."""
    return await desk.scores(TASK, {item.id: (item.piece.token_ids, item.piece.num_prompt) for item in case.items})


def scored_items(told: Told) -> tuple[ScoredItem, ...]:
    """Return the items that every model that was asked has scored."""
    own: Scored = told.own
    base: Scored | None = told.base
    kept = [item for item in told.case.items if item.id in own and (base is None or item.id in base)]
    return tuple(
        ScoredItem(
            id=item.id,
            split=item.split,
            text=item.piece.text,
            answer=_span(item.piece, item.piece.answer, own[item.id], None if base is None else base[item.id]),
            think=None
            if item.piece.think is None
            else _span(item.piece, item.piece.think, own[item.id], None if base is None else base[item.id]),
        )
        for item in kept
    )


def loss_gap_result(told: Told) -> ProbeResult:
    """Return the loss gap's verdict."""
    return loss_gap.probe(scored_items(told), told.case.who)


def loss_gap_difference(a: Told, b: Told) -> ProbeDifference:
    """Return the loss gap's difference."""
    return loss_gap.compare(*_shared(a, b))


def membership_result(told: Told) -> ProbeResult:
    """Return the membership's verdict."""
    return membership.probe(scored_items(told), told.case.who, told.case.plan.seed)


def membership_difference(a: Told, b: Told) -> ProbeDifference:
    """Return the membership's difference."""
    return membership.compare(*_shared(a, b))


def _shared(a: Told, b: Told) -> tuple[tuple[ScoredItem, ...], tuple[ScoredItem, ...]]:
    """Return both sides' items, those that both scored."""
    sides = [scored_items(told) for told in (a, b)]
    ids = {item.id for item in sides[0]} & {item.id for item in sides[1]}
    first, second = (tuple(item for item in side if item.id in ids) for side in sides)
    return first, second


def _span(piece: Piece, stretch: Stretch, own: TokenScores, base: TokenScores | None) -> Span:
    return Span(_cut(own, piece, stretch), None if base is None else _cut(base, piece, stretch))


def _cut(scores: TokenScores, piece: Piece, stretch: Stretch) -> TokenScores:
    start, stop = (place - piece.num_prompt for place in stretch)
    return TokenScores(scores.logprobs[start:stop], scores.is_greedy[start:stop])
