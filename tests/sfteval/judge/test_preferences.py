from sfteval.judge.preferences import agreement, majority, preference, worth
from sfteval.types import Contest, Message, Preference, Vote

CONTEST = Contest("1", (Message("user", "?"),), "a", "b")


def voted(baseline_first, candidate_first):
    return preference(
        CONTEST,
        [Vote("j", False, baseline_first, {"tone": "first"}), Vote("j", True, candidate_first, {"tone": "tie"})],
    )


def test_every_pair_of_votes_comes_to_what_it_should():
    table = {
        ("first", "second"): ("baseline", False),
        ("second", "first"): ("candidate", False),
        ("first", "first"): ("tie", True),
        ("second", "second"): ("tie", True),
        ("tie", "tie"): ("tie", False),
        ("first", "tie"): ("tie", False),
        ("tie", "first"): ("tie", False),
        (None, "first"): (None, False),
        ("tie", None): (None, False),
    }
    for votes, (winner, is_flip) in table.items():
        found = voted(*votes)
        assert (found.winner, found.is_flip) == (winner, is_flip), votes


def test_a_criterion_is_counted_like_the_choice():
    assert voted("first", "second").criteria == {"tone": "tie"}


def judged(*winners):
    return [Preference("1", f"j{place}", winner) for place, winner in enumerate(winners)]


def test_the_majority_of_the_judges_with_a_verdict_decides():
    assert majority(judged("candidate", "candidate", "baseline")) == "candidate"
    assert majority(judged("candidate", None, None)) == "candidate"
    assert majority(judged("candidate", "baseline")) == "tie"
    assert majority(judged("candidate", "tie", "baseline")) == "tie"
    assert majority(judged(None, None)) is None


def test_agreement_counts_contests_that_two_judges_have_a_verdict_on():
    assert agreement([judged("tie", "tie"), judged("tie", "baseline"), judged("tie", None)]) == 0.5
    assert agreement([judged("tie")]) is None


def test_what_a_preference_is_worth():
    assert [worth(winner) for winner in ("baseline", "tie", "candidate", None)] == [0.0, 0.5, 1.0, None]


def test_where_nobody_was_asked_nobody_agreed():
    same = [Preference("1", name, "tie", by="identical") for name in ("one", "two")]
    apart = [Preference("2", "one", "baseline"), Preference("2", "two", "candidate")]
    assert agreement([same, apart]) == 0.0
    assert agreement([same]) is None
