"""The way through the probes on toy checkpoints: what is skipped and why, and what a comparison gains by them."""

import asyncio
import json
from dataclasses import replace

import pytest

from sfteval.backends.transformers import open_transformers
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import BackendError
from sfteval.identity import content_hash
from sfteval.pipeline import ComparePlan, RunPlan, compare_checkpoints
from sfteval.probing import catalogue, desk, likely, stage
from sfteval.probing.compared import with_probes
from sfteval.probing.language import TRIGRAM_BITS, knows_no_text
from sfteval.probing.plan import ALL, FAST, ProbePlan
from sfteval.probing.stage import probe_checkpoint, probe_pair
from sfteval.progress import silent_progress
from sfteval.suites import load_suite, new_suite
from sfteval.types import Comparison, Finding, Message, Request, Sample, Sampling, Verdict
from tests.sfteval.probing.test_material import HELD_OUT, ROWS, TRAIN, row, trained, trained_elsewhere
from tests.toys import toy_checkpoint

pytest.importorskip("torch", reason="the embedded backend needs torch")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

OF_WORDS = ("perturb", "diversity", "format_leak", "forgetting")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def only(tmp_path):
    toy_checkpoint(tmp_path / "base", 3)
    return trained(tmp_path / "a", ROWS, TRAIN, HELD_OUT, base={"path": "../base"})


def plan(tmp_path, names=ALL, **settings):
    return ProbePlan(names=names, runs=tmp_path / "runs", backend="transformers", **settings)


def said(checkpoint, asked, suites=()):
    return {one.probe: one for one in asyncio.run(probe_checkpoint(checkpoint, suites, asked, silent_progress()))}


def test_a_small_world_is_asked_what_applies_and_told_why_the_rest_does_not(tmp_path, only):
    results = said(only, plan(tmp_path))
    assert [*results] == [*ALL]
    assert {results[name].verdict for name in ("loss_gap", "membership", "extraction")} == {"inconclusive"}
    assert (
        results["loss_gap"].sentence
        == "Too little data: 4 scored answers in the smaller split; at least 20 are needed."
    )
    for name in OF_WORDS:
        assert results[name].verdict == "skipped"
        assert results[name].sentence.startswith("Does not apply: Its base model needs ")
    assert results["canary"].sentence == "No canaries were planted in its training data."
    assert results["contamination"].sentence == "No suite was named in which to look for training data; add --suite."


def test_what_was_asked_is_kept_beside_the_run_and_asked_once(tmp_path, only, monkeypatch):
    asked = plan(tmp_path, ("loss_gap", "extraction"))
    first = said(only, asked)
    kept = sorted(path.name for path in (tmp_path / "runs").rglob("generations/*.jsonl"))
    assert kept == ["continuations.jsonl"] * 2 + ["likelihoods.jsonl"] * 2
    monkeypatch.setattr("sfteval.backends.transformers.backend.load_model", None)  # whoever loads it fails
    assert said(only, asked) == first


def test_answers_that_exist_already_are_probed_by_nobody(tmp_path):
    (tmp_path / "answers.jsonl").write_text('{"id": "writing-01", "response": "No."}\n')
    results = said(resolve_checkpoint(f"responses:{tmp_path / 'answers.jsonl'}"), plan(tmp_path))
    reasons = {one.sentence for name, one in results.items() if name != "contamination"}
    assert reasons == {"These answers exist already, and nobody can be asked more."}


def test_a_checkpoint_without_a_record_says_what_is_missing(tmp_path):
    results = said(resolve_checkpoint(str(toy_checkpoint(tmp_path / "bare"))), plan(tmp_path))
    no_record = "This checkpoint has no record of its training (sft_run.json); give --train FILE.jsonl."
    give_base = "--base CHECKPOINT."
    no_base = f"No base model is known; give {give_base}"
    reasons = {name: one.sentence for name, one in results.items() if name not in ("contamination", "canary")}
    assert reasons == {
        **dict.fromkeys(("loss_gap", "membership", "extraction", "perturb"), no_record),
        **dict.fromkeys(("diversity", "forgetting"), no_base),
        "format_leak": f"Neither its training data nor its base model is known; give --train FILE or {give_base}",
    }


