"""`sfteval import`: two logs of another harness as two stored runs, compared sample by sample with their own scores."""

import asyncio
import json

import pytest
from click.testing import CliRunner

from sfteval.audit import audit
from sfteval.cli import cli
from sfteval.errors import ConfigurationError, DataError
from sfteval.imports import differences
from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints, import_log, score_responses
from sfteval.progress import silent_progress
from sfteval.suites import load_suite
from sfteval.types import Outcome
from tests.sfteval.imports.logs import archive, generated, rated, results_of, sampled, samples_file

pytestmark = pytest.mark.slow


def imported(log, out):
    return asyncio.run(import_log(log, out, silent_progress()))


def compared(a, b, suite, tmp_path, **options):
    plan = RunPlan(suites=(str(suite),), runs=tmp_path / "replayed", **options)
    return asyncio.run(compare_checkpoints(ComparePlan(str(a), str(b), plan), silent_progress()))


def log_of_values(folder, values, model, **fields):
    """Return a samples file whose answers have these values."""
    rows = [generated(i, f"{i}+{i}?", f"It is {2 * i}", value, **fields) for i, value in enumerate(values)]
    return samples_file(folder, *rows, results=results_of(model))


def test_two_logs_are_compared_pair_by_pair_with_the_scores_that_they_hold(tmp_path):
    a = imported(log_of_values(tmp_path / "a", [1, 1, 0, 0, 0], "org/before"), tmp_path / "runs" / "a")
    b = imported(log_of_values(tmp_path / "b", [1, 0, 1, 1, 1], "org/after"), tmp_path / "runs" / "b")
    assert (a.checkpoint.name, b.checkpoint.name) == ("before", "after")
    sides = [f"run:{run.folder}" for run in (a, b)]
    metric = compared(*sides, a.folder / "suite", tmp_path).metrics[0]
    assert (metric.metric, metric.n, metric.gating) == ("exact_match", 5, True)
    assert (metric.baseline, metric.candidate) == (pytest.approx(0.4), pytest.approx(0.8))
    assert (metric.b_only, metric.a_only) == (3, 1)
    back = compared(*sides[::-1], b.folder / "suite", tmp_path).metrics[0]
    assert back.difference == pytest.approx(-metric.difference)


def test_logs_need_not_be_imported_to_be_compared_with_their_scores(tmp_path):
    logs = [log_of_values(tmp_path / side, values, side) for side, values in (("a", [1, 0]), ("b", [1, 1]))]
    imported(logs[0], tmp_path / "runs" / "a")
    sides = [f"responses:{log}" for log in logs]
    comparison = compared(*sides, tmp_path / "runs" / "a" / "suite", tmp_path)
    assert (comparison.metrics[0].baseline, comparison.metrics[0].candidate) == (0.5, 1.0)
    assert any("answers of lm-eval 0.4.13, task sums, model b" in said for said in comparison.warnings)


def test_two_inspect_logs_are_compared_and_a_number_stands_though_the_answer_was_cut(tmp_path):
    cut = sampled(1, "2+2?", "4 is", "C")
    cut["output"]["choices"][0]["stop_reason"] = "max_tokens"
    a = imported(archive(tmp_path / "a.eval", cut, sampled(2, "1+1?", "3", "I")), tmp_path / "runs" / "a")
    b = imported(archive(tmp_path / "b.eval", cut, sampled(2, "1+1?", "2", "P")), tmp_path / "runs" / "b")
    scores = {score.sample_id: score for score in a.tasks[0].scores}
    assert (scores["1"].outcome, dict(scores["1"].metrics)) == (Outcome.TRUNCATED_ANSWER, {"match": 1.0})
    metric = compared(f"run:{a.folder}", f"run:{b.folder}", a.folder / "suite", tmp_path).metrics[0]
    assert (metric.baseline, metric.candidate) == (0.5, 0.75)


