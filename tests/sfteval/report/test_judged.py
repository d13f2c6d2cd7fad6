"""The judge's panel: what is told in words, kept in results.json, and read back."""

import json
from dataclasses import replace

from sfteval.report.html import render_html
from sfteval.report.judged import (
    grade_rows,
    grade_sentences_of,
    judge_facts,
    judge_rows,
    judge_sentences,
    judge_words,
    judges_disagree,
)
from sfteval.report.markdown import render_markdown
from sfteval.report.results import results_json
from sfteval.report.samples import sample_row
from sfteval.report.stored import settled
from sfteval.types import (
    Grade,
    GradeComparison,
    GradedPair,
    JudgeComparison,
    Judged,
    JudgesKappa,
    MeanGrade,
    Preference,
    Usage,
    Vote,
    WinRate,
)
from tests.sfteval.report.example import comparison, pair

SHARE = {"count": 45, "num": 50, "value": 0.9, "low": 0.782, "high": 0.967}
JUDGE = Judged(
    "big|judge",
    "i" * 64,
    "trusted",
    (),
    {"kappa": {"value": 0.8, "low": 0.7, "high": 0.9, "num": 100}, "agreement": SHARE},
)
TASK = JudgeComparison(
    task="open", rubric="helpfulness", judges=(JUDGE,), num_contests=126, num_identical=6, num_by_outcome=2,
    num_no_verdict=1, num_flips=9, agreement=None, win_rate=WinRate("preference", 0.62, 0.55, 0.69, 125),
    criteria=(WinRate("clarity", 0.6, 0.52, 0.68, 125),), worst=0.615, best=0.623,
    length_controlled=WinRate("length-controlled", 0.48, 0.4, 0.56, 125), length_disagrees=True,
    corrected=WinRate("corrected", 0.64, 0.53, 0.75, 125), advisory=False,
)  # fmt: skip


def world(**change):
    return replace(comparison(), judged=(replace(TASK, **change),))


def test_one_sentence_says_who_is_preferred_and_how_surely():
    first, second = judge_sentences(world())
    assert first == (
        "open: B is preferred in 0.620 [0.550, 0.690] of 125 prompts by big|judge (126 pairs, 9 named another winner "
        "in the other order, 6 identical, 2 decided by an answer that never ended, 1 without a verdict)."
    )
    assert "at equal length the other side is preferred" in second


def test_a_judge_without_a_vote_is_said_to_advise():
    unlocked = replace(JUDGE, standing="unlocked", reasons=("it has no lock",))
    (first, _) = judge_sentences(world(judges=(unlocked,), advisory=True))
    assert first.endswith("; it advises and decides nothing.")
    assert judge_facts(unlocked)["because"] == "it has no lock"


def test_the_rows_hold_every_rate():
    assert [row[:2] for row in judge_rows(TASK)] == [
        ("preferred", "0.620"),
        ("clarity", "0.600"),
        ("at equal length", "0.480"),
        ("with the judge's known errors undone", "0.640"),
        ("missing verdicts for A, for B", "0.615, 0.623"),
    ]


def test_results_hold_the_judge_and_give_it_back():
    found = results_json(world())["judge"]["tasks"]
    assert found[0]["win_rate"]["value"] == 0.62
    assert results_json(comparison())["judge"] == {}
    assert settled(world()).judged == world().judged


def test_page_and_summary_show_it_and_a_hostile_name_breaks_neither():
    hostile = replace(JUDGE, judge="<script>alert(1)</script> @everyone | x")
    shown = settled(world(judges=(hostile,)))
    page = render_html(shown).decode()
    assert "What did the judge say?" in page
    assert "<script>alert(1)" not in page
    summary = render_markdown(shown).decode()
    assert "<script>" not in summary
    assert "@everyone" not in summary


# -- of one pair -------------------------------------------------------------------------------------------------------

FLIP = Preference(
    "open/1/0", "big|judge", "tie", is_flip=True, criteria={"clarity": "tie"},
    votes=(Vote("big|judge", False, "first", {"clarity": "first"}, "A is\nplain \x1b[31m<b>"),
           Vote("big|judge", True, "first", {"clarity": "first"}, "B is plain")),
)  # fmt: skip
SILENT = Preference("open/1/0", "other", None, votes=(Vote("other", False, None, failure="json", num_tries=3),))
GRADED = GradedPair(
    "big|judge",
    "points",
    Grade("x", "big|judge", {"clarity": 4, "kept": 1}, "fine"),
    Grade("y", "big|judge", {}, by="outcome"),
)


def told(judged=(FLIP,), graded=()):
    return replace(pair(), judged=judged, graded=graded)


def test_each_order_is_told_with_the_judges_words_on_one_harmless_line():
    assert [tuple(word) for word in judge_words(told((FLIP, SILENT)))] == [
        ("big|judge", "A first", "A", "A is plain <b>"),
        ("big|judge", "B first", "B", "B is plain"),
        ("other", "A first", "no verdict (json)", ""),
    ]