def test_an_error_costs_the_probe_that_it_happens_to(tmp_path, only, monkeypatch):
    async def broken(desk, case, of_base):
        raise BackendError("the server", expected="an answer", got="none", next_move="Start it")

    inquiries = tuple(replace(one, ask=broken) if one.name == "extraction" else one for one in catalogue.INQUIRIES)
    monkeypatch.setattr(stage, "INQUIRIES", inquiries)
    results = said(only, plan(tmp_path, ("loss_gap", "extraction")))
    assert (results["loss_gap"].verdict, results["extraction"].verdict) == ("inconclusive", "skipped")
    assert results["extraction"].sentence == (
        "Nobody could answer it: the server: expected an answer, got none. Start it."
    )


def test_a_base_model_of_another_tokenizer_scores_nothing(tmp_path, only):
    other = toy_checkpoint(tmp_path / "other", merges=[("t", "h")])
    seen = []

    async def ask(desk, case, of_base):
        seen.append(desk.checkpoint.name)
        return await likely.ask(desk, case, of_base)

    inquiries = tuple(replace(one, ask=ask) if one.name == "loss_gap" else one for one in catalogue.INQUIRIES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "INQUIRIES", inquiries)
        said(only, plan(tmp_path, ("loss_gap",), base=str(other)))
        said(only, plan(tmp_path, ("loss_gap",)))
    assert seen == ["a", "base", "a"]


def test_without_its_base_model_a_checkpoint_still_speaks_where_that_is_a_control_only(tmp_path, only, monkeypatch):
    def open_desk(checkpoint, *rest):
        if checkpoint.name == "base":
            raise BackendError("the base", expected="an answer", got="none", next_move="Start it")
        return desk.open_desk(checkpoint, *rest)

    monkeypatch.setattr(stage, "open_desk", open_desk)
    results = said(only, plan(tmp_path, ("loss_gap", "diversity", "format_leak")))
    assert results["loss_gap"].verdict == "inconclusive"
    assert results["diversity"].sentence == "Nobody could answer it: the base: expected an answer, got none. Start it."
    assert results["format_leak"].sentence.startswith("Does not apply: It needs ")


def test_a_base_model_that_is_not_there_is_told_in_one_sentence(tmp_path, only):
    (result,) = said(only, plan(tmp_path, ("diversity",), base="nowhere")).values()
    assert result.sentence.startswith("Its base model cannot be asked: nowhere: expected a checkpoint directory")
    assert result.sentence.endswith("#MODEL.")


def test_two_sides_of_other_training_data_are_each_judged_and_not_compared(tmp_path, only):
    other = trained_elsewhere(tmp_path / "elsewhere" / "b", [row(f"r{n}", f"something else {n}") for n in range(10)])
    probed = asyncio.run(probe_pair(only, other, (), plan(tmp_path, ("loss_gap",)), silent_progress()))
    assert [(one.verdict, one.numbers["answer"]["num_train"]) for one in probed.results] == [("inconclusive", 6)] * 2
    (difference,) = probed.differences
    assert (difference.finding, difference.n) == (Finding.NOT_SHOWN, 0)
    assert difference.sentence == (
        "Nothing can be said of loss gap: A and B were trained on different rows, and each is judged by its own."
    )


def test_two_sides_of_one_base_open_it_once(tmp_path, only, monkeypatch):
    other = trained(tmp_path / "b", ROWS, TRAIN, HELD_OUT, base={"path": "../a/../base"})
    opened = []

    def open_desk(checkpoint, *rest):
        opened.append(checkpoint.name)
        return desk.open_desk(checkpoint, *rest)

    monkeypatch.setattr(stage, "open_desk", open_desk)
    asyncio.run(probe_pair(only, other, (), plan(tmp_path, ("loss_gap",)), silent_progress()))
    assert opened == ["base", "a", "b"]


