"""What became of a sample: told by the task's deciding metric."""

import pytest

from sfteval.report.states import State, deciding_metrics, is_truncated, state, tasks, worst_regressions
from sfteval.types import Outcome
from tests.sfteval.report.example import comparison, metric, pair


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((0.0, 1.0), State.IMPROVED),
        ((1.0, 0.0), State.REGRESSED),
        ((0.6, 0.7), State.IMPROVED),
        ((1.0, 1.0), State.BOTH_RIGHT),
        ((0.0, 0.0), State.BOTH_WRONG),
        ((None, 1.0), State.MISSING),
    ],
)
def test_states(scores: tuple[float | None, float | None], expected: State) -> None:
    assert state(pair(scores=scores), {"reasoning": "exact"}) is expected


def test_the_first_gating_metric_decides_else_the_first() -> None:
    metrics = (metric("a", "x", gating=False), metric("a", "y"), metric("a", "z"), metric("b", "u", gating=False))
    assert deciding_metrics(comparison(metrics=metrics)) == {"a": "y", "b": "u"}


def test_a_task_without_a_metric_is_told_by_the_first_name_it_has() -> None:
    assert state(pair(task="other", name="score"), {}) is State.IMPROVED


def test_tasks_come_in_the_order_of_the_scoreboard() -> None:
    assert tasks(comparison([pair(task="only samples")])) == ("reasoning", "only samples")


def test_either_side_running_out_of_tokens_is_truncation() -> None:
    assert is_truncated(pair(outcomes=(Outcome.OK, Outcome.TRUNCATED_ANSWER)))
    assert not is_truncated(pair(outcomes=(Outcome.EMPTY, Outcome.OK)))


def test_the_worst_regressions_lost_most() -> None:
    pairs = [pair(id=str(index), scores=(1.0, value)) for index, value in enumerate((0.5, 0.0, 1.0, 0.2))]
    assert [lost.sample.id for lost in worst_regressions(comparison(pairs), 2)] == ["1", "3"]
