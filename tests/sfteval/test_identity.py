"""Identity by content: what changes it, and what must not."""

import contextlib
import os

from sfteval.identity import cached_file_hash, content_hash, file_hash, fingerprint_files, write_atomically


def test_the_order_of_keys_does_not_change_a_content_hash():
    assert content_hash({"a": 1, "b": [1, 2]}) == content_hash({"b": [1, 2], "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": 1.5})


def test_a_fingerprint_follows_content_and_not_the_folder(tmp_path):
    for folder, text in (("one", "w"), ("two", "w"), ("three", "v")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "model.safetensors").write_text(text)
    prints = [
        fingerprint_files([tmp_path / f / "model.safetensors"], tmp_path / "cache") for f in ("one", "two", "three")
    ]
    assert prints[0] == prints[1] != prints[2]


def test_retraining_in_place_changes_the_cached_hash(tmp_path):
    file = tmp_path / "weights"
    file.write_text("old")
    before = cached_file_hash(file, tmp_path / "cache")
    stat = file.stat()
    file.write_text("new")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # same size, same time, other bytes
    assert cached_file_hash(file, tmp_path / "cache") == file_hash(file) != before


def test_the_second_look_at_a_file_reads_no_byte_of_it(tmp_path, monkeypatch):
    file = tmp_path / "weights"
    file.write_text("x")
    first = cached_file_hash(file, tmp_path / "cache")
    monkeypatch.setattr("sfteval.identity.file_hash", lambda path: "read again")
    assert cached_file_hash(file, tmp_path / "cache") == first


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path):
    file = tmp_path / "weights"
    file.write_text("x")
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert cached_file_hash(file, tmp_path / "cache") == file_hash(file)


def test_a_failed_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    write_atomically(path, "old")

    def full(_):
        raise OSError("full")

    monkeypatch.setattr("sfteval.identity.os.fsync", full)
    with contextlib.suppress(OSError):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["run.json"]
