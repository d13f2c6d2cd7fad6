"""Conversations with tools: what a perfect agent, a lazy one, a looping one and a lying one come to."""

import json
import time
from dataclasses import replace

import pytest

from sfteval.agents import service_named
from sfteval.backends.replay import StoredRun
from sfteval.errors import BackendError, BudgetError, DataError, TemplateError
from sfteval.generate import with_gaps
from sfteval.rollout import replayed
from sfteval.rollout.rounds import summed
from sfteval.scorers.episodes import Limits
from sfteval.store import RunFolder
from sfteval.suites.agent.scenario import NOT_REACHED, call
from sfteval.types import TaskRun
from tests.sfteval.rollout.actors import (
    LOOK,
    MOVE,
    QUICK,
    TOLD,
    Actor,
    agent_task,
    hermes,
    moving,
    one_score,
    perfect,
    played,
    sample_of_scenario,
    scripted,
)
from tests.sfteval.scripted import task as plain_task


def test_a_perfect_agent_scores_one(tmp_path):
    score, trajectory = one_score(perfect, moving(), tmp_path)
    assert dict(score.metrics) == {
        "success": 1.0, "state_match": 1.0, "answer_match": 1.0, "recovered": None, "steps": 3.0, "num_calls": 2.0
    }  # fmt: skip
    assert (score.detail["failure_code"], score.detail["first_error_turn"], trajectory.end) == (None, None, "final")


def test_the_turn_and_its_observations_go_back_as_messages(tmp_path):
    _, trajectory = one_score(scripted(f"<think>look</think>First.\n{LOOK}", TOLD), moving(), tmp_path)
    assistant, tool = trajectory.messages[2:4]
    assert (assistant.role, assistant.content, assistant.reasoning_content) == ("assistant", "First.", "look")
    assert assistant.tool_calls[0]["function"] == {"name": "calendar_day", "arguments": {"day": "2026-03-09"}}
    assert (tool.role, tool.name, tool.tool_call_id) == ("tool", "calendar_day", assistant.tool_calls[0]["id"])
    assert json.loads(tool.content)[0]["title"] == "Team meeting"


def test_an_agent_that_does_nothing_misses_the_state_and_the_answer(tmp_path):
    score, _ = one_score(scripted("Done."), moving(), tmp_path)
    assert (score.metrics["success"], score.metrics["state_match"], score.metrics["answer_match"]) == (0.0, 0.0, 0.0)
    assert (score.detail["failure_code"], score.detail["first_error_turn"]) == ("state_mismatch", 1)


def test_the_right_state_with_the_wrong_answer_is_a_missing_response(tmp_path):
    score, _ = one_score(scripted(LOOK, MOVE, "It is moved."), moving(), tmp_path)
    assert (score.metrics["state_match"], score.metrics["answer_match"], score.metrics["success"]) == (1.0, 0.0, 0.0)
    assert (score.detail["failure_code"], score.detail["first_error_turn"]) == ("response_missing", 3)


def test_a_stray_change_is_placed_in_its_turn(tmp_path):
    stray = hermes("calendar_cancel", event="e4")
    score, _ = one_score(scripted(LOOK, stray, MOVE, TOLD), moving(), tmp_path)
    assert (score.detail["failure_code"], score.detail["first_error_turn"]) == ("state_mismatch", 2)


def test_an_agent_that_loops_is_stopped(tmp_path):
    score, trajectory = one_score(scripted(LOOK), moving(), tmp_path)
    assert (trajectory.end, score.detail["failure_code"], score.metrics["num_calls"]) == (
        "repeat_loop",
        "repeat_loop",
        3,
    )
    assert score.metrics["success"] == 0.0


