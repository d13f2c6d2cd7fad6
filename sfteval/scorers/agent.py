"""Whole conversations with tools: what the services hold in the end and what the user was told, against what was asked.

The conversation comes with the Reading (`recorded["trajectory"]`); an item's fields are described in `episodes`.
Metrics:
- `state_match`: the services' state is the expected one; `answer_match`: the final answer to each user message holds
  what was expected of it. Each is None where it is not asked, and 0 for a conversation that did not come to its end.
- `success`: all that was asked matches.
- `recovered`: `success` where the item's error came in the place of a result; None where none did.
- `steps`, `num_calls`: answers of the agent, and attempted calls. Neither more nor fewer of them are better by itself.
`detail.failure_code` is what went wrong first, in time and then by layer (None for a success), `first_error_turn` its
turn, from 1. Does not know services, and carries nothing out.
Source: tau-bench (arXiv 2406.12045) for state and answers as the measure; tool-call research, 1.2 to 1.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sfteval.errors import DataError
from sfteval.identity import content_hash
from sfteval.scorers.episodes import Episode, episode_of, limits_of
from sfteval.scorers.mishaps import Mishap, mishaps_of
from sfteval.scorers.told import holds
from sfteval.types import Graded, Reading, Sample, Task, Trajectory

SHOWN = 32  # mishaps in the detail


@dataclass(frozen=True, slots=True)
class Agent:
    """Grades one conversation at a time."""

    metrics: ClassVar[tuple[str, ...]] = (
        "success",
        "state_match",
        "answer_match",
        "recovered",
        "steps",
        "num_calls",
    )

    episodes: Mapping[str, Episode]  # by sample id

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return every metric, what went wrong first, and when.

        Raises: DataError for an answer without its conversation: only a rollout makes one.
        """
        trajectory = _trajectory(sample, reading)
        episode = self.episodes[sample.id]
        reached = None
        if episode.expected_state is not None:
            reached = content_hash(trajectory.state) == content_hash(episode.expected_state)
        missing = missing_answers(trajectory, episode)
        metrics = _metrics(trajectory, episode, reached, not missing)
        found = [] if metrics["success"] else mishaps_of(trajectory, episode, reached, missing)
        return Graded(metrics, _detail(trajectory, reached, found), stands=True)


def build(task: Task) -> Agent:
    """Check every item and the task's limits; the option `dialect` is for the reading, not for us."""
    limits_of(task)
    return Agent(
        {sample.id: episode_of(sample, f'task "{task.name}", sample "{sample.id}"') for sample in task.samples}
    )


def missing_answers(trajectory: Trajectory, episode: Episode) -> tuple[int, ...]:
    """Return the user messages, from 0, whose final answer lacks something that was expected of it."""
    said = {turn.user_turn: turn.answer for turn in trajectory.turns if turn.is_final}
    return tuple(
        place
        for place, expected in enumerate(episode.expected_answers)
        if not all(any(holds(said.get(place, ""), text) for text in alternatives) for alternatives in expected)
    )


def _trajectory(sample: Sample, reading: Reading) -> Trajectory:
    row = reading.recorded.get("trajectory")
    if row is None:
        raise DataError(
            f'sample "{sample.id}"',
            expected="a conversation with tools",
            got="a single answer",
            next_move="Ask a checkpoint, or pass run:DIR of a run that did",
        )
    return Trajectory.from_dict(row)


def _metrics(
    trajectory: Trajectory, episode: Episode, reached: bool | None, is_answered: bool
) -> dict[str, float | None]:
    is_ended = trajectory.end == "final"
    state = None if reached is None else float(reached and is_ended)
    answer = float(is_answered and is_ended) if any(episode.expected_answers) else None
    success = float(is_ended and state in (None, 1.0) and answer in (None, 1.0))
    actions = [action for turn in trajectory.turns for action in turn.actions]
    return {
        "success": success,
        "state_match": state,
        "answer_match": answer,
        "recovered": success if any(action.is_injected for action in actions) else None,
        "steps": float(len(trajectory.turns)),
        "num_calls": float(len(actions)),
    }


def _detail(trajectory: Trajectory, reached: bool | None, found: list[Mishap]) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "failure_code": None,
        "layer": None,
        "first_error_turn": None,
        "end": trajectory.end,
        "state_reached": reached,
    }
    if found:
        first = found[0]
        detail |= {
            "failure_code": first.fault.code,
            "layer": first.fault.layer,
            "first_error_turn": first.turn,
            "reason": first.fault.message,
            "position": first.fault.position,
            "excerpt": first.fault.excerpt,
            "mishaps": [{"turn": one.turn, "failure_code": one.fault.code} for one in found[:SHOWN]],
        }
    dialects = {"dialect": trajectory.dialect} if trajectory.dialect else {}
    return detail | dialects
