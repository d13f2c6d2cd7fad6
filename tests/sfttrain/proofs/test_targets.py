"""The proof by number: every target is the next token, every turn is learned whole and ends with a stop."""

import dataclasses
import re

import pytest

from sfteval.errors import ProofError
from sfttrain.proofs import Proof
from sfttrain.proofs.targets import prove_targets
from sfttrain.types import NOT_LEARNED, Example, Span, ids
from tests.sfttrain.proofs.sound_example import (
    CHAT,
    GOOD,
    START,
    STOP,
    A,
    B,
    C,
    D,
    N,
)


def targets(example: Example, vocabulary_size: int = 9999) -> tuple[Proof, ...]:
    return prove_targets([example], CHAT, (STOP,), vocabulary_size)


def test_the_numbers_of_a_good_example_are_its_own() -> None:
    assert [proof.numbers for proof in targets(GOOD)] == [
        {"examples": 1, "turns": 1, "stop_token_ids": 1},
        {"examples": 1, "turns": 1, "targets": 3, "stops_written_ahead": 0},
        {"examples": 1, "turns": 1, "targets": 3},
        {"examples": 1},
    ]


def test_a_stop_may_be_said_where_the_text_goes_on() -> None:
    ahead = dataclasses.replace(GOOD, token_ids=ids([START, A, B, C, D]), targets=ids([*GOOD.targets, NOT_LEARNED]))
    assert targets(ahead)[1].numbers["stops_written_ahead"] == 1


BAD: dict[str, tuple[list[int], list[int], tuple[tuple[int, int], ...], str]] = {
    "a hole": ([START, A, B, C], [N, B, N, STOP], ((1, 4),), "every target of the turn at positions 1 to 3 learned"),
    "no stop": ([START, A, B, C], [N, B, C, D], ((1, 4),), "a stop token as the last target of a turn, got 'd'"),
    "not shifted": ([START, A, B, C], [N, A, B, STOP], ((1, 4),), "the next token 'b' as target of 1, got 'a'"),
    "outside": ([START, A, B, C], [A, B, C, STOP], ((1, 4),), "nothing learned outside assistant turns, got 'a'"),
    "nothing": ([START, A, B, C], [N, N, N, N], (), "something to learn, got no target at all"),
    "no span": ([START, A, B, C], [N, B, C, STOP], (), "turns in order within 4 positions"),
    "beyond": ([START, A, B, C], [N, B, C, STOP], ((1, 5),), "turns in order within 4 positions"),
    "overlap": ([START, A, B, C], [N, B, C, STOP], ((1, 3), (2, 4)), "turns in order within 4 positions"),
    "an early stop": ([START, A, STOP, C], [N, STOP, C, STOP], ((1, 4),), "a stop token only at the end of a turn"),
    "two begin": ([START, START, B, C], [N, B, C, STOP], ((1, 4),), "one beginning-of-sequence token, got two"),
    "too short": ([START, A, B], [N, B, C, STOP], ((1, 4),), "a target for each of 3 positions, got 4"),
    "negative": ([START, -1, B, C], [N, B, C, STOP], ((1, 4),), "token ids below the model's 9,999, got -1"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_example_that_is_not_what_it_must_be_is_refused_with_its_row(name: str) -> None:
    tokens, wanted, spans, message = BAD[name]
    example = Example(ids(tokens), ids(wanted), tuple(Span(*span, 1) for span in spans), "x")
    with pytest.raises(ProofError, match=re.escape(f"row x: expected {message}")):
        targets(example)


def test_a_tokenizer_that_knows_more_than_the_model_is_refused() -> None:
    assert len(targets(GOOD, vocabulary_size=STOP + 1)) == 4
    with pytest.raises(ProofError, match="Give base model and tokenizer the same vocabulary"):
        targets(GOOD, vocabulary_size=STOP)
