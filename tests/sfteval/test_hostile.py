"""What clumsy and hostile users hand in: one sentence, the right exit code, nothing silently wrong."""

import asyncio
import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.cli import cli
from sfteval.errors import CheckpointError, ConfigurationError, SftevalError
from sfteval.generate import effective_sampling
from sfteval.pipeline import RunPlan, run_checkpoint
from sfteval.progress import silent_progress
from sfteval.suites import load_suite, new_suite
from tests.sfteval.scripted import checkpoint, task
from tests.toys import toy_checkpoint


def suite(tmp_path, lines='name = "t"\n', row=None, raw=None):
    folder = tmp_path / "s"
    (folder / "data").mkdir(parents=True)
    line = raw if raw is not None else json.dumps(row or {"prompt": "x", "target": "4"}).encode()
    (folder / "data" / "d.jsonl").write_bytes(line + b"\n")
    text = lines if lines.startswith(("suite", "task")) else f'[[task]]\ndata = "data/d.jsonl"\n{lines}'
    (folder / "suite.toml").write_text(text)
    return str(folder)


def refused(call, *arguments):
    with pytest.raises(SftevalError) as error:
        call(*arguments)
    assert error.value.exit_code == 2
    return str(error.value)


@pytest.mark.parametrize(
    "line",
    [
        'margin = "x"',
        "margin = [1]",
        "margin = nan",
        "gating = true",
        'gating = "accuracy"',
        "metrics = 3",
        "metrics = [1]",
        "options = 3",
        "slices = 3",
        'slices = "steps"',
        "sanity = 3",
        'sanity = {field = "k"}',
        'samples = "3"',
        "samples = 2.7",
        "samples = true",
        "samples = 100000000000000000000000",
        "scorer = 3",
        'cluster = "typo"',
        "data = 5",
        'sampling = {temperature = "hot"}',
        "sampling = {temperature = nan}",
        "sampling = {temperature = -1.0}",
        'sampling = {max_tokens = "9"}',
        "sampling = {max_tokens = 1.5}",
        "sampling = {top_k = -3}",
        "sampling = {stop = 5}",
        'sampling = {stop = "END"}',
        "sampling = 5",
    ],
)
def test_a_key_of_the_wrong_type_names_itself(tmp_path, line):
    text = f"{line}\n" if line.startswith("data") else f'name = "t"\n{line}\n'
    if line.startswith("data"):
        text = f'[[task]]\nname = "t"\n{line}\n'
        folder = suite(tmp_path)
        (tmp_path / "s" / "suite.toml").write_text(text)
    else:
        folder = suite(tmp_path, text)
    said = refused(load_suite, folder)
    assert line.split(" ")[0] in said or "sampling" in said


@pytest.mark.parametrize("text", ["suite = 3\n", "task = [1]\n", "task = 5\n", 'task = "x"\n'])
def test_a_suite_of_another_shape_is_refused(tmp_path, text):
    assert "suite.toml" in refused(load_suite, suite(tmp_path, text))


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": ["a"]},
        {"prompt": 5},
        {"prompt": None},
        {"prompt": ""},
        {"messages": 5},
        {"messages": [5]},
        {"messages": [{"role": 5, "content": "x"}]},
        {"messages": [{"role": "user", "content": ["x"]}]},
        {"messages": [{"role": "user", "content": "x", "tool_calls": [5]}]},
        {"prompt": "x", "tools": 5},
        {"prompt": "x", "tools": "abc"},
        {"prompt": "x", "tools": [5]},
        {"prompt": "x", "metadata": [1]},
        {"prompt": "x", "id": {}},
        {"prompt": "x", "id": True},
        {"prompt": "x", "cluster": ["a"]},
    ],
)
def test_a_row_of_the_wrong_types_names_its_line(tmp_path, row):
    assert "d.jsonl, line 1" in refused(load_suite, suite(tmp_path, row={"target": "4", **row}))


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe",
        b'{"prompt": "x", "target": NaN}',
        b'{"prompt": "\\ud800", "target": "4"}',
        b'{"prompt": "x"',
        b'{"prompt": "x", "metadata": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    ],
)
def test_bytes_that_are_no_row_name_their_line(tmp_path, raw):
    assert "d.jsonl, line 1" in refused(load_suite, suite(tmp_path, raw=raw))


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    folder = suite(tmp_path, raw=b'\xef\xbb\xbf{"prompt": "x", "target": "4"}\r')
    assert load_suite(folder).tasks[0].samples[0].prompt == "x"


