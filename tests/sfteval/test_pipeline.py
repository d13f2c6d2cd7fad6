"""The whole way on toy checkpoints: ask, score, compare, report; resumed equals uninterrupted."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from sfteval.errors import ConfigurationError, NotComparableError, StoreError, TemplateError
from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints, run_checkpoint, score_responses
from sfteval.progress import silent_progress
from sfteval.report import results_json, write_report
from sfteval.suites import new_suite
from sfteval.types import Verdict
from tests.toys import toy_checkpoint

pytest.importorskip("torch", reason="the embedded backend needs torch")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


LOAD = "sfteval.backends.transformers.backend.load_model"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two toy checkpoints and a suite of twelve prompts."""
    folder = tmp_path_factory.mktemp("world")
    toy_checkpoint(folder / "old", 0)
    toy_checkpoint(folder / "new", 1)
    rows = [{"id": f"q{i}", "prompt": "so " * (i + 1), "target": "4"} for i in range(12)]
    (folder / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    new_suite(folder / "mine.jsonl", folder / "suite")
    toml = folder / "suite" / "suite.toml"
    toml.write_text(toml.read_text().replace("max_tokens = 1024", "max_tokens = 8"))
    return folder


def compared(world, runs, *, baseline="old", candidate="new", **options):
    run = RunPlan(suites=(str(world / "suite"),), runs=runs, **options)
    paths = [name if ":" in name else str(world / name) for name in (baseline, candidate)]
    return asyncio.run(compare_checkpoints(ComparePlan(*paths, run, command="sfteval compare"), silent_progress()))


def test_two_checkpoints_become_one_comparison_and_its_files(world, tmp_path):
    comparison = compared(world, tmp_path / "runs")
    assert [(m.task, m.metric, m.n) for m in comparison.metrics] == [("mine", "accuracy", 12)]
    assert (comparison.baseline.name, comparison.candidate.name) == ("old", "new")
    files = {path.name for path in write_report(comparison, tmp_path / "report")}
    tables = {"results.csv", "flips.csv"}
    assert files == {"report.html", "summary.md", "results.json", "samples.jsonl.gz", "junit.xml", *tables}
    stored = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert stored == [f"new-{comparison.candidate.fingerprint[:8]}", f"old-{comparison.baseline.fingerprint[:8]}"]


def without_times(comparison):
    results = json.loads(json.dumps(results_json(comparison)))
    for side in results["costs"].values():
        side.pop("seconds")
    return results


def test_the_second_call_asks_nothing_and_loads_nothing(world, tmp_path, monkeypatch):
    first = compared(world, tmp_path / "runs")
    monkeypatch.setattr(
        "sfteval.backends.transformers.backend.load_model", lambda checkpoint: pytest.fail("loaded again")
    )
    second = compared(world, tmp_path / "runs")
    assert results_json(first) == results_json(second)


def test_a_run_cut_at_any_line_and_resumed_equals_an_uninterrupted_one(world, tmp_path):
    whole = compared(world, tmp_path / "runs")
    for file in (tmp_path / "runs").rglob("generations/*.jsonl"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert without_times(compared(world, tmp_path / "runs")) == without_times(whole)


def test_a_renamed_checkpoint_is_not_asked_again(world, tmp_path, monkeypatch):
    compared(world, tmp_path / "runs")
    shutil.copytree(world / "new", tmp_path / "other name")
    monkeypatch.setattr(
        "sfteval.backends.transformers.backend.load_model", lambda checkpoint: pytest.fail("asked again")
    )
    run = RunPlan(suites=(str(world / "suite"),), runs=tmp_path / "runs")
    asyncio.run(run_checkpoint(str(tmp_path / "other name"), run, {}, silent_progress()))


def test_a_checkpoint_retrained_in_place_never_reuses_an_answer(world, tmp_path):
    place = tmp_path / "ckpt"
    shutil.copytree(world / "old", place)
    run = RunPlan(suites=(str(world / "suite"),), runs=tmp_path / "runs")
    before = asyncio.run(run_checkpoint(str(place), run, {}, silent_progress()))
    shutil.copy(world / "new" / "model.safetensors", place / "model.safetensors")
    after = asyncio.run(run_checkpoint(str(place), run, {}, silent_progress()))
    assert before.folder != after.folder
    texts = [[g.text for g in found.tasks[0].generations] for found in (before, after)]
    assert texts[0] != texts[1]


def test_a_checkpoint_against_itself_is_zero_and_names_the_sides_apart(world, tmp_path):
    comparison = compared(world, tmp_path / "runs", candidate="old")
    assert comparison.metrics[0].difference == 0.0
    assert (comparison.baseline.name, comparison.candidate.name) == ("old-A", "old-B")


def test_calls_are_read_in_the_dialect_of_the_checkpoints_template_and_a_stored_run_remembers_it(world, tmp_path):
    run = RunPlan(suites=(str(world / "suite"),), runs=tmp_path / "runs")
    asked = asyncio.run(run_checkpoint(str(world / "old"), run, {}, silent_progress()))
    again = RunPlan(suites=(str(world / "suite"),), runs=tmp_path / "others")
    replayed = asyncio.run(run_checkpoint(f"run:{asked.folder}", again, {}, silent_progress()))
    assert (asked.settings["dialect"], replayed.settings["dialect"]) == ("hermes", "hermes")


def test_stored_runs_compare_without_a_model(world, tmp_path, monkeypatch):
    first = compared(world, tmp_path / "runs")
    folders = sorted((tmp_path / "runs").iterdir())
    monkeypatch.setattr(LOAD, lambda checkpoint: pytest.fail("loaded"))
    again = compared(world, tmp_path / "elsewhere", baseline=f"run:{folders[1]}", candidate=f"run:{folders[0]}")
    assert again.metrics == first.metrics


def test_a_stored_run_and_a_fresh_one_with_the_same_sampling_are_matched(world, tmp_path):
    run = RunPlan(suites=(str(world / "suite"),), runs=tmp_path / "runs")
    asked = asyncio.run(run_checkpoint(str(world / "old"), run, {}, silent_progress()))
    assert compared(world, tmp_path / "others", baseline=f"run:{asked.folder}").matched


def test_answers_made_elsewhere_compare_without_a_model(world, tmp_path):
    for name, text in (("a", "5"), ("b", "4")):
        rows = [{"id": f"q{i}", "response": text} for i in range(12)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    comparison = compared(world, tmp_path / "runs", baseline=f"responses:{tmp_path / 'a.jsonl'}",
                          candidate=f"responses:{tmp_path / 'b.jsonl'}")  # fmt: skip
    assert comparison.metrics[0].difference == 1.0


def test_missing_answers_are_not_comparable(world, tmp_path):
    rows = [{"id": f"q{i}", "response": "4"} for i in range(11)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    toml = world / "suite" / "suite.toml"
    text = toml.read_text()
    toml.write_text(text.replace("gating = []", 'gating = ["accuracy"]'))
    try:
        side = f"responses:{tmp_path / 'a.jsonl'}"
        comparison = compared(world, tmp_path / "runs", baseline=side, candidate=side)
    finally:
        toml.write_text(text)
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert "prompts missing or differing: 1 of 12" in comparison.warnings[-1]
    assert "q11" in comparison.warnings[0]


def test_scoring_a_file_writes_the_layout_of_a_run(world, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "q0", "response": "4"}\n{"id": "q0", "response": "5"}\n')
    run = asyncio.run(
        score_responses("mine", tmp_path / "a.jsonl", tmp_path / "out", (str(world / "suite"),), silent_progress())
    )
    lines = [json.loads(line) for line in (tmp_path / "out" / "scores" / "mine.jsonl").read_text().splitlines()]
    assert [(row["sample_id"], row["sample_index"], row["metrics"]["accuracy"]) for row in lines[:2]] == [
        ("q0", 0, 1.0),
        ("q0", 1, 0.0),
    ]
    assert {row["outcome"] for row in lines[2:]} == {"error"}
    assert len(lines) == 13
    assert run.folder == tmp_path / "out"


def test_template_drift_stops_a_comparison_unless_allowed(world, tmp_path):
    drifted = tmp_path / "drifted"
    shutil.copytree(world / "new", drifted)
    (drifted / "sft_run.json").write_text(json.dumps({"template_sha256": "0" * 64}))
    run = RunPlan(suites=(str(world / "suite"),), runs=tmp_path / "runs")
    plan = ComparePlan(str(world / "old"), str(drifted), run)
    with pytest.raises(NotComparableError) as error:
        asyncio.run(compare_checkpoints(plan, silent_progress()))
    assert "the chat template it was trained with" in str(error.value)
    from dataclasses import replace

    allowed = replace(plan, run=replace(run, allow_template_drift=True))
    comparison = asyncio.run(compare_checkpoints(allowed, silent_progress()))
    assert [warning for warning in comparison.warnings if warning.startswith("drifted: the chat template differs")]
    assert comparison.reproduce["drift"] == ["candidate"]
    assert {row["drift"] for row in results_json(comparison)["metrics"]} == {True}


def test_settings_of_one_side_are_another_run_and_marked_unmatched(world, tmp_path):
    run = RunPlan(suites=(str(world / "suite"),), runs=tmp_path / "runs")
    plan = ComparePlan(str(world / "old"), str(world / "old"), run, candidate_set={"temperature": 0.7})
    comparison = asyncio.run(compare_checkpoints(plan, silent_progress()))
    assert not comparison.matched
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_one_task_name_in_two_suites_is_refused(world, tmp_path):
    run = RunPlan(suites=(str(world / "suite"), str(world / "suite")), runs=tmp_path / "runs")
    with pytest.raises(ConfigurationError) as error:
        asyncio.run(run_checkpoint(str(world / "old"), run, {}, silent_progress()))
    assert '"mine" in two suites' in str(error.value)


def test_a_runs_folder_that_cannot_be_made_is_one_sentence(world, tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(StoreError) as error:
        compared(world, Path(tmp_path / "runs"))
    assert "a folder that can be written" in str(error.value)


def test_a_candidate_that_cannot_be_asked_is_refused_before_the_baseline_is_asked(world, tmp_path):
    shutil.copytree(world / "new", tmp_path / "picky")
    (tmp_path / "picky" / "chat_template.jinja").write_text("{{ raise_exception('no users here') }}")
    plan = ComparePlan(str(world / "old"), str(tmp_path / "picky"), RunPlan((str(world / "suite"),), tmp_path / "runs"))
    with pytest.raises(TemplateError, match="no users here"):
        asyncio.run(compare_checkpoints(plan, silent_progress()))
    assert not (tmp_path / "runs").exists()


def test_all_rows_of_one_id_are_samples_in_a_comparison_too(world, tmp_path):
    rows = [{"id": f"q{i}", "response": said} for i in range(12) for said in ("4", "5")]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    side = f"responses:{tmp_path / 'a.jsonl'}"
    (metric,) = compared(world, tmp_path / "runs", baseline=side, candidate=side).metrics
    assert (metric.n, metric.baseline, metric.difference) == (12, 0.5, 0.0)


def test_a_run_of_another_version_of_the_suite_is_missing_data_and_not_old_answers(world, tmp_path):
    compared(world, tmp_path / "runs")
    shutil.copytree(world / "suite", tmp_path / "suite2")
    data, toml = tmp_path / "suite2" / "data" / "mine.jsonl", tmp_path / "suite2" / "suite.toml"
    data.write_text(data.read_text().replace("so ", "say "))
    toml.write_text("\n".join(line for line in toml.read_text().splitlines() if not line.startswith("sha256")))
    stored = f"run:{next((tmp_path / 'runs').glob('old-*'))}"
    run = RunPlan((str(tmp_path / "suite2"),), tmp_path / "runs2")
    found = asyncio.run(run_checkpoint(stored, run, {}, silent_progress()))
    assert {str(score.outcome) for score in found.tasks[0].scores} == {"error"}


def test_sides_that_were_computed_differently_are_told_apart(world, tmp_path):
    compared(world, tmp_path / "runs")
    a, b = (next((tmp_path / "runs").glob(f"{name}-*")) for name in ("old", "new"))
    manifest = json.loads((b / "run.json").read_text())
    manifest["settings"]["backend"] |= {"backend": "vllm", "arithmetic": "vllm cuda bfloat16"}
    (b / "run.json").write_text(json.dumps(manifest))
    comparison = compared(world, tmp_path / "runs", baseline=f"run:{a}", candidate=f"run:{b}")
    told = [warning for warning in comparison.warnings if "computed differently" in warning]
    assert told == ["the two sides were computed differently: A by transformers cpu float32, B by vllm cuda bfloat16"]
    again = compared(world, tmp_path / "runs", baseline=f"run:{a}", candidate=f"run:{a}")
    assert not [warning for warning in again.warnings if "computed differently" in warning]


def test_how_many_prompts_were_those_that_are_rendered_here_stands_in_the_contract_table(world, tmp_path):
    comparison = compared(world, tmp_path / "runs")
    row = comparison.reproduce["contract"][-1]
    assert (row["what"], row["baseline"], row["candidate"], row["same"]) == (
        "answers to other prompts than ours", "0 of 12", "0 of 12", True
    )  # fmt: skip
    (path,) = (tmp_path / "runs").glob("new-*/generations/mine.jsonl")
    path.write_text(path.read_text().replace('"verified": true', '"verified": false', 3))
    again = compared(world, tmp_path / "runs")
    assert again.reproduce["contract"][-1]["candidate"] == "3 of 12"
    assert again.reproduce["drift"] == ["candidate"]
    assert [warning for warning in again.warnings if "3 of 12 answers were given to other prompts" in warning]


def test_answers_that_were_computed_otherwise_are_asked_anew_and_that_is_said(world, tmp_path, monkeypatch):
    said = []

    class Saying:
        def __getattr__(self, name):
            return getattr(silent_progress(), name)

        def say(self, line):
            said.append(line)

    def ran():
        run = RunPlan(suites=(str(world / "suite"),), runs=tmp_path / "runs")
        return asyncio.run(run_checkpoint(str(world / "old"), run, {}, Saying()))

    first = ran()
    assert said == []
    monkeypatch.setattr("sfteval.backends.transformers.backend.arithmetic", lambda: "transformers cuda auto")
    second = ran()
    assert second.folder == first.folder
    assert said == [
        f"{first.folder}: earlier answers there were computed by transformers cpu float32, "
        "these are by transformers cuda auto: none stands for another"
    ]
    assert len((first.folder / "generations" / "mine.jsonl").read_text().splitlines()) == 24
