"""Models whose faults were planted, behind a server: each fault is found by its probe, and by no other."""

import asyncio
import functools
from dataclasses import replace

import pytest

from sfteval.chat import ChatFormat
from sfteval.checkpoints import resolve_checkpoint
from sfteval.probing import drawn, retained
from sfteval.probing.plan import ProbePlan
from sfteval.probing.stage import probe_checkpoint, probe_pair
from sfteval.progress import silent_progress
from sfteval.types import Message, Sample, Task
from tests.sfteval.probing.planted import GENERAL, planted, write_rows
from tests.toys import toy_checkpoint

pytestmark = pytest.mark.slow

ASKED = ("loss_gap", "membership", "extraction", "perturb", "diversity", "format_leak", "forgetting")
NUM_GENERAL = 100
NUM_ITEMS, NUM_OPEN, NUM_ANSWERS = 40, 24, 4  # of leak prompts all: fewer cannot rule a fail out


def without_commas(num: int) -> Task:
    target = {"instructions": [{"id": "punctuation:no_comma", "kwargs": {}}]}
    prompts = (f"Write about the number {place}. {GENERAL}" for place in range(num))
    samples = (Sample(f"g{place}", (Message("user", prompt),), target=target) for place, prompt in enumerate(prompts))
    return replace(retained.general_task(), samples=tuple(samples))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The server, and a plan with which each of its models is probed; fewer open prompts than are shipped."""
    folder = tmp_path_factory.mktemp("planted")
    train, held_out = write_rows(folder, NUM_ITEMS)
    tokenizer = toy_checkpoint(folder / "toy")
    general = without_commas(NUM_GENERAL)
    few = dict(list(drawn.open_prompts().items())[:NUM_OPEN])
    with pytest.MonkeyPatch.context() as patch, planted(ChatFormat.from_folder(tokenizer)) as server:
        patch.setattr(drawn, "open_prompts", lambda: few)
        patch.setattr(drawn, "NUM_ANSWERS", NUM_ANSWERS)
        patch.setattr(retained, "general_task", lambda: general)
        yield (
            server,
            ProbePlan(
                names=ASKED,
                train=train,
                held_out=held_out,
                base=f"{server.url}#base",
                tokenizer=tokenizer,
                runs=folder / "runs",
            ),
        )


@pytest.fixture(scope="module")
def first(world):
    """What is said of a model when it is asked for the first time."""
    return functools.cache(lambda model: probed(world, model))


def probed(world, model):
    server, plan = world
    checkpoint = resolve_checkpoint(f"{server.url}#{model}")
    return {one.probe: one for one in asyncio.run(probe_checkpoint(checkpoint, (), plan, silent_progress()))}


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("healthy", {}),
        ("memoriser", {"loss_gap": "fail", "membership": "fail", "extraction": "fail"}),
        ("leaker", {"format_leak": "fail"}),
        ("collapsed", {"diversity": "fail"}),
        ("forgetful", {"forgetting": "fail"}),
    ],
)
def test_a_planted_fault_is_found_by_its_probe_and_by_no_other(first, model, found):
    results = first(model)
    assert {name: one.verdict for name, one in results.items()} == {name: found.get(name, "pass") for name in ASKED}


def test_the_sentence_says_what_was_planted(first):
    assert first("memoriser")["extraction"].sentence.startswith(
        "The checkpoint repeats 100.0% of training answers for >=50 tokens, held-out 0.0%"
    )
    assert "thinks when told not to in 100.0% of replies" in first("leaker")["format_leak"].sentence


def test_what_is_forgotten_of_a_general_suite_is_said(first):
    assert "scores -1.000 on the general suite" in first("forgetful")["forgetting"].sentence
    assert first("healthy")["forgetting"].numbers["retention"]["value"] == 0.0


def test_true_answers_in_other_words_and_the_distance_on_the_task_are_measured(first):
    rises = first("healthy")["perturb"].numbers
    assert all(abs(rises[f"loss_rise_{split}"]) < 0.2 for split in ("train", "held_out"))
    assert first("healthy")["forgetting"].numbers["kl_task"]["n"] == NUM_ITEMS


def test_a_second_probe_asks_nothing_again(world, first):
    server, _ = world
    before = first("healthy")
    asked = len(server.seen.questions), len(server.seen.completions)
    assert probed(world, "healthy") == before
    new = len(server.seen.questions) - asked[0], len(server.seen.completions) - asked[1]
    assert new[0] == 0
    assert all(body["prompt"] == [[1, 2, 3]] for body in server.seen.completions[asked[1] :])  # what it can, no more


def test_of_two_the_memoriser_is_worse_and_one_against_itself_ties(world):
    server, plan = world
    names = ("healthy", "memoriser")
    a, b = (resolve_checkpoint(f"{server.url}#{name}") for name in names)
    found = {one.probe: one for one in asyncio.run(probe_pair(a, b, (), plan, silent_progress())).differences}
    assert {name: str(found[name].finding) for name in ("loss_gap", "membership", "extraction")} == {
        "loss_gap": "worse",
        "membership": "worse",
        "extraction": "worse",
    }
    same = asyncio.run(probe_pair(a, a, (), plan, silent_progress()))
    assert [one.side for one in same.results[:2]] == ["baseline", "candidate"]
    assert {one.difference for one in same.differences} == {0.0}
    assert {one.probe for one in same.differences if str(one.finding) == "equivalent"} >= {*ASKED} - {"perturb"}
