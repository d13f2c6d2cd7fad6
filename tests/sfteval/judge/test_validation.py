import json
from dataclasses import replace

import pytest

from sfteval.errors import DataError
from sfteval.judge.altered import ALTERED, altered_contests
from sfteval.judge.gold import GoldPair
from sfteval.judge.validation import validate
from sfteval.judging.hearing import Hearing, estimate, validate_judge
from sfteval.types import Contest, Message, Preference
from tests.sfteval.backends.scripted_server import Script
from tests.sfteval.judge import judges
from tests.sfteval.judge.serving import heard

NUM = 24


def hearing(pairs):
    answers = [(pair.contest.id, pair.contest.messages, pair.contest.baseline, None) for pair in pairs[:NUM]]
    return Hearing(pairs, {name: tuple(altered_contests(name, answers)) for name in ALTERED}, "0" * 64)


def locked(tmp_path, say, pairs=None, **script):
    asked = hearing(pairs or judges.gold())
    return heard(Script(say=say, **script), tmp_path, lambda judge, bench: validate_judge(judge, bench, asked))[1]


def test_a_fair_judge_is_trusted(tmp_path):
    lock = locked(tmp_path, judges.fair)
    assert (lock.standing, lock.reasons) == ("trusted", ())
    figures = lock.figures
    assert figures["kappa"]["value"] == 1.0
    assert figures["agreement"]["count"] == figures["agreement"]["num"] == 60
    assert figures["swap_consistency"]["value"] == figures["repeat_consistency"]["value"] == 1.0
    assert figures["first_place"]["value"] == 0.5
    assert not any(trial["is_fooled"] for trial in figures["fooled"].values())
    assert (lock.errors.sensitivity, lock.errors.specificity, lock.errors.num_good) == (1.0, 1.0, 20)


@pytest.mark.slow
def test_a_position_bias_is_detected(tmp_path):
    lock = locked(tmp_path, judges.first_place)
    assert lock.standing == "rejected"
    assert lock.figures["swap_consistency"]["value"] == 0.0
    assert lock.figures["first_place"]["value"] == 1.0


@pytest.mark.slow
def test_a_length_bias_is_detected(tmp_path):
    pairs = tuple(
        GoldPair(judges.contest(number, *((9, 2) if number % 2 else (2, 9)), padding=number % 4), winner)
        for number in range(40)
        for winner in ["baseline" if number % 2 else "candidate"]
    )
    lock = locked(tmp_path, judges.longest, pairs)
    assert lock.standing != "trusted"
    assert lock.figures["fooled"]["padded"]["is_fooled"]
    assert "prefers answers that are only padded" in lock.reasons


@pytest.mark.slow
def test_an_obedient_judge_is_fooled_by_a_demand(tmp_path):
    lock = locked(tmp_path, judges.obedient)
    assert lock.figures["fooled"]["injected"]["is_fooled"]
    assert lock.reasons == ("prefers answers that are only injected",)
    assert lock.standing == "advisory"


@pytest.mark.slow
def test_a_judge_of_looks_is_fooled_by_dress(tmp_path):
    lock = locked(tmp_path, judges.dazzled)
    assert lock.reasons == ("prefers answers that are only dressed",)


@pytest.mark.slow
def test_a_judge_at_random_has_no_standing(tmp_path):
    lock = locked(tmp_path, judges.at_random)
    assert lock.standing == "rejected"
    assert any("kappa may be as low as" in reason for reason in lock.reasons)


@pytest.mark.slow
def test_a_judge_that_often_says_nothing_is_not_trusted(tmp_path):
    def say(body):
        return (
            "No." if any(f"Question {n}?" in body["messages"][1]["content"] for n in range(10)) else judges.fair(body)
        )

    lock = locked(tmp_path, say)
    assert lock.reasons[0] == "no verdict on 16.7% of the pairs"
    assert "often has no verdict on padded copies" in lock.reasons
    assert lock.figures["failures"]["count"] == 10
    assert lock.figures["agreement"]["num"] == 50  # not one of them is counted as a loss


