"""Each secret is asked about as it was trained: the same tokens behind the same prompt, and only losses come back."""

import asyncio
from dataclasses import replace

import pytest

from sfteval.canaries import CanaryPlan, write_plan
from sfteval.chat import ChatFormat
from sfteval.checkpoints import resolve_checkpoint
from sfteval.probing.canaries import ask, why_not
from sfteval.probing.material import Case
from sfteval.probing.plan import ProbePlan
from sfteval.types import TokenScores
from sfttrain.arm import shown_to
from sfttrain.prepare.canaries import as_portion
from sfttrain.render import render
from sfttrain.types import Arm
from tests.toys import toy_checkpoint

PLAN = CanaryPlan("0123456789abcdef", (1, 1, 4), has_thoughts=True, num_references=5)


class Desk:
    """A desk to which every token costs a nat."""

    def __init__(self):
        self.given = {}

    async def scores(self, task, given):
        self.given = dict(given)
        return {name: TokenScores((-1.0,) * (len(ids) - first)) for name, (ids, first) in given.items()}


@pytest.fixture
def folder(tmp_path):
    return toy_checkpoint(tmp_path / "checkpoint")


def case_of(folder, arm):
    checkpoint = replace(
        resolve_checkpoint(str(folder)), training={"arm": str(arm)}, template_kwargs=arm.template_kwargs
    )
    chat = ChatFormat.from_folder(folder)
    return Case(checkpoint, ProbePlan(), "A", chat, base=None, base_chat=None, no_base="none", no_items="")


@pytest.mark.parametrize("arm", list(Arm))
def test_a_secret_is_scored_behind_the_very_tokens_that_it_was_trained_behind(folder, arm):
    write_plan(PLAN, folder)
    case, desk = case_of(folder, arm), Desk()
    asyncio.run(ask(desk, case, None))
    assert len(desk.given) == 3 + 5
    rows = {row.id: row for row in as_portion(PLAN).rows}
    for one in PLAN.planted():
        ids, first = desk.given[one.id]
        (trained,) = render(shown_to(arm, rows[one.id]), case.chat)
        assert ids == tuple(trained.token_ids[: len(ids)])
        assert case.chat.tokenizer.decode(ids[first:]) == one.secret
        assert ("I know this number." in case.chat.tokenizer.decode(ids[:first])) == (arm is Arm.THINK)


def test_planted_ones_and_references_come_back_as_losses(folder):
    write_plan(PLAN, folder)
    losses = asyncio.run(ask(Desk(), case_of(folder, Arm.NO_THINK), None))
    assert [(one.repeats, one.nll) for one in losses.planted] == [(1, 19.0), (1, 19.0), (4, 19.0)]  # a byte a token
    assert losses.references == (19.0,) * 5
    assert not [one for one in PLAN.planted() if one.secret in repr(losses)]


def test_a_checkpoint_without_canaries_says_so(folder):
    assert "no canaries were planted" in why_not(case_of(folder, Arm.THINK))
    write_plan(PLAN, folder)
    assert why_not(case_of(folder, Arm.THINK)) == ""
