from dataclasses import replace

import pytest

from sfteval.errors import ConfigurationError
from sfteval.judge import Judge, read_rubric
from sfteval.judging.bounds import decide_with_judges
from sfteval.judging.contests import matches
from sfteval.judging.panel import judged_tasks, with_judges
from sfteval.judging.seats import Seat
from sfteval.types import Finding, Outcome, Suite, Task, Verdict
from tests.sfteval.backends.scripted_server import Script
from tests.sfteval.judge import judges
from tests.sfteval.judge.serving import heard
from tests.sfteval.judge.worlds import comparison, locked, pair, task


def judged(tmp_path, pairs, say=judges.fair, *, lock=True, gating=("preference",)):
    async def work(judge, bench):
        seat = Seat(judge, bench, locked(judge) if lock is True else lock)
        return await with_judges(comparison(pairs), (task(gating),), (seat,), seed=0, alpha=0.05)

    return heard(Script(say=say), tmp_path, work)


def test_a_candidate_that_is_preferred_is_better(tmp_path):
    pairs = [pair(number, 3, 9 if number % 5 else 3) for number in range(60)]
    _, found = judged(tmp_path, pairs)
    decided = decide_with_judges(found)
    (row,) = decided.metrics
    assert (row.metric, row.n, row.gating, row.verdict) == ("preference", 60, True, Verdict.PASS)
    assert (row.baseline, row.candidate) == (pytest.approx(0.1), pytest.approx(0.9))
    assert row.difference == pytest.approx(0.8)
    (told,) = decided.judged
    assert told.win_rate.value == pytest.approx(0.9)
    assert [one.name for one in told.criteria] == judges.CRITERIA
    assert told.corrected is not None
    assert (told.num_contests, told.num_no_verdict, told.num_flips, told.advisory) == (60, 0, 0, False)


@pytest.mark.slow
def test_swapping_the_sides_mirrors_everything(tmp_path):
    one = judged(tmp_path / "1", [pair(n, n % 7, (3 * n) % 5) for n in range(40)])[1].comparison
    other = judged(tmp_path / "2", [pair(n, (3 * n) % 5, n % 7) for n in range(40)])[1].comparison
    assert one.metrics[0].difference == -other.metrics[0].difference
    assert one.judged[0].win_rate.value == pytest.approx(1.0 - other.judged[0].win_rate.value)


def test_without_a_lock_a_judge_only_advises(tmp_path):
    _, found = judged(tmp_path, [pair(number, 9, 1) for number in range(40)], lock=None)
    decided = decide_with_judges(found)
    (row,) = decided.metrics
    assert (row.gating, row.verdict) == (False, None)
    assert decided.judged[0].advisory
    assert decided.judged[0].corrected is None
    assert "open: preference decides nothing, toy is unlocked (it has no lock)" in decided.warnings
    assert decided.verdict is not Verdict.PASS


def test_the_lock_of_another_judge_is_none(tmp_path):
    other = Judge("toy", read_rubric("reference"))
    _, found = judged(tmp_path, [pair(1, 9, 1)], lock=locked(other))
    assert found.comparison.judged[0].judges[0].standing == "unlocked"
    assert found.comparison.judged[0].judges[0].reasons == ("the given lock is for another model, rubric or sampling",)


def test_an_answer_that_never_ended_loses_without_a_judge(tmp_path):
    cut = (Outcome.TRUNCATED_ANSWER, Outcome.OK)
    both = (Outcome.EMPTY, Outcome.TRUNCATED_THINK)
    server, found = judged(tmp_path, [pair(1, 9, 1, cut), pair(2, 9, 1, both), pair(3, 9, 1)])
    assert len(server.questions) == 2
    (told,) = found.comparison.judged
    assert told.num_by_outcome == 2
    assert told.win_rate.value == pytest.approx((1.0 + 0.5 + 0.0) / 3)


def test_what_transport_lost_is_no_contest():
    lost = pair(1, 9, 1, (Outcome.ERROR, Outcome.OK))
    assert list(matches(comparison([lost]), task())) == []


def test_several_answers_to_a_prompt_are_one_prompt(tmp_path):
    pairs = [pair(number, 1, 9 if index else 1, index=index) for number in range(12) for index in range(2)]
    _, found = judged(tmp_path, pairs)
    assert found.comparison.metrics[0].n == 12
    assert found.comparison.judged[0].win_rate.value == pytest.approx(0.75)


def silent_on(numbers):
    def say(body):
        silent = any(f"Question {number}?" in body["messages"][1]["content"] for number in numbers)
        return "I cannot say." if silent else judges.fair(body)

    return say


def test_a_few_missing_verdicts_that_could_not_turn_it_change_nothing(tmp_path):
    _, found = judged(tmp_path, [pair(number, 1, 9) for number in range(60)], silent_on([3]))
    (told,) = found.comparison.judged
    assert (told.num_no_verdict, told.win_rate.n) == (1, 59)
    assert told.worst == pytest.approx(59 / 60)
    assert decide_with_judges(found).metrics[0].verdict is Verdict.PASS


