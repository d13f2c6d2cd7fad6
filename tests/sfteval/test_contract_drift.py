"""What a checkpoint's own files say about the template it was trained with, before anybody is asked."""

import json
import shutil

import pytest

from sfteval.chat import ChatTemplate
from sfteval.checkpoints import resolve_checkpoint
from sfteval.contract import check_contract, drifted, static_checks
from sfteval.contract.drift import against_training
from sfteval.errors import NotComparableError, TemplateError
from sfteval.identity import file_hash
from tests.toys import CHATML, toy_checkpoint

WITHOUT_TOOLS = CHATML.replace("Answer a call as JSON", "Write a call as JSON")


def advice(name, checks):
    return [f"{name}: {said}" for check in checks if not check.drifted and (said := check.warning())]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A checkpoint with the record that training writes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = toy_checkpoint(tmp_path / "think")
    template = ChatTemplate.from_folder(made)
    record(
        made,
        template_sha256=template.sha256,
        contract={"template": template.source, "special_tokens": dict(template.special_tokens)},
        stop_token_ids=[258, 256],
        files_sha256={"tokenizer.json": file_hash(made / "tokenizer.json")},
    )
    return made


def record(folder, **changes):
    path = folder / "sft_run.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps(known | changes))


def change_json(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def checked(folder):
    return resolve_checkpoint(str(folder))


def test_a_checkpoint_as_it_was_trained_holds_on_every_probe(folder):
    check_contract(checked(folder))
    first, *others = static_checks(checked(folder))
    assert len(first.findings) == 18
    assert {finding.state for finding in first.findings} == {"ok"}
    assert (first.drifted, first.verified) == (False, True)
    assert [one.where for one in others] == ["tokenizer.json", "generation_config.json"]
    assert advice("think", [first, *others]) == []


def test_an_unchanged_template_is_seen_without_reading_a_tokenizer(folder):
    (folder / "tokenizer.json").write_text("torn")
    check_contract(checked(folder))


def test_a_changed_template_is_drift_and_its_place_is_named(folder):
    (folder / "chat_template.jinja").write_text(WITHOUT_TOOLS)
    with pytest.raises(NotComparableError) as error:
        check_contract(checked(folder))
    assert error.value.exit_code == 12
    said = str(error.value)
    assert "expected the chat template it was trained with" in said
    assert 'differs at tool definitions: tools block, token 531: expected "Answer a call' in said
    assert 'got "Write a call' in said
    assert said.endswith("or pass --allow-template-drift to compare all the same.")
    assert advice("think", static_checks(checked(folder))) == []  # drift is no warning
    different = static_checks(checked(folder))[0].different
    assert [finding.probe for finding in different] == [
        "tool definitions", "tools and system", "call", "tool result", "think before a call", "parallel calls",
        "unicode arguments",
    ]  # fmt: skip


def test_another_text_that_renders_the_same_tokens_is_said_and_no_drift(folder):
    (folder / "chat_template.jinja").write_text("{#- a comment -#}" + CHATML)
    assert not drifted(checked(folder))
    assert advice("think", static_checks(checked(folder))) == [
        "think: the chat template: another text than in training, the same tokens"
    ]


def test_a_special_token_of_another_text_is_drift(folder):
    template = "{{ bos_token or '' }}" + CHATML
    (folder / "chat_template.jinja").write_text(template)
    record(folder, contract={"template": template, "special_tokens": {"bos_token": "<|endoftext|>"}})
    with pytest.raises(NotComparableError) as error:
        check_contract(checked(folder))
    assert 'differs at plain: bos, token 0: expected "<|endoftext|><|im_start|>user' in str(error.value)


def test_a_template_that_refuses_what_it_rendered_in_training_is_drift(folder):
    strict = "{%- if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}" + CHATML
    (folder / "chat_template.jinja").write_text(strict)
    finding = static_checks(checked(folder))[0].different[0]
    assert (finding.probe, finding.note) == ("system", 'refused: "no system here"')


def test_what_both_refuse_is_no_drift(folder):
    strict = "{%- if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}" + CHATML
    (folder / "chat_template.jinja").write_text(strict)
    record(folder, contract={"template": strict, "special_tokens": {}})
    check = static_checks(checked(folder))[0]
    assert not check.drifted
    assert [f.probe for f in check.findings if f.state == "refused"] == ["system", "multi-turn", "tools and system"]


def test_an_older_record_knows_the_hash_alone(folder):
    (folder / "sft_run.json").write_text(json.dumps({"template_sha256": "0" * 64}))
    (check,) = static_checks(checked(folder))
    assert (check.drifted, check.findings[0].note) == (True, "another hash, and the text was not recorded")


def test_without_a_record_there_is_nothing_to_drift_from(folder):
    (folder / "sft_run.json").unlink()
    assert against_training(checked(folder)) is None
    assert static_checks(checked(folder)) == ()
    assert not drifted(checked(folder))


@pytest.mark.parametrize("contract", [5, [], {"template": 5}, {"template": None}, "x"])
def test_a_contract_of_another_form_is_as_none(folder, contract):
    record(folder, contract=contract)
    assert not drifted(checked(folder))
    (folder / "chat_template.jinja").write_text(WITHOUT_TOOLS)
    assert drifted(checked(folder))  # by the hash


def test_a_recorded_template_that_is_no_template_is_one_sentence(folder):
    record(folder, contract={"template": "{% if %}", "special_tokens": {"bos_token": 5}})
    with pytest.raises(TemplateError, match=r"sft_run.json, contract, line 1: expected valid Jinja"):
        check_contract(checked(folder))


def test_a_second_template_that_older_servers_read_is_a_warning(folder):
    change_json(folder / "tokenizer_config.json", chat_template=CHATML)
    assert advice("think", static_checks(checked(folder))) == []
    change_json(folder / "tokenizer_config.json", chat_template=[{"name": "default", "template": WITHOUT_TOOLS}])
    (said,) = advice("think", static_checks(checked(folder)))
    assert said.startswith(
        "think: tokenizer_config.json, which older servers read, differs from chat_template.jinja: "
        "tool definitions: tools block, token 531"
    )
    assert said.endswith("(and 6 more)")
    assert not drifted(checked(folder))


def test_stop_tokens_that_are_gone_are_a_warning(folder):
    change_json(folder / "generation_config.json", eos_token_id=256)
    assert advice("think", static_checks(checked(folder))) == [
        "think: generation_config.json differs from what it was trained with: "
        "stop tokens: generation no longer stops at 258"
    ]


def test_another_tokenizer_file_cannot_be_vouched_for(folder):
    path = folder / "tokenizer.json"
    path.write_text(path.read_text() + "\n")
    (said,) = advice("think", static_checks(checked(folder)))
    assert said == "think: tokenizer.json: another file than training wrote, so its token ids cannot be vouched for"
    assert not drifted(checked(folder))


def test_an_adapter_with_a_template_of_its_own_is_held_against_its_base(folder, tmp_path):
    base = toy_checkpoint(tmp_path / "base", template=WITHOUT_TOOLS)
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        shutil.copy(folder / name, adapter / name)
    shutil.copy(folder / "model.safetensors", adapter / "adapter_model.safetensors")
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "../base"}))
    (said,) = advice("a", static_checks(checked(adapter)))
    assert said.startswith("a: the base, whose format a server may use, differs from the adapter's own: tool def")
    tokenizer = (adapter / "tokenizer.json").rename(tmp_path / "tokenizer.json")
    assert static_checks(checked(adapter)) == ()  # without one of its own it is asked with the base's
    tokenizer.rename(adapter / "tokenizer.json")
    (base / "chat_template.jinja").unlink()
    (said,) = advice("a", static_checks(checked(adapter)))
    assert "template: it has none that can be read" in said
