import json

import pytest

from sfteval.errors import ConfigurationError
from sfteval.judge import lock_of, read_lock, validate, write_lock
from sfteval.types import Preference
from tests.sfteval.judge import judges


def lock():
    pairs = judges.gold()
    found = validate(pairs, [Preference(pair.contest.id, "j", pair.winner) for pair in pairs])
    return lock_of(found, identity="i" * 64, judge="j", gold_sha256="g" * 64)


def test_a_lock_is_read_as_it_was_written(tmp_path):
    write_lock(lock(), tmp_path / "judge.lock")
    assert read_lock(tmp_path / "judge.lock") == lock()
    before = (tmp_path / "judge.lock").read_bytes()
    write_lock(lock(), tmp_path / "judge.lock")
    assert (tmp_path / "judge.lock").read_bytes() == before


def test_a_lock_covers_one_judge():
    assert lock().covers("i" * 64)
    assert not lock().covers("k" * 64)


def test_a_lock_holds_no_text_of_a_pair(tmp_path):
    write_lock(lock(), tmp_path / "judge.lock")
    assert "Question" not in (tmp_path / "judge.lock").read_text()


def changed(path, change):
    body = json.loads(path.read_text())
    change(body)
    path.write_text(json.dumps(body))


def test_a_lock_that_was_changed_by_hand_is_none(tmp_path):
    path = tmp_path / "judge.lock"
    write_lock(lock(), path)
    changed(path, lambda body: body["figures"]["sensitivity"].update(count=19))
    with pytest.raises(ConfigurationError, match="expected the bytes that were locked"):
        read_lock(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', "[" * 100_000])
def test_what_is_no_lock_is_one_sentence(tmp_path, text):
    path = tmp_path / "judge.lock"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"expected a judge\.lock"):
        read_lock(path)
