"""Run folders: nothing that was answered is lost, nothing torn is taken for an answer."""

import errno
import json
import os
import subprocess
import sys
from dataclasses import replace

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


def test_a_new_files_name_is_made_lasting_too(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(
        "sfteval.store.lines.os.fsync", lambda file: synced.append(os.readlink(f"/proc/self/fd/{file}"))
    )
    with RunFolder(tmp_path) as folder:
        folder.append([answer("a")])
        folder.append([answer("b")])
    answers = str(tmp_path / "generations" / "sums.jsonl")
    assert synced == [str(tmp_path / "generations"), answers, answers]


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


def test_a_lock_whose_process_was_killed_blocks_nobody(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from sfteval.store import RunFolder\n"
        "held = RunFolder(Path(sys.argv[1])).__enter__(); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="another process is writing to"):
            RunFolder(tmp_path).__enter__()
        child.kill()
    assert (tmp_path / ".lock").exists()
    with RunFolder(tmp_path) as folder:
        folder.append([answer("a")])


def test_a_failing_sync_is_one_sentence_and_keeps_what_was_written(tmp_path, monkeypatch):
    with RunFolder(tmp_path) as folder:
        folder.append([answer("a")])

        def full(_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("sfteval.store.lines.os.fsync", full)
        with pytest.raises(StoreError) as refused:
            folder.append([answer("b")])
        assert list(folder.generations("sums")) == ["q-a"]
    assert "No space left on device" in str(refused.value)
    assert "call the same command again" in str(refused.value)
    assert list(RunFolder(tmp_path).generations("sums")) == ["q-a"]


def test_a_line_that_a_full_disk_tore_spoils_no_later_one(tmp_path, monkeypatch):
    write = os.write

    def torn(file, data):
        write(file, bytes(data)[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    def refused(file, length):
        raise OSError(errno.EIO, "Input/output error")

    with RunFolder(tmp_path) as folder:
        folder.append([answer("a")])
        with monkeypatch.context() as full:
            full.setattr("sfteval.store.lines.os.write", torn)
            full.setattr("sfteval.store.lines.os.ftruncate", refused)
            with pytest.raises(StoreError, match="No space left"):
                folder.append([answer("b")])
        folder.append([answer("c")])
        assert folder.generations("sums")["q-c"] == answer("c")
    assert list(RunFolder(tmp_path).generations("sums")) == ["q-a", "q-c"]


def test_a_full_disk_leaves_whole_lines_only(tmp_path):
    # A limit on the size of files is what a full disk is to a process that may not fill one.
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from sfteval.errors import StoreError; from sfteval.store import RunFolder\n"
        "from sfteval.types import Generation\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "with RunFolder(Path(sys.argv[1])) as folder:\n"
        "    for n in range(100):\n"
        "        try: folder.append([Generation('sums', f's{n}', 0, f'q{n}', 'x' * 50, 'stop')])\n"
        "        except StoreError as error: print(n, error); break"
    )
    child = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    counted, said = child.stdout.split(" ", 1)
    assert "expected a folder that can be written, got File too large" in said
    content = (tmp_path / "generations" / "sums.jsonl").read_bytes()
    assert content.endswith(b"\n")
    assert content.count(b"\n") == int(counted) > 2
    assert len(RunFolder(tmp_path).generations("sums")) == int(counted)


def test_answers_are_read_where_they_lie_while_more_are_written(tmp_path):
    with RunFolder(tmp_path) as folder:
        answers = folder.generations("sums")
        assert dict(answers) == {}
        folder.append([answer("a"), answer("b", "5")])
        assert answers["q-b"].text == "5"
        folder.append([answer("b", "6")])
        assert (answers["q-b"].text, len(answers)) == ("6", 2)
    assert answers["q-a"].text == "4"


def test_tasks_have_files_of_their_own_and_one_write_may_hold_both(tmp_path):
    with RunFolder(tmp_path) as folder:
        folder.append([answer("a"), replace(answer("a"), task="more"), answer("b")])
        assert folder.tasks() == ("more", "sums")
        assert (list(folder.generations("sums")), list(folder.generations("more"))) == (["q-a", "q-b"], ["q-a"])


def test_a_line_of_another_form_is_owed_again(tmp_path):
    with RunFolder(tmp_path) as folder:
        folder.append([answer("a"), answer("b"), answer("c")])
    path = tmp_path / "generations" / "sums.jsonl"
    a, b, c = (json.loads(line) for line in path.read_text().splitlines())
    del b["sample_id"]
    c["text"] = None
    path.write_text("".join(json.dumps(row) + "\n" for row in (a, b, c)))
    assert list(RunFolder(tmp_path).generations("sums")) == ["q-a"]


def test_answers_whose_file_was_exchanged_are_an_error_and_not_another_answer(tmp_path):
    with RunFolder(tmp_path) as folder:
        folder.append([answer("a"), answer("b")])
    answers = RunFolder(tmp_path).generations("sums")
    path = tmp_path / "generations" / "sums.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[::-1]))
    with pytest.raises(StoreError, match="got another file's content"):
        answers["q-a"]


def test_scores_that_were_read_stay_what_they_were_when_they_are_replaced(tmp_path):
    with RunFolder(tmp_path) as folder:
        first = folder.write_scores("sums", [Score("a", 0, Outcome.OK, {"accuracy": 1.0})])
        folder.write_scores("sums", [Score("longer name", 0, Outcome.OK, {"accuracy": 0.0})] * 3)
    assert [score.metrics["accuracy"] for score in first] == [1.0]


def test_a_score_that_cannot_be_made_leaves_the_old_ones(tmp_path):
    def broken():
        yield Score("b", 0, Outcome.OK, {})
        raise ValueError("no grade")

    with RunFolder(tmp_path) as folder:
        folder.write_scores("sums", [Score("a", 0, Outcome.OK, {})])
        with pytest.raises(ValueError, match="no grade"):
            folder.write_scores("sums", broken())
        assert [score.sample_id for score in folder.scores("sums")] == ["a"]
    assert [path.name for path in (tmp_path / "scores").iterdir()] == ["sums.jsonl"]


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
    assert tuple(RunFolder(tmp_path).scores("sums")) == scores


def test_a_folder_without_a_manifest_holds_no_run(tmp_path):
    assert RunFolder(tmp_path).manifest() == {}
    for text in ('{"torn', "[" * 200_000, "[1]", '{"settings": 3}'):
        (tmp_path / "run.json").write_text(text)
        assert RunFolder(tmp_path).manifest() == {}