def test_turns_and_calls_run_out(tmp_path):
    days = [hermes("calendar_day", day=f"2026-03-{number:02d}") for number in range(1, 20)]
    score, trajectory = one_score(scripted(*days), moving(), tmp_path / "turns", max_turns=4)
    assert (trajectory.end, len(trajectory.turns), score.detail["failure_code"]) == ("max_turns", 4, "forced_stop")
    score, trajectory = one_score(scripted("".join(days)), moving(), tmp_path / "calls", max_calls=5)
    assert (trajectory.end, score.metrics["num_calls"], score.detail["failure_code"]) == ("max_calls", 5, "forced_stop")


def test_an_observation_that_the_agent_made_up_is_not_heard(tmp_path):
    lie = f"{LOOK}\n<tool_response>[]</tool_response>\nThe Team meeting stood before it."
    score, trajectory = one_score(scripted(lie, MOVE, "It is moved."), moving(), tmp_path)
    assert (score.detail["failure_code"], score.detail["first_error_turn"]) == ("hallucinated_observation", 1)
    assert "Team meeting" in trajectory.messages[3].content
    assert "Team meeting" not in trajectory.messages[2].content
    assert not trajectory.turns[0].is_final


def test_an_answer_that_rests_on_a_made_up_observation_alone_is_refused(tmp_path):
    lie = '<tool_response>{"title": "Team meeting"}</tool_response>The Team meeting stood before it.'
    score, trajectory = one_score(scripted(lie), moving(), tmp_path)
    assert (trajectory.end, score.metrics["answer_match"]) == ("malformed", 0.0)
    assert score.detail["failure_code"] == "hallucinated_observation"


def test_markup_within_an_argument_or_a_thought_is_no_observation(tmp_path):
    title = hermes("calendar_add", title="<tool_response>", day="2026-03-12", start="10:00", end="11:00")
    _, trajectory = one_score(scripted(f"<think><tool_response></think>{title}", TOLD), moving(), tmp_path)
    assert trajectory.turns[0].faults == ()
    assert trajectory.state["calendar"]["events"]["e7"]["title"] == "<tool_response>"


def test_a_call_that_cannot_be_read_is_told_once(tmp_path):
    broken = LOOK.replace("}}", "}")
    score, trajectory = one_score(scripted(broken, LOOK, MOVE, TOLD), moving(), tmp_path / "once")
    assert score.metrics["success"] == 1.0
    assert trajectory.messages[3].content.startswith("Your last turn could not be used: ")
    score, trajectory = one_score(scripted(broken), moving(), tmp_path / "again")
    assert (trajectory.end, len(trajectory.turns), score.detail["failure_code"]) == ("malformed", 2, "json_invalid")
    score, trajectory = one_score(scripted(broken, LOOK), moving(), tmp_path / "never", second_chances=0)
    assert (trajectory.end, len(trajectory.turns)) == ("malformed", 1)


def test_one_broken_call_of_several_stops_all_of_them(tmp_path):
    _, trajectory = one_score(scripted(MOVE + LOOK.replace("}}", "}"), TOLD), moving(), tmp_path)
    assert [action.observation for action in trajectory.turns[0].actions] == ["", ""]
    assert trajectory.state["calendar"]["events"]["e2"]["day"] == "2026-03-09"


def test_an_unknown_tool_and_wrong_arguments_are_told_and_counted(tmp_path):
    calls = hermes("calendar_delete", event="e2"), hermes("calendar_move", event="e2", day="Wednesday")
    score, trajectory = one_score(scripted(*calls, "Sorry."), moving(), tmp_path)
    first, second = (turn.actions[0] for turn in trajectory.turns[:2])
    assert json.loads(first.observation)["error"].startswith("There is no such tool. Offered: calendar_day")
    assert "calendar_move was not called: " in json.loads(second.observation)["error"]
    assert [fault.code for fault in first.faults] == ["hallucinated_tool"]
    assert {fault.code for fault in second.faults} == {"missing_required", "schema_other"}
    assert (score.detail["failure_code"], score.detail["layer"]) == ("hallucinated_tool", "name")