def test_of_a_pair_each_side_speaks_for_itself_and_dirty_items_are_told_by_side(tmp_path, only):
    bare = resolve_checkpoint(str(toy_checkpoint(tmp_path / "bare", 1)))
    (tmp_path / "mine.jsonl").write_text(
        json.dumps({"id": "q", "prompt": "about answer number 0", "target": "4"}) + "\n"
    )
    new_suite(tmp_path / "mine.jsonl", tmp_path / "suite")
    suite = load_suite(str(tmp_path / "suite"))
    probed = asyncio.run(probe_pair(bare, only, (suite,), plan(tmp_path, FAST), silent_progress()))
    assert [(one.probe, one.side, one.verdict) for one in probed.results] == [
        ("contamination", "baseline", "skipped"),
        ("contamination", "candidate", "fail"),
        ("loss_gap", "baseline", "skipped"),
        ("loss_gap", "candidate", "inconclusive"),
        ("format_leak", "baseline", "skipped"),
        ("format_leak", "candidate", "skipped"),
    ]
    assert probed.dirty == {"candidate": {"mine": frozenset(["q"])}}
    assert probed.differences == ()


def test_probes_stand_beside_a_verdict_and_never_make_one(tmp_path, only):
    rows = [row(f"q{n}", f"answer number {n}") for n in range(8)]
    questions = [{"id": one["id"], "prompt": one["messages"][0]["content"], "target": "4"} for one in rows]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(one) + "\n" for one in questions))
    new_suite(tmp_path / "mine.jsonl", tmp_path / "suite")
    toml = tmp_path / "suite" / "suite.toml"
    toml.write_text(toml.read_text().replace("max_tokens = 1024", "max_tokens = 4"))
    run = RunPlan(suites=(str(tmp_path / "suite"),), runs=tmp_path / "runs", backend="transformers")
    plain = ComparePlan(str(tmp_path / "base"), str(tmp_path / "a"), run, command="sfteval compare")
    asked = ProbePlan(names=FAST, runs=tmp_path / "runs", backend="transformers")
    without = asyncio.run(compare_checkpoints(plain, silent_progress()))
    probed = asyncio.run(compare_checkpoints(replace(plain, probing=asked), silent_progress()))
    assert without.probes == ()
    assert [one.probe for one in probed.probes] == ["contamination"] * 2 + ["loss_gap"] * 2 + ["format_leak"] * 2
    assert (probed.verdict, probed.headline, probed.metrics) == (without.verdict, without.headline, without.metrics)
    assert [(one.task, len(one.candidate_dirty)) for one in probed.contaminated] == [("mine", 6)]


def test_no_comparison_is_lost_to_a_probe(tmp_path, only, monkeypatch):
    def gone(*arguments):
        raise PermissionError(13, "Permission denied", "rows.jsonl")

    monkeypatch.setattr(stage, "cases_of", gone)
    asked = plan(tmp_path, ("loss_gap",))
    empty = Comparison(only, only, {}, {}, True, (), (), (), {}, {}, Verdict.PASS, "B passes", warnings=("one",))
    found = asyncio.run(with_probes(empty, (), asked, silent_progress(), seed=0, alpha=0.05))
    warning = "no probe was asked: [Errno 13] Permission denied: 'rows.jsonl'"
    assert found == replace(empty, warnings=("one", warning))


def test_the_embedded_backend_goes_on_as_it_answers(tmp_path):
    backend = open_transformers(resolve_checkpoint(str(toy_checkpoint(tmp_path / "a"))))
    messages = (Message("user", "2+2?"),)
    request = Request("t", Sample("s", messages, content_hash=content_hash("s")), 0, Sampling(max_tokens=6), 0)

    async def go():
        await backend.ready()
        (answer,) = await backend.answer([request])
        prompt = answer.prompt_token_ids
        return answer.token_ids, await backend.continued([prompt, (*prompt, *answer.token_ids[:2])], 6)

    answered, (same, rest) = asyncio.run(go())
    assert same == answered
    assert rest[:4] == answered[2:]


def test_a_model_that_needs_more_than_trigrams_do_knows_no_text():
    assert knows_no_text(TRIGRAM_BITS, "It") == ""
    assert knows_no_text(7.21, "It").startswith("Does not apply: It needs 7.2 bits for a character of plain English")
