"""What a checkpoint argument names; everything wrong with a directory is one sentence, before a model is loaded."""

import json
import shutil

import pytest

from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.contract import drifted
from sfteval.errors import CheckpointError, ConfigurationError, TemplateError
from sfteval.identity import text_hash
from tests.toys import CHATML, toy_checkpoint


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


@pytest.fixture
def adapter(folder, tmp_path):
    """An adapter two folders away from its base, with chat files of its own beside it."""
    path = tmp_path / "lab" / "think"
    path.mkdir(parents=True)
    write_config(path, "../../toy")
    (path / "adapter_model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        shutil.copy(folder / name, path / name)
    return path


def write_config(adapter, base, **others):
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": base, "r": 4, **others}))


def write_record(adapter, **record):
    (adapter / "sft_run.json").write_text(json.dumps(record))


def test_an_adapter_rests_on_its_base(folder, adapter):
    found = resolve_checkpoint(str(adapter))
    assert (found.kind, found.name) == ("adapter", "think")
    assert found.base_path.resolve() == folder.resolve()
    assert found.fingerprint != resolve_checkpoint(str(folder)).fingerprint
    write_config(adapter, str(folder))
    assert resolve_checkpoint(str(adapter)).base_path == folder


def test_a_relative_base_is_seen_from_the_adapter_before_the_current_folder(folder, adapter, tmp_path, monkeypatch):
    elsewhere = tmp_path / "a" / "b" / "here"
    elsewhere.mkdir(parents=True)
    decoy = toy_checkpoint(elsewhere.parent.parent / "toy", 1)
    monkeypatch.chdir(elsewhere)
    assert resolve_checkpoint(str(adapter)).base_path.resolve() == folder.resolve()
    folder.rename(tmp_path / "away")
    assert resolve_checkpoint(str(adapter)).base_path.resolve() == decoy.resolve()


def test_an_adapter_that_moves_together_with_its_base_is_the_same(folder, adapter, tmp_path):
    here = resolve_checkpoint(str(adapter)).fingerprint
    (tmp_path / "there").mkdir()
    for moved in (folder, adapter.parent):
        moved.rename(tmp_path / "there" / moved.name)
    adapter = tmp_path / "there" / "lab" / "think"
    assert resolve_checkpoint(str(adapter)).fingerprint == here
    write_config(adapter, str(tmp_path / "there" / "toy"))
    assert resolve_checkpoint(str(adapter)).fingerprint == here


@pytest.mark.parametrize(
    "changed",
    [
        "lab/think/adapter_model.safetensors",
        "lab/think/adapter_config.json",
        "lab/think/generation_config.json",
        "lab/think/tokenizer.json",
        "lab/think/chat_template.jinja",
        "toy/model.safetensors",
        "toy/config.json",
    ],
)
def test_any_other_part_is_another_adapter(adapter, tmp_path, changed):
    before = resolve_checkpoint(str(adapter)).fingerprint
    file = tmp_path / changed
    if file.suffix == ".safetensors":
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
    elif file.name == "adapter_config.json":
        write_config(adapter, "../../toy", lora_alpha=8)
    else:
        file.write_bytes(file.read_bytes() + b"\n")
    assert resolve_checkpoint(str(adapter)).fingerprint != before


def test_an_adapters_own_template_is_what_it_is_asked_with(folder, adapter):
    (adapter / "chat_template.jinja").write_text("{{ messages[0].content }}{{ mood }}")
    found = resolve_checkpoint(str(adapter))
    assert found.template_sha256 == text_hash("{{ messages[0].content }}{{ mood }}")
    assert with_overrides(found, {"mood": "calm"}).template_kwargs == {"mood": "calm"}
    with pytest.raises(ConfigurationError, match='got "enable_thinking"'):
        with_overrides(found, {"enable_thinking": False})
    (folder / "chat_template.jinja").unlink()
    assert resolve_checkpoint(str(adapter)).template_sha256 == found.template_sha256


@pytest.mark.parametrize("missing", ["tokenizer.json", "chat_template.jinja"])
def test_an_adapter_without_a_tokenizer_or_a_template_is_asked_with_its_bases(folder, adapter, missing):
    (folder / "chat_template.jinja").write_text("{{ messages[0].content }}{{ mood }}")
    (adapter / missing).unlink()
    found = resolve_checkpoint(str(adapter))
    assert found.template_sha256 == resolve_checkpoint(str(folder)).template_sha256
    assert with_overrides(found, {"mood": "calm"}).template_kwargs == {"mood": "calm"}


def test_another_template_than_an_adapter_was_trained_with_is_drift(adapter):
    write_record(adapter, template_sha256=text_hash(CHATML))
    assert not drifted(resolve_checkpoint(str(adapter)))
    (adapter / "chat_template.jinja").write_text(CHATML + "\n")
    assert drifted(resolve_checkpoint(str(adapter)))


def test_an_adapters_arm_goes_before_its_bases(folder, adapter):
    write_record(folder, template_kwargs={"enable_thinking": True})
    assert resolve_checkpoint(str(adapter)).template_kwargs == {"enable_thinking": True}
    write_record(adapter, arm="no-think", template_kwargs={"enable_thinking": False})
    found = resolve_checkpoint(str(adapter))
    assert (found.template_kwargs, found.training["arm"]) == ({"enable_thinking": False}, "no-think")


def test_an_adapter_on_another_base_than_it_was_trained_on_is_refused(folder, adapter):
    from sfttrain.prepare import base_fingerprint  # what the trainer writes into the record

    write_record(adapter, base={"path": "../../toy", "fingerprint": base_fingerprint(folder)})
    assert resolve_checkpoint(str(adapter)).kind == "adapter"
    toy_checkpoint(folder, 1)
    told = refused(adapter)
    assert "expected the base that it was trained on (fingerprint " in told
    assert "Restore that base" in told


@pytest.mark.parametrize("base", [None, "", 3, ["toy"]])
def test_an_adapter_that_names_no_base_is_refused(adapter, base):
    write_config(adapter, base)
    assert f"adapter_config.json: expected base_model_name_or_path, got {base!r}" in refused(adapter)


@pytest.mark.parametrize("base", ["org/base", "a\0b", "x" * 5000])
def test_an_adapter_whose_base_is_not_here_is_refused(adapter, base):
    write_config(adapter, base)
    assert f"the adapter's base model on disk, got {base}" in refused(adapter)


def test_an_adapter_on_an_adapter_or_on_half_a_model_is_refused(folder, adapter):
    write_config(adapter, ".")
    assert "expected a base that is a whole model, got the adapter ." in refused(adapter)
    write_config(adapter, "../../toy")
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-1])
    assert "expected a whole safetensors file" in refused(adapter)
    (folder / "config.json").unlink()
    assert "expected a config.json, got none" in refused(adapter)


def test_a_torn_adapter_is_refused(adapter):
    (adapter / "adapter_config.json").write_bytes(b'{"r": \xff')
    assert "adapter_config.json: expected a JSON object" in refused(adapter)
    write_config(adapter, "../../toy", lora_alpha=float("nan"))
    assert resolve_checkpoint(str(adapter)).kind == "adapter"
    (adapter / "adapter_model.safetensors").unlink()
    assert "expected adapter_model.safetensors, got none" in refused(adapter)


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


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/v1#m", "http://:8801/v1#toy", "HTTP://a..b/v1#m"])
def test_an_address_that_cannot_be_reached_is_refused(url: str) -> None:
    with pytest.raises(CheckpointError, match="with a host and a port up to 65535"):
        resolve_checkpoint(url)