def test_a_refusal_of_the_service_is_no_mishap(tmp_path):
    unknown = hermes("calendar_cancel", event="e99")
    score, trajectory = one_score(scripted(unknown, "There is none."), moving(), tmp_path)
    assert trajectory.turns[0].actions[0].is_error
    assert [one["failure_code"] for one in score.detail["mishaps"]] == ["state_mismatch", "response_missing"]


def test_an_injected_error_is_met_once_and_recovery_is_measured(tmp_path):
    score, trajectory = one_score(perfect, moving(fails_at=2), tmp_path / "yes")
    assert (score.metrics["recovered"], score.metrics["success"]) == (1.0, 1.0)
    actions = [action for turn in trajectory.turns for action in turn.actions]
    assert [action.is_injected for action in actions] == [False, True, False]
    assert json.loads(actions[1].observation) == {"error": NOT_REACHED}
    score, _ = one_score(scripted(LOOK, MOVE, TOLD), moving(fails_at=2), tmp_path / "no")
    assert (score.metrics["recovered"], score.metrics["success"]) == (0.0, 0.0)
    score, _ = one_score(scripted("Done."), moving(fails_at=2), tmp_path / "unmet")
    assert score.metrics["recovered"] is None


def test_only_calls_that_could_be_carried_out_count_towards_the_injected_error(tmp_path):
    _, trajectory = one_score(scripted(hermes("calendar_nothing"), LOOK, TOLD), moving(fails_at=1), tmp_path)
    assert [turn.actions[0].is_injected for turn in trajectory.turns[:2]] == [False, True]


def two_turns():
    start = {"day": "2026-03-10", "start": "16:00", "end": "17:00"}
    return moving(
        says=("Which event begins the day 2026-03-10?", "Add a walk from 16:00 to 17:00 on that day."),
        solution=((call("calendar_day", day="2026-03-10"),), (call("calendar_add", title="walk", **start),)),
        answers=(("Dentist",), ()),
    )


def test_the_users_next_message_follows_a_final_answer(tmp_path):
    score, trajectory = one_score(perfect, two_turns(), tmp_path)
    assert score.metrics["success"] == 1.0
    assert [turn.user_turn for turn in trajectory.turns] == [0, 0, 1, 1]
    assert trajectory.messages[5].content == "Add a walk from 16:00 to 17:00 on that day."


def test_a_change_in_a_turn_that_asks_for_none_is_a_call_in_the_wrong_turn(tmp_path):
    scenario = replace(two_turns(), solution=((), two_turns().solution[1]))
    walk = hermes("calendar_add", title="walks", day="2026-03-10", start="16:00", end="17:00")
    score, _ = one_score(scripted(walk, "The Dentist.", "Done."), scenario, tmp_path)
    assert (score.detail["failure_code"], score.detail["first_error_turn"]) == ("wrong_turn_call", 1)


def test_an_answer_counts_for_its_own_user_turn(tmp_path):
    walk = hermes("calendar_add", title="walk", day="2026-03-10", start="16:00", end="17:00")
    score, _ = one_score(scripted("I do not know.", walk, "Done. It was the Dentist."), two_turns(), tmp_path)
    assert (score.metrics["state_match"], score.metrics["answer_match"]) == (1.0, 0.0)


def test_truncated_and_empty_turns_end_the_conversation_as_failures(tmp_path):
    scores, trajectories = played(Actor(lambda request: LOOK, finish="length"), agent_task(moving()), tmp_path / "cut")
    assert (str(scores[0].outcome), trajectories[0].end) == ("truncated_answer", "truncated")
    assert (scores[0].detail["failure_code"], scores[0].metrics["success"], scores[0].metrics["steps"]) == (
        "truncated",
        0.0,
        1.0,
    )
    score, trajectory = one_score(scripted(" "), moving(), tmp_path / "empty")
    assert (trajectory.end, score.detail["failure_code"]) == ("empty", "empty_output")


def test_a_call_in_the_thought_is_no_call(tmp_path):
    score, _ = one_score(scripted(f"<think>{LOOK}</think>"), moving(), tmp_path)
    assert score.detail["failure_code"] == "empty_output"
    assert "call_in_think" in [one["failure_code"] for one in score.detail["mishaps"]]


