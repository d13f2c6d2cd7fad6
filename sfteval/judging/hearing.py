"""The rounds of a judge's validation: pairs whose winner is known, some of them again, and altered copies of answers.

In goes a file of labelled pairs and a judge, out comes what is to be locked. Does not decide what a judge may do with
its lock, and keeps no text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sfteval.identity import file_hash
from sfteval.judge.altered import ALTERED, altered_contests
from sfteval.judge.asking import Bench, Judge, hear, prefer
from sfteval.judge.by_grades import exhibits_of, prefer_by_grades
from sfteval.judge.gold import GoldPair, read_gold
from sfteval.judge.lock import Lock, lock_of
from sfteval.judge.material import contest_messages, exhibit_messages
from sfteval.judge.preferences import preference
from sfteval.judge.validation import validate
from sfteval.types import Contest, Message, Preference

NUM_AGAIN = 40  # pairs that are heard a second time
NUM_ALTERED = 40  # answers of which altered copies are made
CHARACTERS_PER_TOKEN = 4  # of English text, to estimate a cost; what was really used is counted while asking


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a judge is to hear before it may vote."""

    gold: tuple[GoldPair, ...]
    altered: Mapping[str, tuple[Contest, ...]]
    gold_sha256: str

    @property
    def again(self) -> tuple[GoldPair, ...]:
        """The pairs that are heard twice."""
        return self.gold[:NUM_AGAIN]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a hearing takes, before anybody is asked."""

    num_calls: int
    num_prompt_tokens: int
    most_answer_tokens: int


def plan_hearing(path: Path) -> Hearing:
    """Read the labelled pairs and make altered copies of the better answers of the first of them.

    Raises: DataError.
    """
    gold = read_gold(path)
    better = [(pair.contest, _better(pair)) for pair in gold if _better(pair).strip()][:NUM_ALTERED]
    answers = [(contest.id, contest.messages, answer, contest.reference) for contest, answer in better]
    altered = {name: tuple(altered_contests(name, answers)) for name in ALTERED}
    return Hearing(gold, altered, file_hash(path))


def estimate(judge: Judge, hearing: Hearing) -> Estimate:
    """Return how many calls a hearing takes and about how many tokens, when every verdict can be read at once."""
    altered = [contest for each in hearing.altered.values() for contest in each]
    asked = _asked if judge.rubric.form == "pairwise" else _asked_by_itself
    material = [*asked(judge, [pair.contest for pair in hearing.gold], altered)]
    material += asked(judge, [pair.contest for pair in hearing.again], [])
    characters = sum(len(message.content) for messages in material for message in messages)
    calls = len(material)
    return Estimate(calls, characters // CHARACTERS_PER_TOKEN, calls * judge.sampling.max_tokens)


async def validate_judge(judge: Judge, bench: Bench, hearing: Hearing) -> Lock:
    """Hear the judge on everything and return what is to be locked.

    Raises: BackendError when the judge is gone, BudgetError when a budget is spent (what was heard is kept), DataError
    when no verdict of it can be read.
    """
    form = judge.rubric.form
    preferred, heard = (prefer, _heard) if form == "pairwise" else (prefer_by_grades, prefer_by_grades)
    preferences = await preferred(judge, bench, [pair.contest for pair in hearing.gold])
    repeated = replace(judge, repeat=1)
    again = await preferred(repeated, bench, [pair.contest for pair in hearing.again])
    altered = {name: await heard(judge, bench, contests) for name, contests in hearing.altered.items()}
    found = validate(hearing.gold, preferences, again, altered)
    return lock_of(found, identity=judge.identity(form), judge=judge.name, gold_sha256=hearing.gold_sha256)


def _asked(judge: Judge, gold: Sequence[Contest], altered: Sequence[Contest]) -> Iterable[tuple[Message, ...]]:
    """Return what is asked where both answers are shown at once, in both orders; equal answers of a gold pair tie.

    What reads alike is asked once, as the same text twice in either order.
    """
    contests = [*(contest for contest in gold if not contest.is_identical), *altered]
    return dict.fromkeys(
        contest_messages(judge.rubric, contest, candidate_first=first)
        for contest in contests
        for first in (False, True)
    )


def _asked_by_itself(
    judge: Judge, gold: Sequence[Contest], altered: Sequence[Contest]
) -> Iterable[tuple[Message, ...]]:
    """Return what is asked where each answer is read by itself, the same text once."""
    exhibits = [one for contest in (*gold, *altered) for one in exhibits_of(contest)]
    return dict.fromkeys(exhibit_messages(judge.rubric, exhibit) for exhibit in exhibits)


async def _heard(judge: Judge, bench: Bench, contests: Sequence[Contest]) -> list[Preference]:
    """Hear every contest, identical answers too: whether the judge calls them a tie is what is asked."""
    votes = await hear(judge, bench, contests)
    return [preference(contest, votes[contest.id]) for contest in contests]


def _better(pair: GoldPair) -> str:
    return pair.contest.candidate if pair.winner == "candidate" else pair.contest.baseline
