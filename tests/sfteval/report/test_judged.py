"""The judge's panel: what is told in words, kept in results.json, and read back."""

from dataclasses import replace

from sfteval.report.html import render_html
from sfteval.report.judged import judge_facts, judge_rows, judge_sentences
from sfteval.report.markdown import render_markdown
from sfteval.report.results import results_json
from sfteval.report.stored import settled
from sfteval.types import JudgeComparison, Judged, WinRate
from tests.sfteval.report.example import comparison

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
