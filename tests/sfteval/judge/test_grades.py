"""Answers that are graded one by one: over real HTTP, into a row of the scoreboard, with bounds for what is missing."""

from dataclasses import replace

import pytest

from sfteval.judge.gold import GoldPair
from sfteval.judging.bounds import decide_with_judges
from sfteval.judging.hearing import Hearing, estimate, validate_judge
from sfteval.judging.panel import judged_tasks, with_judges
from sfteval.judging.seats import Seat
from sfteval.types import Outcome, Suite, Task, Verdict
from tests.sfteval.backends.scripted_server import Script
from tests.sfteval.judge import judges
from tests.sfteval.judge.serving import heard
from tests.sfteval.judge.worlds import comparison, locked, pair, task

RUBRIC = "helpfulness_points"


def graded(tmp_path, pairs, say=judges.fair_points, *, lock=True, gating=("grade",)):
    async def work(judge, bench):
        seat = Seat(judge, bench, locked(judge) if lock else None)
        asked = (task(gating, rubric=RUBRIC),)
        return await with_judges(comparison(pairs), asked, (seat,), seed=0, alpha=0.05)

    return heard(Script(say=say), tmp_path, work, rubric=RUBRIC)


def test_answers_are_graded_one_by_one_and_compared_in_pairs(tmp_path):
    server, found = graded(tmp_path, [pair(number, 1, 9 if number % 5 else 1) for number in range(40)])
    decided = decide_with_judges(found)
    (row,) = decided.metrics
    assert (row.metric, row.n, row.gating, row.verdict) == ("grade", 40, True, Verdict.PASS)
    assert (row.baseline, row.candidate) == (pytest.approx(0.0), pytest.approx(0.8))
    assert len(server.questions) == 80  # one call an answer
    (told,) = decided.graded
    assert [(one.name, one.n) for one in told.grades] == [("grade", 40), *((name, 40) for name in judges.POINTS)]
    assert all(one.difference == pytest.approx(0.8) for one in told.grades)
    assert told.grades[0].ci_low < 0.8 < told.grades[0].ci_high
    assert (told.num_pairs, told.num_no_verdict, told.worst, told.advisory) == (40, 0, None, False)
    assert decided.judged == ()


def test_words_are_asked_for_where_the_anchors_are_yes_and_no(tmp_path):
    server, _ = graded(tmp_path, [pair(1, 1, 9)])
    sent = server.questions[0]
    criteria = sent["response_format"]["json_schema"]["schema"]["properties"]["criteria"]["properties"]
    assert criteria["constraints"] == {"type": "string", "enum": ["no", "yes"]}
    assert criteria["clarity"] == {"type": "integer", "minimum": 1, "maximum": 5}
    assert "no: a demand is broken; yes: every demand is met" in sent["messages"][0]["content"]
    assert '"constraints": "no" | "yes"' in sent["messages"][0]["content"]


@pytest.mark.parametrize("other", [{"constraints": 5}, {"constraints": "maybe"}, {"clarity": "yes"}, {"clarity": 6}])
def test_a_grade_of_another_form_is_no_verdict(tmp_path, other):
    _, found = graded(tmp_path, [pair(1, 1, 9), pair(2, 1, 9)], lambda body: judges.graded(3, **other))
    assert found.comparison.graded == ()
    (row,) = decide_with_judges(found).metrics
    assert (row.difference, row.verdict) == (None, Verdict.INCONCLUSIVE)
    assert "open: no judge has a verdict on any of 2 contests" in found.comparison.warnings
    assert {one.candidate.failure for shown in found.comparison.pairs for one in shown.graded} == {"form"}


def test_the_same_text_is_graded_once_and_what_never_ended_is_worth_nothing_without_a_call(tmp_path):
    same = pair(1, 9, 9)
    same = replace(same, candidate_reading=same.baseline_reading)
    cut = pair(2, 9, 9, (Outcome.OK, Outcome.TRUNCATED_ANSWER))
    server, found = graded(tmp_path, [same, cut])
    assert len(server.questions) == 2
    (told,) = found.comparison.graded
    assert (told.num_identical, told.num_by_outcome) == (1, 1)
    assert told.grades[0].baseline == pytest.approx(1.0)
    assert told.grades[0].candidate == pytest.approx(0.5)
    assert told.grades[1].n == 1  # of no criterion is anything known of what never ended
    assert told.judges[0].cost["num_calls"] == 2


