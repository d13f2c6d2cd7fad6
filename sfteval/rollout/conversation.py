"""One conversation with tools as a value: an answer in, the conversation as it goes on from there out.

An answer is read in the checkpoint's dialect, its calls are carried out, and what they gave goes back (`telling`). An
answer without calls is final: the user's next scripted message follows, or the end. Pure: the same answers always make
the same conversation, so that stored answers replay it.
- A turn with a call that cannot be read is refused whole and told so, as often as the task's limits allow.
- Turns, calls and repetitions are bounded; the same call with the same observation again and again is a loop.
Does not know who answers, files, or what a right answer is.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sfteval.asking import REFUSED
from sfteval.identity import content_hash
from sfteval.rollout.desk import Desk, desk_of, plain, without_surrogates
from sfteval.rollout.heard import Heard, heard_part
from sfteval.rollout.telling import is_react, observed, opening, wrote
from sfteval.scorers.calls.failures import is_mention
from sfteval.scorers.calls.typed import typed
from sfteval.scorers.episodes import Episode, Limits, episode_of
from sfteval.types import (
    Action,
    AgentTurn,
    EndReason,
    Generation,
    Json,
    Message,
    Outcome,
    Sample,
    ToolCall,
    Trajectory,
)

TRUNCATED = (Outcome.TRUNCATED_THINK, Outcome.TRUNCATED_ANSWER)
NOT_USED = "Your last turn could not be used: {reason}. No tool was called. Write it again."


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation, as far as it has come; `end` is None while the agent has the word."""

    sample: Sample
    sample_index: int
    episode: Episode
    desk: Desk
    limits: Limits
    dialect: str | None
    messages: tuple[Message, ...]
    state: Json
    turns: tuple[AgentTurn, ...] = ()
    user_turn: int = 0
    num_served: int = 0  # calls that a tool heard, or would have heard but for the injected error
    num_refused: int = 0  # turns that could not be read
    end: EndReason | None = None

    @property
    def asked(self) -> Sample:
        """What the agent is asked next."""
        tools = () if is_react(self.dialect) else self.sample.tools
        told = content_hash([[message.as_dict() for message in self.messages], list(tools)])
        return replace(self.sample, messages=self.messages, tools=tools, content_hash=told)

    @property
    def actions(self) -> tuple[Action, ...]:
        """Every attempted call so far."""
        return tuple(action for turn in self.turns for action in turn.actions)

    @property
    def trajectory(self) -> Trajectory:
        """The conversation as it is stored; one that was broken off is an error of transport."""
        end = self.end or "error"
        return Trajectory(self.sample.id, self.sample_index, self.dialect, self.messages, self.turns, self.state, end)


def opened(sample: Sample, sample_index: int, limits: Limits, dialect: str | None, where: str) -> Conversation:
    """Return the conversation before the first answer; `where` names the item in errors.

    Raises: DataError for an item that cannot be played.
    """
    episode = episode_of(sample, where)
    desk = desk_of(sample, episode.services, episode.state, where)
    messages = opening(sample.messages, sample.tools, dialect)
    return Conversation(sample, sample_index, episode, desk, limits, dialect, messages, plain(episode.state))


def after(conversation: Conversation, answer: Generation) -> Conversation:
    """Return the conversation after an answer of the agent."""
    if answer.finish_reason == "error":  # what a server refuses after it took the first turn is the agent's own making
        is_refused = answer.stop_reason == REFUSED and bool(conversation.turns)
        return replace(conversation, end="refused" if is_refused else "error")
    heard = heard_part(answer, conversation.dialect)
    calls = [typed(call, conversation.desk.schemas) for call in heard.reading.tool_calls]
    calls = [call for call in calls if not is_mention(call, conversation.desk.schemas)]
    turn = _turn(conversation, answer, heard)
    if heard.reading.outcome in TRUNCATED:
        return _with_turn(conversation, replace(turn, actions=_unheard(conversation, calls)), end="truncated")
    if any(call.fault for call in calls):
        return _refused(conversation, turn, heard, calls)
    if calls:
        return _served(conversation, turn, heard, calls)
    if any(fault.layer == "trajectory" for fault in turn.faults):
        return _refused(conversation, turn, heard, ())
    if heard.reading.outcome is not Outcome.OK:
        return _with_turn(conversation, turn, end="empty")
    return _answered(conversation, replace(turn, is_final=True), heard)


def broken_off(conversation: Conversation, end: EndReason) -> Conversation:
    """Return the conversation as it is, with an end from outside."""
    return replace(conversation, end=end)


def _turn(conversation: Conversation, answer: Generation, heard: Heard) -> AgentTurn:
    return AgentTurn(
        question=answer.question,
        user_turn=conversation.user_turn,
        text=answer.text,
        finish_reason=answer.finish_reason,
        think_prefilled=answer.think_prefilled,
        outcome=heard.reading.outcome,
        answer=heard.reading.answer,
        actions=(),
        faults=heard.faults,
        is_final=False,
        state_sha256=content_hash(conversation.state),
    )


