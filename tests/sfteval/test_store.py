"""Run folders: nothing that was answered is lost, nothing torn is taken for an answer."""

import errno
import json

import pytest

from sfteval.errors import StoreError
from sfteval.store import RunFolder
from sfteval.types import Generation, Outcome, Score


def answer(name: str, text: str = "4", finish: str = "stop") -> Generation:
    return Generation(
        "sums", name, 0, f"q-{name}", text, finish, token_ids=(1, 2), error=None if finish == "stop" else "x"
    )


def test_what_was_appended_is_read_back_as_it_was(tmp_path):
    said = answer("a", "<think>\nhm\n</think>\n\n4 \ud800")
    with RunFolder(tmp_path / "run") as folder:
        folder.append([said])
    assert RunFolder(tmp_path / "run").generations("sums") == {"q-a": said}


def test_a_torn_last_line_is_owed_again_and_nothing_else_is(tmp_path):
    with RunFolder(tmp_path) as folder:
        folder.append([answer("a"), answer("b")])
    path = tmp_path / "generations" / "sums.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert list(RunFolder(tmp_path).generations("sums")) == ["q-a"]
    with RunFolder(tmp_path) as folder:
        folder.append([answer("c")])
    assert list(RunFolder(tmp_path).generations("sums")) == ["q-a", "q-c"]


def test_a_malformed_line_in_the_middle_costs_only_itself(tmp_path):
    with RunFolder(tmp_path) as folder:
        folder.append([answer("a")])
    path = tmp_path / "generations" / "sums.jsonl"
    path.write_bytes(b'\xff\xfe{"\n[1]\n{"task": 3}\n' + path.read_bytes())
    assert list(RunFolder(tmp_path).generations("sums")) == ["q-a"]


def test_an_error_is_no_answer_until_a_later_line_mends_it(tmp_path):
    with RunFolder(tmp_path) as folder:
        folder.append([answer("a", "", "error")])
        assert folder.generations("sums") == {}
        assert list(folder.errors("sums")) == ["q-a"]
        folder.append([answer("a")])
        assert list(folder.generations("sums")) == ["q-a"]
        assert folder.errors("sums") == {}


def test_a_second_process_is_refused_at_once(tmp_path):
    with RunFolder(tmp_path), pytest.raises(StoreError) as refused:
        RunFolder(tmp_path).__enter__()
    assert "another process is writing to" in str(refused.value)
    assert refused.value.exit_code == 13


def test_a_full_disk_is_one_sentence_and_keeps_what_was_written(tmp_path, monkeypatch):
    with RunFolder(tmp_path) as folder:
        folder.append([answer("a")])

        def full(_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("sfteval.store.os.fsync", full)
        with pytest.raises(StoreError) as refused:
            folder.append([answer("b")])
    assert "No space left on device" in str(refused.value)
    assert "call the same command again" in str(refused.value)
    assert "q-a" in RunFolder(tmp_path).generations("sums")


def test_scores_are_replaced_whole_and_in_the_contracts_form(tmp_path):
    scores = (
        Score("a", 0, Outcome.OK, {"accuracy": 1.0}, {"extracted": "4"}),
        Score("b", 0, Outcome.ERROR, {"accuracy": None}),
    )
    with RunFolder(tmp_path) as folder:
        folder.write_scores("sums", [scores[0]])
        folder.write_scores("sums", scores)
    lines = [json.loads(line) for line in (tmp_path / "scores" / "sums.jsonl").read_text().splitlines()]
    assert lines[0] == {
        "sample_id": "a", "sample_index": 0, "outcome": "ok", "metrics": {"accuracy": 1.0}, "detail": {"extracted": "4"}
    }  # fmt: skip
    assert RunFolder(tmp_path).scores("sums") == scores


def test_a_folder_without_a_manifest_holds_no_run(tmp_path):
    assert RunFolder(tmp_path).manifest() == {}
    (tmp_path / "run.json").write_text('{"torn')
    assert RunFolder(tmp_path).manifest() == {}
