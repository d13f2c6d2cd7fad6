"""`sfteval suites twin`: a user's own rows of tool calls become a suite with their twins beside them."""

import json

from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.suites import find_task, load_suite

TOOL = {
    "name": "set_lamp",
    "description": "Switch the lamp.",
    "parameters": {"type": "object", "properties": {"to": {"type": "string", "enum": ["on", "off"]}}},
}
ROW = {"prompt": "Lamp on.", "tools": [TOOL], "target": {"calls": [{"name": "set_lamp", "arguments": {"to": "on"}}]}}


def twinned(tmp_path, *rows):
    path = tmp_path / "my calls.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["suites", "twin", str(path), "-o", str(tmp_path / "own")]
    return CliRunner().invoke(cli, words, prog_name="sfteval")


def test_rows_and_their_twins_are_two_tasks_of_one_suite(tmp_path):
    result = twinned(tmp_path, ROW, {**ROW, "id": "second", "prompt": "On with it."})
    assert result.output == (
        f"{tmp_path}/own/suite.toml: 2 prompts and 8 twins of them\nnext: sfteval compare A B --suite {tmp_path}/own\n"
    )
    originals, twins = load_suite(str(tmp_path / "own")).tasks
    assert (originals.name, twins.name) == ("my-calls", "my-calls_twins")
    assert (originals.gating, twins.gating, twins.slices) == ((), (), ("perturbation",))
    assert [sample.cluster for sample in originals.samples] == [sample.id for sample in originals.samples]
    assert {sample.cluster for sample in twins.samples} == {sample.id for sample in originals.samples}


def test_the_twins_are_graded_by_their_own_target(tmp_path):
    twinned(tmp_path, {**ROW, "id": "first"})
    task, _ = find_task("my-calls_twins", [str(tmp_path / "own")])
    by_id = {sample.id: sample.target["calls"] for sample in task.samples}
    assert by_id["first~changed_enum"] == [{"name": "set_lamp", "arguments": {"to": "TO_ON"}}]
    assert by_id["first~renamed_tool"] == [{"name": "lamp_set", "arguments": {"to": "on"}}]


def test_a_folder_that_exists_is_left_alone(tmp_path):
    (tmp_path / "own").mkdir()
    result = twinned(tmp_path, ROW)
    assert result.exit_code == 2
    assert "expected a new folder, got one that exists. Choose another -o FOLDER." in result.output


def test_a_target_that_cannot_be_reached_names_its_line(tmp_path):
    result = twinned(tmp_path, ROW, {**ROW, "target": {"calls": [{"name": "lamp", "arguments": {}}]}})
    assert result.exit_code == 2
    assert "my calls.jsonl, line 2, target: expected calls of offered tools" in result.output
    assert not (tmp_path / "own").exists()


def test_rows_of_which_none_can_be_twinned_are_one_sentence(tmp_path):
    result = twinned(tmp_path, {"prompt": "Hello", "target": {"calls": []}})
    assert result.exit_code == 2
    assert "expected at least one row that can be twinned, got 1 rows of which none can." in result.output


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    words = ["suites", "twin", str(tmp_path / "none.jsonl"), "-o", str(tmp_path / "own")]
    result = CliRunner().invoke(cli, words, prog_name="sfteval")
    assert result.exit_code == 2
    assert "expected a JSONL file of rows, got no such file. Check the path." in result.output
