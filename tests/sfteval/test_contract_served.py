"""What a server makes of the probes, held against the contract: holds, drifts, refuses, or cannot tell."""

import asyncio
import json
from dataclasses import replace

import pytest

from sfteval.chat import ChatFormat, ChatTemplate
from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.contract import ContractCheck, check_served, refuse_drift
from sfteval.contract.served import DATED
from sfteval.errors import BackendError, NotComparableError, RefusedError, TemplateError, TransientError
from tests.sfteval.scripted import checkpoint
from tests.toys import CHATML, toy_checkpoint

DATE = "{{ '<|im_start|>system\\nToday: ' ~ strftime_now('%Y-%m-%d') ~ '<|im_end|>\\n' }}"


class Server:
    """Renders with a chat format of its own, as a server does that was started with these files."""

    name = "scripted"

    def __init__(self, chat, faults=()):
        self.chat, self.faults, self.asked = chat, list(faults), []

    async def served_prompt(self, messages, tools, template_kwargs, *, add_generation_prompt=True):
        self.asked.append(template_kwargs)
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        try:
            text = self.chat.template.render(
                messages, tools, template_kwargs, add_generation_prompt=add_generation_prompt
            )
        except TemplateError as error:
            raise RefusedError(
                "http://x/v1", expected="an answer", got=f"HTTP 400: {error.got}", next_move="-"
            ) from error
        return self.chat.tokenizer.encode(text)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return toy_checkpoint(tmp_path / "think")


def trained_with(folder, source):
    (folder / "chat_template.jinja").write_text(source)
    contract = {"template": source, "special_tokens": {}}
    (folder / "sft_run.json").write_text(
        json.dumps({"contract": contract, "template_sha256": ChatTemplate(source).sha256})
    )
    return resolve_checkpoint(str(folder))


def server(folder, old="", new="", **options):
    chat = ChatFormat.from_folder(folder)
    assert old in chat.template.source
    return Server(
        replace(chat, template=replace(chat.template, source=chat.template.source.replace(old, new))), **options
    )


def served(asked, backend):
    return asyncio.run(check_served(asked, backend))


def fault(kind):
    return kind("http://x/v1", expected="an answer", got="HTTP 500", next_move="Try again")


def test_a_server_with_the_same_files_holds_on_every_probe(folder):
    check = served(resolve_checkpoint(str(folder)), server(folder))
    assert (check.drifted, check.verified, len(check.findings)) == (False, True, 18)
    assert (check.where, check.against) == ("the server (scripted)", "the checkpoint's own files")
    refuse_drift(resolve_checkpoint(str(folder)), check)
    assert check.warning() == ""


def test_a_server_that_drops_the_history_of_thought_drifts(folder):
    asked = trained_with(folder, CHATML.replace("loop.index0 > ns.last_user", "message.reasoning_content"))
    check = served(asked, server(folder, "message.reasoning_content", "false and message.reasoning_content"))
    assert check.against == "what it was trained with"
    assert [f.probe for f in check.different] == [
        "think in history", "think before a call", "enable_thinking = true", "enable_thinking = false",
    ]  # fmt: skip
    with pytest.raises(NotComparableError) as error:
        refuse_drift(asked, check)
    assert str(error.value).startswith(
        "think, the server (scripted): expected the prompts of what it was trained with, "
        'got others at think in history: think block, token 47: expected "<think>\\nOne cat'
    )
    assert ", and 3 more. Serve it with" in str(error.value)
    recorded = check.recorded()
    assert (recorded["drifted"], recorded["verified"]) == (True, True)
    assert recorded["said"].startswith("the server (scripted) differs from what it was trained with: think in history")
    assert "--allow-template-drift" in str(error.value)


def test_the_trained_template_is_the_contract_and_not_the_folders(folder):
    asked = trained_with(folder, CHATML)
    (folder / "chat_template.jinja").write_text(CHATML.replace("# Tools", "# Functions"))
    check = served(resolve_checkpoint(str(folder)), server(folder))
    assert {f.difference.kind for f in check.different} == {"tools block"}
    assert not served(asked, server(folder, "# Functions", "# Tools")).drifted


def test_the_checkpoints_own_arguments_go_along_and_a_probe_goes_before_them(folder):
    asked = with_overrides(resolve_checkpoint(str(folder)), {"enable_thinking": False})
    backend = server(folder)
    assert not served(asked, backend).drifted
    assert [kwargs["enable_thinking"] for kwargs in backend.asked] == [False] * 16 + [True, False]