def test_a_multiple_choice_task_is_compared_by_its_scores(tmp_path):
    sides = []
    for side, likelihoods in (("a", [-1.0, -2.0]), ("b", [-2.0, -1.0])):
        run = imported(samples_file(tmp_path / side, rated(0, "The sky?", likelihoods, 1)), tmp_path / "runs" / side)
        sides.append(f"run:{run.folder}")
    comparison = compared(*sides, tmp_path / "runs" / "a" / "suite", tmp_path)
    assert [(m.metric, m.baseline, m.candidate) for m in comparison.metrics] == [
        ("acc", 0.0, 1.0), ("acc_norm", 0.0, 1.0),
    ]  # fmt: skip


def test_epochs_are_averaged_within_their_question(tmp_path):
    samples = [sampled(1, "2+2?", "4", value, epoch=epoch) for epoch, value in enumerate("CICC", start=1)]
    run = imported(archive(tmp_path / "a.eval", *samples), tmp_path / "runs" / "a")
    assert [score.metrics["match"] for score in run.tasks[0].scores] == [1.0, 0.0, 1.0, 1.0]
    metric = compared(f"run:{run.folder}", f"run:{run.folder}", run.folder / "suite", tmp_path).metrics[0]
    assert (metric.n, metric.baseline) == (1, 0.75)


def test_two_documents_that_ask_the_same_keep_their_own_numbers(tmp_path):
    rows = generated(0, "2+2?", "4", 1.0), generated(1, "2+2?", "5", 0.0)
    run = imported(samples_file(tmp_path / "a", *rows), tmp_path / "runs" / "a")
    again = compared(f"run:{run.folder}", f"run:{run.folder}", run.folder / "suite", tmp_path)
    assert [pair.baseline.metrics["exact_match"] for pair in again.pairs] == [1.0, 0.0]


def test_another_document_under_the_same_id_is_not_compared_and_named(tmp_path):
    a = imported(samples_file(tmp_path / "a", *(generated(i, f"{i}?", "4") for i in range(3))), tmp_path / "runs" / "a")
    other = generated(1, "1?", "4", doc={"question": "1?", "answer": "mended"}, doc_hash="f" * 64)
    rows = generated(0, "0?", "4"), other, generated(7, "7?", "4")
    b = imported(samples_file(tmp_path / "b", *rows), tmp_path / "runs" / "b")
    assert differences(b.tasks[0].task, a.tasks[0].task) == {
        "questions are others under the same id": ["1"],
        "questions are only here": ["7"],
        "questions are only there": ["2"],
    }
    comparison = compared(f"run:{a.folder}", f"run:{b.folder}", a.folder / "suite", tmp_path)
    assert comparison.metrics[0].n == 1
    assert comparison.verdict == "not_comparable"
    reasons = {pair.sample.id: pair.candidate.detail.get("reason") for pair in comparison.pairs}
    assert reasons["1"] == "not comparable: the number was given to another question under this id"


def test_logs_of_different_configurations_are_said_to_be(tmp_path):
    sides = []
    for side, shots in (("a", 0), ("b", 5)):
        told = results_of(side, configs={"sums": {"num_fewshot": shots}})
        run = imported(samples_file(tmp_path / side, generated(0, "0?", "4"), results=told), tmp_path / "runs" / side)
        sides.append(f"run:{run.folder}")
    comparison = compared(*sides, tmp_path / "runs" / "a" / "suite", tmp_path)
    assert "the two logs were made with different configurations of their task" in comparison.warnings


def test_sampling_that_the_logs_tell_is_compared_too(tmp_path):
    sides = []
    for side, temperature in (("a", 0.0), ("b", 0.7)):
        row = generated(0, "0?", "4")
        row["arguments"]["gen_args_0"]["arg_1"] = {"temperature": temperature, "until": []}
        run = imported(samples_file(tmp_path / side, row), tmp_path / "runs" / side)
        sides.append(f"run:{run.folder}")
    assert not compared(*sides, tmp_path / "runs" / "a" / "suite", tmp_path).matched


