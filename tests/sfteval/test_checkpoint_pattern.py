"""Checkpoints of a training run by pattern: in the order of their steps, as they come."""

import json

import pytest
from click.testing import CliRunner

from sfteval.checkpoints import is_pattern, matching
from sfteval.cli import cli
from sfteval.cli.run import found
from sfteval.errors import CheckpointError
from sfteval.suites import new_suite
from tests.toys import toy_checkpoint


def folders(where, *names):
    for name in names:
        (where / name).mkdir(parents=True)
        (where / name / "config.json").write_text("{}")
    return str(where / "*")


def test_steps_are_sorted_by_their_numbers_and_other_folders_left_out(tmp_path):
    pattern = folders(tmp_path, "step-10", "step-9", "step-100")
    (tmp_path / "notes").mkdir()
    assert [path.rsplit("/", 1)[1] for path in matching(pattern)] == ["step-9", "step-10", "step-100"]


def test_an_adapter_folder_is_a_checkpoint_too(tmp_path):
    folders(tmp_path, "step-1")
    (tmp_path / "step-2").mkdir()
    (tmp_path / "step-2" / "adapter_config.json").write_text("{}")
    assert len(matching(str(tmp_path / "step-?"))) == 2


@pytest.mark.parametrize("argument", ["plain", "http://host/v1#a*", "hf:org/name"])
def test_other_arguments_are_no_patterns(argument):
    assert not is_pattern(argument)
    assert matching(argument) == [argument]


def test_a_folder_with_a_star_in_its_name_is_that_folder(tmp_path):
    folders(tmp_path, "a*", "ab")
    assert matching(str(tmp_path / "a*")) == [str(tmp_path / "a*")]


def test_a_pattern_that_names_nothing_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="expected at least one checkpoint folder, got none"):
        matching(str(tmp_path / "step-*"))
    with pytest.raises(CheckpointError, match="expected at least one checkpoint folder, got none"):
        list(found(str(tmp_path / "step-*"), 0.0))


def test_a_checkpoint_that_comes_meanwhile_is_asked_and_one_that_goes_is_not(tmp_path):
    pattern = folders(tmp_path, "1", "2")
    names = []
    for name in found(pattern, 0.0):
        names.append(name.rsplit("/", 1)[1])
        if names == ["1"]:
            (tmp_path / "2" / "config.json").unlink()
            folders(tmp_path, "3")
    assert names == ["1", "3"]


def test_a_pattern_runs_every_checkpoint_and_prints_a_line_for_each(tmp_path):
    pytest.importorskip("torch", reason="the embedded backend needs torch")
    for number in (9, 10):
        toy_checkpoint(tmp_path / "lab.steps" / f"{number:03}", number)
    (tmp_path / "mine.jsonl").write_text(json.dumps({"id": "q", "prompt": "so so", "target": "4"}) + "\n")
    new_suite(tmp_path / "mine.jsonl", tmp_path / "suite")
    toml = tmp_path / "suite" / "suite.toml"
    toml.write_text(toml.read_text().replace("max_tokens = 1024", "max_tokens = 8"))
    words = [
        "run",
        str(tmp_path / "lab.steps" / "*"),
        "--suite",
        str(tmp_path / "suite"),
        "--runs",
        str(tmp_path / "runs"),
    ]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    lines = [line for line in result.stdout.splitlines() if "accuracy" in line]
    assert [line.split()[0].rsplit("/", 1)[1] for line in lines] == ["009", "010"]
    told = json.loads(CliRunner().invoke(cli, [*words, "--json"]).stdout)
    assert [set(row["means"]["mine"]) for row in told] == [{"accuracy"}, {"accuracy"}]


def invoked(*words):
    return CliRunner().invoke(cli, ["run", *words, "--suite", "starter"])


def test_following_what_is_no_pattern_is_refused(tmp_path):
    result = invoked(str(tmp_path), "--follow", "1")
    assert result.exit_code == 2
    assert "--follow: expected a pattern in quotes" in result.output


def test_a_pattern_whose_checkpoints_all_fail_is_a_failure(tmp_path):
    result = invoked(folders(tmp_path, "1", "2"), "--follow", "0")
    assert result.exit_code == 2
    assert "expected weights as safetensors, got no weights" in result.output


def test_words_for_vllm_that_serves_nothing_are_refused(tmp_path):
    toy_checkpoint(tmp_path / "toy")
    result = invoked(str(tmp_path / "toy"), "--backend", "transformers", "--vllm-args", "--max-model-len 9")
    assert result.exit_code == 2
    assert "--vllm-args: expected a checkpoint that vLLM serves, got --backend transformers" in result.output
