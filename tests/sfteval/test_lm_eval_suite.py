"""Tasks of lm-eval as suites of ours: what is asked, how it is graded, and what is refused before anything is asked."""

import asyncio
import builtins
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from sfteval.errors import ConfigurationError, DataError, InfrastructureError
from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints
from sfteval.progress import silent_progress
from sfteval.scorers import build_scorer
from sfteval.scorers.likelihoods import Likelihood, write_likelihoods
from sfteval.suites import find_task, load_suite
from sfteval.types import LikelihoodSample, Outcome, Reading, Sampling
from tests.sfteval.lm_eval_toys import CAPITALS, SUMS, accuracy, capitals, last_words, pipeline, regex, sums, write_task
from tests.toys import toy_checkpoint

pytest.importorskip("lm_eval", reason="the runner is lm-eval's: pip install 'sfteval[lm-eval]'")


def loaded(path, **fields):
    (task,) = load_suite(f"lm-eval:{path}", **fields).tasks
    return task


def graded(task, position, text):
    return build_scorer(task).grade(task.samples[position], Reading(Outcome.OK, text))


def told(*logprobs, greedy=False):
    return write_likelihoods([Likelihood(value, greedy) for value in logprobs])


# -- what is asked -----------------------------------------------------------------------------------------------------


def test_a_generation_task_is_asked_with_its_examples_as_turns_and_its_sampling_said(tmp_path):
    task = loaded(sums(tmp_path))
    assert (task.name, task.scorer, task.metrics, task.gating) == (
        "lm-eval.toy_sums", "lm-eval", ("exact_match",), ("exact_match",),
    )  # fmt: skip
    assert task.sampling == Sampling(temperature=0.0, max_tokens=16, stop=("\n\n",))
    assert [message.role for message in task.samples[0].messages] == ["user", "assistant"] * 2 + ["user"]
    assert [sample.prompt for sample in task.samples] == [row["question"] for row in SUMS]
    assert task.samples[0].target == {"doc": SUMS[0]}
    shots = {message.content for sample in task.samples for message in sample.messages if message.role == "assistant"}
    assert shots <= {str(2 * a) for a in range(11, 17)}
    assert len(shots) > 2  # drawn for each document, by lm-eval's seed


def test_the_same_task_asks_the_same_however_often_and_however_much_of_it_is_loaded(tmp_path):
    path = sums(tmp_path)
    first, again, some = loaded(path), loaded(path), loaded(path, limit=2)
    assert first == again
    assert some.samples == first.samples[:2]


def test_a_multiple_choice_task_asks_how_likely_each_choice_is(tmp_path):
    task = loaded(capitals(tmp_path))
    assert all(isinstance(sample, LikelihoodSample) for sample in task.samples)
    assert [one.text for one in task.samples[0].continuations] == ["Lyon", "Paris", "Nice"]
    assert {one.messages for one in task.samples[0].continuations} == {task.samples[0].messages}
    assert len({sample.content_hash for sample in task.samples}) == 6
    assert task.samples[0].prompt == "Question: Which town is the capital of France?\nAnswer:"
    assert (task.metrics, task.gating) == (("acc", "acc_norm"), ("acc",))


def test_choices_that_stand_in_the_context_are_asked_context_by_context(tmp_path):
    rows = [{"before": ["Ann is", "Bob is"], "answer": 1}]
    path = write_task(
        tmp_path, "toy_blanks", {"test": rows}, output_type="multiple_choice", doc_to_text="answer",
        doc_to_choice="before", doc_to_target="tall", metric_list=accuracy("acc"), target_delimiter=" ",
    )  # fmt: skip
    (sample,) = loaded(path).samples
    assert [(one.messages[-1].content, one.text) for one in sample.continuations] == [
        ("Ann is", "tall"),
        ("Bob is", "tall"),
    ]


def test_a_description_is_the_system_turn(tmp_path):
    task = loaded(sums(tmp_path, description="Add.", num_fewshot=0))
    assert [(message.role, message.content) for message in task.samples[0].messages] == [
        ("system", "Add."),
        ("user", "What is 2 + 5?"),
    ]


