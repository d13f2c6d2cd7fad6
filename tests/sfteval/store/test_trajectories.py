"""Stored conversations: what is written comes back, and what is torn is passed over."""

import pytest

from sfteval.errors import StoreError
from sfteval.store import RunFolder
from sfteval.types import Action, AgentTurn, Fault, Message, Outcome, Trajectory

FAULT = Fault("json_invalid", "json", "m", 3, "exc\u2028erpt", line=1, path="$.a")
ACTION = Action("f", {"a": [1, None, "\udc00"]}, 0, 9, (FAULT,), '{"b": 1}', True, False, "0" * 64)
CALL = {"id": "call00000", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}
MESSAGES = (Message("user", "x"), Message("assistant", "", reasoning_content="t", tool_calls=(CALL,)))
TURN = AgentTurn("q", 0, "text", "stop", True, Outcome.OK, "", (ACTION,), (FAULT,), False, "1" * 64)
WHOLE = Trajectory("s1", 2, "hermes", MESSAGES, (TURN,), {"notes": {"files": {}}}, "repeat_loop")


def test_what_is_written_comes_back_equal(tmp_path):
    with RunFolder(tmp_path) as folder:
        written = folder.write_trajectories("t", iter([WHOLE, WHOLE]))
        assert list(written) == [WHOLE, WHOLE]
    assert list(RunFolder(tmp_path).trajectories("t")) == [WHOLE, WHOLE]


def test_a_task_without_conversations_has_none(tmp_path):
    assert list(RunFolder(tmp_path).trajectories("t")) == []


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"messages": 3, "turns": []}', '{"messages": [], "turns": [[]]}'])
def test_a_line_that_holds_none_is_passed_over(tmp_path, line):
    with RunFolder(tmp_path) as folder:
        folder.write_trajectories("t", [WHOLE])
    path = tmp_path / "trajectories" / "t.jsonl"
    path.write_text(f"{line}\n{path.read_text()}")
    assert list(RunFolder(tmp_path).trajectories("t")) == [WHOLE]


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    def broken():
        yield WHOLE
        raise RuntimeError

    with RunFolder(tmp_path) as folder:
        folder.write_trajectories("t", [WHOLE])
        with pytest.raises(RuntimeError):
            folder.write_trajectories("t", broken())
    assert list(RunFolder(tmp_path).trajectories("t")) == [WHOLE]
    assert [path.name for path in (tmp_path / "trajectories").iterdir()] == ["t.jsonl"]


def test_a_disk_that_refuses_is_one_sentence(tmp_path):
    with RunFolder(tmp_path) as folder:
        (tmp_path / "trajectories").write_text("a file")
        with pytest.raises(StoreError):
            folder.write_trajectories("t", [WHOLE])