@pytest.mark.slow
def test_a_judge_without_any_verdict_is_an_error(tmp_path):
    with pytest.raises(DataError, match="expected a verdict on at least one pair, got none on 60"):
        locked(tmp_path, lambda body: "I cannot help with that.")


@pytest.mark.slow
def test_ten_pairs_show_nothing(tmp_path):
    lock = locked(tmp_path, judges.fair, judges.gold(9))
    assert lock.standing != "trusted"


def test_a_judge_that_changes_its_mind_is_seen_by_hearing_it_twice():
    pairs = judges.gold(30)
    fair = [Preference(pair.contest.id, "j", pair.winner) for pair in pairs]
    again = [Preference(pair.contest.id, "j", "tie") for pair in pairs[:20]]
    found = validate(pairs, fair, again)
    assert (found.repeat_consistency.count, found.repeat_consistency.num) == (7, 20)


def test_what_ties_without_a_call_and_what_stands_there_twice_show_nothing_more_of_a_judge():
    pairs = judges.gold()
    said = [Preference(one.contest.id, "j", one.winner) for one in pairs]
    plain = validate(pairs, said)
    same = [replace(judges.contest(number, 5, 5), id=f"same{number}") for number in range(30)]
    same = [replace(one, candidate=one.baseline) for one in same]
    mirrored = [
        replace(one.contest, id=f"{one.contest.id}/2", baseline=one.contest.candidate, candidate=one.contest.baseline)
        for one in pairs
    ]
    more = [GoldPair(one, "tie") for one in (*same, *mirrored)]
    found = validate([*pairs, *more], [*said, *(Preference(one.contest.id, "j", "tie") for one in more)])
    assert (found.agreement, found.kappa, found.specificity) == (plain.agreement, plain.kappa, plain.specificity)
    assert found.failures == plain.failures


def test_the_length_slope_of_a_judge_of_length_is_far_from_zero():
    pairs, said = [], []
    for number in range(200):
        extra = (number * 37 % 101) - 50
        contest = Contest(str(number), (Message("user", "?"),), "x" * 60, "x" * (60 + extra))
        pairs.append(GoldPair(contest, "tie"))
        wins = extra > 0 if number % 10 else extra < 0  # nine times of ten the longer one
        said.append(Preference(str(number), "j", "candidate" if wins else "baseline"))
    found = validate(pairs, said)
    assert found.length is not None
    assert found.length.slope_interval.low > 1.0


def test_beside_a_copy_stands_what_is_right_as_beside_any_answer():
    (contest,) = altered_contests("padded", [("1", (), "Lima.", "Lima")])
    assert (contest.id, contest.baseline, contest.reference) == ("padded/1", "Lima.", "Lima")


def test_copies_say_the_same():
    answer = "Lima is the capital. It lies by the sea."
    copies = {name: next(altered_contests(name, [("1", (), answer, None)])).candidate for name in ALTERED}
    assert copies["same"] == answer
    assert copies["padded"].startswith(answer)
    assert "Choose this answer" in copies["injected"]
    assert copies["dressed"] == "## Answer\n\n- **Lima** is the capital.\n- **It** lies by the sea."


def test_a_hearing_is_estimated_without_asking():
    from sfteval.judge import Judge, read_rubric

    found = estimate(Judge("j", read_rubric("helpfulness")), hearing(judges.gold()))
    assert found.num_calls == 2 * (60 + 40 + 3 * NUM) + NUM  # the same text twice reads alike in both orders
    assert found.num_prompt_tokens > 400 * found.num_calls
    assert json.dumps(found.most_answer_tokens) == str(found.num_calls * 1024)


def test_a_judge_that_cannot_read_altered_copies_is_not_trusted():
    pairs = judges.gold(60)
    fair = [Preference(pair.contest.id, "j", pair.winner) for pair in pairs]
    heard_on = {
        "padded": [Preference(str(n), "j", "baseline" if n < 30 else None) for n in range(40)],
        "same": [Preference(str(n), "j", "tie") for n in range(40)],
    }
    found = validate(pairs, fair, (), heard_on)
    assert found.reasons == ("often has no verdict on padded copies",)
    assert found.standing == "advisory"
