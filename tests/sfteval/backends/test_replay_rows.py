"""Rows of a responses file: whose answer each is, which are nobody's, and what is said of one that cannot be read."""

import asyncio
import gzip
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from sfteval.backends.replay import Responses
from sfteval.checkpoints import resolve_checkpoint
from sfteval.cli import cli
from sfteval.errors import CheckpointError, DataError
from sfteval.generate import requests_of
from sfteval.identity import content_hash
from sfteval.suites import new_suite
from sfteval.types import Generation, Message, Outcome, Sample
from tests.sfteval.calling import read
from tests.sfteval.imports.logs import generated, samples_file
from tests.sfteval.scripted import checkpoint, task


def file_of(tmp_path, *rows):
    path = tmp_path / "answers.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def asking(**prompts):
    """Return a task whose samples have these ids (less their leading k) and prompts."""
    samples = tuple(
        Sample(name[1:], (Message("user", prompt),), content_hash=content_hash([name, prompt]))
        for name, prompt in prompts.items()
    )
    return replace(task(1), samples=samples)


def replayed(path, of):
    backend = Responses(path)
    requests = requests_of(replace(of, num_samples=backend.most_samples(of.samples)), checkpoint(), 0)
    backend.questions(requests)
    answers = asyncio.run(backend.answer(requests))
    return {(a.sample_id, a.sample_index): a.text for a in answers}, backend.description().get("notes", [])


# -- whose answer a row is ---------------------------------------------------------------------------------------------


def test_a_row_with_a_prompt_goes_by_it_though_its_number_is_another_samples_id(tmp_path):
    path = file_of(tmp_path, *({"id": n, "prompt": f"p{n}", "response": f"to p{n}"} for n in range(3)))
    found, notes = replayed(path, asking(k2="p0", k1="p1", k7="p2"))
    assert found == {("2", 0): "to p0", ("1", 0): "to p1", ("7", 0): "to p2"}
    assert notes == []


def test_the_id_of_a_rendered_prompt_counts(tmp_path):
    path = file_of(
        tmp_path, {"id": "1", "prompt": "<user>p1", "response": "a"}, {"id": 2, "prompt": "p2", "response": "b"}
    )
    assert replayed(path, asking(k1="p1", k2="p2")) == ({("1", 0): "a", ("2", 0): "b"}, [])


def test_row_numbers_are_no_ids_though_the_prompt_of_one_is_not_asked(tmp_path):
    rows = [{"id": n, "prompt": f"p{n}", "response": f"to p{n}"} for n in range(3)]
    found, notes = replayed(file_of(tmp_path, *rows), asking(k2="p0", k9="p1"))
    assert found == {("2", 0): "to p0", ("9", 0): "to p1"}
    assert notes == ["1 of 3 rows answers none of the prompts asked (line 3)"]


def test_an_id_tells_apart_samples_that_ask_the_same_and_a_row_without_it_answers_each(tmp_path):
    rows = [{"id": "8", "prompt": "p", "response": "eight"}, {"prompt": "p", "response": "any"}]
    found, _ = replayed(file_of(tmp_path, *rows), asking(k7="p", k8="p"))
    assert found == {("7", 0): "any", ("8", 0): "eight", ("8", 1): "any"}


def test_a_whole_float_is_an_id_and_an_empty_prompt_is_none(tmp_path):
    rows = [{"id": 1000.0, "response": "a"}, {"id": "1001", "prompt": "", "response": "b"}]
    found, _ = replayed(file_of(tmp_path, *rows), asking(k1000="p", k1001="q"))
    assert found == {("1000", 0): "a", ("1001", 0): "b"}


def test_another_row_is_another_question(tmp_path):
    """What was stored while few samples were known does not stand for what all of them tell."""
    path = file_of(tmp_path, {"id": "2", "prompt": "p0", "response": "a"})
    few, all_ = asking(k2="p2"), asking(k2="p2", k1="p0")
    one = Responses(path).questions(requests_of(few, checkpoint(), 0))
    two = Responses(path).questions(requests_of(all_, checkpoint(), 0))
    assert one[0] != two[0]


# -- rows that are nobody's --------------------------------------------------------------------------------------------


