"""Stored runs and files of answers: nobody's answers end in another's folder, or stand for another question."""

import asyncio
import json
import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sfteval.asking import AskingPolicy
from sfteval.backends.replay import Responses, StoredRun, open_replay
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import CheckpointError, ConfigurationError, DataError, NotComparableError
from sfteval.generate import generate, requests_of
from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints, run_checkpoint, run_in
from sfteval.progress import silent_progress
from sfteval.provenance import run_key, run_path
from sfteval.store import RunFolder
from sfteval.suites import new_suite
from sfteval.types import Sampling, Suite
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.scripted import ScriptedBackend, checkpoint, sample, task
from tests.toys import toy_checkpoint

SUITE = Suite("toys", "1", "CC0-1.0", "toys", (task(2),))


class Telling(ScriptedBackend):
    """Says with each answer which content was asked, as every backend does."""

    async def answer(self, requests):
        answers = await super().answer(requests)
        return [replace(a, content_hash=r.sample.content_hash) for a, r in zip(answers, requests, strict=True)]


class Opened:
    """What opens one scripted backend, or replays."""

    together = False

    def __init__(self, backend=None):
        self.backend = backend

    @asynccontextmanager
    async def open(self, asked):
        yield self.backend or open_replay(asked)


def ran(path, asked, backend=None, suite=SUITE, **options):
    plan = RunPlan((suite.name,), **options)
    return asyncio.run(run_in(path, asked, Opened(backend), (suite,), plan, silent_progress()))


def texts(run):
    return [answer.text for answer in run.tasks[0].generations]


def stored(path, name, say, **fields):
    """Return a run folder of a checkpoint that has said `say`."""
    ran(path, replace(checkpoint(name), **fields), Telling(lambda request: say))
    return path


def content(path):
    return {file: file.read_bytes() for file in Path(path).rglob("*") if file.is_file()}


# -- whose folder ------------------------------------------------------------------------------------------------------


def test_a_stored_run_is_replayed_into_a_folder_that_is_not_its_checkpoints(tmp_path):
    own = run_path(checkpoint("a"), tmp_path)
    stored(own, "a", "4")
    before = content(own)
    replayed = resolve_checkpoint(f"run:{own}")
    assert replayed.fingerprint == checkpoint("a").fingerprint
    run = ran(run_path(replayed, tmp_path), replayed)
    assert texts(run) == ["4", "4"]
    assert run.folder != own
    assert content(own) == before


def test_two_stored_runs_of_endpoints_never_share_a_folder(tmp_path):
    sides = [
        resolve_checkpoint(f"run:{stored(tmp_path / name, 'm', name, fingerprint=None, kind='endpoint')}")
        for name in ("old", "new")
    ]
    assert sides[0].fingerprint is None
    assert run_key(sides[0]) != run_key(sides[1])
    assert [texts(ran(run_path(side, tmp_path / "runs"), side)) for side in sides] == [["old"] * 2, ["new"] * 2]


def test_a_stored_run_whose_manifest_changed_is_another_run(tmp_path):
    side = resolve_checkpoint(f"run:{stored(tmp_path / 'a', 'a', '4')}")
    before = run_key(side)
    assert run_key(side) == before
    manifest = json.loads((tmp_path / "a" / "run.json").read_text())
    manifest["settings"]["seed"] = 7
    (tmp_path / "a" / "run.json").write_text(json.dumps(manifest))
    assert run_key(side) != before


def test_a_stored_run_is_never_written_into_itself(tmp_path):
    side = resolve_checkpoint(f"run:{stored(tmp_path / 'a', 'a', '4')}")
    before = content(tmp_path / "a")
    with pytest.raises(ConfigurationError, match="got the stored run itself"):
        ran(tmp_path / "x" / ".." / "a", side)
    assert content(tmp_path / "a") == before


# -- which answers of a stored run -------------------------------------------------------------------------------------


def asked_with(path, max_tokens, num=2):
    of = replace(task(num), sampling=Sampling(max_tokens=max_tokens))
    backend = Telling(lambda request: f"within {request.sampling.max_tokens}")

    async def go():
        with RunFolder(path) as folder:
            policy = AskingPolicy()
            await generate(backend, checkpoint(), [of], folder, silent_progress(), seed=0, policy=policy)

    asyncio.run(go())
    return len(backend.asked)


def replayed(path, num=2):
    return [a.text for a in asyncio.run(StoredRun(path).answer(requests_of(task(num), checkpoint(), 0)))]


def test_a_stored_run_answers_as_its_last_run_was_asked_whatever_stands_last(tmp_path):
    assert asked_with(tmp_path, 8) == 2
    assert asked_with(tmp_path, 9) == 2
    assert replayed(tmp_path) == ["within 9"] * 2
    assert asked_with(tmp_path, 8) == 0
    assert replayed(tmp_path) == ["within 8"] * 2


def test_a_folder_that_does_not_tell_which_of_two_answers_is_meant_is_refused(tmp_path):
    asked_with(tmp_path, 8)
    asked_with(tmp_path, 9)
    shutil.rmtree(tmp_path / "questions")
    with pytest.raises(DataError, match="several to s0, asked with different settings"):
        replayed(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "[" * 100_000])