# -- what may follow an answer -----------------------------------------------------------------------------------------


def _answered(conversation: Conversation, turn: AgentTurn, heard: Heard) -> Conversation:
    """Hand the word to the user: the next message of the script, or the end."""
    message = wrote(heard, (), as_text=is_react(conversation.dialect))
    said = replace(conversation, user_turn=conversation.user_turn + 1)
    if said.user_turn == said.episode.num_user_turns:
        return _with_turn(said, turn, message, end="final")
    return _with_turn(said, turn, message, said.episode.user[said.user_turn - 1])


def _refused(conversation: Conversation, turn: AgentTurn, heard: Heard, calls: Sequence[ToolCall]) -> Conversation:
    """Tell the agent that its turn could not be used, or end where it has heard that as often as it may."""
    turn = replace(turn, actions=_unheard(conversation, calls))
    if conversation.num_refused >= conversation.limits.second_chances:
        return _with_turn(conversation, turn, end="malformed")
    faults = [call.fault for call in calls if call.fault is not None]
    faults += [fault for fault in turn.faults if fault.layer == "trajectory"]
    told = Message("user", without_surrogates(NOT_USED.format(reason=faults[0].message)))
    again = replace(conversation, num_refused=conversation.num_refused + 1)
    return _with_turn(again, turn, wrote(heard, (), as_text=True), told)


def _served(conversation: Conversation, turn: AgentTurn, heard: Heard, calls: Sequence[ToolCall]) -> Conversation:
    """Carry the calls out one after the other, and give back what they gave."""
    before, actions = conversation.actions, list[Action]()
    end: EndReason | None = None
    for call in calls:
        if len(before) + len(actions) >= conversation.limits.max_calls:
            end = "max_calls"
            break
        conversation, action = _act(conversation, call)
        actions.append(action)
        if _is_loop((*before, *actions), conversation.limits.max_repeats):
            end = "repeat_loop"
            break
    turn = replace(turn, actions=tuple(actions), state_sha256=content_hash(conversation.state))
    # Nine letters and digits: some templates take ids of no other form.
    named = [(f"call{len(conversation.turns):03d}{place:02d}", action) for place, action in enumerate(actions)]
    told = [observed(name, action, conversation.dialect) for name, action in named]
    message = wrote(heard, named, as_text=is_react(conversation.dialect))
    return _with_turn(conversation, turn, message, *told, end=end)


def _act(conversation: Conversation, call: ToolCall) -> tuple[Conversation, Action]:
    """Carry one call out, or let it fail where the item says so."""
    asked = replace(call, name=without_surrogates(call.name), arguments=plain(call.arguments or {}))
    injected = conversation.episode.injected
    due = injected is not None and injected.call == conversation.num_served + 1
    if injected is not None and due and not conversation.desk.faults(asked):
        observation = json.dumps({"error": injected.error}, ensure_ascii=False)
        action = _action(asked, observation, conversation.state, is_error=True, is_injected=True)
        return replace(conversation, num_served=conversation.num_served + 1), action
    served = conversation.desk.serve(asked, conversation.state)
    action = _action(asked, served.observation, served.state, is_error=served.is_error)
    num_served = conversation.num_served + (not served.faults)
    return replace(conversation, state=served.state, num_served=num_served), replace(action, faults=served.faults)


def _action(
    call: ToolCall, observation: str, state: Json, *, is_error: bool = False, is_injected: bool = False
) -> Action:
    faults = (call.fault,) if call.fault is not None else ()
    state_sha256 = content_hash(state)
    return Action(
        call.name, call.arguments, call.start, call.end, faults, observation, is_error, is_injected, state_sha256
    )


def _unheard(conversation: Conversation, calls: Sequence[ToolCall]) -> tuple[Action, ...]:
    """Return calls that no tool heard, because their turn could not be used."""
    room = max(0, conversation.limits.max_calls - len(conversation.actions))
    return tuple(
        _action(replace(call, name=without_surrogates(call.name)), "", conversation.state) for call in calls[:room]
    )


def _is_loop(actions: Sequence[Action], most: int) -> bool:
    """Tell whether the last calls are one and the same, with one and the same observation."""
    last = [(action.name, content_hash(action.arguments), action.observation) for action in actions[-most:]]
    return len(last) == most and len(set(last)) == 1


def _with_turn(
    conversation: Conversation, turn: AgentTurn, *messages: Message, end: EndReason | None = None
) -> Conversation:
    """Return the conversation with one more turn; the last one that it may take ends it."""
    turns = (*conversation.turns, turn)
    spent: EndReason | None = "max_turns" if len(turns) >= conversation.limits.max_turns else None
    return replace(conversation, turns=turns, messages=(*conversation.messages, *messages), end=end or spent)
