"""A stored line of another type is no answer."""

import json

import pytest

from sfteval.store.rows import AnswerLine, read_generation
from sfteval.types import Generation

ANSWER = Generation("sums", "1", 0, "q", "4", "stop", token_ids=(1, 2), num_tokens=2, server={"content": "4"})


def test_a_line_is_read_back_as_it_was_written() -> None:
    assert read_generation(AnswerLine.of(ANSWER).data) == ANSWER


@pytest.mark.parametrize("change", [{"num_tokens": "7"}, {"token_ids": ["1"]}, {"seed": None}, {"server": 3}])
def test_a_line_with_a_field_of_another_type_holds_no_answer(change: dict[str, object]) -> None:
    row = json.loads(AnswerLine.of(ANSWER).data)
    assert read_generation(json.dumps({**row, **change}).encode()) is None
