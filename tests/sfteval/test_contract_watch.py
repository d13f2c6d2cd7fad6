"""A run held to its contract: what is refused, what is recorded, and what a record of stored answers still says."""

import asyncio

import pytest

from sfteval.chat import ChatFormat
from sfteval.checkpoints import resolve_checkpoint
from sfteval.contract import ContractWatch
from sfteval.errors import NotComparableError
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


def watched(folder, server, *, allow_drift=False, asked=True, earlier=None):
    watch = ContractWatch(resolve_checkpoint(str(folder)), server, allow_drift=allow_drift)
    if asked:
        asyncio.run(watch.check())
    return watch.record(earlier or {})


def test_a_server_that_keeps_the_contract_is_recorded_as_verified(folder):
    record = watched(folder, Server(folder))
    assert record == {
        "drifted": False,
        "verified": True,
        "said": [],
        "served": {"drifted": False, "verified": True, "said": ""},
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
    assert record == {"drifted": False, "verified": True, "said": [], "served": None}