def silent_on(numbers, say=judges.fair_points):
    def said(body):
        shown = body["messages"][1]["content"]
        return "I cannot say." if any(f"Question {number}?" in shown for number in numbers) else say(body)

    return said


def test_missing_grades_are_bounded_and_could_turn_no_gate_that_they_cannot_reach(tmp_path):
    _, found = graded(tmp_path, [pair(number, 1, 9) for number in range(30)], silent_on([3]))
    (told,) = found.comparison.graded
    assert (told.num_no_verdict, told.grades[0].n) == (1, 29)
    assert (told.worst, told.best) == (pytest.approx(28 / 30), pytest.approx(1.0))
    assert decide_with_judges(found).metrics[0].verdict is Verdict.PASS


@pytest.mark.slow
def test_missing_grades_that_could_turn_it_leave_it_undecided(tmp_path):
    _, found = graded(tmp_path, [pair(number, 5, 5) for number in range(60)], silent_on(range(20)))
    decided = decide_with_judges(found)
    assert decided.metrics[0].verdict is Verdict.INCONCLUSIVE
    assert "open: verdicts that the judge did not give could turn this metric" in decided.warnings


def test_without_a_lock_grades_only_advise(tmp_path):
    _, found = graded(tmp_path, [pair(number, 9, 1) for number in range(20)], lock=False)
    decided = decide_with_judges(found)
    assert (decided.metrics[0].gating, decided.metrics[0].verdict) == (False, None)
    assert decided.graded[0].advisory
    assert "open: grade decides nothing, toy is unlocked (it has no lock)" in decided.warnings


def test_what_a_judge_wrote_stands_with_the_answers(tmp_path):
    _, found = graded(tmp_path, [pair(1, 1, 9)])
    (shown,) = found.comparison.pairs[0].graded
    assert (shown.judge, shown.rubric, shown.baseline.reason, shown.candidate.reason) == (
        "toy", RUBRIC, "it has 1", "it has 5"
    )  # fmt: skip
    assert shown.candidate.points["constraints"] == 5


def test_a_task_may_be_judged_in_both_forms():
    both = task(rubric=["helpfulness", RUBRIC])
    suite = Suite("s", "1", "", "", (both,))
    assert [one.options["rubric"] for one in judged_tasks([suite])] == ["helpfulness", RUBRIC]
    named = judged_tasks(
        [Suite("s", "1", "", "", (Task("open", "answered", (), ()),))], {"open": f"reference, {RUBRIC}"}
    )
    assert [one.options["rubric"] for one in named] == ["reference", RUBRIC]


def hearing(num):
    return Hearing(judges.gold(num), {}, "0" * 64)


def test_a_judge_that_grades_is_measured_on_pairs_whose_winner_is_known(tmp_path):
    lock = heard(
        Script(say=judges.fair_points),
        tmp_path,
        lambda judge, bench: validate_judge(judge, bench, hearing(60)),
        rubric=RUBRIC,
    )[1]
    assert (lock.standing, lock.figures["kappa"]["value"]) == ("trusted", 1.0)
    assert lock.figures["swap_consistency"]["num"] == 0  # there is no order


@pytest.mark.slow
def test_a_judge_that_gives_more_points_to_longer_answers_is_found_out(tmp_path):
    pairs = tuple(
        GoldPair(judges.contest(number, *((9, 2) if number % 2 else (2, 9)), padding=9), winner)
        for number in range(40)
        for winner in ["baseline" if number % 2 else "candidate"]
    )

    def say(body):
        return judges.graded(5 if len(body["messages"][1]["content"].split("[begin answer")[1]) > 200 else 2)

    async def work(judge, bench):
        return await validate_judge(judge, bench, Hearing(pairs, {}, "0" * 64))

    _, lock = heard(Script(say=say), tmp_path, work, rubric=RUBRIC)
    assert lock.standing == "rejected"
    assert lock.figures["agreement"]["value"] == 0.0


def test_a_hearing_of_single_answers_is_estimated_by_the_texts_that_differ():
    from sfteval.judge import Judge, read_rubric

    pairs = judges.gold(3)
    found = estimate(Judge("j", read_rubric(RUBRIC)), Hearing(pairs, {"same": (judges.contest(9, 1, 2),)}, "0" * 64))
    assert found.num_calls == 2 * 3 + 2 + 2 * 3  # each answer once, and all of the labelled once more
