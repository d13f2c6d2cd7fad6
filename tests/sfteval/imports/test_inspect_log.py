"""inspect's logs: an archive and a JSON log say the same; reasoning, calls and letters come back as what they are."""

import json
import zipfile

import pytest

from sfteval.chat.reading import read
from sfteval.errors import DataError
from sfteval.imports import log_of
from sfteval.types import Generation, Outcome
from tests.sfteval.imports.logs import archive, header, json_log, sampled, zstandard_archive

SAMPLES = (sampled("b", "1+1?", "3", "I"), sampled("a", "2+2?", "4"))


def reading_of(answer):
    return read(Generation("sums", answer.question, answer.index, "q", answer.text, answer.finish_reason))


def test_an_archive_keeps_texts_scores_tokens_and_whose_log_it_is(tmp_path):
    log = log_of(archive(tmp_path / "log.eval", *SAMPLES))
    assert (log.harness, log.task, log.name) == ("inspect", "sums", "model")
    assert {key: log.source[key] for key in ("version", "model", "task_version", "date")} == {
        "version": "0.3.285", "model": "mockllm/model", "task_version": "1", "date": "2026-11-22T10:00:00+00:00",
    }  # fmt: skip
    assert [(question.id, question.messages[0].content, question.target) for question in log.questions] == [
        ("a", "2+2?", "4"), ("b", "1+1?", "4"),
    ]  # fmt: skip
    answer = log.answers[0]
    assert (answer.text, answer.finish_reason, dict(answer.metrics)) == ("4", "stop", {"match": 1.0})
    assert (answer.num_prompt_tokens, answer.num_tokens, answer.seconds) == (9, 5, 0.5)
    assert dict(answer.extracted) == {"match": "4"}
    assert log.gating == ("match",)
    assert dict(log.sampling) == {"temperature": 0.5, "max_tokens": 64, "stop": ["END"]}
    assert log.notes == ()


def test_every_form_of_a_log_says_the_same(tmp_path):
    logs = [
        log_of(json_log(tmp_path / "log.json", *SAMPLES)),
        log_of(archive(tmp_path / "deflated.eval", *SAMPLES)),
        log_of(archive(tmp_path / "stored.eval", *SAMPLES, method=zipfile.ZIP_STORED)),
        log_of(zstandard_archive(tmp_path / "packed.eval", *SAMPLES)),
        log_of(zstandard_archive(tmp_path / "frames.eval", *SAMPLES, frames=3)),
    ]
    assert len({(log.questions, tuple(answer.text for answer in log.answers), log.metrics) for log in logs}) == 1
    assert len({log.source["config_sha256"] for log in logs}) == 1


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ("C", {"match": 1.0}), ("P", {"match": 0.5}), ("I", {"match": 0.0}), ("N", {"match": 0.0}),
        (True, {"match": 1.0}), (0.25, {"match": 0.25}), ("yes", {"match": 1.0}), ("No", {"match": 0.0}),
        ("0.75", {"match": 0.75}), (float("nan"), {"match": None}), (None, {"match": None}),
        ({"strict": 1, "loose": "P"}, {"match.strict": 1.0, "match.loose": 0.5}),
    ],
)  # fmt: skip
def test_values_are_numbers_as_inspect_counts_them(tmp_path, value, numbers):
    log = log_of(archive(tmp_path / "log.eval", sampled(1, "2+2?", "4", value)))
    assert dict(log.answers[0].metrics) == numbers


@pytest.mark.parametrize("value", ["GRADE: X", [1, 0], ["C"], "1e99999"])
def test_a_value_that_is_no_single_number_is_left_out_by_name(tmp_path, value):
    scores = {"match": {"value": "C"}, "other": {"value": value}}
    log = log_of(archive(tmp_path / "log.eval", sampled(1, "2+2?", "4", scores=scores), sampled(2, "1+1?", "2")))
    assert log.metrics == ("match",)
    assert log.notes[0] == "left out, not one number for each answer: other"


def test_parts_of_reasoning_are_a_thought_again(tmp_path):
    said = [{"type": "reasoning", "reasoning": "2 and 2"}, {"type": "text", "text": "4"}]
    reading = reading_of(log_of(archive(tmp_path / "log.eval", sampled(1, "2+2?", said))).answers[0])
    assert (reading.outcome, reading.think, reading.answer) == (Outcome.OK, "2 and 2", "4")


def test_a_closing_tag_that_was_thought_does_not_end_the_thought(tmp_path):
    said = [{"type": "reasoning", "reasoning": "I write </think> 5 and <think>"}, {"type": "text", "text": "4"}]
    assert reading_of(log_of(archive(tmp_path / "log.eval", sampled(1, "2+2?", said))).answers[0]).answer == "4"


