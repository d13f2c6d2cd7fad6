"""The same checkpoint, the same tasks: our values, sample by sample, are those of lm-eval's own evaluation.

Both sides use the checkpoint's template, examples as turns, fp32 on a CPU.
"""

import asyncio
import json

import pytest

from sfteval.audit import audit
from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints, run_checkpoint
from sfteval.progress import silent_progress
from sfteval.report import write_report
from sfteval.report.samples import render_samples
from sfteval.report.stored import load_comparison
from sfteval.types import Outcome
from tests.sfteval.lm_eval_toys import SUMS, accuracy, capitals, last_words, pipeline, regex, sums
from tests.toys import CHATML, toy_checkpoint

pytest.importorskip("torch", reason="the embedded backend needs torch")
pytest.importorskip("lm_eval", reason="the oracle is lm-eval: pip install 'sfteval[dev]'")
pytest.importorskip("accelerate", reason="lm-eval's model needs accelerate")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

# Nothing stands behind the header, so that a greedy continuation is one that the model begins with.
WITHOUT_LINE = CHATML.replace("'<|im_start|>assistant\\n' ~ ('' if", "'<|im_start|>assistant' ~ ('' if")


def ours(folder, runs, *paths):
    """Run our way; return scores and answers by task and lm-eval's hash of the document."""
    plan = RunPlan(tuple(f"lm-eval:{path}" for path in paths), runs=runs, backend="transformers")
    run = asyncio.run(run_checkpoint(str(folder), plan, {}, silent_progress()))
    found = {}
    for task in run.tasks:
        known = {sample.id: sample.metadata["doc_hash"] for sample in task.task.samples}
        rows = zip(task.scores, task.generations, strict=True)
        found[task.task.name] = {known[score.sample_id]: (score, answer) for score, answer in rows}
    return found


