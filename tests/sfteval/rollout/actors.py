"""Agents that play a part: they answer a request by its conversation, so that every behaviour can be had exactly."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from sfteval.asking import AskingPolicy
from sfteval.identity import content_hash
from sfteval.progress import silent_progress
from sfteval.rollout import answer_tasks
from sfteval.score import Writing, score
from sfteval.store import RunFolder
from sfteval.suites.agent import Scenario, row_of
from sfteval.suites.agent.calendar_tasks import OFFICE
from sfteval.suites.agent.scenario import NOT_REACHED, call
from sfteval.suites.rows import sample_of
from sfteval.types import Generation, Request, Sample, Sampling, Task
from tests.sfteval.scripted import ScriptedBackend, checkpoint

Say = Callable[[Request], str]
QUICK = AskingPolicy(backoff_seconds=0.001)


class Actor(ScriptedBackend):
    """A backend whose answers know what they were given to."""

    def __init__(self, say: Say, finish: str = "stop") -> None:
        super().__init__(say)
        self.finish = finish

    def _generation(self, request: Request, question: str) -> Generation:
        said = super()._generation(request, question)
        return replace(said, content_hash=request.sample.content_hash, finish_reason=self.finish, num_prompt_tokens=2)


def hermes(name: str, /, **arguments: object) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


def perfect(request: Request) -> str:
    """Carry out the solution, try again what did not come through, and tell what was asked for."""
    messages, target = request.sample.messages, request.sample.target
    users = [place for place, message in enumerate(messages) if message.role == "user"]
    turn = len(users) - 1
    results = [message.content for message in messages[users[-1] + 1 :] if message.role == "tool"]
    done = sum(NOT_REACHED not in result for result in results)
    if done < len(target["actions"][turn]):
        one = target["actions"][turn][done]
        return hermes(one["name"], **one["arguments"])
    told = target.get("answers", [])
    return f"Here you are: {'; '.join(told[turn]) if turn < len(told) else 'done'}."


def scripted(*answers: str) -> Say:
    """Say these, one a turn; the last one for ever."""

    def say(request: Request) -> str:
        turn = sum(message.role == "assistant" for message in request.sample.messages)
        return answers[min(turn, len(answers) - 1)]

    return say


def moving(fails_at: int = 0, **fields: object) -> Scenario:
    """Return a task of one lookup and one change: e2 goes to Wednesday."""
    moved = {"day": "2026-03-11", "start": "10:00", "end": "11:00"}
    scenario = Scenario(
        stem="move",
        services=("calendar",),
        state=OFFICE,
        says=("Move the budget review from 2026-03-09 to 2026-03-11, 10:00 to 11:00. What stood before it?",),
        solution=((call("calendar_day", day="2026-03-09"), call("calendar_move", event="e2", **moved)),),
        answers=(("Team meeting",),),
        fails_at=fails_at,
    )
    return replace(scenario, **fields)


LOOK = hermes("calendar_day", day="2026-03-09")
MOVE = hermes("calendar_move", event="e2", day="2026-03-11", start="10:00", end="11:00")
TOLD = "It is moved. The Team meeting stood before it."


def sample_of_scenario(scenario: Scenario, name: str = "s0") -> Sample:
    return sample_of(json.loads(json.dumps(row_of(scenario, name))), name, "cluster")


def agent_task(*scenarios: Scenario, num_samples: int = 1, **options: object) -> Task:
    samples = tuple(sample_of_scenario(scenario, f"s{place}") for place, scenario in enumerate(scenarios))
    metrics = ("success", "state_match", "answer_match", "recovered")
    return Task(
        "agent", "agent", samples, metrics, num_samples=num_samples, sampling=Sampling(max_tokens=64), options=options
    )


async def nothing(num_stored: int) -> None:
    """Be ready."""


def played(
    backend, tasks: Task | Sequence[Task], folder, *, dialect: str | None = "hermes", policy=QUICK, ready=nothing
):
    """Return the scores and trajectories of an agent task that a backend played in a folder."""
    tasks = [tasks] if isinstance(tasks, Task) else tasks
    with RunFolder(folder) as run:
        answers = asyncio.run(
            answer_tasks(backend, checkpoint(), tasks, run, silent_progress(), seed=0, policy=policy,
                         dialect=dialect, once_ready=ready)
        )  # fmt: skip
        graded = score(tasks, answers, run, silent_progress(), writing=Writing(dialect=dialect))
    return graded[-1].scores, run.trajectories(tasks[-1].name)


def one_score(say: Say, scenario: Scenario, folder, *, dialect: str | None = "hermes", **options: object):
    """Return the score and the trajectory of one conversation."""
    scores, trajectories = played(Actor(say), agent_task(scenario, **options), folder, dialect=dialect)
    return scores[0], trajectories[0]


def question_hash(request: Request) -> str:
    return content_hash([request.sample.content_hash, request.sample_index])
