"""The starter pair as an agent, in this process and served by a real vLLM: stored, played again, and much the same.

Its errands run inside the comparison that the other tests of a real vLLM look at, so that no further server starts.
"""

import asyncio

import pytest

from sfteval.checkpoints import resolve_checkpoint
from sfteval.pipeline import RunPlan, run_checkpoint
from sfteval.progress import silent_progress
from sfteval.rollout.replay import FROM_OUTSIDE
from sfteval.suites import load_suite
from tests.sfteval.backends.vllm.served import (
    assert_close_calls,
    first_difference,
    replay_again,
    run_folder,
    scores_of,
    turns_of,
    write_errands,
)

pytest.importorskip("torch", reason="the embedded backend needs torch")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

PAIR = ("no-think", "think")
MOST_CLOSE_CALLS = 2  # of ten errands


def ran(checkpoint, suite, runs):
    plan = RunPlan(suites=(str(suite),), runs=runs)
    return asyncio.run(run_checkpoint(str(checkpoint), plan, {}, silent_progress()))


@pytest.fixture(scope="session")
def here(starter, tmp_path_factory):
    """The errands of both sides, asked in this process."""
    folder = tmp_path_factory.mktemp("here")
    write_errands(folder / "errands")
    for name in PAIR:
        ran(starter.checkpoints / name, folder / "errands", folder / "runs")
    return folder


def figures(folder, name):
    return [row["metrics"] for row in scores_of(run_folder(folder, name), "errands")]


def assert_ran(trajectories):
    """Assert that every conversation ended by the model's own doing, most with an answer and after a tool had run."""
    ends = [one.end for one in trajectories]
    assert len(ends) == 10
    assert not set(ends) & set(FROM_OUTSIDE)
    assert ends.count("final") >= 5
    assert sum(any(turn.actions for turn in one.turns) for one in trajectories) >= 5


def assert_plays_again(folder, name, tmp_path):
    """Assert that the stored run, asked in a model's place, gives the same conversations and the same figures."""
    run, suite = run_folder(folder, name), folder / "errands"
    assert replay_again(run, load_suite(str(suite)).tasks) == (True, 10)
    again = ran(f"run:{run.path}", suite, tmp_path / "runs")
    assert [score.metrics for score in again.tasks[0].scores] == figures(folder, name)
    stored, copy = run.path / "trajectories" / "errands.jsonl", again.folder / "trajectories" / "errands.jsonl"
    assert copy.read_text().splitlines() == stored.read_text().splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIR)
def test_in_this_process_the_starter_pair_runs_errands_to_their_end(here, name, tmp_path):
    trajectories = list(run_folder(here, name).trajectories("errands"))
    assert_ran(trajectories)
    assert sum(row["state_match"] or 0.0 for row in figures(here, name)) >= 1
    assert_plays_again(here, name, tmp_path)


@pytest.mark.vllm
@pytest.mark.parametrize("name", PAIR)
def test_served_by_vllm_conversations_are_stored_and_play_again_without_a_model(compared, name, tmp_path):
    trajectories = list(run_folder(compared, name).trajectories("errands"))
    assert_ran(trajectories)
    assert_plays_again(compared, name, tmp_path)


@pytest.mark.vllm
@pytest.mark.parametrize("name", PAIR)
def test_served_by_vllm_an_errand_goes_as_in_this_process_but_for_close_calls(compared, here, starter, name):
    own, served = (turns_of(folder, name, "errands") for folder in (here, compared))
    assert own.keys() == served.keys()
    parted = [pair for key in own if (pair := first_difference(own[key], served[key])) is not None]
    assert len(parted) <= MOST_CLOSE_CALLS
    assert_close_calls(resolve_checkpoint(str(starter.checkpoints / name)), parted)
    if not parted:
        assert figures(compared, name) == figures(here, name)


@pytest.mark.vllm
@pytest.mark.parametrize("name", PAIR)
def test_vllms_own_parse_of_the_starters_calls_is_held_against_ours(compared, name):
    rows = scores_of(run_folder(compared, name), "toolcalls")
    found = [row["metrics"]["server_agrees"] for row in rows if row["detail"]["num_calls"]]
    assert len(found) >= len(rows) / 2
    assert None not in found
    assert sum(found) >= 0.95 * len(found)