def refusal(path, of):
    with pytest.raises(DataError) as error:
        Responses(path).questions(requests_of(of, checkpoint(), 0))
    return str(error.value)


def test_a_file_that_answers_nothing_is_refused(tmp_path):
    path = file_of(tmp_path, {"id": "x", "response": "a"}, {"prompt": "y", "response": "a"})
    assert refusal(path, asking(k1="p")) == (
        f"{path}: expected answers to the prompts that are asked, got 2 rows of which none matches. "
        "Check the ids or the prompts."
    )


def test_a_file_without_rows_is_refused(tmp_path):
    path = file_of(tmp_path, "")
    assert refusal(path, asking(k1="p")) == (
        f"{path}: expected answers to the prompts that are asked, got no rows. "
        "Check that this is the file that you mean."
    )


def test_a_log_that_answers_nothing_is_refused_and_one_that_answers_something_is_asked_again(tmp_path):
    path = samples_file(tmp_path, generated(0, "2+2?", "4"))
    assert refusal(path, asking(k1="p")).endswith(
        "expected answers to the prompts that are asked, got 1 answer of which none matches. "
        "Check that this is the log and the suite that you mean."
    )
    backend = Responses(path)
    requests = requests_of(asking(k1="p", k2="2+2?"), checkpoint(), 0)
    backend.questions(requests)
    assert asyncio.run(backend.answer(requests[:1])) == []


def test_only_three_lines_are_named(tmp_path):
    rows = [{"prompt": "p", "response": "a"}, *({"id": f"x{n}", "response": "a"} for n in range(4))]
    _, notes = replayed(file_of(tmp_path, *rows), asking(k1="p"))
    assert notes == ["4 of 5 rows answer none of the prompts asked (lines 2, 3, 4, ...)"]


