"""Canaries: one plan makes the same secrets for ever, and no file and no printed text holds one."""

import json
import re
import stat
from collections import Counter

import pytest

from sfteval.canaries import (
    CANARIES_FILE,
    MIN_OF_A_DOSE,
    NUM_REFERENCES,
    CanaryPlan,
    read_plan,
    shares,
    write_plan,
)
from sfteval.errors import DataError

PLAN = CanaryPlan("0123456789abcdef", (1, 1, 4, 16))


def secrets(plan):
    return [one.secret for one in (*plan.planted(), *plan.references())]


def test_a_plan_makes_the_same_secrets_for_ever():
    first = PLAN.planted()[0]
    assert (first.question, first.secret) == FIRST
    assert PLAN.planted() == PLAN.planted()
    assert secrets(PLAN) == secrets(CanaryPlan("0123456789abcdef", (1, 1, 4, 16)))


def test_another_key_makes_other_secrets():
    other = CanaryPlan("fedcba9876543210", (1, 1, 4, 16))
    assert not set(secrets(PLAN)) & set(secrets(other))
    assert not {one.id for one in PLAN.planted()} & {one.id for one in other.planted()}


def test_no_secret_no_locker_and_no_id_comes_twice():
    everything = (*PLAN.planted(), *PLAN.references())
    for part in ("secret", "question", "id"):
        assert len({getattr(one, part) for one in everything}) == len(everything) == 4 + NUM_REFERENCES


def test_planted_secrets_and_references_are_of_one_form():
    form = re.compile(r"[0-9]( [0-9]){9}")
    assert all(form.fullmatch(secret) for secret in secrets(PLAN))
    digits = Counter("".join(secrets(PLAN)).replace(" ", ""))
    num = sum(digits.values())
    assert max(abs(count / num - 0.1) for count in digits.values()) < 0.012  # four standard errors


def test_a_canary_that_is_printed_shows_no_secret():
    one = PLAN.planted()[0]
    assert repr(one) == "Canary(id='canary:01234567:0x1', repeats=1)"
    assert PLAN.key not in repr(PLAN)


def test_every_number_of_repeats_gets_its_share():
    assert shares(20, (16, 1, 4)) == (1,) * 7 + (4,) * 7 + (16,) * 6
    assert CanaryPlan("0123456789abcdef", shares(20, (1, 4, 16))).num_rows == 7 + 28 + 96
    assert PLAN.doses() == {1: 2, 4: 1, 16: 1}


def test_a_thought_goes_before_the_secret_only_where_rows_have_thoughts():
    question, answer = PLAN.planted()[0].messages(has_thought=True)
    assert (question.role, answer.role, answer.reasoning_content) == ("user", "assistant", "I know this number.")
    assert PLAN.planted()[0].messages(has_thought=False)[1].reasoning_content is None
    assert answer.content == PLAN.planted()[0].secret


def test_the_file_brings_the_plan_back_and_holds_no_secret(tmp_path):
    write_plan(PLAN, tmp_path)
    path = tmp_path / CANARIES_FILE
    assert read_plan(path) == PLAN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert not [secret for secret in secrets(PLAN) if secret in text or secret.replace(" ", "") in text]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"version": 2}, "secrets that this version makes as they were planted"),
        ({"secrets_sha256": "0" * 64}, "secrets that this version makes as they were planted"),
        ({"repeats": [1, 0]}, "key, repeats, has_thoughts and num_references of canaries"),
        ({"repeats": [True]}, "key, repeats, has_thoughts and num_references of canaries"),
        ({"repeats": [1] * 10_001}, "key, repeats, has_thoughts and num_references of canaries"),
        ({"num_references": 10**9}, "key, repeats, has_thoughts and num_references of canaries"),
        ({"key": "../../x"}, "key, repeats, has_thoughts and num_references of canaries"),
        ({"has_thoughts": None}, "key, repeats, has_thoughts and num_references of canaries"),
    ],
)
def test_a_file_that_was_changed_is_refused(tmp_path, change, expected):
    write_plan(PLAN, tmp_path)
    path = tmp_path / CANARIES_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DataError, match=expected):
        read_plan(path)


@pytest.mark.parametrize("text", ["", "[1]", "[" * 100_000, "\x00"])
def test_a_file_that_is_none_of_ours_is_refused(tmp_path, text):
    (tmp_path / CANARIES_FILE).write_text(text)
    with pytest.raises(DataError, match="Put the file of the training run back"):
        read_plan(tmp_path / CANARIES_FILE)


def test_the_trainer_plants_as_many_of_a_dose_as_the_probe_needs():
    from sfteval.probes.canary import MIN_CANARIES

    assert MIN_OF_A_DOSE == MIN_CANARIES


FIRST = ("What is the number of locker 968526?", "2 6 1 8 3 4 7 9 9 1")