def test_numbers_that_were_recorded_do_not_flip(tmp_path):
    run = imported(log_of_values(tmp_path, [1, 0, float("nan")], "m"), tmp_path / "runs" / "a")
    assert audit(run.tasks, silent_progress()) == 3 * 5


def test_hostile_texts_come_through_as_they_are(tmp_path):
    question = 'a "quoted" \\ back\\slash \x7f \u2028 \ud800 </script> [[task]]'
    row = generated(0, question, "=1+1 \ud800 <think>", 1.0, 'strict"\n[x]')
    row["arguments"]["gen_args_0"]["arg_1"] = {"until": ["\x7f", "\ud800", '"\\n']}
    path = samples_file(tmp_path / "a", task='odd "name"')
    path.write_text(json.dumps(row) + "\n")
    run = imported(path, tmp_path / "runs" / "a")
    assert run.tasks[0].task.metrics == ('exact_match,strict" [x]',)
    assert run.tasks[0].generations[0].text == "=1+1 \ud800 <think>"
    task = load_suite(str(tmp_path / "runs" / "a" / "suite")).tasks[0]
    assert (task.name, task.sampling.stop) == ("odd-name", ("\x7f", "?", '"\\n'))


def test_a_log_without_a_score_is_sent_to_a_suite_of_ours(tmp_path):
    path = samples_file(tmp_path / "a", generated(0, "0?", "4", metrics=["bypass"], bypass=999))
    with pytest.raises(DataError, match=r"expected at least one number for each answer, got left out, .*: bypass\."):
        imported(path, tmp_path / "runs" / "a")


def test_a_folder_that_holds_a_run_is_not_written_to(tmp_path):
    path = log_of_values(tmp_path, [1], "m")
    imported(path, tmp_path / "a")
    with pytest.raises(ConfigurationError, match=r"expected a new folder, got one with suite\.toml"):
        imported(path, tmp_path / "a")


# -- as answers to a suite of ours -------------------------------------------------------------------------------------


