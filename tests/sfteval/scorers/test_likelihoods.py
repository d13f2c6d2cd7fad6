"""What a backend told of given answers, as text and back; any other text is refused."""

import math

import pytest

from sfteval.chat.reading import read
from sfteval.errors import DataError
from sfteval.scorers.likelihoods import Likelihood, read_likelihoods, write_likelihoods
from sfteval.types import Generation, Outcome

TOLD = [Likelihood(-1.2345678901234567, True), Likelihood(-30.0, False), Likelihood(-math.inf, None)]


def test_what_is_written_is_read_to_the_last_digit():
    assert list(read_likelihoods(write_likelihoods(TOLD), 3)) == TOLD


def test_the_text_is_read_as_a_whole_answer_and_as_nothing_else():
    text = write_likelihoods(TOLD[:2])
    reading = read(Generation("t", "s", 0, "q", text, "stop"))
    assert (reading.outcome, reading.answer, reading.tool_calls) == (Outcome.OK, text, ())
    assert text == '{"logprobs": [-1.2345678901234567, -30.0], "is_greedy": [true, false]}'


@pytest.mark.parametrize(
    "text",
    [
        "Paris",
        "",
        "[-1.0, -2.0]",
        '{"logprobs": [-1.0], "is_greedy": [true]}',
        '{"logprobs": [-1.0, -2.0], "is_greedy": [true]}',
        '{"logprobs": [-1.0, "-2.0"], "is_greedy": [true, false]}',
        '{"logprobs": [-1.0, true], "is_greedy": [true, false]}',
        '{"logprobs": [-1.0, NaN], "is_greedy": [true, false]}',
        '{"logprobs": [-1.0, -2.0], "is_greedy": [1, 0]}',
        "[" * 100_000,
    ],
)
def test_any_other_text_is_refused_in_words(text):
    with pytest.raises(DataError, match="expected the log probabilities of 2 continuations, got "):
        read_likelihoods(text, 2)
