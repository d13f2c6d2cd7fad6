"""Two votes on one contest in, one preference out; and what many preferences make of a prompt.

Both orders or nothing: where one order has no verdict there is no preference. Where the orders name different winners
it is a tie, and counted as a flip; a win in one order and a tie in the other is a tie too. Does not ask anybody.
Source: design.md 4.9; both orders and ties by disagreement as in Zheng et al. 2023 (arXiv 2306.05685), section 3.4.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from sfteval.types import Contest, Preference, Vote, Winner, winner_of

WORTH: dict[Winner, float] = {"baseline": 0.0, "tie": 0.5, "candidate": 1.0}


def identical(contest: Contest, judge: str) -> Preference:
    """Return the tie of two answers that are the same text."""
    return Preference(contest.id, judge, "tie", by="identical")


def preference(contest: Contest, votes: Sequence[Vote]) -> Preference:
    """Return what one judge's two votes, one of each order, come to."""
    one, other = votes
    assert one.judge == other.judge
    assert one.candidate_first != other.candidate_first
    winners = (one.winner, other.winner)
    names = [*one.criteria, *(name for name in other.criteria if name not in one.criteria)]
    criteria = {name: _agreed(_winner_by(one, name), _winner_by(other, name)) for name in names}
    is_flip = None not in winners and set(winners) == {"baseline", "candidate"}
    return Preference(contest.id, one.judge, _agreed(*winners), is_flip=is_flip, criteria=criteria, votes=tuple(votes))


def majority(preferences: Iterable[Preference]) -> Winner | None:
    """Return whom more than half of the judges with a verdict name, else a tie; None: no judge has one."""
    named = [one.winner for one in preferences if one.winner is not None]
    if not named:
        return None
    winner, count = Counter(named).most_common(1)[0]
    return winner if 2 * count > len(named) else "tie"


def agreement(preferences: Sequence[Sequence[Preference]]) -> float | None:
    """Return the share of contests on which all judges with a verdict name the same winner; None: none has two.

    Where nobody was asked, nobody agreed.
    """
    asked = [[one for one in each if one.by == "judge"] for each in preferences]
    known = [{one.winner for one in each} for each in asked if sum(one.winner is not None for one in each) > 1]
    return sum(len(winners - {None}) == 1 for winners in known) / len(known) if known else None


def worth(winner: Winner | None) -> float | None:
    """Return what a preference is worth to the candidate: 1, one half, 0; None: there is none."""
    return None if winner is None else WORTH[winner]


def _winner_by(vote: Vote, name: str) -> Winner | None:
    return winner_of(vote.criteria.get(name), vote.candidate_first)


def _agreed(one: Winner | None, other: Winner | None) -> Winner | None:
    if one is None or other is None:
        return None
    return one if one == other else "tie"