def test_of_reasoning_that_is_kept_back_the_summary_is_the_thought(tmp_path):
    hidden = {"type": "reasoning", "reasoning": "c2VjcmV0", "redacted": True, "summary": "adding"}
    said = [hidden, {"type": "text", "text": "4"}]
    assert reading_of(log_of(archive(tmp_path / "log.eval", sampled(1, "2+2?", said))).answers[0]).think == "adding"


@pytest.mark.parametrize("reason", ["max_tokens", "model_length"])
def test_a_thought_that_was_cut_is_a_truncated_thought(tmp_path, reason):
    sample = sampled(1, "2+2?", [{"type": "reasoning", "reasoning": "2 and"}])
    sample["output"]["choices"][0]["stop_reason"] = reason
    reading = reading_of(log_of(archive(tmp_path / "log.eval", sample)).answers[0])
    assert (reading.outcome, reading.think) == (Outcome.TRUNCATED_THINK, "2 and")


def test_an_answer_that_was_cut_is_truncated_and_so_is_one_of_a_sample_at_its_limit(tmp_path):
    cut = sampled(1, "2+2?", "4 is")
    cut["output"]["choices"][0]["stop_reason"] = "max_tokens"
    limited = sampled(2, "1+1?", "2 is", limit={"type": "token", "limit": 64})
    log = log_of(archive(tmp_path / "log.eval", cut, limited))
    assert [reading_of(answer).outcome for answer in log.answers] == [Outcome.TRUNCATED_ANSWER] * 2


def test_tool_calls_are_markup_again(tmp_path):
    sample = sampled(1, "2+2?", "Let me see.")
    message = sample["output"]["choices"][0]["message"]
    message["tool_calls"] = [{"id": "1", "type": "function", "function": "add", "arguments": {"a": 2, "b": 2}}]
    sample["output"]["choices"][0]["stop_reason"] = "tool_calls"
    call = reading_of(log_of(archive(tmp_path / "log.eval", sample)).answers[0]).tool_calls[0]
    assert (call.name, call.arguments) == ("add", {"a": 2, "b": 2})


def test_epochs_are_several_answers(tmp_path):
    log = log_of(archive(tmp_path / "log.eval", sampled(1, "2+2?", "5", "I", epoch=2), sampled(1, "2+2?", "4")))
    assert [(answer.index, answer.text) for answer in log.answers] == [(0, "4"), (1, "5")]
    assert len(log.questions) == 1


def test_a_sample_that_ended_in_an_error_is_missing_unless_it_was_scored(tmp_path):
    lost = sampled(1, "2+2?", "", scores=None, error={"message": "boom"})
    scored = sampled(2, "1+1?", "2", "I", error={"message": "boom"})
    log = log_of(archive(tmp_path / "log.eval", lost, scored))
    assert [question.id for question in log.questions] == ["1", "2"]
    assert [answer.question for answer in log.answers] == ["2"]
    assert "1 samples ended in an error: they are missing data" in log.notes


def test_messages_are_the_question_and_attachments_are_resolved(tmp_path):
    turns = [
        {"role": "system", "content": "Be brief.", "id": "random"},
        {"role": "user", "content": [{"type": "text", "text": "attachment://abc"}, {"type": "image", "image": "x"}]},
    ]
    question = log_of(archive(tmp_path / "l.eval", sampled(1, turns, "4", attachments={"abc": "2+2?"}))).questions[0]
    assert [(turn.role, turn.content) for turn in question.messages] == [("system", "Be brief."), ("user", "2+2?")]
    assert question.prompts == ("2+2?",)


def test_the_order_is_that_of_the_data_set_and_not_of_the_finish(tmp_path):
    samples = [sampled(name, f"{name}?", "4") for name in (10, 9, "x")]
    log = log_of(archive(tmp_path / "log.eval", *samples))
    assert [question.id for question in log.questions] == ["9", "10", "x"]
    told = header()
    told["eval"]["dataset"]["sample_ids"] = ["x", 10, 9]
    path = json_log(tmp_path / "log.json", *samples, **told)
    assert [question.id for question in log_of(path).questions] == ["x", "10", "9"]


def test_a_log_that_was_left_off_is_read_and_said_to_be(tmp_path):
    path = archive(tmp_path / "log.eval", *SAMPLES, head="_journal/start.json", status=None)
    log = log_of(path)
    assert len(log.answers) == 2
    assert log.notes == ("the log's status is not said: it was left off",)


# -- hostile files -----------------------------------------------------------------------------------------------------


def refused(path):
    with pytest.raises(DataError) as error:
        log_of(path)
    return str(error.value)


def test_a_torn_archive_is_one_sentence(tmp_path):
    path = archive(tmp_path / "log.eval", *SAMPLES)
    path.write_bytes(path.read_bytes()[:-40])
    assert f"{path}: expected a whole zip archive, got File is not a zip file. Copy the log again" in refused(path)