def test_a_failed_transport_is_missing_data_and_owed_again(tmp_path):
    def broken(request):
        return "!" if any(message.role == "tool" for message in request.sample.messages) else LOOK

    scores, trajectories = played(Actor(broken), agent_task(moving()), tmp_path)
    assert (str(scores[0].outcome), set(scores[0].metrics.values()), trajectories[0].end) == ("error", {None}, "error")
    mended = Actor(perfect)
    scores, _ = played(mended, agent_task(moving()), tmp_path)
    assert (scores[0].metrics["success"], len(mended.asked)) == (1.0, 2)


def test_react_is_told_and_read_as_text(tmp_path):
    def react(name, **arguments):
        return f"Thought: go\nAction: {name}\nAction Input: {json.dumps(arguments)}"

    look = react("calendar_day", day="2026-03-09")
    lie = f"{look}\nObservation: nothing\nFinal Answer: the Team meeting"
    move = react("calendar_move", event="e2", day="2026-03-11", start="10:00", end="11:00")
    say = scripted(lie, move, "Thought: done\nFinal Answer: The Team meeting stood before it.")
    score, trajectory = one_score(say, moving(), tmp_path, dialect="react")
    assert score.metrics["success"] == 1.0
    assert [message.role for message in trajectory.messages] == [
        "system", "user", "assistant", "user", "assistant", "user", "assistant"
    ]  # fmt: skip
    assert trajectory.messages[2].content == look
    assert trajectory.messages[3].content.startswith('Observation: [{"event": "e1"')
    assert '"name": "calendar_move"' in trajectory.messages[0].content


def test_react_that_acts_after_its_final_answer_says_so(tmp_path):
    text = 'Final Answer: done\nAction: calendar_day\nAction Input: {"day": "2026-03-09"}'
    score, _ = one_score(scripted(text, "Final Answer: no"), moving(), tmp_path, dialect="react")
    assert score.detail["failure_code"] == "action_after_final"
    score, _ = one_score(scripted("Thought: hm"), moving(), tmp_path / "none", dialect="react")
    assert score.detail["failure_code"] == "no_final"
    twice = 'Action: calendar_day\nAction Input: {"day": "2026-03-09"}\n' * 2
    score, _ = one_score(scripted(twice), moving(), tmp_path / "two", dialect="react")
    assert score.detail["failure_code"] == "two_actions_one_turn"


def test_a_conversation_that_is_resumed_asks_nothing_twice(tmp_path):
    other = moving(fails_at=1, says=("Move e2 from 2026-03-09 to 2026-03-11, 10:00 to 11:00. What was before it?",))
    task = agent_task(moving(), other, two_turns())
    whole = Actor(perfect)
    uninterrupted, trajectories = played(whole, task, tmp_path / "whole")
    assert len(whole.asked) == sum(len(trajectory.turns) for trajectory in trajectories) == 11

    class Killed(Actor):
        async def answer(self, requests):
            if len(self.asked) == 6:
                raise BackendError("scripted", expected="a server", got="none", next_move="Start it again")
            return await super().answer(requests)

    killed = Killed(perfect)
    with pytest.raises(BackendError):
        played(killed, task, tmp_path / "killed")
    rest = Actor(perfect)
    resumed, again = played(rest, task, tmp_path / "killed")
    assert 11 - 6 <= len(rest.asked) <= 11 - 3  # what was under way when it was killed may be owed again
    assert list(resumed) == list(uninterrupted)
    assert list(again) == list(trajectories)
    nobody = Actor(lambda request: pytest.fail("asked again"))
    assert list(played(nobody, task, tmp_path / "killed")[0]) == list(uninterrupted)


