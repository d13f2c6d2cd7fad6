"""What `sfteval run` prints: means over the answers that have one, drift on every number, what must be said."""

from dataclasses import replace

from sfteval.cli.run import line, shown, told
from sfteval.provenance import unheeded
from tests.sfteval.scripted import run_of


def printed(capsys, run):
    shown(run, as_json=False)
    return capsys.readouterr().out.splitlines()


def test_a_mean_is_over_the_answers_that_have_one(capsys):
    lines = printed(capsys, run_of([1.0, 0.0, None, 1.0]))
    assert lines[0].split() == ["sums", "accuracy", "0.667", "n", "=", "3"]


def test_answers_to_one_prompt_are_averaged_before_prompts_are(capsys):
    one = run_of([1.0, 0.0, 0.0])
    (task,) = one.tasks
    twice = (task.scores[0], replace(task.scores[0], sample_index=1), *task.scores[1:])
    lines = printed(capsys, replace(one, tasks=(replace(task, scores=twice),)))
    assert lines[0].split() == ["sums", "accuracy", "0.333", "n", "=", "3"]


def test_a_metric_that_no_answer_has_is_no_zero(capsys):
    run = run_of([None, None])
    assert printed(capsys, run)[0].split() == ["sums", "accuracy", "--", "n", "=", "0"]
    assert line("a", run).split() == ["a", "sums", "accuracy", "--"]


def test_drift_marks_every_number_and_is_explained_without_control_characters(capsys):
    drifted = {"contract": {"drifted": True, "said": ["the server differs at \x1b[31mplain"]}}
    lines = printed(capsys, replace(run_of([1.0, 0.0]), settings=drifted))
    assert lines[0].split() == ["sums", "accuracy", "†", "0.500", "n", "=", "2"]
    assert lines[1] == "† the server differs at  [31mplain"
    run = replace(run_of([1.0, 0.0]), settings=drifted)
    assert line("a", run).split("   ")[-2:] == ["sums accuracy † 0.500", "† the server differs at  [31mplain"]
    assert (told(run)["drift"], told(run)["means"]) == (True, {"sums": {"accuracy": 0.5}})


def test_what_is_no_drift_is_a_note(capsys):
    noted = {"contract": {"drifted": False, "said": ["the server: unverified"]}}
    lines = printed(capsys, replace(run_of([1.0]), settings=noted))
    assert (lines[0].split()[1:3], lines[1]) == (["accuracy", "1.000"], "note: the server: unverified")


def test_what_a_server_may_not_read_is_said(capsys):
    sampling = {"sums": {"top_k": 5, "temperature": 0.7}}
    backend = {"capabilities": {"unread": ["chat_template_kwargs", "min_p", "top_k"]}}
    asked = {"backend": backend, "sampling": sampling, "template_kwargs": {"enable_thinking": False}}
    lines = printed(capsys, replace(run_of([1.0]), settings=asked))
    assert (
        lines[1] == "note: the server takes any value of chat_template_kwargs, top_k, so it may not read what was asked"
    )
    assert unheeded(asked | {"sampling": {"sums": {"top_k": 0}}, "template_kwargs": {}}) == ""