def test_ids_are_lm_evals_hashes_of_documents_and_equal_documents_are_told_apart(tmp_path):
    from lm_eval.utils import hash_string

    task = loaded(sums(tmp_path, rows=[SUMS[0], SUMS[1], SUMS[0]]))
    known = [sample.metadata["doc_hash"] for sample in task.samples]
    assert known[0] == known[2] == hash_string(json.dumps(SUMS[0], indent=2, ensure_ascii=False))
    assert [sample.id for sample in task.samples] == [known[0][:16], known[1][:16], f"{known[0][:16]}-2"]


@pytest.mark.parametrize(
    ("words", "sampling"),
    [
        ({"until": "Q:"}, Sampling(max_tokens=256, stop=("Q:",))),
        ({"until": [], "max_new_tokens": 9, "max_tokens": 7}, Sampling(max_tokens=9)),
        ({"until": [], "do_sample": True, "temperature": 0.7, "top_p": 0.9}, Sampling(0.7, 0.9, 0, 256)),
        ({"until": [], "do_sample": False, "temperature": 0.7}, Sampling(max_tokens=256)),
        ({"until": [], "temperature": 0.2, "top_k": 5, "num_beams": 1}, Sampling(0.2, 1.0, 5, 256)),
    ],
)
def test_generation_kwargs_become_our_sampling(tmp_path, words, sampling):
    assert loaded(sums(tmp_path, generation_kwargs=words)).sampling == sampling


def test_repeats_are_answers_to_a_prompt(tmp_path):
    assert loaded(sums(tmp_path, repeats=3)).num_samples == 3


def test_several_tasks_stand_beside_each_other_under_names_that_files_can_have(tmp_path):
    paths = [capitals(tmp_path), sums(tmp_path, "odd name: sums")]
    suite = load_suite(f"lm-eval:{paths[0]},{paths[1]}")
    assert [task.name for task in suite.tasks] == ["lm-eval.toy_capitals", "lm-eval.odd-name-sums"]
    assert find_task("lm-eval.toy_capitals", [f"lm-eval:{paths[0]}"])[0] == suite.tasks[0]


@pytest.mark.slow
def test_a_group_is_its_tasks(tmp_path):
    capitals(tmp_path)
    sums(tmp_path)
    (tmp_path / "toys.yaml").write_text("group: toys\ntask: [toy_capitals, toy_sums]\n")
    suite = load_suite(f"lm-eval:{tmp_path / 'toys.yaml'}")
    assert [task.name for task in suite.tasks] == ["lm-eval.toy_capitals", "lm-eval.toy_sums"]


# -- how it is graded --------------------------------------------------------------------------------------------------


def test_an_answer_goes_through_the_tasks_filter_and_its_own_scorer(tmp_path):
    task = loaded(sums(tmp_path))
    right, wrong = graded(task, 0, "It is 7, I think."), graded(task, 0, "It is 8.")
    assert (right.metrics, wrong.metrics) == ({"exact_match": 1.0}, {"exact_match": 0.0})
    assert right.detail == {"filtered": {"number": "7"}, "target": "7"}


def test_an_answer_is_cut_at_the_tasks_stop_texts_whoever_did_not_stop_there(tmp_path):
    task = loaded(sums(tmp_path, filter_list=[pipeline("last", regex("(-?[0-9]+)", group_select=-1))]))
    assert graded(task, 0, "7\n\nWhat is 1 + 1? 2").metrics == {"exact_match": 1.0}


def test_every_pipeline_of_filters_has_a_metric_of_its_own(tmp_path):
    pipelines = [pipeline("strict", regex("#### ([0-9]+)")), pipeline("loose", regex("([0-9]+)", group_select=-1))]
    task = loaded(sums(tmp_path, filter_list=pipelines))
    assert task.gating == ("exact_match,strict",)
    assert graded(task, 0, "2 + 5 = 7").metrics == {"exact_match,strict": 0.0, "exact_match,loose": 1.0}


