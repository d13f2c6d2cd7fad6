"""The shipped suite of agent tasks: whole, reproducible, solvable, and not to be had for nothing."""

from collections import Counter
from dataclasses import replace

import pytest

from sfteval.agents import SERVICES
from sfteval.rollout import replayed
from sfteval.scorers.episodes import limits_of
from sfteval.scorers.told import holds
from sfteval.store import RunFolder
from sfteval.suites import find_suite, load_suite
from sfteval.suites.agent import suite_files
from tests.sfteval.rollout.actors import Actor, perfect, played

LAZY = ("Done.", "I have done what you asked for.", "")


@pytest.fixture(scope="module")
def tasks():
    return {task.name: task for task in load_suite("agent").tasks}


def test_the_shipped_files_are_what_the_generator_makes():
    """Regenerate with: python -m sfteval.suites.agent."""
    folder = find_suite("agent")
    for name, text in suite_files().items():
        assert (folder / name).read_bytes() == text.encode(), name


def test_there_are_more_than_forty_tasks_over_five_services_none_twice(tasks):
    samples = tasks["agent"].samples
    assert (
        len(samples)
        == len({tuple(m.content for m in s.messages) for s in samples})
        == len({s.id for s in samples})
        == 48
    )
    used = Counter(service for sample in samples for service in sample.metadata["services"])
    assert set(used) == set(SERVICES) - {"errands"}
    assert min(used.values()) >= 8


def test_at_most_five_tasks_share_a_stem_which_is_their_cluster(tasks):
    for task in tasks.values():
        assert max(Counter(sample.cluster for sample in task.samples).values()) <= 5
        assert all(sample.cluster == sample.metadata["stem"] for sample in task.samples)


def test_the_steps_of_difficulty_are_all_there(tasks):
    samples = tasks["agent"].samples
    assert set(Counter(sample.metadata["num_user_turns"] for sample in samples)) == {1, 2, 3}
    assert set(Counter(sample.metadata["num_services"] for sample in samples)) == {1, 2}
    assert sum(sample.metadata["error_injected"] for sample in samples) >= 12


@pytest.mark.parametrize("name", ["agent", "errands"])
def test_every_solution_reaches_the_state_and_recovers_from_the_injected_error(tasks, tmp_path, name):
    scores, trajectories = played(Actor(perfect), tasks[name], tmp_path)
    assert {score.sample_id for score in scores if score.metrics["success"] != 1.0} == set()
    hurt = {sample.id for sample in tasks[name].samples if sample.metadata["error_injected"]}
    assert {score.sample_id for score in scores if score.metrics["recovered"] == 1.0} == hurt
    for sample, trajectory in zip(tasks[name].samples, RunFolder(tmp_path).trajectories(name), strict=True):
        assert replayed(sample, trajectory, limits_of(tasks[name])) == trajectory
    assert max(len(trajectory.turns) for trajectory in trajectories) < limits_of(tasks[name]).max_turns


@pytest.mark.parametrize("name", ["agent", "errands"])
def test_every_expected_answer_is_told_by_a_tool_and_not_by_the_user(tasks, tmp_path, name):
    _, trajectories = played(Actor(perfect), tasks[name], tmp_path)
    for sample, trajectory in zip(tasks[name].samples, trajectories, strict=True):
        heard = [action.observation for turn in trajectory.turns for action in turn.actions]
        said = [message.content for message in trajectory.messages if message.role == "user"]
        for expected in sample.target.get("answers", []):
            for answer in expected:
                assert any(holds(text, answer) for text in heard), (sample.id, answer)
                assert not any(holds(text, answer) for text in said), (sample.id, answer)


@pytest.mark.parametrize("say", [*LAZY, "echo"])
def test_who_does_nothing_passes_no_task(tasks, tmp_path, say):
    def lazy(request):
        return request.sample.prompt if say == "echo" else say

    for name, task in tasks.items():
        scores, _ = played(Actor(lazy), task, tmp_path / name)
        assert {score.sample_id for score in scores if score.metrics["success"]} == set()


def test_who_leaves_the_last_change_out_passes_no_task(tasks, tmp_path):
    task = tasks["agent"]
    cut = tuple(replace(sample, target={**sample.target, "actions": without_last(sample)}) for sample in task.samples)
    known = {sample.id: sample for sample in cut}

    def forgetful(request):
        return perfect(replace(request, sample=replace(request.sample, target=known[request.sample.id].target)))

    scores, _ = played(Actor(forgetful), task, tmp_path)
    assert {score.sample_id for score in scores if score.metrics["success"]} == set()
    assert {score.detail["failure_code"] for score in scores} == {"state_mismatch"}


def without_last(sample):
    *before, last = sample.target["actions"]
    return [*before, last[:-1]]