@pytest.mark.slow
def test_missing_verdicts_that_could_turn_it_leave_it_undecided(tmp_path):
    pairs = [pair(number, 5, 9 if number % 2 else 1) for number in range(40)] + [pair(n, 9, 1) for n in range(40, 60)]
    _, found = judged(tmp_path, pairs, silent_on(range(40, 60)))
    for row in (found.worst["open", "preference"], found.best["open", "preference"]):
        assert row.n == 60
    decided = decide_with_judges(found)
    assert decided.metrics[0].verdict is Verdict.INCONCLUSIVE
    all_better = [pair(number, 5, 9) for number in range(20)] + [pair(n, 9, 1) for n in range(40, 60)]
    _, found = judged(tmp_path / "2", all_better, silent_on(range(40, 60)))
    decided = decide_with_judges(found)
    assert decided.metrics[0].verdict is Verdict.INCONCLUSIVE
    assert "open: verdicts that the judge did not give could turn this metric" in decided.warnings
    assert (decided.metrics[0].finding, decided.metrics[0].n_needed) == (Finding.NOT_SHOWN, None)
    assert "would decide" not in decided.headline


@pytest.mark.slow
def test_a_judge_that_says_nothing_is_told_and_decides_nothing(tmp_path):
    _, found = judged(tmp_path, [pair(number, 1, 9) for number in range(5)], lambda body: "No.")
    decided = decide_with_judges(found)
    (row,) = decided.metrics
    assert (row.n, row.difference, row.verdict) == (5, None, Verdict.INCONCLUSIVE)
    assert decided.headline == "No verdict on any of 5 prompts of open: preference has no figure."
    assert "open: no judge has a verdict on any of 5 contests" in decided.warnings
    assert decided.verdict is not Verdict.PASS


def test_a_gate_that_passes_elsewhere_does_not_pass_for_a_silent_judge(tmp_path):
    pairs = [pair(number, 1, 9) for number in range(40)]
    _, found = judged(tmp_path, pairs, lambda body: "No.")
    (owed,) = found.comparison.metrics
    other = replace(owed, metric="answered", difference=0.0, gate_ci_low=0.0, gate_ci_high=0.0, p_regress=0.5)
    both = replace(found, comparison=replace(found.comparison, metrics=(other, owed)))
    decided = decide_with_judges(both)
    assert [row.verdict for row in decided.metrics] == [Verdict.PASS, Verdict.INCONCLUSIVE]
    assert decided.verdict is Verdict.INCONCLUSIVE


@pytest.mark.slow
def test_a_judge_of_length_is_seen_beside_the_raw_rate(tmp_path):
    pairs = []
    for number in range(160):
        extra = (number // 2 % 40 + 1) * (1 if number % 2 else -1)
        one = pair(number, 5, 5)
        longer = replace(one.candidate_reading, answer="x" * (200 + extra))
        pairs.append(replace(one, candidate_reading=longer, baseline_reading=replace(longer, answer="x" * 199 + "y")))

    def say(body):
        number = int(body["messages"][1]["content"].split("Question ")[1].split("?")[0])
        return judges.fair(body) if number // 2 % 9 == 0 else judges.longest(body)

    (told,) = judged(tmp_path, pairs, say)[1].comparison.judged
    assert told.length_controlled is not None
    assert told.length_controlled.ci_low < 0.5 < told.length_controlled.ci_high


def test_a_suite_without_a_rubric_has_nothing_to_judge():
    plain = Task("plain", "exact", (), ("accuracy",))
    with pytest.raises(ConfigurationError, match="expected a task whose options name a rubric"):
        judged_tasks([Suite("s", "1", "", "", (plain,))])
    assert [one.name for one in judged_tasks([Suite("s", "1", "", "", (plain, task()))])] == ["open"]


def test_three_judges_decide_by_majority_and_their_agreement_is_told(tmp_path):
    pairs = [pair(number, 1, 9) for number in range(10)]

    async def work(judge, bench):
        seats = [Seat(replace(judge, name=name), bench) for name in ("one", "two", "three")]
        return await with_judges(comparison(pairs), (task(),), seats, seed=0, alpha=0.05)

    _, found = heard(Script(say=judges.fair), tmp_path, work)
    (told,) = found.comparison.judged
    assert told.agreement == 1.0
    assert [one.judge for one in told.judges] == ["one", "two", "three"]


def test_only_what_was_judged_is_corrected_for_the_judges_errors(tmp_path):
    heard_pairs = [pair(number, *((1, 9) if number < 13 else (9, 1))) for number in range(20)]
    lost = [pair(number, 5, 5, (Outcome.OK, Outcome.TRUNCATED_ANSWER)) for number in range(20, 40)]
    worth = {"candidate": {"mean": 0.8, "num": 100}, "baseline": {"mean": 0.2, "num": 100}}

    async def work(judge, bench):
        lock = locked(judge)
        seat = Seat(judge, bench, replace(lock, figures={**lock.figures, "worth": worth}))
        return await with_judges(comparison(heard_pairs + lost), (task(),), (seat,), seed=0, alpha=0.05)

    _, found = heard(Script(say=judges.fair), tmp_path, work)
    (told,) = found.comparison.judged
    assert told.win_rate.value == pytest.approx(13 / 40)
    assert told.corrected.value == pytest.approx(0.5 * (0.65 - 0.2) / 0.6)  # and the other half was lost for certain
    assert (told.corrected.n, told.num_by_outcome) == (40, 20)


def test_the_cost_of_a_judge_has_its_price(tmp_path):
    async def work(judge, bench):
        seat = Seat(judge, replace(bench, policy=replace(bench.policy, input_price=1.0, output_price=10.0)))
        return await with_judges(comparison([pair(1, 1, 9)]), (task(),), (seat,), seed=0, alpha=0.05)

    _, found = heard(Script(say=judges.fair), tmp_path, work)
    cost = found.comparison.judged[0].judges[0].cost
    assert cost["num_calls"] == 2
    assert cost["money"] == pytest.approx((cost["num_prompt_tokens"] + 10 * cost["num_tokens"]) / 1e6)
    assert found.comparison.costs["judges"] == cost