def test_a_choice_is_right_where_it_is_the_likeliest(tmp_path):
    task = loaded(capitals(tmp_path))
    assert CAPITALS[0]["label"] == 1
    assert graded(task, 0, told(-3.0, -2.0, -4.0)).metrics == {"acc": 1.0, "acc_norm": 1.0}
    assert graded(task, 0, told(-2.0, -2.1, -9.0)).metrics == {"acc": 0.0, "acc_norm": 1.0}  # per character: Paris
    detail = graded(task, 0, told(-3.0, -2.0, -4.0)).detail
    assert detail["choices"][1] == {"text": "Paris", "logprob": -2.0, "is_greedy": False}


def test_a_perplexity_is_kept_beside_and_never_compared(tmp_path):
    path = last_words(tmp_path, [{"question": "One, two,", "answer": " three"}])
    suite = load_suite(f"lm-eval:{path}")
    (task,) = suite.tasks
    assert (task.metrics, task.gating) == (("acc",), ("acc",))
    assert "perplexity (less is better)" in suite.about
    found = graded(task, 0, told(-3.5, greedy=True))
    assert found.metrics == {"acc": 1.0}
    assert found.detail["beside"] == {"perplexity": -3.5}


def test_a_server_that_does_not_say_what_is_likeliest_leaves_no_value_where_it_matters(tmp_path):
    one = loaded(last_words(tmp_path, [{"question": "One, two,", "answer": " three"}]))
    found = graded(one, 0, told(-3.5, greedy=None))
    assert found.metrics == {"acc": None}
    assert "a server that does not say" in found.detail["error"]
    assert graded(loaded(capitals(tmp_path)), 0, told(-3.0, -2.0, -4.0, greedy=None)).metrics["acc"] == 1.0


def test_words_in_place_of_likelihoods_have_no_value(tmp_path):
    found = graded(loaded(capitals(tmp_path)), 0, "Paris")
    assert found.metrics == {"acc": None, "acc_norm": None}
    assert "expected the log probabilities of 3 continuations" in found.detail["error"]


def test_code_of_the_task_runs_and_what_it_raises_is_no_value(tmp_path):
    (tmp_path / "judging.py").write_text(
        "def judge(doc, results):\n    return {'twice': int(results[0]) == 2 * int(doc['answer'])}\n"
    )
    path = sums(tmp_path, filter_list=None, metric_list=accuracy("twice"), process_results="REPLACED")
    path.write_text(path.read_text().replace("REPLACED", "!function judging.judge"))
    task = loaded(path)
    assert graded(task, 0, "14").metrics == {"twice": 1.0}
    broken = graded(task, 0, "fourteen")
    assert broken.metrics == {"twice": None}
    assert broken.detail["error"].startswith("the task's code: ValueError: invalid literal")


def test_a_vote_over_several_answers_is_left_out_by_name(tmp_path):
    vote = {"name": "vote", "filter": [{"function": "majority_vote"}, {"function": "take_first"}]}
    suite = load_suite(f"lm-eval:{sums(tmp_path, filter_list=[pipeline('first'), vote], repeats=3)}")
    assert suite.tasks[0].metrics == ("exact_match,first",)
    assert "vote (joins several answers)" in suite.about


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"output_type": "loglikelihood_rolling", "generation_kwargs": None}, "got loglikelihood_rolling"),
        ({"unsafe_code": True}, "got one marked unsafe_code"),
        ({"doc_to_image": "question"}, "got one with images or sound"),
        ({"gen_prefix": "It is"}, "got a gen_prefix to go on from"),
        ({"generation_kwargs": {"until": [], "repetition_penalty": 1.3}}, "got repetition_penalty = 1.3"),
        ({"metric_list": [{"metric": "ter", "aggregation": "ter", "higher_is_better": False}]}, "ter (not a number"),
    ],
)
def test_what_cannot_be_asked_here_is_refused_by_name(tmp_path, fields, said):
    fields = {"metric_list": None, "filter_list": None} | fields if "output_type" in fields else fields
    with pytest.raises(DataError) as refused:
        loaded(sums(tmp_path, **fields))
    assert said in str(refused.value)