@pytest.mark.parametrize("make", [archive, zstandard_archive])
def test_a_member_with_other_bytes_than_were_written_is_named(tmp_path, make):
    path = make(tmp_path / "log.eval", *SAMPLES)
    data = bytearray(path.read_bytes())
    at = data.index(b"samples/a_epoch_1.json") + len("samples/a_epoch_1.json") + 20
    data[at] ^= 0xFF
    path.write_bytes(data)
    assert f"{path}, samples/a_epoch_1.json: expected a whole member, got " in refused(path)


@pytest.mark.parametrize("make", [archive, zstandard_archive])
def test_a_huge_member_is_refused_before_it_is_unpacked(tmp_path, make, monkeypatch):
    monkeypatch.setattr("sfteval.imports.archive.MAX_MEMBER_BYTES", 3000)
    path = make(tmp_path / "log.eval", sampled("a", "x" * 4000, "4"))
    assert f"{path}, samples/a_epoch_1.json: expected at most 3,000 bytes, got " in refused(path)


@pytest.mark.parametrize("make", [archive, zstandard_archive])
def test_a_member_that_holds_more_than_the_archive_declares_is_cut_off_and_refused(tmp_path, make):
    path = make(tmp_path / "log.eval", sampled("a", "x" * 100_000, "4"))
    data = bytearray(path.read_bytes())
    at = data.rindex(b"samples/a_epoch_1.json") - 46 + 24  # the declared size, in the central directory
    data[at : at + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    assert "expected a whole member, got " in refused(path)


def test_an_archive_of_more_than_all_its_bounds_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("sfteval.imports.archive.MAX_TOTAL_BYTES", 100)
    assert "expected at most 100 bytes" in refused(archive(tmp_path / "log.eval", *SAMPLES))


def test_names_that_lead_out_of_the_archive_touch_no_file(tmp_path):
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "log.eval"
    with zipfile.ZipFile(path, "w") as log:
        log.writestr("header.json", json.dumps(header()))
        log.writestr("samples/../../../escaped.json", json.dumps(sampled("../../x", "2+2?", "4")))
        log.writestr("/absolute.json", "{}")
    assert [question.id for question in log_of(path).questions] == ["../../x"]
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["log.eval"]


def test_an_archive_that_is_no_log_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "log.eval", "w") as log:
        log.writestr("a.txt", "a")
    assert "expected an inspect log with header.json, got a zip archive without it" in refused(tmp_path / "log.eval")


@pytest.mark.parametrize("version", [1, 3, "2", None])
def test_a_version_that_we_do_not_know_is_refused(tmp_path, version):
    path = archive(tmp_path / "log.eval", *SAMPLES, version=version)
    assert f"expected an inspect log of version 2, got version {version or 'none'}" in refused(path)


def test_a_torn_json_log_is_one_sentence(tmp_path):
    path = json_log(tmp_path / "log.json", *SAMPLES)
    path.write_text(path.read_text()[:-30])
    assert f"{path}: expected a JSON object, got " in refused(path)


def test_a_json_log_that_is_too_large_names_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr("sfteval.imports.inspect_log.MAX_JSON_BYTES", 100)
    assert "expected a JSON log of at most 100 bytes" in refused(json_log(tmp_path / "log.json", *SAMPLES))


def test_a_sample_that_occurs_twice_is_refused(tmp_path):
    path = json_log(tmp_path / "log.json", SAMPLES[0], SAMPLES[0])
    assert "expected each sample once in each epoch, and the same in all, got b in epoch 1 a second time" in refused(
        path
    )


def test_another_question_in_another_epoch_is_refused(tmp_path):
    path = json_log(tmp_path / "log.json", sampled(1, "2+2?", "4"), sampled(1, "2+3?", "4", epoch=2))
    assert "got 1 in epoch 2 as another question" in refused(path)


@pytest.mark.parametrize(
    "broken",
    [
        {"id": None}, {"id": True}, {"epoch": 0}, {"epoch": "1"}, {"epoch": 10**9}, {"input": None}, {"input": [1]},
        {"input": [{"role": "user"}]}, {"output": {"choices": 3}},
        {"output": {"choices": [{"message": {"content": 3}}]}},
    ],
)  # fmt: skip
def test_a_sample_of_another_form_is_named(tmp_path, broken):
    path = json_log(tmp_path / "log.json", sampled(1, "2+2?", "4") | broken)
    assert f"{path}, sample 1: expected a sample as inspect logs it" in refused(path)


def test_a_log_without_samples_is_told(tmp_path):
    assert "expected at least one sample, got none" in refused(json_log(tmp_path / "log.json"))


@pytest.mark.parametrize("make", [archive, zstandard_archive])
def test_an_encrypted_member_is_refused(tmp_path, make):
    path = make(tmp_path / "log.eval", *SAMPLES)
    data = bytearray(path.read_bytes())
    data[data.rindex(b"samples/a_epoch_1.json") - 46 + 8] |= 1  # the flags, in the central directory
    path.write_bytes(data)
    assert "samples/a_epoch_1.json: expected a whole member, got an encrypted one" in refused(path)