def test_a_server_that_ignores_template_arguments_drifts(folder):
    check = served(resolve_checkpoint(str(folder)), server(folder, "enable_thinking is not defined or ", "true or "))
    assert [f.probe for f in check.different] == ["enable_thinking = false"]
    assert check.different[0].difference.kind == "think block"


def test_a_conversation_that_only_the_server_refuses_is_drift(folder):
    check = served(
        resolve_checkpoint(str(folder)), server(folder, "{%- if tools %}", "{%- if tools %}{{ nothing.here }}")
    )
    assert check.different[0].probe == "tool definitions"
    assert check.different[0].note.startswith("refused: HTTP 400")


def test_what_a_server_says_when_it_refuses_moves_nothing(folder):
    refusal = RefusedError("http://x/v1", expected="an answer", got="no\x1b[2J\u202e\nway", next_move="-")
    check = served(resolve_checkpoint(str(folder)), server(folder, faults=[refusal]))
    assert check.different[0].sentence() == "plain: refused: no\\u001b[2J\\u202e\\u000away"


def test_what_both_refuse_is_no_drift(folder):
    source = "{%- if tools %}{{ raise_exception('no tools') }}{% endif %}" + CHATML
    check = served(trained_with(folder, source), server(folder))
    assert not check.drifted
    assert sum(f.state == "refused" for f in check.findings) == 7


def test_a_server_that_cannot_tell_is_asked_once_and_is_unverified(folder):
    backend = server(folder, faults=[None])
    check = served(resolve_checkpoint(str(folder)), backend)
    assert (check.drifted, check.verified, len(backend.asked)) == (False, False, 1)
    refuse_drift(resolve_checkpoint(str(folder)), check)
    assert check.warning() == "the server (scripted): unverified, it cannot tell what it makes of a conversation"


def test_a_check_that_found_nothing_verified_nothing():
    assert not ContractCheck("here", "there", ()).verified


def test_a_checkpoint_without_files_is_unverified_and_nobody_is_asked(folder):
    backend = server(folder)
    check = served(checkpoint("m", url="http://x/v1", model="m"), backend)
    assert (check.drifted, check.verified, backend.asked) == (False, False, [])
    assert "no files here" in check.warning()


def test_a_backend_that_is_no_server_has_nothing_to_check(folder):
    assert served(resolve_checkpoint(str(folder)), object()) is None


def test_a_date_is_said_where_the_files_are_the_contract_and_forbids_nothing(folder):
    (folder / "chat_template.jinja").write_text(DATE + CHATML)
    check = served(resolve_checkpoint(str(folder)), server(folder, "strftime_now('%Y-%m-%d')", "'2031-07-04'"))
    assert (check.drifted, check.verified) == (False, True)
    assert check.warning() == f"the server (scripted): {DATED}"


def test_a_date_is_drift_where_the_weights_were_trained_with_another(folder):
    asked = trained_with(folder, DATE + CHATML)
    check = served(asked, server(folder, "strftime_now('%Y-%m-%d')", "'2031-07-04'"))
    assert {f.difference.kind for f in check.different} == {"date"}
    assert check.drifted


def test_a_date_does_not_hide_what_else_differs(folder):
    (folder / "chat_template.jinja").write_text(DATE + CHATML)
    backend = server(folder, "strftime_now('%Y-%m-%d') ~ '<|im_end|>\\n' }}", "'2031-07-04<|im_end|>' }}")
    assert served(resolve_checkpoint(str(folder)), backend).drifted


def test_a_stumbling_server_is_asked_again_and_a_broken_one_ends_it(folder, monkeypatch):
    monkeypatch.setattr("sfteval.contract.served.PAUSE_SECONDS", 0.0)
    backend = server(folder, faults=[fault(TransientError), fault(TransientError)])
    assert not served(resolve_checkpoint(str(folder)), backend).drifted
    assert len(backend.asked) == 20
    with pytest.raises(TransientError):
        served(resolve_checkpoint(str(folder)), server(folder, faults=[fault(TransientError)] * 3))
    with pytest.raises(BackendError):
        served(resolve_checkpoint(str(folder)), server(folder, faults=[fault(BackendError)]))


def test_hostile_ids_are_drift_and_no_crash(folder):
    check = served(resolve_checkpoint(str(folder)), server(folder, faults=[(-1, 1 << 80, 5), ()]))
    assert [f.probe for f in check.different] == ["plain", "system"]
    assert check.different[1].difference.found == ""
