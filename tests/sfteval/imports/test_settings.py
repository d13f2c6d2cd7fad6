"""What a log says of sampling goes into a suite as far as a suite can hold it."""

import pytest

from sfteval.imports.settings import sampling_of, task_name


def test_what_is_in_range_is_kept_and_everything_else_left_away():
    told = {"temperature": 0.7, "top_p": 1, "top_k": 40, "max_tokens": 256, "stop": ["\n\n", "", 3], "seed": 7}
    assert sampling_of(told) == {
        "temperature": 0.7, "top_p": 1, "top_k": 40, "max_tokens": 256, "stop": ["\n\n"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "told",
    [
        {"temperature": -1}, {"temperature": 1e3}, {"temperature": "0"}, {"temperature": float("nan")}, {"top_p": 0},
        {"top_p": 2}, {"top_k": 0}, {"top_k": -1}, {"max_tokens": 0}, {"max_tokens": 10**9}, {"max_tokens": True},
        {"max_tokens": 1.5}, {"stop": "END"}, {"stop": [[]]}, {"stop": None}, {},
    ],
)  # fmt: skip
def test_what_a_suite_would_refuse_is_left_away(told):
    assert sampling_of(told) == {}


@pytest.mark.parametrize(
    ("name", "made"), [("inspect_evals/gsm8k", "inspect_evals-gsm8k"), ("../..", "imported"), ("x" * 200, "x" * 80)]
)
def test_a_task_gets_a_name_that_a_suite_may_have(name, made):
    assert task_name(name) == made
