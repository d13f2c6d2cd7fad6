import asyncio
import json
from dataclasses import replace

import pytest

from sfteval.judging.family import family_warnings, kinship
from sfteval.judging.plan import JudgePlan
from sfteval.judging.verdict import verdict_of
from sfteval.progress import silent_progress
from sfteval.rules import STANDARD
from sfteval.types import Checkpoint, Suite
from tests.sfteval.backends.scripted_server import Script, ScriptedServer
from tests.sfteval.judge import judges
from tests.sfteval.judge.worlds import comparison, pair, task


def endpoint(model):
    return Checkpoint(f"http://h/v1#{model}", "endpoint", model.split("/")[-1], url="http://h/v1", model=model)


def folder(path, name="run-7", *, architecture="QwenForCausalLM", tokenizer="{}", kind="qwen3", **known):
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps({"architectures": [architecture], "model_type": kind}))
    (path / "tokenizer.json").write_text(tokenizer)
    return Checkpoint(str(path), "directory", name, path=path, **known)


def test_the_same_weights_are_the_nearest_kin():
    one = Checkpoint("a", "directory", "a", fingerprint="f")
    assert kinship(one, Checkpoint("b", "run", "b", fingerprint="f")) == "the same weights"


@pytest.mark.parametrize("turned", [False, True])
def test_a_base_model_and_what_was_trained_from_it_are_kin(turned):
    base = Checkpoint("base", "directory", "base", fingerprint="f")
    tuned = Checkpoint("t", "directory", "t", fingerprint="g", training={"base": {"fingerprint": "f"}})
    assert kinship(*((tuned, base) if turned else (base, tuned))) == "the same base model"


def test_two_that_were_trained_from_one_base_are_kin():
    one, other = (
        Checkpoint(name, "directory", name, fingerprint=name, training={"base": {"fingerprint": "f"}}) for name in "ab"
    )
    assert kinship(one, other) == "the same base model"


def test_one_architecture_with_one_tokenizer_is_kin_and_either_alone_is_not_seen_as_that(tmp_path):
    one = folder(tmp_path / "1")
    assert kinship(one, folder(tmp_path / "2")) == "the same architecture (QwenForCausalLM) and tokenizer"
    assert kinship(one, folder(tmp_path / "3", tokenizer='{"a": 1}', kind="llama")) == ""
    assert kinship(one, folder(tmp_path / "4", architecture="LlamaForCausalLM", kind="llama")) == ""


def test_the_name_of_a_family_is_seen_behind_sizes_and_versions(tmp_path):
    assert kinship(endpoint("Qwen/Qwen2.5-72B-Instruct"), endpoint("qwen3-4b")) == 'the family name "qwen"'
    assert kinship(endpoint("Qwen2.5-72B"), folder(tmp_path / "1", kind="qwen3")) == 'the family name "qwen"'
    assert kinship(endpoint("gpt-9"), endpoint("qwen3-4b")) == ""


def test_names_that_say_nothing_are_no_family():
    assert kinship(endpoint("judge"), endpoint("judge")) == ""
    assert kinship(endpoint("a"), endpoint("a")) == ""


def test_one_sentence_names_the_judge_the_side_and_what_they_share():
    sides = (endpoint("qwen3-4b"), endpoint("llama-8b"))
    assert family_warnings([endpoint("Qwen2.5-72B"), endpoint("gpt-9")], sides) == [
        'the judge Qwen2.5-72B is of the family that it judges (qwen3-4b: the family name "qwen"): '
        "it may prefer what sounds like itself"
    ]


@pytest.mark.parametrize(
    "text", ["", "[]", "[" * 100_000, '{"architectures": 3}', '{"architectures": [], "model_type": 1}']
)
def test_a_broken_config_is_no_kin_and_no_error(tmp_path, text):
    one = folder(tmp_path / "1")
    other = folder(tmp_path / "2")
    (tmp_path / "2" / "config.json").write_text(text)
    assert kinship(one, other) == ""


def decided(tmp_path, gold=()):
    suites = [Suite("s", "1", "", "", (task(gating=()),))]
    world = replace(comparison([pair(1, 3, 9)]), baseline=endpoint("qwen3-4b"))

    async def go():
        async with ScriptedServer(Script(say=judges.fair, models=("qwen-judge",))) as server:
            plan = JudgePlan((f"{server.url}#qwen-judge",), gold=gold, runs=tmp_path / "runs")
            return await verdict_of(world, suites, plan, STANDARD, silent_progress(), seed=0)

    return asyncio.run(go())


def test_a_comparison_warns_of_a_judge_of_its_own_family(tmp_path):
    (warning,) = [one for one in decided(tmp_path).warnings if "family" in one]
    assert warning.startswith("the judge qwen-judge is of the family that it judges (qwen3-4b: ")


def test_labels_that_are_of_no_pair_of_the_comparison_are_said(tmp_path):
    row = {"prompt": "Question 1?", "a": "Well, worth 3.", "b": "Now, worth 9.", "label": "b"}
    for prompt, is_said in (("Question 1?", False), ("Question 2?", True)):
        path = tmp_path / "gold.jsonl"
        path.write_text(json.dumps({**row, "prompt": prompt}))
        found = decided(tmp_path, (path,))
        assert any("no label of --judge-gold" in one for one in found.warnings) == is_said
        assert found.judged[0].num_labelled == (0 if is_said else 1)