def test_rows_that_are_nobodys_are_said_by_score_and_compare(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.jsonl").write_text('{"id": "a", "prompt": "x", "target": "4"}\n')
    new_suite(tmp_path / "p.jsonl", tmp_path / "mine")
    file_of(tmp_path, {"id": "a", "response": "4"}, {"id": "b", "response": "4"})
    said = "1 of 2 rows answers none of the prompts asked (line 2)"
    words = ("score", "p", "--suite", "mine", "--responses", "answers.jsonl", "-o", "run")
    for _ in range(2):  # the second time nothing is owed
        done = CliRunner().invoke(cli, words, prog_name="sfteval")
        assert done.exit_code == 0, done.output
        assert f"note: {said}" in done.output.splitlines()
    words = ("compare", "run:run", "responses:answers.jsonl", "--suite", "mine", "--comet", "off", "-o", "r")
    done = CliRunner().invoke(cli, words, prog_name="sfteval")
    assert done.exit_code == 0, done.output
    warnings = json.loads((tmp_path / "r" / "results.json").read_text())["warnings"]
    assert [one for one in warnings if said in one] == [f"answers-A: {said}", f"answers-B: {said}"]


# -- rows that cannot be read ------------------------------------------------------------------------------------------

SHAPE = 'expected {"id" or "prompt", "response"}, got '
NAMED = 'expected an "id" or a "prompt", got '
CALLS = 'expected calls {"name", "arguments"}, got '


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("null", f"{SHAPE}null. Mend or remove that line."),
        ("5", f"{SHAPE}a number. Mend or remove that line."),
        ('"x"', f"{SHAPE}text. Mend or remove that line."),
        ("[1, 2]", f"{SHAPE}a list. Mend or remove that line."),
        ('{"id": "a"', f"{SHAPE}text that is no JSON from character 11 on. Mend or remove that line."),
        ('{"id": "a", "answer": "q"}', f'{SHAPE}no "response". Mend or remove that line.'),
        ('{"id": "a", "response": null}', f'{SHAPE}"response" that is null. Mend or remove that line.'),
        ('{"id": "a", "response": {"a": 1}}', f'{SHAPE}"response" that is an object. Mend or remove that line.'),
        ('{"id": "a", "calls": [{"x": 1}]}', f'{CALLS}a call without "name". Mend or remove that line.'),
        ('{"id": "a", "calls": [{"name": "x"}]}', f'{CALLS}a call without "arguments". Mend or remove that line.'),
        ('{"id": "a", "calls": [null]}', f"{CALLS}a call that is null. Mend or remove that line."),
        ('{"response": "q"}', f"{NAMED}neither. Add one to the row."),
        ('{"id": true, "response": "q"}', f'{NAMED}"id" that is true. Mend or remove that line.'),
        ('{"id": 1.5, "response": "q"}', f'{NAMED}"id" that is a number. Mend or remove that line.'),
        ('{"prompt": " ", "response": "q"}', f'{NAMED}"prompt" that is empty. Mend or remove that line.'),
        ('{"prompt": [], "response": "q"}', f'{NAMED}"prompt" that is a list. Mend or remove that line.'),
        ('{"id": ' + "9" * 5000 + "}", f"{SHAPE}a number of 5,000 digits. Mend or remove that line."),
        ('{"x": ' + "[" * 100_000 + "]" * 100_000 + "}", f"{SHAPE}JSON nested too deeply. Mend or remove that line."),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_named_in_own_words(tmp_path, row, said):
    path = file_of(tmp_path, {"id": "s0", "response": "4"}, row)
    with pytest.raises(DataError) as error:
        Responses(path)
    assert str(error.value) == f"{path}, line 2: {said}"


GOOD = {"name": "f", "arguments": {"x": 1}}
MARKUP = '<tool_call>\n{"name": "f", "arguments": {"x": 1}}\n</tool_call>'


@pytest.mark.parametrize("odd", [{"name": "f"}, {"arguments": {}}, {"x": 1}, None, 3, "f(x)", []])
def test_an_odd_call_among_good_ones_is_what_the_model_wrote(tmp_path, odd):
    path = file_of(
        tmp_path,
        {"id": "1", "calls": [{**GOOD, "id": "call-1"}]},
        {"id": "2", "calls": [odd]},
        {"id": "3", "calls": []},
    )
    found, _ = replayed(path, asking(k1="p1", k2="p2", k3="p3"))
    assert found[("1", 0)] == MARKUP
    assert found[("2", 0)] == f"<tool_call>\n{json.dumps(odd)}\n</tool_call>"
    assert found[("3", 0)] == "No call."
    reading = read(Generation("t", "2", 0, "h", found[("2", 0)], "stop"), "hermes")
    assert reading.outcome is Outcome.OK
    assert [call.fault is not None for call in reading.tool_calls] == [True]


def test_a_file_in_which_every_call_is_odd_is_of_another_form(tmp_path):
    wrapped = {"id": "c", "type": "function", "function": GOOD}
    path = file_of(tmp_path, {"id": "1", "response": "4"}, {"id": "2", "calls": [wrapped]}, {"id": "3", "calls": [3]})
    with pytest.raises(DataError) as error:
        Responses(path)
    assert str(error.value) == f'{path}, line 2: {CALLS}a call without "name". Mend or remove that line.'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'[{"id": "a", "response": "b"}]', "a list. Write each of its rows on a line of its own."),
        (b'[\n  {"id": "a", "response": "b"}\n]', "a list. Write each of its rows on a line of its own."),
        (gzip.compress(b"{}", mtime=0), "a gzip file. Unpack it first."),
        ('{"id": "a", "response": "b"}'.encode("utf-16"), "text that is not UTF-8. Write the file as UTF-8."),
        ('{"id": "a", "response": "é"}'.encode("latin-1"), "text that is not UTF-8. Write the file as UTF-8."),
    ],
)
def test_a_file_of_another_form_is_named(tmp_path, data, said):
    path = tmp_path / "answers.jsonl"
    path.write_bytes(data)
    with pytest.raises(DataError) as error:
        Responses(path)
    assert str(error.value) == f"{path}, line 1: {SHAPE}{said}"


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "answers.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "1", "response": "a"}\n')
    assert replayed(path, asking(k1="p")) == ({("1", 0): "a"}, [])


def test_a_folder_is_no_file_of_answers(tmp_path):
    with pytest.raises(CheckpointError) as error:
        resolve_checkpoint(f"responses:{tmp_path}")
    assert str(error.value) == (
        f"responses:{tmp_path}: expected a JSONL file of answers, got a folder. "
        "Give a file in it, or run:FOLDER for a folder that `sfteval run` wrote."
    )