def test_a_stored_trajectory_is_played_again_without_a_model(tmp_path):
    task = agent_task(moving(fails_at=2), two_turns())
    played(Actor(scripted(LOOK + MOVE, LOOK.replace("}}", "}"), hermes("nothing"), TOLD)), task, tmp_path)
    for sample, trajectory in zip(task.samples, RunFolder(tmp_path).trajectories("agent"), strict=True):
        assert replayed(sample, trajectory, Limits()) == trajectory
        assert [turn.text for turn in trajectory.turns][:1] == [LOOK + MOVE]


@pytest.mark.parametrize("dialect", ["hermes", "react", None])
def test_a_stored_run_is_played_again_from_its_answers(tmp_path, dialect):
    react = 'Action: calendar_day\nAction Input: {"day": "2026-03-09"}'
    say = scripted(react if dialect == "react" else LOOK, "Final Answer: The Team meeting." if dialect else TOLD)
    task = agent_task(moving(), moving(fails_at=1), two_turns(), num_samples=2)  # the first two ask the same at first
    scores, trajectories = played(Actor(say), task, tmp_path / "asked", dialect=dialect)
    stored = StoredRun(tmp_path / "asked")
    again, replays = played(stored, task, tmp_path / "again", dialect=dialect)
    assert list(again) == list(scores)
    assert list(replays) == list(trajectories)
    assert {score.metrics["num_calls"] for score in scores} == {1.0}
    runs = (TaskRun(task, (), (), again),)
    (with_them,) = with_gaps(runs, stored, whole=True)
    assert with_them.unasked == ()


def test_plain_tasks_and_conversations_are_answered_in_one_run(tmp_path):
    def say(request):
        return "4" if request.task == "sums" else perfect(request)

    backend = Actor(say)
    scores, _ = played(backend, [plain_task(3), agent_task(moving())], tmp_path)
    assert [score.metrics["success"] for score in scores] == [1.0]
    assert sorted(backend.asked) == ["s0", "s0", "s0", "s0", "s1", "s2"]


def test_what_serves_is_looked_at_once_and_stored_answers_are_not_shown_to_it_again(tmp_path):
    heard = []

    async def ready(num_stored):
        heard.append(num_stored)

    tasks = [plain_task(3), agent_task(moving())]
    played(Actor(lambda request: "4" if request.task == "sums" else perfect(request)), tasks, tmp_path, ready=ready)
    assert heard == [0]


def test_every_turn_is_a_question_of_the_run_and_its_tokens_are_counted(tmp_path):
    task = agent_task(moving())
    _, (trajectory,) = played(Actor(perfect), task, tmp_path)
    assert RunFolder(tmp_path).questions("agent") == {turn.question for turn in trajectory.turns}
    answers = RunFolder(tmp_path).generations("agent")
    one = summed(trajectory, [answers[turn.question] for turn in trajectory.turns], "hash")
    assert (one.num_tokens, one.num_prompt_tokens, one.text, one.content_hash) == (
        9,
        6,
        trajectory.turns[-1].text,
        "hash",
    )
    assert one.verified is None


def test_several_samples_are_several_conversations(tmp_path):
    scores, trajectories = played(Actor(perfect), agent_task(moving(), num_samples=3), tmp_path)
    assert [(score.sample_id, score.sample_index) for score in scores] == [("s0", 0), ("s0", 1), ("s0", 2)]
    assert [trajectory.sample_index for trajectory in trajectories] == [0, 1, 2]


def test_the_money_of_all_rounds_is_one_budget(tmp_path):
    policy = replace(QUICK, max_cost=12.0, output_price=1e6)  # an answer has 3 tokens: four of them are paid
    backend = Actor(perfect)
    with pytest.raises(BudgetError):
        played(backend, agent_task(moving(), two_turns()), tmp_path, policy=policy)
    assert len(backend.asked) < 7


