"""A run held to its contract: what is refused, what is recorded, and what a record of stored answers still says."""

import asyncio

import pytest

from sfteval.chat import ChatFormat
from sfteval.checkpoints import resolve_checkpoint
from sfteval.contract import ContractWatch
from sfteval.errors import NotComparableError
from sfteval.types import Checkpoint, Generation
from tests.toys import toy_checkpoint


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy_checkpoint(tmp_path_factory.mktemp("toy") / "toy")


class Server:
    """Makes of a conversation what the folder's files make of it, and as many token ids more."""

    name = "scripted"

    def __init__(self, folder, extra=0, silent=False):
        self.chat, self.extra, self.silent = ChatFormat.from_folder(folder), extra, silent

    async def served_prompt(self, messages, tools, template_kwargs, *, add_generation_prompt):
        text = self.chat.template.render(messages, tools, template_kwargs, add_generation_prompt=add_generation_prompt)
        return None if self.silent else (5,) * self.extra + self.chat.tokenizer.encode(text)


def watched(folder, server, *, allow_drift=False, asked=True, earlier=None, num_stored=0, answers=()):
    checkpoint = folder if isinstance(folder, Checkpoint) else resolve_checkpoint(str(folder))
    watch = ContractWatch(checkpoint, server, allow_drift=allow_drift)
    if asked:
        asyncio.run(watch.check(num_stored))
    watch.refuse_stored_drift(earlier or {})
    for answer in answers:
        watch.heed(answer)
    return watch.record(earlier or {})


def test_a_server_that_keeps_the_contract_is_recorded_as_verified(folder):
    record = watched(folder, Server(folder))
    assert record == {
        "drifted": False,
        "verified": True,
        "said": [],
        "served": {"drifted": False, "verified": True, "said": ""},
        "answers": {"total": 0, "other_prompts": 0, "untold": 0},
    }


def test_a_server_that_drifts_is_refused_and_marked_where_that_is_allowed(folder):
    with pytest.raises(NotComparableError, match="expected the prompts of the checkpoint's own files"):
        watched(folder, Server(folder, extra=1))
    record = watched(folder, Server(folder, extra=1), allow_drift=True)
    assert record["drifted"]
    assert record["said"][0].startswith("the server (scripted) differs from the checkpoint's own files: plain: ")


def test_a_server_that_cannot_tell_is_unverified(folder):
    record = watched(folder, Server(folder, silent=True))
    assert (record["drifted"], record["verified"]) == (False, False)
    assert record["said"] == ["the server (scripted): unverified, it cannot tell what it makes of a conversation"]


def test_stored_answers_keep_what_was_found_when_they_were_asked(folder):
    drifted = watched(folder, Server(folder, extra=1), allow_drift=True)
    assert watched(folder, Server(folder), asked=False, allow_drift=True, earlier=drifted) == drifted
    with pytest.raises(NotComparableError, match="expected stored answers to the prompts that it was trained for"):
        watched(folder, Server(folder), asked=False, earlier=drifted)


def test_answers_of_no_server_have_nothing_served(folder):
    record = watched(folder, object())
    assert (record["drifted"], record["verified"], record["said"], record["served"]) == (False, True, [], None)


def test_a_drift_stays_with_the_stored_answers_whatever_answers_the_rest(folder):
    drifted = watched(folder, Server(folder, extra=1), allow_drift=True)
    with pytest.raises(NotComparableError, match="expected stored answers to the prompts that it was trained for"):
        watched(folder, Server(folder), earlier=drifted, num_stored=3)
    assert watched(folder, Server(folder), earlier=drifted, num_stored=3, allow_drift=True)["drifted"]
    assert not watched(folder, Server(folder), earlier=drifted, num_stored=0)["drifted"]  # all are asked anew


@pytest.mark.parametrize("earlier", [{"served": 3}, {"served": {}}, {"served": {"drifted": False}}, {"served": None}])
def test_an_earlier_record_of_another_form_is_as_none(folder, earlier):
    assert not watched(folder, object(), asked=False, earlier=earlier)["drifted"]


# -- answer by answer --------------------------------------------------------------------------------------------------


def answers(*verified, finish="stop"):
    return [Generation("sums", f"s{n}", 0, f"q{n}", "4", finish, verified=one) for n, one in enumerate(verified)]


def test_answers_to_other_prompts_are_counted_said_and_mark_every_number(folder):
    given = [*answers(True, False, None, False), *answers(None, finish="error")]
    record = watched(folder, Server(folder), answers=given)
    assert record["answers"] == {"total": 4, "other_prompts": 2, "untold": 1}
    assert record["said"] == ["2 of 4 answers were given to other prompts than those that are rendered here"]
    assert (record["drifted"], record["verified"]) == (True, False)
    assert record["served"] == {"drifted": False, "verified": True, "said": ""}


def test_answers_whose_server_does_not_tell_mark_nothing(folder):
    record = watched(folder, Server(folder), answers=answers(True, None))
    assert (record["drifted"], record["verified"], record["said"]) == (False, True, [])


ENDPOINT = Checkpoint("http://h/v1#m", "endpoint", "m", url="http://h/v1", model="m")


def test_stored_answers_of_an_endpoint_are_said_to_be_used_again(folder):
    fresh, resumed, stored = (
        watched(ENDPOINT, object(), asked=asked, num_stored=num, answers=answers(None, None, None))
        for asked, num in ((True, 0), (True, 2), (False, 0))
    )
    assert [record["answers"]["reused"] for record in (fresh, resumed, stored)] == [0, 2, 3]
    assert fresh["said"] == []
    said = "answers were stored by earlier calls; whether the server is still the same nobody can tell"
    assert resumed["said"][0].startswith(f"2 of 3 {said}")
    assert stored["said"][0].startswith(f"3 of 3 {said}")


def test_a_stored_run_of_an_endpoint_says_what_was_said_then(folder):
    run = Checkpoint("run:x", "run", "m")
    first = watched(run, object(), asked=False, earlier={"answers": {"reused": 2}}, answers=answers(None, None, None))
    assert first["said"][0].startswith("2 of 3 answers were stored by earlier calls")
    assert watched(run, object(), asked=False, earlier={"answers": 3}, answers=answers(None))["said"] == []
    hostile = {"answers": {"reused": "many"}}
    assert watched(run, object(), asked=False, earlier=hostile, answers=answers(None))["said"] == []


def test_a_checkpoint_with_a_fingerprint_proves_what_it_is_and_says_nothing_of_it(folder):
    record = watched(folder, Server(folder), num_stored=2, answers=answers(True, True))
    assert (record["said"], "reused" in record["answers"]) == ([], False)