def test_grades_and_what_needed_no_call_are_told_too():
    same = Preference("open/1/0", "j", "tie", by="identical")
    assert [tuple(word) for word in judge_words(told((same,), (GRADED,)))] == [
        ("j", "the same text", "tie", ""),
        ("big|judge", "A by itself", "clarity 4, kept 1", "fine"),
        ("big|judge", "B by itself", "an answer that never ended", ""),
    ]


def test_judges_disagree_by_order_or_with_each_other_and_silence_is_no_disagreement():
    one, other = (Preference("c", name, winner) for name, winner in (("one", "baseline"), ("other", "candidate")))
    assert judges_disagree(told((FLIP,)))
    assert judges_disagree(told((one, other)))
    assert not judges_disagree(told((one, SILENT)))
    assert not judges_disagree(told(()))


def test_the_words_stand_with_their_sample_and_in_no_other_file():
    shown = comparison([told((FLIP, SILENT), (GRADED,))])
    row = sample_row(shown.pairs[0])["judge"]
    assert row["preferences"][0]["votes"][1]["reason"] == "B is plain"
    assert row["grades"][0]["baseline"]["points"] == {"clarity": 4, "kept": 1}
    assert settled(shown).pairs == shown.pairs
    assert "B is plain" not in json.dumps(results_json(shown))
    assert "judge" not in sample_row(pair())


def test_how_long_a_judge_took_changes_no_byte_of_the_samples():
    slow = replace(FLIP, votes=tuple(replace(vote, usage=Usage(1, 2, 3, 4.5)) for vote in FLIP.votes))
    assert sample_row(told((slow,))) == sample_row(told((FLIP,)))


# -- grades ------------------------------------------------------------------------------------------------------------

COST = {"num_calls": 240, "num_prompt_tokens": 120_000, "num_tokens": 9_000, "seconds": 61.25, "money": 0.036}
GRADES = GradeComparison(
    task="open",
    rubric="points",
    judges=(replace(JUDGE, cost=COST),),
    num_pairs=126,
    num_identical=6,
    num_by_outcome=2,
    num_no_verdict=1,
    grades=(MeanGrade("grade", 0.6, 0.7, 0.1, 0.05, 0.15, 125), MeanGrade("kept", 0.5, 0.5, 0.0, None, None, 1)),
    worst=0.09,
    best=0.11,
    advisory=True,
    agreement=0.75,
    kappas=(JudgesKappa("big|judge", "other", 0.5, 0.3, 0.7, 120),),
)


def test_grades_are_told_in_a_sentence_and_in_rows():
    first, second = grade_sentences_of(GRADES)
    assert first == (
        "open: graded by big|judge, B has 0.700 and A 0.600: +0.100 [+0.050, +0.150] on 125 prompts (126 pairs, 6 "
        "identical, 2 answers that never ended, 1 without a grade); it advises and decides nothing."
    )
    assert second == "open: the judges agree on 0.750 of the pairs (kappa: big|judge and other 0.50 [0.30, 0.70])."
    assert grade_rows(GRADES) == [
        ("grade", "0.600", "0.700", "+0.100 [+0.050, +0.150]", "125"),
        ("kept", "0.500", "0.500", "0.000", "1"),
        ("missing grades against B, for B", "", "", "+0.090, +0.110", ""),
    ]


def test_page_and_summary_show_grades():
    shown = settled(replace(world(), graded=(GRADES,)))
    page, summary = render_html(shown).decode(), render_markdown(shown).decode()
    assert "graded by big|judge, B has 0.700" in page
    assert "240 calls, 120,000 prompt and 9,000 answer tokens" in page
    assert "| grade | 0.600 | 0.700 | +0.100 [+0.050, +0.150] | 125 |" in summary


def test_results_hold_grades_and_give_them_back():
    shown = replace(world(), graded=(GRADES,))
    assert results_json(shown)["judge"]["grades"][0]["grades"][0]["difference"] == 0.1
    assert settled(shown).graded == (GRADES,)
    assert settled(shown).judged == shown.judged


def test_what_a_judge_cost_is_said():
    assert judge_facts(GRADES.judges[0])["cost"] == (
        "240 calls, 120,000 prompt and 9,000 answer tokens, 61.2 s of waiting, 0.0360 of money"
    )
    assert "cost" not in judge_facts(JUDGE)


def test_labels_stand_beside_the_raw_and_the_corrected_rate():
    shown = world(num_labelled=40, prediction_powered=WinRate("prediction-powered", 0.58, 0.5, 0.66, 126))
    assert ("with 40 labelled prompts (prediction-powered)", "0.580", "[0.500, 0.660]", "126") in judge_rows(
        shown.judged[0]
    )
    assert judge_sentences(shown)[-1] == "open: the true winner of 40 prompts is known, taken as drawn at random."
    assert settled(shown).judged == shown.judged