def test_a_broken_file_of_questions_tells_nothing(tmp_path, text):
    asked_with(tmp_path, 8)
    (tmp_path / "questions" / "sums.json").write_text(text)
    assert RunFolder(tmp_path).questions("sums") is None
    assert replayed(tmp_path) == ["within 8"] * 2


# -- the contract of a stored run --------------------------------------------------------------------------------------


def drifted_run(path):
    stored(path, "a", "4")
    manifest = json.loads((path / "run.json").read_text())
    served = {"drifted": True, "verified": True, "said": "the server renders another prompt"}
    manifest["settings"]["contract"] = {"drifted": True, "verified": True, "said": [], "served": served}
    (path / "run.json").write_text(json.dumps(manifest))
    return resolve_checkpoint(f"run:{path}")


def test_a_stored_runs_drift_is_refused_in_any_folder(tmp_path):
    side = drifted_run(tmp_path / "a")
    with pytest.raises(NotComparableError, match="the server renders another prompt"):
        ran(tmp_path / "other", side)


def test_a_stored_runs_drift_that_is_allowed_stays_said(tmp_path):
    run = ran(tmp_path / "other", drifted_run(tmp_path / "a"), allow_template_drift=True)
    assert run.settings["contract"]["drifted"] is True
    assert run.settings["contract"]["said"] == ["the server renders another prompt"]


# -- whose question a row answers --------------------------------------------------------------------------------------


def alike_tasks():
    """Return two tasks whose samples have the same ids and different prompts."""
    return [
        replace(
            task(0, name=name), samples=(replace(sample(f"{name} 1"), id="1"), replace(sample(f"{name} 2"), id="2"))
        )
        for name in ("sums", "names")
    ]


def answered(tmp_path, rows):
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    async def go():
        with RunFolder(tmp_path / "run") as folder:
            found = await generate(
                Responses(path), checkpoint(), alike_tasks(), folder, silent_progress(), seed=0, policy=AskingPolicy()
            )
            return {name: [answer.text for answer in answers] for name, answers in found.items()}

    return asyncio.run(go())


@pytest.mark.parametrize("ids", [False, True])
def test_rows_with_prompts_answer_their_own_task_where_ids_are_shared(tmp_path, ids):
    rows = [
        {"prompt": f"question {name} {i}", "response": f"{name} {i}"} | ({"id": i} if ids else {})
        for name in ("sums", "names")
        for i in (1, 2)
    ]
    assert answered(tmp_path, rows) == {"sums": ["sums 1", "sums 2"], "names": ["names 1", "names 2"]}


def test_a_row_whose_id_two_tasks_share_is_refused(tmp_path):
    with pytest.raises(DataError, match=r'answers.jsonl, line 2: expected an id of one question, got "2"'):
        answered(tmp_path, [{"prompt": "question sums 1", "response": "4"}, {"id": 2, "response": "5"}])


# -- a checkpoint that is written to meanwhile -------------------------------------------------------------------------


class Retrained(Telling):
    """Other weights are there once the backend is ready, or once it has answered."""

    def __init__(self, change, when):
        super().__init__(lambda request: "4")
        self.change, self.when = change, when

    async def ready(self, note=None):
        if self.when == "ready":
            self.change()

    async def answer(self, requests):
        if self.when == "answer":
            self.change()
        return await super().answer(requests)


@pytest.mark.parametrize(("when", "num_asked"), [("ready", 0), ("answer", 2)])
def test_a_checkpoint_retrained_meanwhile_is_no_finished_run(tmp_path, when, num_asked):
    pytest.importorskip("torch", reason="a toy checkpoint is made with it")
    toy_checkpoint(tmp_path / "a", 0)
    toy_checkpoint(tmp_path / "b", 1)
    asked = resolve_checkpoint(str(tmp_path / "a"))
    weights = [tmp_path / name / "model.safetensors" for name in ("b", "a")]
    backend = Retrained(lambda: shutil.copy(*weights), when)
    with pytest.raises(CheckpointError, match="expected the files that were there when the command began"):
        ran(tmp_path / "run", asked, backend)
    assert len(backend.asked) == num_asked
    assert not (tmp_path / "run" / "run.json").exists()


# -- a server that is gone ---------------------------------------------------------------------------------------------


def test_a_comparison_of_stored_answers_needs_no_server(tmp_path):
    (tmp_path / "mine.jsonl").write_text('{"id": "q0", "prompt": "so", "target": "4"}\n')
    new_suite(tmp_path / "mine.jsonl", tmp_path / "suite")
    run = RunPlan((str(tmp_path / "suite"),), tmp_path / "runs")

    async def twice():
        async with ScriptedServer(Script(say=lambda body: "4")) as server:
            side = f"{server.url}#toy"
            await run_checkpoint(side, run, {}, silent_progress())
        return await compare_checkpoints(ComparePlan(side, side, run), silent_progress())

    (metric,) = asyncio.run(twice()).metrics
    assert (metric.n, metric.baseline, metric.candidate) == (1, 1.0, 1.0)