@pytest.fixture
def arithmetic(tmp_path):
    """A suite of ours with an id, a prompt and a target for each of two sums."""
    folder = tmp_path / "arithmetic"
    folder.mkdir()
    rows = [{"id": f"sum-{i}", "prompt": f" {i}+{i}?\n", "target": 2 * i} for i in range(2)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = '[[task]]\nname = "arithmetic"\nscorer = "numeric"\ndata = "rows.jsonl"\ngating = ["accuracy"]\n'
    (folder / "suite.toml").write_text(f'[suite]\nname = "arithmetic"\n{task}')
    return folder


def accuracies(run):
    return {score.sample_id: score.metrics["accuracy"] for score in run.tasks[0].scores}


def test_answers_of_either_harness_are_graded_by_a_suite_of_ours(arithmetic, tmp_path):
    logs = [
        samples_file(tmp_path / "lm", generated(0, "1+1?", "It is 2", 0.0), generated(1, "0+0?", "5", 1.0)),
        archive(tmp_path / "log.eval", sampled(0, "1+1?", "It is 2", "I"), sampled(1, "0+0?", "5", "C")),
    ]
    for place, log in enumerate(logs):
        run = asyncio.run(
            score_responses("arithmetic", log, tmp_path / f"out{place}", [str(arithmetic)], silent_progress())
        )
        assert accuracies(run) == {"sum-0": 0.0, "sum-1": 1.0}
        assert run.tasks[0].generations[1].recorded["metrics"] in ({"exact_match": 0.0}, {"match": 0.0})


def test_a_log_of_each_harness_stands_against_the_other(arithmetic, tmp_path):
    one = samples_file(tmp_path / "lm", generated(0, "0+0?", "0"), generated(1, "1+1?", "2"))
    other = archive(tmp_path / "log.eval", sampled(0, "0+0?", "0"), sampled(1, "1+1?", "3"))
    comparison = compared(f"responses:{one}", f"responses:{other}", arithmetic, tmp_path)
    assert (comparison.metrics[0].baseline, comparison.metrics[0].candidate) == (1.0, 0.5)


def test_ratings_are_no_answers(arithmetic, tmp_path):
    log = samples_file(tmp_path, rated(0, "0+0?", [-1.0, -2.0], 0))
    with pytest.raises(DataError, match="expected answers that a model wrote, got ratings of given continuations"):
        asyncio.run(score_responses("arithmetic", log, tmp_path / "out", [str(arithmetic)], silent_progress()))


# -- the command -------------------------------------------------------------------------------------------------------


def called(*words):
    return CliRunner().invoke(cli, [str(word) for word in words], prog_name="sfteval")


def test_the_command_says_what_it_read_what_it_left_out_and_what_comes_next(tmp_path):
    fields = {"metrics": ["exact_match", "inst"], "inst": [True]}
    log = log_of_values(tmp_path / "in", [1, 0], "org/toy", **fields)
    result = called("import", log, "-o", tmp_path / "a")
    assert result.exit_code == 0, result.output
    assert "exact_match                  0.500   n = 2" in result.output
    assert "note: answers of lm-eval 0.4.13, task sums, model org/toy" in result.output
    assert "note: left out, not one number for each answer: inst" in result.output
    assert f"sfteval compare run:{tmp_path / 'a'} run:OTHER --suite {tmp_path / 'a' / 'suite'}" in result.output


def test_the_command_lists_the_questions_in_which_two_logs_differ(tmp_path):
    called("import", samples_file(tmp_path / "in", generated(1, "1?", "4")), "-o", tmp_path / "a")
    log = samples_file(tmp_path / "in2", generated(1, "one?", "4"))
    result = called("import", log, "-o", tmp_path / "b", "--against", tmp_path / "a")
    assert "note: 1 questions are others under the same id, not comparable: 1" in result.output
    told = called("import", log, "-o", tmp_path / "c", "--against", tmp_path / "a", "--json")
    assert json.loads(told.stdout)["against"]["questions are others under the same id"] == ["1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"id": "1", "response": "4"}\n', "expected a log of lm-eval or inspect, got a file of another form"),
        ("PK\x03\x04torn", "expected a whole zip archive, got File is not a zip file"),
        (None, "got no such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_exit_code_2(tmp_path, content, said):
    path = tmp_path / "log"
    if content is not None:
        path.write_text(content)
    result = called("import", path, "-o", tmp_path / "a")
    assert result.exit_code == 2
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert not (tmp_path / "a").exists()


@pytest.mark.slow
def test_lm_evals_own_ifeval_rows_are_graded_like_the_same_answers_in_a_file_of_ours(
    data_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("SFTEVAL_DATA", str(data_folder))
    docs = [json.loads(line) for line in (data_folder / "ifeval" / "input_data.jsonl").read_text().splitlines()][:40]
    said = [f"{doc['prompt'][:200]}\n\nSo be it, my friend." for doc in docs]
    rows = []
    for place, (doc, text) in enumerate(zip(docs, said, strict=True)):
        row = generated(place, "", text, doc=doc, doc_hash=str(place))
        row["arguments"]["gen_args_0"]["arg_0"] = f"<|user|>\n{doc['prompt']}<|end|>\n<|assistant|>\n"
        rows.append(row)
    log = samples_file(tmp_path / "lm", *rows, task="ifeval")
    ours = tmp_path / "ours.jsonl"
    pairs = zip(docs, said, strict=True)
    ours.write_text("".join(json.dumps({"prompt": doc["prompt"], "response": text}) + "\n" for doc, text in pairs))
    runs = [asyncio.run(score_responses("ifeval", f, tmp_path / f.stem, (), silent_progress())) for f in (log, ours)]
    scored = [{score.sample_id: score for score in run.tasks[0].scores if score.outcome is Outcome.OK} for run in runs]
    assert scored[0] == scored[1]
    assert len(scored[0]) == 40
    assert 0 < sum(score.metrics["instruction_strict"] for score in scored[0].values()) < 40
