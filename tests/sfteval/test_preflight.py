"""What is settled around the asking: suites and names, and a server that is asked once what it can."""

import asyncio
import json
from dataclasses import replace

import pytest

from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import BackendError, ConfigurationError, StoreError
from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints, run_checkpoint
from sfteval.preflight import load_suites, named_apart
from sfteval.progress import silent_progress
from sfteval.provenance import run_path
from sfteval.store import RunFolder
from sfteval.suites import new_suite
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.scripted import checkpoint


@pytest.fixture
def suite(tmp_path):
    rows = [{"id": f"q{n}", "prompt": f"What is {n} plus {n}?", "target": "4"} for n in range(4)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    new_suite(tmp_path / "mine.jsonl", tmp_path / "suite")
    return str(tmp_path / "suite")


def plan(suite, tmp_path):
    return RunPlan((suite,), tmp_path / "runs")


# -- suites and names --------------------------------------------------------------------------------------------------


def test_limit_and_samples_hold_for_every_task(suite):
    ((found,),) = [loaded.tasks for loaded in load_suites((suite,), limit=3, samples=2)]
    assert (len(found.samples), found.num_samples) == (3, 2)
    ((found,),) = [loaded.tasks for loaded in load_suites((suite,))]
    assert (len(found.samples), found.num_samples) == (4, 1)


def test_one_task_in_two_suites_is_refused(suite):
    with pytest.raises(ConfigurationError, match='expected task names used once, got "mine" in two suites'):
        load_suites((suite, suite))


def test_only_checkpoints_of_one_name_are_named_apart():
    a, b = checkpoint("a"), checkpoint("b")
    assert named_apart(a, b) == (a, b)
    assert [side.name for side in named_apart(a, replace(b, name="a"))] == ["a-A", "a-B"]


# -- a server ----------------------------------------------------------------------------------------------------------


def with_server(script, work):
    async def go():
        async with ScriptedServer(script) as server:
            return server, await work(server)

    return asyncio.run(go())


def num_probes(suite, tmp_path, *models, settings=()):
    """Return how often a server was asked what it can when its models were compared, or one was run."""

    async def work(server):
        sides = [f"{server.url}#{model}" for model in models]
        if len(sides) == 1:
            return await run_checkpoint(sides[0], plan(suite, tmp_path), {}, silent_progress())
        compared = ComparePlan(*sides, plan(suite, tmp_path), candidate_set=dict(settings))
        return await compare_checkpoints(compared, silent_progress())

    server, _ = with_server(Script(models=("toy", "other"), say=lambda body: "4"), work)
    assert len(server.questions) == 4 * len(models)
    return len(server.seen.probes)


def test_a_server_is_asked_once_what_it_can_however_often_it_is_opened(suite, tmp_path):
    alone = num_probes(suite, tmp_path / "a", "toy")
    assert num_probes(suite, tmp_path / "b", "toy", "other") == 2 * alone
    assert num_probes(suite, tmp_path / "c", "toy", "toy", settings={"temperature": 0.5}) == alone


def test_a_side_whose_server_is_gone_is_said_before_the_other_is_asked(suite, tmp_path):
    async def work(server):
        sides = (f"{server.url}#toy", "http://127.0.0.1:9/v1#toy")
        with pytest.raises(BackendError, match="expected a server that answers"):
            await compare_checkpoints(ComparePlan(*sides, plan(suite, tmp_path)), silent_progress())

    server, _ = with_server(Script(), work)
    assert server.questions == []


def test_stored_answers_of_an_endpoint_are_said_to_be_used_again(suite, tmp_path):
    async def work(server):
        sides = (f"{server.url}#toy", f"{server.url}#other")
        first = await run_checkpoint(sides[0], plan(suite, tmp_path), {}, silent_progress())
        again = await compare_checkpoints(ComparePlan(*sides, plan(suite, tmp_path)), silent_progress())
        return first, again

    script = Script(models=("toy", "other"), say=lambda body: "4")
    _, (first, again) = with_server(script, work)
    assert not [said for said in first.settings["contract"]["said"] if "stored by earlier calls" in said]
    told = [warning for warning in again.warnings if "stored by earlier calls" in warning]
    assert [warning.split(" answers ")[0] for warning in told] == ["toy: 4 of 4"]
    assert again.baseline_settings["contract"]["answers"]["reused"] == 4


def test_a_folder_that_another_process_writes_to_is_refused_before_anything_is_asked(suite, tmp_path):
    async def work(server):
        side = f"{server.url}#toy"
        held = RunFolder(run_path(resolve_checkpoint(side), tmp_path / "runs"))
        with held, pytest.raises(StoreError, match="another process is writing to"):
            await run_checkpoint(side, plan(suite, tmp_path), {}, silent_progress())

    server, _ = with_server(Script(), work)
    assert (server.questions, server.seen.probes) == ([], [])


def test_thought_is_counted_in_stored_answers_too(suite, tmp_path):
    def counted(run):
        return [reading.num_think_tokens for reading in run.tasks[0].readings]

    async def work(server):
        side = f"{server.url}#toy"
        first = await run_checkpoint(side, plan(suite, tmp_path), {}, silent_progress())
        again = await run_checkpoint(side, plan(suite, tmp_path), {}, silent_progress())
        elsewhere = RunPlan((suite,), tmp_path / "elsewhere")
        return first, again, await run_checkpoint(f"run:{first.folder}", elsewhere, {}, silent_progress())

    server, runs = with_server(Script(say=lambda body: "<think>hmm</think>4"), work)
    assert len(server.questions) == 4
    assert [counted(run) for run in runs] == [counted(runs[0])] * 3
    assert min(counted(runs[0])) > 2