@pytest.mark.parametrize("value", ["hot", float("nan"), -1, True])
def test_a_setting_out_of_range_is_refused_before_anything_is_asked(value):
    with pytest.raises(ConfigurationError) as error:
        effective_sampling(task(1), checkpoint(sampling_overrides={"temperature": value}))
    assert "temperature" in str(error.value)


def test_a_setting_that_the_template_does_not_know_names_the_nearest(tmp_path):
    toy = resolve_checkpoint(str(toy_checkpoint(tmp_path / "toy")))
    assert with_overrides(toy, {"enable_thinking": False}).template_kwargs == {"enable_thinking": False}
    with pytest.raises(ConfigurationError) as error:
        with_overrides(toy, {"temprature": 0.5})
    assert 'Did you mean "temperature"?' in str(error.value)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("temprature", 'Did you mean "temperature"?'),
        ("Temperature", 'Did you mean "temperature"?'),
        ("max_token", 'Did you mean "max_tokens"?'),
        ("max_completion_tokens", 'Did you mean "max_tokens"?'),
        ("min_p", "Known: max_tokens, stop, temperature, top_k, top_p."),
        ("repetition_penalty", "Known: "),
        ("seed", "Known: "),
        ("n", "Known: "),
    ],
)
def test_a_setting_that_no_endpoint_would_be_told_of_is_refused(tmp_path, key, told):
    served = resolve_checkpoint("http://127.0.0.1:9/v1#toy")
    toy = resolve_checkpoint(str(toy_checkpoint(tmp_path / "toy")))
    with pytest.raises(ConfigurationError) as error:
        with_overrides(served, {key: 1})
    assert f'got "{key}". {told}' in str(error.value)
    with pytest.raises(ConfigurationError):
        with_overrides(toy, {key: 1})


@pytest.mark.parametrize("key", ["enable_thinking", "thinking_budget", "max_thinking_tokens", "reasoning_effort"])
def test_a_variable_of_a_template_that_only_the_server_has_is_taken(key):
    served = resolve_checkpoint("http://127.0.0.1:9/v1#toy")
    assert with_overrides(served, {key: 1}).template_kwargs == {key: 1}


def test_answers_that_exist_already_take_no_settings(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "a", "response": "4"}\n')
    with pytest.raises(ConfigurationError):
        with_overrides(resolve_checkpoint(f"responses:{tmp_path / 'a.jsonl'}"), {"temperature": 0.5})


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(CheckpointError) as error:
        resolve_checkpoint("http://user:hunter2@127.0.0.1:1/v1#m")
    assert "hunter2" not in str(error.value)
    with pytest.raises(CheckpointError):
        resolve_checkpoint("http://[::1/v1#m")


def test_a_stored_name_cannot_climb_out_of_the_runs_folder(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"checkpoint": {"name": "../../../pwn"}}))
    assert resolve_checkpoint(f"run:{tmp_path}").name == "pwn"


