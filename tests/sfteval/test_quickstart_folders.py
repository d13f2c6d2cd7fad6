"""`quickstart --fresh` forgets what it made, and touches nothing else; nothing is trained here."""

import json

from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.cli.quickstart import _forget


def test_fresh_removes_our_checkpoints_and_report_files_and_nothing_else(tmp_path):
    ours, theirs = tmp_path / "ck" / "base", tmp_path / "ck" / "think"
    for folder in (ours, theirs, tmp_path / "out"):
        folder.mkdir(parents=True)
    (ours / "sft_run.json").write_text("{}")
    (theirs / "my.bin").write_text("weights of somebody")
    (tmp_path / "out" / "results.json").write_text(json.dumps({}))
    (tmp_path / "out" / "thesis.tex").write_text("mine")
    _forget(tmp_path / "ck", tmp_path / "runs", tmp_path / "out")
    assert not ours.exists()
    assert (theirs / "my.bin").exists()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]


def test_a_folder_that_never_was_a_report_is_left_alone(tmp_path):
    (tmp_path / "summary.md").write_text("my own summary")
    _forget(tmp_path / "ck", tmp_path / "runs", tmp_path)
    assert (tmp_path / "summary.md").exists()


def test_a_file_where_a_folder_must_be_is_said_before_anything_is_trained(tmp_path):
    (tmp_path / "file").write_text("x")
    done = CliRunner().invoke(
        cli, ["quickstart", "--checkpoints", str(tmp_path / "file" / "x"), "-o", str(tmp_path / "o")]
    )
    assert done.exit_code == 2
    assert "expected a folder, got the file" in done.output
