"""One pair of answers in, whom more judges prefer out, each heard once. Does not know how far a judge is trusted."""

from sfteval.types import GradedPair, Pair, Winner


def preferred(pair: Pair) -> Winner | None:
    """Return the side that more judges prefer; None where none of them has a verdict."""
    winners = [one.winner for one in pair.judged] + [_by_grade(one) for one in pair.graded]
    a, b = winners.count("baseline"), winners.count("candidate")
    if a != b:
        return "candidate" if b > a else "baseline"
    return None if winners.count(None) == len(winners) else "tie"


def _by_grade(one: GradedPair) -> Winner | None:
    a, b = one.baseline.score, one.candidate.score
    if a is None or b is None:
        return None
    return "tie" if a == b else "candidate" if b > a else "baseline"