def theirs(folder, *paths):
    """Run lm-eval's way; return its logged samples by task, filter and document."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    results = lm_eval.simple_evaluate(
        model="hf",
        model_args={"pretrained": str(folder), "dtype": "float32"},
        tasks=[str(path) for path in paths],
        task_manager=TaskManager(include_defaults=False),
        device="cpu",
        batch_size=4,
        apply_chat_template=True,
        fewshot_as_multiturn=True,
        bootstrap_iters=0,
    )
    return {
        f"lm-eval.{name}": {(row["filter"], row["doc_hash"]): row for row in rows}
        for name, rows in results["samples"].items()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy_checkpoint(tmp_path_factory.mktemp("toy") / "toy", 3)


def test_multiple_choice_has_lm_evals_values_and_log_likelihoods(folder, tmp_path):
    path = capitals(tmp_path, metric_list=accuracy("acc", "acc_norm", "exact_match"))
    mine, published = ours(folder, tmp_path / "runs", path), theirs(folder, path)
    assert len(published["lm-eval.toy_capitals"]) == 6
    values = set()
    for (_, known), row in published["lm-eval.toy_capitals"].items():
        score, _ = mine["lm-eval.toy_capitals"][known]
        assert dict(score.metrics) == {name: row[name] for name in ("acc", "acc_norm", "exact_match")}
        told = [(choice["logprob"], choice["is_greedy"]) for choice in score.detail["choices"]]
        assert [value for value, _ in told] == pytest.approx([value for value, _ in row["filtered_resps"]], abs=1e-4)
        assert [greedy for _, greedy in told] == [greedy for _, greedy in row["filtered_resps"]]
        values.add(score.metrics["acc"])
    assert values == {0.0, 1.0}  # or the test would show little


def test_a_likelihood_task_has_lm_evals_values(tmp_path):
    folder = toy_checkpoint(tmp_path / "toy", 3, template=WITHOUT_LINE)
    rows = [{"question": row["question"], "answer": "x"} for row in SUMS]
    path = sums(tmp_path, "first_words", rows=rows, num_fewshot=0, filter_list=[pipeline("all")])
    texts = [answer.text for _, answer in ours(folder, tmp_path / "a", path)["lm-eval.first_words"].values()]
    rows = [{"question": row["question"], "answer": text[:3]} for row, text in zip(SUMS, texts, strict=True)]
    rows += [{"question": row["question"], "answer": "no"} for row in SUMS]
    path = last_words(tmp_path, rows)
    mine, published = ours(folder, tmp_path / "b", path), theirs(folder, path)
    for (_, known), row in published["lm-eval.toy_last_words"].items():
        score, _ = mine["lm-eval.toy_last_words"][known]
        assert score.metrics["acc"] == row["acc"]
        assert score.detail["beside"]["perplexity"] == pytest.approx(row["perplexity"], abs=1e-4)
    assert {row["acc"] for row in published["lm-eval.toy_last_words"].values()} == {0, 1}


def test_greedy_generation_has_lm_evals_answers_and_values(folder, tmp_path):
    """Every other target is what the filter finds in the answer, and the stop texts are letters that the model says."""
    first = [pipeline("first", regex("(?s)^(.{2})"))]
    path = sums(tmp_path, "drawn", filter_list=first)
    drawn = [answer.text for _, answer in ours(folder, tmp_path / "a", path)["lm-eval.drawn"].values()]
    stops = sorted({text[4] for text in drawn if len(text) > 4})
    found = [score.detail["filtered"]["first"] for score, _ in _cut(folder, tmp_path, first, SUMS, stops)]
    rows = [
        row | {"answer": text if place % 2 else "no"} for place, (row, text) in enumerate(zip(SUMS, found, strict=True))
    ]
    path = sums(tmp_path, rows=rows, filter_list=first, generation_kwargs=_greedy(stops))
    mine, published = ours(folder, tmp_path / "c", path), theirs(folder, path)
    completed = 0
    for (_, known), row in published["lm-eval.toy_sums"].items():
        score, answer = mine["lm-eval.toy_sums"][known]
        assert score.detail["filtered"]["first"] == row["filtered_resps"][0]
        if score.outcome is Outcome.OK:
            completed += 1
            assert answer.text == row["resps"][0][0]
            assert score.metrics["exact_match"] == row["exact_match"]
    assert completed >= 4
    assert {row["exact_match"] for row in published["lm-eval.toy_sums"].values()} == {0.0, 1.0}


def _greedy(stops):
    return {"until": list(stops), "max_gen_toks": 16, "do_sample": False, "temperature": 0.0}


def _cut(folder, tmp_path, pipelines, rows, stops):
    path = sums(tmp_path, "cut", rows=rows, filter_list=pipelines, generation_kwargs=_greedy(stops))
    return ours(folder, tmp_path / "b", path)["lm-eval.cut"].values()


def test_a_second_run_asks_nothing_and_a_stored_run_is_scored_without_a_model(folder, tmp_path, monkeypatch):
    path = capitals(tmp_path)
    first = ours(folder, tmp_path / "runs", path)
    monkeypatch.setattr(
        "sfteval.backends.transformers.backend.load_model", lambda checkpoint: pytest.fail("loaded again")
    )
    assert values(ours(folder, tmp_path / "runs", path)) == values(first)
    (stored,) = (tmp_path / "runs").iterdir()
    assert values(ours(f"run:{stored}", tmp_path / "elsewhere", path)) == values(first)


def test_two_checkpoints_are_compared_on_both_kinds_and_no_grade_flips(folder, tmp_path):
    other = toy_checkpoint(tmp_path / "other", 4)
    suite = f"lm-eval:{capitals(tmp_path)},{sums(tmp_path)}"
    plan = ComparePlan(str(folder), str(other), RunPlan((suite,), runs=tmp_path / "runs", backend="transformers"))
    comparison = asyncio.run(compare_checkpoints(plan, silent_progress()))
    assert [(metric.task, metric.metric, metric.gating, metric.n) for metric in comparison.metrics] == [
        ("lm-eval.toy_capitals", "acc", True, 6),
        ("lm-eval.toy_capitals", "acc_norm", False, 6),
        ("lm-eval.toy_sums", "exact_match", True, 6),
    ]
    assert len(comparison.pairs) == 12
    write_report(comparison, tmp_path / "report")
    again = load_comparison(tmp_path / "report")
    assert render_samples(again) == (tmp_path / "report" / "samples.jsonl.gz").read_bytes()
    run = asyncio.run(run_checkpoint(str(folder), plan.run, {}, silent_progress()))
    assert audit(run.tasks, silent_progress()) == 12 * 5


def values(found):
    return {
        (task, known): json.dumps(dict(score.metrics))
        for task, rows in found.items()
        for known, (score, _) in rows.items()
    }