def test_an_item_that_cannot_be_played_is_refused_before_the_first_question(tmp_path):
    nobody = Actor(lambda request: pytest.fail("asked"))
    sample = sample_of_scenario(moving())
    for metadata, told in (
        ({"services": ["calender"], "state": {"calender": {}}}, 'a known service, got "calender"'),
        (
            {"services": ["calendar"], "state": {"calendar": {"events": {"e1": {}}}}},
            "a state that this service can have",
        ),
        ({"services": ["notes"], "state": {"notes": {"files": {}}}}, 'a tool of its services, got "calendar_day"'),
    ):
        target = {"state": metadata["state"]}
        wrong = replace(sample, metadata=metadata, target=target)
        with pytest.raises(DataError) as error:
            played(nobody, replace(agent_task(moving()), samples=(wrong,)), tmp_path)
        assert told in str(error.value)


def test_a_service_that_raises_is_an_error_observation(tmp_path, monkeypatch):
    task, service = agent_task(moving()), service_named("calendar")

    def broken(state, arguments):
        raise RuntimeError("secret")

    tools = tuple(replace(tool, run=broken) if tool.name == "calendar_day" else tool for tool in service.tools)
    monkeypatch.setattr("sfteval.agents.calendar.SERVICE", replace(service, tools=tools))
    _, (trajectory,) = played(Actor(scripted(LOOK, TOLD)), task, tmp_path)
    assert json.loads(trajectory.turns[0].actions[0].observation) == {"error": "calendar_day failed: RuntimeError."}


def test_hostile_arguments_do_no_harm(tmp_path):
    huge = hermes("calendar_add", title="x" * 9000, day="2026-03-09", start="07:00", end="08:00")
    half = '<tool_call>\n{"name": "calendar_find", "arguments": {"words": "\\ud800"}}\n</tool_call>'
    deep = '<tool_call>\n{"name": "calendar_day", "arguments": ' + '{"a":' * 60 + "1" + "}" * 60 + "}\n</tool_call>"
    score, trajectory = one_score(scripted(huge, half, deep, "Done."), moving(), tmp_path)
    assert [fault.code for fault in trajectory.turns[0].actions[0].faults] == ["arguments_too_long"]
    assert trajectory.turns[1].actions[0].arguments == {"words": "?"}
    assert trajectory.turns[2].actions[0].is_error
    assert trajectory.end == "final"
    assert score.metrics["state_match"] == 0.0


class Picky(Actor):
    """A backend whose template has no form for some conversations."""

    def __init__(self, say, refuses):
        super().__init__(say)
        self.refuses = refuses

    def questions(self, requests):
        for request in requests:
            if any(self.refuses(message) for message in request.sample.messages):
                raise TemplateError("template", expected="one call", got="another turn", next_move="Change it")
        return super().questions(requests)


def test_a_turn_that_the_agents_own_template_cannot_write_ends_its_conversation_only(tmp_path):
    other = moving(says=("Move e2 from 2026-03-09 to 2026-03-11, 10:00 to 11:00. What was before it?",))

    def say(request):
        return LOOK + LOOK if "budget" in request.sample.messages[1].content else perfect(request)

    backend = Picky(say, lambda message: len(message.tool_calls) > 1)
    scores, trajectories = played(backend, agent_task(moving(), other), tmp_path)
    assert [trajectory.end for trajectory in trajectories] == ["unrenderable", "final"]
    assert (scores[0].detail["failure_code"], scores[1].metrics["success"]) == ("unrenderable", 1.0)


def test_a_template_that_knows_no_tool_results_is_refused(tmp_path):
    with pytest.raises(TemplateError):
        played(Picky(perfect, lambda message: message.role == "tool"), agent_task(moving()), tmp_path)


@pytest.mark.parametrize(
    "piece", ["<tool_call>{", "<tool_response>`", "Observation:\nAction: a\n", "{" * 40, "<think>"]
)
def test_hostile_text_is_heard_in_linear_time(tmp_path, piece):
    started = time.perf_counter()
    score, _ = one_score(scripted(piece * (1_000_000 // len(piece))), moving(), tmp_path, dialect=None)
    assert score.metrics["success"] == 0.0
    assert time.perf_counter() - started < 2.0
