"""Several judges over real HTTP: by majority, each with a lock of its own, and how far they agree beyond chance."""

import pytest

from sfteval.judging.bounds import decide_with_judges
from sfteval.judging.panel import with_judges
from sfteval.judging.seats import Seat, added_costs
from sfteval.types import Verdict
from tests.sfteval.judge import judges
from tests.sfteval.judge.serving import heard_together
from tests.sfteval.judge.worlds import comparison, locked, pair, task

PAIRS = [pair(number, 3, 9 if number % 4 else 1) for number in range(24)]


def contrary(body):
    """Return the other answer than a fair judge would."""
    first, second = (judges.worth(answer) for answer in judges.shown(body))
    return judges.verdict("second" if first > second else "first")


def judged(folder, says, trusted):
    async def work(opened):
        seats = [Seat(judge, bench, locked(judge) if judge.name in trusted else None) for judge, bench in opened]
        return await with_judges(comparison(PAIRS), (task(),), seats, seed=0, alpha=0.05)

    return heard_together(says, folder, work)


def test_the_majority_counts_and_who_disagrees_is_measured(tmp_path):
    says = {"one": judges.fair, "two": judges.fair, "other": contrary}
    found = judged(tmp_path, says, trusted=says)
    (told,) = found.comparison.judged
    assert told.win_rate.value == pytest.approx(18 / 24)
    assert (told.agreement, told.advisory) == (0.0, False)
    by_names = {(two.one, two.other): two for two in told.kappas}
    assert by_names["one", "two"].value == 1.0
    assert by_names["one", "other"].value < -0.5
    assert by_names["one", "two"].n == 24
    assert decide_with_judges(found).metrics[0].verdict is not None


def test_one_judge_without_a_lock_of_its_own_keeps_all_of_them_from_deciding(tmp_path):
    says = {"one": judges.fair, "two": judges.fair, "stranger": judges.fair}
    found = judged(tmp_path, says, trusted=("one", "two"))
    (told,) = found.comparison.judged
    assert told.advisory
    assert [judge.standing for judge in told.judges] == ["trusted", "trusted", "unlocked"]
    assert "open: preference decides nothing, stranger is unlocked (it has no lock)" in found.comparison.warnings
    decided = decide_with_judges(found)
    assert (decided.metrics[0].gating, decided.metrics[0].verdict) == (False, None)
    assert decided.verdict is not Verdict.PASS


def test_what_each_judge_took_is_counted_and_added_up(tmp_path):
    says = {"one": judges.fair, "two": lambda body: "No." if "Question 5?" in str(body) else judges.fair(body)}
    found = judged(tmp_path, says, trusted=())
    (told,) = found.comparison.judged
    assert [judge.cost["num_calls"] for judge in told.judges] == [48, 48 + 2 * 2]  # two more tries in both orders
    assert all(judge.cost["num_prompt_tokens"] > 10_000 and judge.cost["seconds"] > 0 for judge in told.judges)
    assert found.comparison.costs["judges"]["num_calls"] == 100
    assert found.comparison.costs["judges"]["money"] is None


def test_money_is_added_where_somebody_named_a_price():
    one = {"num_calls": 2, "num_prompt_tokens": 10, "num_tokens": 3, "seconds": 1.5, "money": 0.25}
    assert added_costs([one, {**one, "money": None}]) == {
        "num_calls": 4, "num_prompt_tokens": 20, "num_tokens": 6, "seconds": 3.0, "money": 0.25
    }  # fmt: skip
