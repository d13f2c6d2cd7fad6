"""Which rows become items: shared by both sides, held out for real, one from each stratum of length."""

import hashlib
import json
import shutil

import pytest

from sfteval.checkpoints import resolve_checkpoint
from sfteval.probing.material import cases_of, drawn
from sfteval.probing.plan import ProbePlan, probes_named
from tests.toys import toy_checkpoint


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def row(name, answer, thought=None):
    turns = [{"role": "user", "content": f"about {answer}"}, {"role": "assistant", "content": answer}]
    return {"id": name, "messages": [turns[0], {**turns[1], "reasoning_content": thought}]}


def trained(folder, rows, train, held_out, arm="think", **record):
    """A toy checkpoint with a record of its training."""
    toy_checkpoint(folder)
    data = folder.parent / "rows.jsonl"
    data.write_text("".join(json.dumps(one) + "\n" for one in rows))
    source = {"path": "../rows.jsonl", "sha256": hashlib.sha256(data.read_bytes()).hexdigest()}
    kwargs = {"enable_thinking": arm == "think"}
    told = {"arm": arm, "template_kwargs": kwargs, "data": {"sources": [source], "train": train, "held_out": held_out}}
    (folder / "sft_run.json").write_text(json.dumps({**told, **record}))
    return resolve_checkpoint(str(folder))


ROWS = [row(f"r{n}", f"answer number {n}", "hm") for n in range(10)]
TRAIN, HELD_OUT = [f"r{n}" for n in range(6)], [f"r{n}" for n in range(6, 10)]


def names(case, split):
    return sorted(piece.id for piece in case.of_split(split))


def test_both_sides_get_the_items_that_both_learned_or_both_held_out(tmp_path):
    a = trained(tmp_path / "a", ROWS, TRAIN, HELD_OUT, "no-think")
    b = trained(tmp_path / "b", ROWS, [*TRAIN[1:], "r9"], [*HELD_OUT[:-1], "r0"])
    one, other = cases_of((a, b), ProbePlan(), ("A", "B"))
    for case in (one, other):
        assert (case.no_items, names(case, "train"), names(case, "held_out")) == ("", TRAIN[1:], HELD_OUT[:-1])
    assert [item.id for item in one.items] == [item.id for item in other.items]
    assert (one.items[0].piece.think, other.items[0].piece.think is None) == (None, False)


def test_what_was_learned_under_another_name_is_held_out_nowhere_and_copies_count_once(tmp_path):
    rows = [*ROWS, row("copy", "answer number 0"), row("twin", "answer number 9")]
    only = trained(tmp_path / "a", rows, TRAIN, [*HELD_OUT, "copy", "twin"])
    (case,) = cases_of((only,), ProbePlan(), ("it",))
    assert names(case, "held_out") == HELD_OUT


def trained_elsewhere(folder, rows):
    """A checkpoint of other rows, which lie beside it: the first six learned, the others held out."""
    folder.parent.mkdir()
    names = [one["id"] for one in rows]
    return trained(folder, rows, names[:6], names[6:])


def test_sides_of_other_training_data_are_asked_of_their_own_rows_even_where_the_names_are_the_same(tmp_path):
    a = trained(tmp_path / "a", ROWS, TRAIN, HELD_OUT)
    b = trained_elsewhere(tmp_path / "elsewhere" / "b", [row(f"r{n}", f"something else {n}") for n in range(10)])
    cases = cases_of((a, b), ProbePlan(), ("A", "B"))
    for case, said in zip(cases, ("answer number", "something else"), strict=True):
        assert (case.is_alone, case.no_items) == (True, "")
        assert {piece.text[: len(said)] for piece in case.of_split("train")} == {said}
        assert len(case.of_split("held_out")) == 4


def test_one_name_of_two_different_rows_is_no_shared_item(tmp_path):
    a = trained(tmp_path / "a", ROWS, TRAIN, HELD_OUT)
    b = trained_elsewhere(tmp_path / "elsewhere" / "b", [row("r0", "something else"), *ROWS[1:]])
    one, other = cases_of((a, b), ProbePlan(), ("A", "B"))
    assert (one.is_alone, names(one, "train"), names(other, "train")) == (False, TRAIN[1:], TRAIN[1:])


def test_the_same_seed_draws_the_same_items_and_so_many(tmp_path):
    only = trained(tmp_path / "a", ROWS, TRAIN, HELD_OUT)
    few = [cases_of((only,), ProbePlan(num_train=3, num_held_out=2, seed=s), ("it",))[0] for s in (0, 0, 1, 2, 3)]
    assert [len(case.of_split("train")) for case in few] == [3] * 5
    assert names(few[0], "train") == names(few[1], "train")
    assert len({tuple(names(case, "train")) for case in few}) > 1


def test_one_of_each_stratum_of_length_is_drawn():
    lengths = {f"n{n:02}": n for n in range(40)}
    found = sorted(lengths[name] // 10 for name in drawn(lengths, 4, "seed"))
    assert found == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("train", "held_out", "reason"),
    [
        (TRAIN, [], "no held-out row can be read; give --held-out FILE"),
        (None, HELD_OUT, "its sft_run.json does not tell which rows were learned from; give --train FILE.jsonl"),
        (TRAIN, TRAIN, "no held-out row is left that no side learned and the template renders"),
    ],
)
def test_without_items_there_is_a_reason(tmp_path, train, held_out, reason):
    (case,) = cases_of((trained(tmp_path / "a", ROWS, train, held_out),), ProbePlan(), ("it",))
    assert (case.no_items, case.items) == (reason, ())


def test_a_base_model_is_found_by_the_record_and_named_where_it_is_missing(tmp_path):
    toy_checkpoint(tmp_path / "base")
    known = trained(tmp_path / "a", ROWS, TRAIN, HELD_OUT, base={"path": "../base"})
    gone = trained(tmp_path / "b", ROWS, TRAIN, HELD_OUT, base={"path": "../nowhere"})
    cases = cases_of((known, gone), ProbePlan(), ("A", "B"))
    assert [case.base_shares_tokens for case in cases] == [True, False]
    assert cases[1].no_base.startswith("its base model cannot be asked: ")
    merged = toy_checkpoint(tmp_path / "other", merges=[("t", "h")])
    (case,) = cases_of((known,), ProbePlan(base=str(merged)), ("it",))
    assert (case.base.name, case.base_shares_tokens) == ("other", False)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("fast", ("contamination", "loss_gap", "format_leak")),
        ("none", ()),
        ("canary, loss_gap,canary", ("loss_gap", "canary")),
    ],
)
def test_probes_are_named_in_any_order_and_asked_in_ours(words, found):
    assert probes_named(words) == found


def test_an_unknown_probe_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r'got "memberships". Did you mean "membership"\?'):
        probes_named("memberships")


def test_an_adapter_without_a_record_rests_on_the_base_that_it_names(tmp_path):
    base = toy_checkpoint(tmp_path / "base")
    adapter = tmp_path / "adapter"
    shutil.copytree(base, adapter)
    (adapter / "config.json").unlink()
    (adapter / "model.safetensors").rename(adapter / "adapter_model.safetensors")
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "../base", "r": 4}))
    (case,) = cases_of((resolve_checkpoint(str(adapter)),), ProbePlan(), ("it",))
    assert case.base is not None
    assert (case.checkpoint.kind, case.base.path.resolve()) == ("adapter", base.resolve())
    assert case.base_shares_tokens