def test_a_task_that_does_not_load_is_one_sentence(tmp_path):
    path = sums(tmp_path)
    (tmp_path / "toy_sums-test.jsonl").unlink()
    with pytest.raises(DataError, match="expected a task that lm-eval loads, got FileNotFoundError"):
        loaded(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="expected a YAML file of an lm-eval task, got none"):
        loaded(tmp_path / "none.yaml")


def test_no_task_at_all_is_refused():
    with pytest.raises(ConfigurationError, match="expected lm-eval:TASK, got lm-eval:,"):
        load_suite("lm-eval:,")


def test_a_side_that_cannot_tell_likelihoods_ends_a_comparison_before_the_other_is_asked(tmp_path, monkeypatch):
    folder, answers = toy_checkpoint(tmp_path / "toy"), tmp_path / "answers.jsonl"
    answers.write_text('{"id": "a", "response": "Paris"}\n')
    monkeypatch.setattr(
        "sfteval.backends.transformers.backend.load_model", lambda *args: pytest.fail("loaded, so something was asked")
    )
    run = RunPlan((f"lm-eval:{capitals(tmp_path)}",), runs=tmp_path / "runs", backend="auto")
    plan = ComparePlan(str(folder), f"responses:{answers}", run)
    with pytest.raises(
        ConfigurationError, match='expected a backend that tells how likely given answers are, got "rep'
    ):
        asyncio.run(compare_checkpoints(plan, silent_progress()))


def test_without_lm_eval_the_extra_is_named(tmp_path, monkeypatch):
    from sfteval.scorers import lm_eval_tasks

    path = capitals(tmp_path)
    real = builtins.__import__

    def absent(name, *rest, **named):
        if name.startswith("lm_eval"):
            raise ImportError("none", name="lm_eval")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", absent)
    lm_eval_tasks.load_tasks.cache_clear()
    with pytest.raises(ConfigurationError, match=r"expected lm-eval, got no module lm_eval. pip install 'sfteval\[lm"):
        loaded(path)


def test_data_that_cannot_be_reached_is_no_mistake_of_the_users(tmp_path, monkeypatch):
    path = sums(tmp_path)

    def unreached(*args, **kwargs):
        raise ConnectionError("no network")

    monkeypatch.setattr("datasets.load_dataset", unreached)
    with pytest.raises(InfrastructureError, match="expected a task that lm-eval loads, got ConnectionError: no"):
        loaded(path)


@pytest.mark.slow
def test_an_unknown_task_is_told_its_nearest_names():
    with pytest.raises(ConfigurationError, match='Did you mean "gsm8k"'):
        load_suite("lm-eval:gsm8kk")


def test_lm_eval_is_not_imported_unless_it_is_asked_for():
    code = (
        "import sys, sfteval.pipeline, sfteval.cli\n"
        "from sfteval.suites import load_suite, shipped_names\n"
        "load_suite('starter' if 'starter' in shipped_names() else shipped_names()[0])\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('lm_eval', 'datasets')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_suite_is_shown_with_its_prompts_and_nothing_else_is_printed(tmp_path):
    words = ["suites", "show", f"lm-eval:{capitals(tmp_path)}"]
    done = subprocess.run([sys.executable, "-m", "sfteval", *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "lm-eval.toy_capitals: 6 prompts, scorer lm-eval\n  metrics acc, acc_norm\n  gating acc" in done.stdout
    assert "Question: Which town is the capital of France? Answer:" in done.stdout


def test_options_that_no_suite_of_lm_eval_sets_are_refused(tmp_path):
    task = loaded(capitals(tmp_path))
    with pytest.raises(DataError, match="expected an option of the scorer lm-eval"):
        build_scorer(replace(task, options={**task.options, "spce": "x"}))
    with pytest.raises(DataError, match='expected "spec" and "task"'):
        build_scorer(replace(task, options={}))