@pytest.mark.parametrize("identity", [[1], {"name": 5}, {"template_kwargs": 5}, {"fingerprint": 5}])
def test_a_manifest_of_another_shape_is_refused(tmp_path, identity):
    (tmp_path / "run.json").write_text(json.dumps({"checkpoint": identity}))
    with pytest.raises(CheckpointError):
        resolve_checkpoint(f"run:{tmp_path}")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("chat_template.jinja", ""),
        ("chat_template.jinja", b"\xff\xfe"),
        ("generation_config.json", '{"eos_token_id": "x"}'),
        ("tokenizer_config.json", '{"eos_token": 5}'),
        ("sft_run.json", '{"template_kwargs": 5}'),
        ("config.json", '{"model_type": "qwen3", "hidden_size": "x"}'),
        ("tokenizer.json", "{"),
    ],
)
def test_a_folder_with_one_broken_file_is_one_sentence(tmp_path, file, text):
    folder = toy_checkpoint(tmp_path / "toy")
    (folder / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    plan = RunPlan(suites=(suite(tmp_path),), runs=tmp_path / "runs")
    with pytest.raises(SftevalError) as error:
        asyncio.run(run_checkpoint(str(folder), plan, {}, silent_progress()))
    assert error.value.exit_code == 2


def test_weights_with_missing_tensors_are_refused_and_not_made_up(tmp_path):
    from safetensors.numpy import load_file, save_file

    folder = toy_checkpoint(tmp_path / "toy")
    tensors = {k: v for k, v in load_file(folder / "model.safetensors").items() if "layers.1" not in k}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    plan = RunPlan(suites=(suite(tmp_path),), runs=tmp_path / "runs")
    with pytest.raises(CheckpointError) as error:
        asyncio.run(run_checkpoint(str(folder), plan, {}, silent_progress()))
    assert "weights for the whole model" in str(error.value)


def test_two_tasks_with_the_same_prompts_are_both_asked(tmp_path):
    folder = suite(tmp_path)
    toml = tmp_path / "s" / "suite.toml"
    toml.write_text(toml.read_text() + '[[task]]\nname = "u"\ndata = "data/d.jsonl"\nscorer = "contains"\n')
    (tmp_path / "a.jsonl").write_text('{"prompt": "x", "response": "4"}\n')
    plan = RunPlan(suites=(folder,), runs=tmp_path / "runs")
    for _ in range(2):
        run = asyncio.run(run_checkpoint(f"responses:{tmp_path / 'a.jsonl'}", plan, {}, silent_progress()))
        assert [t.scores[0].metrics["accuracy"] for t in run.tasks] == [1.0, 1.0]


def called(*words):
    return CliRunner().invoke(cli, list(words), prog_name="sfteval")


@pytest.fixture
def pair(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.jsonl").write_text('{"id": "a", "prompt": "x", "target": "4"}\n')
    (tmp_path / "o.jsonl").write_text('{"id": "a", "response": "4"}\n')
    new_suite(tmp_path / "p.jsonl", tmp_path / "mine")
    return tmp_path


@pytest.mark.parametrize("command", ["compare", "gate"])
def test_no_data_at_all_is_not_comparable_even_where_nothing_gates(pair, command):
    (pair / "two.jsonl").write_text(
        '{"id": "a", "prompt": "x", "target": "4"}\n{"id": "b", "prompt": "y", "target": "4"}\n'
    )
    (pair / "other.jsonl").write_text('{"id": "b", "response": "4"}\n')
    new_suite(pair / "two.jsonl", pair / "both")
    words = (command, "responses:o.jsonl", "responses:other.jsonl", "--suite", "both", "--comet", "off")
    assert called(*words).exit_code == 12


@pytest.mark.parametrize("command", ["compare", "gate"])
def test_answers_to_other_prompts_end_a_comparison_with_one_sentence(pair, command):
    (pair / "none.jsonl").write_text('{"id": "other", "response": "4"}\n')
    done = called(command, "responses:o.jsonl", "responses:none.jsonl", "--suite", "mine", "--comet", "off")
    assert done.exit_code == 12
    assert done.output == (
        "Error: none.jsonl: expected answers to the prompts that are asked, got 1 row of which none matches. "
        "Check the ids or the prompts.\n"
    )


def test_a_report_without_text_never_erases_the_stored_samples(pair):
    called("compare", "responses:o.jsonl", "responses:o.jsonl", "--suite", "mine", "--comet", "off", "-o", "r")
    before = (pair / "r" / "samples.jsonl.gz").read_bytes()
    assert called("report", "r", "--no-text").exit_code == 2
    assert (pair / "r" / "samples.jsonl.gz").read_bytes() == before
    assert called("report", "r", "--no-text", "-o", "public").exit_code == 0
    assert sorted(path.name for path in (pair / "public").iterdir()) == [
        "flips.csv",
        "junit.xml",
        "report.html",
        "results.csv",
        "results.json",
        "summary.md",
    ]


@pytest.mark.parametrize(("before", "then", "stays"), [("csv", "md", "flips.csv"), ("html", "csv", "report.html")])
def test_a_report_without_text_stands_beside_no_texts_of_another(pair, before, then, stays):
    called("compare", "responses:o.jsonl", "responses:o.jsonl", "--suite", "mine", "--comet", "off", "-o", "r")
    called("report", "r", "--format", before, "-o", "public")
    done = called("report", "r", "--no-text", "--format", then, "-o", "public")
    assert done.exit_code == 2
    assert done.output == (
        f"Error: --no-text: expected a folder without the files of another report, got {stays} in public. "
        "Pass -o OTHER.\n"
    )
    assert called("report", "r", "--no-text", "--format", before, "-o", "public").exit_code == 0
    assert called("report", "r", "--no-text", "-o", "again").exit_code == 0
    assert called("report", "r", "--no-text", "-o", "again").exit_code == 0


def test_charts_of_an_earlier_comparison_do_not_stay_beside_other_numbers(pair):
    words = ("compare", "responses:o.jsonl", "responses:o.jsonl", "--suite", "mine", "--comet", "off", "-o", "r")
    called(*words, "--plots")
    (pair / "r" / "plots" / "mine.svg").write_text("drawn by hand")
    assert (pair / "r" / "plots" / "scoreboard.svg").exists()
    assert called("report", "r").exit_code == 0
    assert (pair / "r" / "plots" / "scoreboard.svg").exists()
    called(*words)
    assert [path.name for path in (pair / "r" / "plots").iterdir()] == ["mine.svg"]
    assert not (pair / "r" / "results.tex").exists()


@pytest.mark.parametrize(
    "change", [{"outcomes": 5}, {"outcomes": [1]}, {"costs": 5}, {"headline": 5}, {"reproduce": [1]}]
)
def test_a_changed_results_file_is_one_sentence(pair, change):
    called("compare", "responses:o.jsonl", "responses:o.jsonl", "--suite", "mine", "--comet", "off", "-o", "r")
    file = pair / "r" / "results.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    done = called("report", "r")
    assert done.exit_code in (0, 2)
    assert "Traceback" not in done.output


def in_a_shell(pair, line):
    return subprocess.run(
        ["bash", "-c", line.replace("sfteval", f"{sys.executable} -m sfteval")],
        cwd=pair,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )


GATE = "gate responses:o.jsonl responses:o.jsonl --suite mine --comet off --on-inconclusive fail"


@pytest.mark.slow
def test_a_closed_pipe_keeps_the_verdicts_exit_code(pair):
    done = in_a_shell(pair, f"set -o pipefail; sfteval {GATE} | true; exit ${{PIPESTATUS[0]}}")
    assert done.returncode == 11, done.stderr


@pytest.mark.slow
def test_standard_output_that_cannot_be_written_is_13(pair):
    done = in_a_shell(pair, f"sfteval {GATE} > /dev/full")
    assert done.returncode == 13, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_full_disk_under_the_runs_folder_is_13_and_one_line(pair):
    done = in_a_shell(pair, f"ulimit -f 0; sfteval {GATE}")
    assert done.returncode == 13, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
