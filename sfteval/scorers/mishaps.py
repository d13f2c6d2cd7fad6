"""What went wrong in a conversation: a trajectory that failed and what was asked in, mishaps out, the first first.

In time, then by layer: a call that could not be read, named no tool or broke its schema; an observation that the agent
made up; a change of the state that no solution asks for, or in the wrong user turn; how the conversation ended; and
what is missing in the end. A service's own refusal is no mishap: an agent may find out by trying.
Source: taxonomy of the research on tool calls, section 1.2, layer 7.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sfteval.identity import content_hash
from sfteval.scorers.calls.failures import LAYERS
from sfteval.scorers.episodes import Episode
from sfteval.types import Action, AgentTurn, Fault, Trajectory

ENDS = {
    "max_turns": Fault("forced_stop", "trajectory", "the agent had no turn left"),
    "max_calls": Fault("forced_stop", "trajectory", "the agent had no call left"),
    "repeat_loop": Fault("repeat_loop", "trajectory", "the same call gave the same observation again and again"),
    "truncated": Fault("truncated", "transport", "the token limit cut the turn"),
    "empty": Fault("empty_output", "transport", "the agent said nothing"),
    "refused": Fault(
        "forced_stop", "trajectory", "the server takes no more of this conversation: too long, or of no form"
    ),
    "unrenderable": Fault("unrenderable", "trajectory", "the checkpoint's own template has no form for this turn"),
}
NOT_ASKED = Fault("wrong_turn_call", "trajectory", "a call changed the state where the user asked for no change")
MISMATCH = Fault("state_mismatch", "trajectory", "the state in the end is not the expected one")
MISSING = Fault("response_missing", "trajectory", "the final answer lacks what was asked for")


@dataclass(frozen=True, slots=True)
class Mishap:
    """One thing that went wrong, and in which answer of the agent, from 1."""

    turn: int
    fault: Fault


def mishaps_of(trajectory: Trajectory, episode: Episode, reached: bool | None, missing: Sequence[int]) -> list[Mishap]:
    """Return all mishaps of a conversation that failed; `missing` are user messages without their answer."""
    found = [*_in_turns(trajectory, episode), *_in_the_end(trajectory, episode, reached, missing)]
    return sorted(found, key=lambda one: (one.turn, LAYERS.index(one.fault.layer)))


def _in_turns(trajectory: Trajectory, episode: Episode) -> Iterator[Mishap]:
    before = content_hash(episode.state)
    for number, turn in enumerate(trajectory.turns, start=1):
        yield from (Mishap(number, fault) for fault in turn.faults)
        yield from (Mishap(number, fault) for action in turn.actions for fault in action.faults)
        if turn.state_sha256 != before and _asks_no_change(turn, episode):
            yield Mishap(number, NOT_ASKED)
        before = turn.state_sha256


def _asks_no_change(turn: AgentTurn, episode: Episode) -> bool:
    """Tell whether the solution says what to do for this user message, and that is nothing."""
    return turn.user_turn < len(episode.solution) and not episode.solution[turn.user_turn]


def _in_the_end(
    trajectory: Trajectory, episode: Episode, reached: bool | None, missing: Sequence[int]
) -> Iterator[Mishap]:
    last = max(1, len(trajectory.turns))
    if trajectory.end in ENDS:
        yield Mishap(last, ENDS[trajectory.end])
    if reached is False:
        yield Mishap(_first_stray(trajectory, episode) or last, MISMATCH)
    for user_turn in missing:
        turns = [number for number, turn in enumerate(trajectory.turns, start=1) if turn.user_turn == user_turn]
        yield Mishap(max(turns, default=last), MISSING)


def _first_stray(trajectory: Trajectory, episode: Episode) -> int | None:
    """Return the first turn that changed the state by a call which no solution holds; None: there is none."""
    wanted = {_key(call["name"], call["arguments"]) for calls in episode.solution for call in calls}
    before = content_hash(episode.state)
    for number, turn in enumerate(trajectory.turns, start=1):
        for action in turn.actions:
            if action.state_sha256 != before and _key_of(action) not in wanted:
                return number
            before = action.state_sha256
    return None


def _key_of(action: Action) -> str:
    return _key(action.name, action.arguments)


def _key(name: str, arguments: object) -> str:
    return content_hash([name, arguments])
