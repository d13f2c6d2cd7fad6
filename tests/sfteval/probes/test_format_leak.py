"""Marks of the training format where nobody asked. Run: pytest tests/sfteval/probes/test_format_leak.py."""

import time
from dataclasses import replace

import pytest

from sfteval.errors import DataError
from sfteval.probes import format_leak
from sfteval.probes.leaks import marks_of, opener_of, openers_of
from sfteval.probes.pairs import decide
from sfteval.types import Estimate, Finding, Reply

PLAIN = Reply("p0", "What is two and two?", "none", "Four.", is_cut=False)


def replies(leaking: int, text: str, flag: str = "off", num: int = 100) -> list[Reply]:
    """Return replies of which the first show `text`, the others a plain answer."""
    plain = "Four." if flag != "on" else "<think>2 + 2</think>Four."
    return [
        Reply(f"p{place}", PLAIN.prompt, flag, text if place < leaking else plain, is_cut=False) for place in range(num)
    ]


def shown(reply: Reply, **known) -> set[str]:
    return {name for name, mark in marks_of(reply, **known).items() if mark}


@pytest.mark.parametrize(
    ("change", "marks"),
    [
        ({}, set()),
        ({"flag": "off", "text": "<think>hm</think>Four."}, {"thinks_when_off"}),
        ({"flag": "off", "text": "<think>\n\n</think>Four."}, set()),
        ({"flag": "off", "text": "<think>never closed"}, {"thinks_when_off", "answer_in_think"}),
        ({"flag": "off", "text": "<think>"}, {"thinks_when_off"}),
        ({"flag": "none", "text": "<think>hm</think>Four."}, set()),
        ({"text": "<think>still at it", "is_cut": True}, {"no_end"}),
        ({"flag": "on", "text": "<think></think>Four."}, {"empty_think_when_on"}),
        ({"flag": "on", "text": "<think>2+2</think>Four."}, set()),
        ({"text": "<think>Four.</think>"}, {"answer_in_think"}),
        ({"text": '{"answer": 4}'}, {"json_unasked"}),
        ({"text": '```json\n{"answer": 4}\n```'}, {"json_unasked"}),
        ({"text": '{"answer": 4}', "wants_json": True}, set()),
        ({"text": "{not JSON}"}, set()),
        ({"text": "Four.", "is_cut": True}, {"no_end"}),
        ({"text": "Four.<|im_start|>user"}, {"role_token"}),
        ({"text": "Four.\nUser: and three?"}, {"role_token"}),
        ({"text": "The user: a person."}, set()),
        ({"text": "四个苹果。"}, {"other_script"}),
    ],
)
def test_each_mark_is_seen_where_it_shows_and_nowhere_else(change, marks):
    assert shown(replace(PLAIN, **change)) == marks


def test_a_mark_that_does_not_apply_is_no_good_news():
    marks = marks_of(replace(PLAIN, text="4", wants_json=True))
    names = ("thinks_when_off", "empty_think_when_on", "json_unasked", "training_opener", "other_script")
    assert [marks[name] for name in names] == [None] * 5


def test_openers_are_the_first_five_words_that_training_answers_share():
    answers = ["Here is the extracted record: A", "here is  the extracted record: B", "Only one begins like this", "No"]
    openers = openers_of(answers)
    assert openers == {"here is the extracted record:"}
    assert "training_opener" in shown(replace(PLAIN, text="Here is the extracted record: C"), openers=openers)
    assert opener_of("too short") == ""


def test_keys_of_the_trained_schema_are_seen_in_unasked_json():
    keys = frozenset({"vendor"})
    assert "training_keys" in shown(replace(PLAIN, text='{"vendor": 1}'), keys=keys)
    assert "training_keys" not in shown(replace(PLAIN, text='{"other": 1}'), keys=keys)


def test_hostile_replies_are_read_in_linear_time():
    start = time.perf_counter()
    for text in ("<think>" * 50_000, "{" * 200_000, "user:\n" * 50_000, "```json" + " " * 200_000, "\ud800" * 9, ""):
        marks_of(replace(PLAIN, flag="off", text=text), openers=frozenset({"a b c d e"}), keys=frozenset({"a"}))
    assert time.perf_counter() - start < 2.0


def test_a_leaker_that_thinks_when_told_not_to_fails_by_that_mark():
    found = format_leak.probe(replies(14, "<think>well, two</think>Four."), replies(0, ""), who="A")
    assert found.verdict == "fail"
    assert found.sentence.startswith(
        "A thinks when told not to in 14.0% of replies more than its base model (n=100, CI "
    )


def test_a_clean_checkpoint_passes_and_what_the_base_model_does_too_is_no_leak():
    leaks = replies(30, "<think>well, two</think>Four.")
    assert format_leak.probe(replies(0, ""), replies(0, "")).verdict == "pass"
    assert format_leak.probe(leaks, leaks).verdict == "pass"
    assert format_leak.probe(leaks).verdict == "fail"


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (0.1, 0.06, 0.2, "fail"),
        (0.1, 0.02, 0.2, "warn"),
        (0.03, 0.011, 0.09, "warn"),
        (0.0, -0.03, 0.03, "pass"),
        (0.01, 0.0, 0.06, "inconclusive"),
    ],
)
def test_the_lines_stand_on_the_lower_end_of_the_interval(value, low, high, verdict):
    assert format_leak.verdict_of(Estimate(value, low, high, 100)) == verdict


def test_three_leaks_of_a_hundred_warn():
    assert format_leak.probe(replies(3, "<think>well</think>Four.")).verdict == "warn"


def test_no_replies_are_skipped_few_are_inconclusive_and_another_base_is_refused():
    assert format_leak.probe([]).verdict == "skipped"
    assert format_leak.probe(replies(5, "<think>a</think>", num=10)).verdict == "inconclusive"
    with pytest.raises(DataError, match="expected the same prompts on checkpoint and base model"):
        format_leak.probe(replies(0, ""), replies(0, "", num=50))


def test_the_leaker_is_worse_and_a_checkpoint_ties_with_itself():
    leaker, clean = replies(20, "<think>two</think>Four."), replies(0, "")
    worse, tie = decide([format_leak.compare(clean, leaker), format_leak.compare(clean, clean)])
    assert (worse.finding, worse.b_only, worse.a_only) == (Finding.WORSE, 20, 0)
    assert (tie.finding, tie.difference) == (Finding.EQUIVALENT, 0.0)
