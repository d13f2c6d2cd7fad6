"""What a checkpoint argument names; everything wrong with a directory is one sentence, before a model is loaded."""

import json

import pytest

from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.errors import CheckpointError, TemplateError
from tests.toys import toy_checkpoint


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return toy_checkpoint(tmp_path / "toy")


def refused(argument):
    with pytest.raises((CheckpointError, TemplateError)) as error:
        resolve_checkpoint(str(argument))
    return str(error.value)


def test_a_directory_is_named_by_its_folder_and_known_by_its_content(folder, tmp_path):
    one = resolve_checkpoint(str(folder))
    assert (one.kind, one.name) == ("directory", "toy")
    folder.rename(tmp_path / "renamed")
    two = resolve_checkpoint(str(tmp_path / "renamed"))
    assert one.fingerprint == two.fingerprint
    assert len(one.fingerprint) == 64


def test_other_weights_or_another_template_is_another_fingerprint(folder, tmp_path):
    prints = [
        resolve_checkpoint(str(folder)).fingerprint,
        resolve_checkpoint(str(toy_checkpoint(tmp_path / "b", 1))).fingerprint,
    ]
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text() + "\n")
    prints.append(resolve_checkpoint(str(folder)).fingerprint)
    assert len(set(prints)) == 3


def test_the_arms_template_kwargs_are_the_default(folder):
    record = {"template_kwargs": {"enable_thinking": False}}
    (folder / "sft_run.json").write_text(json.dumps(record))
    plain = resolve_checkpoint(str(folder))
    assert plain.template_kwargs == {"enable_thinking": False}
    changed = with_overrides(plain, {"enable_thinking": True, "temperature": 0.6})
    assert changed.template_kwargs == {"enable_thinking": True}
    assert changed.sampling_overrides == {"temperature": 0.6}


def test_a_missing_directory_says_which_forms_there_are(tmp_path):
    assert "no such directory" in refused(tmp_path / "nowhere")
    assert "hf:ORG/NAME" in refused(tmp_path / "nowhere")


def test_a_folder_without_weights_is_not_finished(folder):
    (folder / "model.safetensors").unlink()
    assert "expected weights as safetensors, got no weights" in refused(folder)


def test_pickled_weights_are_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "got pickled weights only" in refused(folder)


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_half_written_weights_are_refused(folder, keep):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:keep])
    assert "safetensors" in refused(folder)
    assert "a whole safetensors file" in refused(folder)


def test_a_missing_shard_is_named(folder):
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    assert "model-2.safetensors missing" in refused(folder)


def test_a_template_that_is_not_jinja_is_refused(folder):
    (folder / "chat_template.jinja").write_text("{% if %}")
    assert "chat_template.jinja" in refused(folder)


def test_a_torn_training_record_is_refused(folder):
    (folder / "sft_run.json").write_text('{"templ')
    assert "sft_run.json: expected valid JSON" in refused(folder)


def test_an_adapter_rests_on_its_base(folder, tmp_path):
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(folder)}))
    (adapter / "adapter_model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    found = resolve_checkpoint(str(adapter))
    assert (found.kind, found.name, found.base_path) == ("adapter", "adapter", folder)
    assert found.fingerprint != resolve_checkpoint(str(folder)).fingerprint
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "org/base"}))
    assert "the adapter's base model on disk, got org/base" in refused(adapter)


def test_an_endpoint_has_a_name_and_no_fingerprint():
    found = resolve_checkpoint("http://127.0.0.1:8000/v1/#org/lab")
    assert (found.kind, found.name, found.url, found.model) == (
        "endpoint",
        "lab",
        "http://127.0.0.1:8000/v1",
        "org/lab",
    )
    assert found.fingerprint is None
    assert "no #MODEL" in refused("http://127.0.0.1:8000/v1")


def test_a_stored_run_keeps_its_fingerprint(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"checkpoint": {"name": "lab", "fingerprint": "f" * 64}}))
    found = resolve_checkpoint(f"run:{tmp_path}")
    assert (found.kind, found.name, found.fingerprint) == ("run", "lab", "f" * 64)
    assert "run.json" in refused(f"run:{tmp_path / 'nowhere'}")


def test_a_responses_file_is_known_by_its_bytes(tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text('{"id": "a", "response": "4"}\n')
    assert (resolve_checkpoint(f"responses:{file}").name, resolve_checkpoint(f"responses:{file}").kind) == (
        "answers",
        "responses",
    )
    assert "no such file" in refused(f"responses:{tmp_path / 'none.jsonl'}")


def test_a_hub_name_without_a_network_is_one_sentence(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "a model that the hub or its cache can give" in refused("hf:nobody/nothing")
