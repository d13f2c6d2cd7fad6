"""Errors say where, what was expected, what came, and the next move."""

import inspect

import pytest

from sfteval import errors
from sfteval.errors import ConfigurationError, SftevalError, nearest

CLASSES = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, SftevalError)]


def test_a_message_reads_where_expected_got_next_move():
    error = ConfigurationError("recipe.toml", expected="a known key", got='"lr"', next_move="Write learning_rate")
    assert str(error) == 'recipe.toml: expected a known key, got "lr". Write learning_rate.'


def test_a_question_keeps_its_mark():
    error = ConfigurationError("x", expected="a", got="b", next_move=nearest("warmup_step", ["warmup_steps", "lr"]))
    assert str(error).endswith('Did you mean "warmup_steps"?')


def test_far_names_are_answered_with_the_known_ones():
    assert nearest("zzz", ["b", "a"]) == "Known: a, b"
    assert nearest("zzz", []) == "Known: none"


@pytest.mark.parametrize("error", CLASSES)
def test_no_error_ends_with_the_code_of_a_crash(error):
    made = error("here", expected="this", got="that", next_move="Do it")
    assert made.exit_code in (2, 12, 13)
    assert error.__name__ in (errors.__doc__ or ""), "the tree in the module's docstring is drawn in full"


def test_of_what_is_known_a_message_names_twenty_and_counts_the_others() -> None:
    ids = [f"id-{number:04}" for number in range(1_541)]
    said = nearest("reasoning", ids)
    assert said == f"Known: {', '.join(ids[:20])} ... and 1,521 more"
    assert nearest("reasoning", ids[:20]) == f"Known: {', '.join(ids[:20])}"
    assert nearest("id-0777", ids) == 'Did you mean "id-0777"?'
    assert nearest("x", []) == "Known: none"
