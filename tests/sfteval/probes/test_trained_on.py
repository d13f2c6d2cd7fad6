"""Which rows a checkpoint was trained on, found again by name, and said where they are not there."""

import json

import pytest

from sfteval.errors import DataError
from sfteval.identity import file_hash
from sfteval.probes.row_texts import turns_of
from sfteval.probes.trained_on import Missing, TrainingFiles, rows_of_file, training_files
from sfteval.types import Checkpoint
from sfttrain.config import DataSettings
from sfttrain.data import read_named

CHAT = [{"role": "user", "content": "Is the museum open?"}, {"role": "assistant", "content": "Until six."}]
THOUGHT = [CHAT[0], {**CHAT[1], "reasoning_content": "Mondays are closed; today is Friday."}]
CALL = {"type": "function", "function": {"name": "opening_hours", "arguments": {"place": "museum"}}}
FORMS = {
    "messages": {"messages": THOUGHT},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Is it?"}]}, CHAT[1]]},
    "two columns": {"messages_thinking": THOUGHT, "messages_no_thinking": CHAT},
    "prompt": {"prompt": "Is the museum open?", "completion": "Until six."},
    "prompt of turns": {"prompt": [CHAT[0]], "completion": [CHAT[1]]},
    "sharegpt": {
        "system": "Be brief.",
        "conversations": [{"from": "human", "value": "Open?"}, {"from": "gpt", "value": "Yes."}],
    },
    "alpaca": {"instruction": "Say it in French.", "input": "open", "output": "ouvert", "history": [["Hi", "Hello"]]},
}


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def checkpoint(folder, rows, train, kind="directory", **changed):
    sources = [{"path": f"../{rows.name}", "sha256": file_hash(rows), **changed}]
    folder.mkdir(exist_ok=True)
    data = {"sources": sources, "train": train, "held_out": []}
    return Checkpoint(argument=str(folder), kind=kind, name="x", path=folder, training={"data": data})


def test_rows_of_the_train_split_are_read_and_no_others(tmp_path):
    rows = [{"id": f"r{number}", "messages": [CHAT[0], {**CHAT[1], "content": str(number)}]} for number in range(4)]
    path = write(tmp_path / "rows.jsonl", *rows)
    files = training_files(checkpoint(tmp_path / "out", path, ["r1", "r3"]))
    assert [(row.id, row.turns[1]) for row in files] == [("r1", "1"), ("r3", "3")]
    assert [row.id for row in files] == ["r1", "r3"]  # a second reading begins anew
    assert files.num_missing() == 0


def test_a_repeated_id_has_the_name_that_the_trainer_gives_it(tmp_path):
    path = write(tmp_path / "rows.jsonl", *({"id": "r", "messages": CHAT} for _ in range(3)))
    assert [row.id for row in training_files(checkpoint(tmp_path / "out", path, ["r", "r#3"]))] == ["r", "r#3"]


@pytest.mark.parametrize("form", FORMS)
def test_a_row_without_an_id_has_the_name_that_the_trainer_gives_it(tmp_path, form):
    path = write(tmp_path / "rows.jsonl", FORMS[form], {**FORMS[form], "chat_template_kwargs": {"x": 1}})
    names = [one.id for one in read_named(DataSettings(path=str(path)))]
    assert len(set(names)) == 2
    files = TrainingFiles((path,), frozenset(names))
    assert [row.id for row in files] == names
    assert files.num_missing() == 0


def test_a_row_that_is_not_found_again_is_counted(tmp_path):
    path = write(tmp_path / "rows.jsonl", {"id": "r1", "messages": CHAT})
    assert training_files(checkpoint(tmp_path / "out", path, ["r1", "gone"])).num_missing() == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sha256": "0" * 64}, "has changed since training"),
        ({"path": "../gone.jsonl"}, "the training file ../gone.jsonl is gone"),
        ({"path": "hf:org/rows"}, "of the hub"),
        ({"path": "../rows.parquet"}, "only JSONL is read here"),
    ],
)
def test_a_file_that_is_not_what_was_trained_on_is_missing_with_its_reason(tmp_path, changed, reason):
    path = write(tmp_path / "rows.jsonl", {"id": "r1", "messages": CHAT})
    found = training_files(checkpoint(tmp_path / "out", path, ["r1"], **changed))
    assert isinstance(found, Missing)
    assert reason in found.reason
    assert "--train FILE.jsonl" in found.reason


def test_a_checkpoint_without_a_record_says_so(tmp_path):
    path = write(tmp_path / "rows.jsonl", {"id": "r1", "messages": CHAT})
    served = Checkpoint(argument="http://h/v1#m", kind="endpoint", name="m")
    assert "no record of its training" in training_files(served).reason
    stored = checkpoint(tmp_path / "out", path, ["r1"], kind="run")  # its folder is not where it was trained
    assert isinstance(training_files(stored), Missing)


def test_all_rows_of_a_given_file_count_and_torn_lines_do_not(tmp_path):
    path = write(tmp_path / "rows.jsonl", {"id": 7, "messages": CHAT}, {"prompt": "A?", "completion": "B."})
    path.write_bytes(path.read_bytes() + b'{"torn\n\xff\xfe\n' + b"[" * 50_000 + b'\n[1]\n{"other": 1}\n')
    assert [row.id for row in rows_of_file(path)] == ["7", "rows.jsonl:2"]


def test_a_file_without_rows_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"no\.jsonl: expected a JSONL file of training rows"):
        rows_of_file(tmp_path / "no.jsonl")
    with pytest.raises(DataError, match="another form that sfttrain reads"):
        rows_of_file(write(tmp_path / "rows.jsonl", {"text": "no conversation"}))


def test_thoughts_and_calls_are_turns_of_their_own():
    row = {"messages": [CHAT[0], {**THOUGHT[1], "content": None, "tool_calls": [CALL, 3]}]}
    assert turns_of(row) == (
        "Is the museum open?",
        "Mondays are closed; today is Friday.",
        'opening_hours {"place": "museum"}',
    )


@pytest.mark.parametrize(
    "row",
    [
        {"messages": 3},
        {"messages": [3, None]},
        {"prompt": 5, "completion": {}},
        {"instruction": 1, "output": 2, "history": [3]},
        {"conversations": ["x", {"from": 4, "value": ["\ud800"]}]},
        {"messages": [{"role": "user", "tool_calls": [{"function": 3}, 4]}]},
    ],
)
def test_no_row_is_too_strange_to_be_read(tmp_path, row):
    path = write(tmp_path / "rows.jsonl", row, {"id": "last", "messages": CHAT})
    assert [one.id for one in rows_of_file(path)][-1] == "last"
    assert TrainingFiles((path,), frozenset({"last"})).num_missing() == 0


def test_rows_of_a_file_that_share_an_id_are_different_rows(tmp_path):
    rows = [{"id": 0, "messages": [CHAT[0], {**CHAT[1], "content": str(n)}]} for n in range(3)]
    assert [name for name, _ in rows_of_file(write(tmp_path / "rows.jsonl", *rows)).rows()] == ["0", "0#2", "0#3"]


def test_lines_of_a_file_that_are_no_row_are_counted(tmp_path):
    path = write(tmp_path / "rows.jsonl", {"messages": CHAT}, {"text": "no form that is read"}, [1])
    path.write_text(path.read_text() + "broken\n\n")
    assert rows_of_file(path).num_missing() == 3  # the empty line says nothing
