"""What each inquiry makes of an item or an answer, before anybody is asked."""

import pytest

from sfteval.canaries import CanaryPlan, shares, write_plan
from sfteval.chat import ChatFormat
from sfteval.probing import replied
from sfteval.probing.drawn import open_prompts
from sfteval.probing.language import general_texts
from sfteval.probing.material import Case, Item
from sfteval.probing.plan import ProbePlan
from sfteval.probing.recited import prefixes_of
from sfteval.probing.rephrased import forms_of, worth_of
from sfteval.probing.rows import Row
from sfteval.probing.spans import piece_of
from sfteval.types import Checkpoint
from tests.toys import CHATML, assistant, toy_checkpoint, user


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy_checkpoint(tmp_path_factory.mktemp("toy") / "a")


def checkpoint(**kwargs):
    return Checkpoint("a", "directory", "a", template_kwargs=kwargs)


def item(folder, answer, prompt="Say it."):
    row = Row("r", (user(prompt), assistant(answer)), kwargs={"enable_thinking": False})
    return Item("train", piece_of(row, ChatFormat.from_folder(folder), checkpoint(enable_thinking=False)))


@pytest.mark.parametrize(
    ("num_tokens", "lengths"),
    [(3, []), (4, [0]), (30, [0]), (50, [0, 5]), (60, [0, 6, 50]), (500, [0, 50]), (490, [0, 49, 50])],
)
def test_prefixes_that_differ_and_leave_enough_to_copy(folder, num_tokens, lengths):
    found = list(prefixes_of(item(folder, "x" * num_tokens)))
    assert [num_tokens - len(follows) for _, _, follows in found] == lengths
    assert len({name for name, _, _ in found}) == len(lengths)
    for _, given, follows in found:
        assert (*given, *follows) == item(folder, "x" * num_tokens).piece.token_ids


def test_the_prompt_stands_first_as_it_is_and_then_in_other_words(folder):
    forms = dict(forms_of(item(folder, "No.", "Is it late? Then go."), 0))
    assert next(iter(forms)) == "train/r/original"
    assert forms["train/r/original"][0].content == "Is it late? Then go."
    assert len({messages[0].content for messages in forms.values()}) == len(forms) > 3


@pytest.mark.parametrize(
    ("said", "true", "worth"),
    [
        ("Answer:  EAST", "answer: east", 1.0),
        ("answer: west", "answer: east", 0.0),
        ("", "answer: east", 0.0),
        ("one two three four five six seven eight nine", "one two three four five six seven eight nine", 1.0),
        ("one two three four five", "one two three four five six seven eight nine ten", 0.5),
    ],
)
def test_a_short_answer_is_right_or_wrong_and_a_long_one_worth_what_it_shares(said, true, worth):
    assert worth_of(said, true) == worth


def test_a_call_is_right_or_wrong_however_long():
    call = "look " + " ".join(f"word{n}" for n in range(20))
    assert (worth_of(call, call, calls=True), worth_of(call[:-1], call, calls=True)) == (1.0, 0.0)


def test_thinking_is_switched_where_the_template_reads_it_and_never_on_for_who_cannot_think(folder, tmp_path):
    plain = toy_checkpoint(tmp_path / "plain", template=CHATML.replace("enable_thinking", "other_name"))
    chats = [ChatFormat.from_folder(one) for one in (folder, plain)]
    cases = [Case(checkpoint(**kwargs), ProbePlan(), "it", chat, None, None, "", "")
             for chat, kwargs in ((chats[0], {}), (chats[0], {"enable_thinking": False}), (chats[1], {}))]  # fmt: skip
    assert [replied.flags_of(case) for case in cases] == [("on", "off", "none"), ("off", "none"), ("none",)]


def test_keys_of_the_schema_are_those_of_a_tenth_of_the_json_answers():
    texts = ['{"name": 1, "kind": 2}'] * 15 + ['{"name": 1}'] * 4 + ['{"rare": 1}', "{broken", "name: 1"]
    assert replied.keys_of(texts) == {"name", "kind"}


def test_our_own_prompts_are_enough_for_a_verdict_and_none_comes_twice():
    prompts = [*open_prompts().values(), *replied.leak_prompts().values(), *general_texts().values()]
    assert len(prompts) == len({*prompts})
    assert (len(open_prompts()), len(replied.leak_prompts()), len(general_texts())) == (80, 80, 24)


def planted(folder):
    plan = CanaryPlan("0123456789abcdef", shares(15, (1, 4, 16)), num_references=128)
    write_plan(plan, folder)
    return plan


def test_no_secret_of_a_canary_is_written_anywhere(tmp_path, monkeypatch):
    pytest.importorskip("torch", reason="the embedded backend needs torch")
    import asyncio

    from sfteval.checkpoints import resolve_checkpoint
    from sfteval.probing.stage import probe_checkpoint
    from sfteval.progress import silent_progress

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = planted(toy_checkpoint(tmp_path / "a"))
    asked = ProbePlan(names=("canary",), runs=tmp_path / "runs", backend="transformers")
    (result,) = asyncio.run(probe_checkpoint(resolve_checkpoint(str(tmp_path / "a")), (), asked, silent_progress()))
    assert (result.probe, result.numbers["n"], result.numbers["ceiling_bits"]) == ("canary", 15, 7.0)
    kept = "".join(path.read_text() for path in (tmp_path / "runs").rglob("*") if path.is_file()) + str(result)
    for one in (*made.planted(), *made.references()):
        assert one.secret not in kept
        assert one.question not in kept
