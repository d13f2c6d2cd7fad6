"""An adapter asked in this process: with its own words and stops, on the base that it rests on."""

import asyncio
import json
import shutil

import pytest

from sfteval.backends import open_backend
from sfteval.backends.chat import chat_format
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import CheckpointError
from sfteval.generate import requests_of
from sfteval.types import Message, Sample, Sampling, Task
from tests.toys import toy_checkpoint

torch = pytest.importorskip("torch", reason="the embedded backend needs torch")
peft = pytest.importorskip("peft", reason="an adapter needs peft")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

TURN_END, TEXT_END = 258, 256  # <|im_end|>, <|endoftext|>
CHAT_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")
TASK = Task(
    "t",
    "answered",
    (Sample("s", (Message("user", "Say 2"),), content_hash="h"),),
    ("answered",),
    sampling=Sampling(temperature=0.0, max_tokens=12),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A base and, two folders away, an adapter of noise that peft itself has written."""
    from transformers import AutoModelForCausalLM

    home = tmp_path_factory.mktemp("adapters")
    base = toy_checkpoint(home / "base")
    torch.manual_seed(0)
    settings = peft.LoraConfig(
        task_type="CAUSAL_LM", r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False
    )
    model = peft.get_peft_model(AutoModelForCausalLM.from_pretrained(base), settings)
    adapter = home / "lab" / "think"
    model.save_pretrained(adapter)
    for name in CHAT_FILES:
        shutil.copy(base / name, adapter / name)
    change_json(adapter / "adapter_config.json", base_model_name_or_path="../../base")
    return home


@pytest.fixture
def home(made, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return shutil.copytree(made, tmp_path / "home")


@pytest.fixture
def adapter(home):
    return home / "lab" / "think"


def change_json(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def answered(folder):
    checkpoint = resolve_checkpoint(str(folder))

    async def ask():
        async with open_backend(checkpoint) as backend:
            await backend.ready()
            return (await backend.answer(requests_of(TASK, checkpoint, 0)))[0]

    return asyncio.run(ask())


def stops(folder):
    return chat_format(resolve_checkpoint(str(folder))).stop_token_ids


@pytest.mark.slow
def test_an_adapter_answers_as_peft_says(home, adapter):
    from transformers import AutoModelForCausalLM

    model = peft.PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(home / "base"), adapter).eval()
    answer = answered(adapter)
    ids = list(answer.prompt_token_ids)
    with torch.no_grad():
        for token in answer.token_ids:
            assert token == int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax())
            ids.append(token)
    assert answer.token_ids != answered(home / "base").token_ids


def test_the_end_in_the_adapters_own_generation_config_stops_it(home, adapter):
    before = answered(adapter)
    assert (before.finish_reason, len(before.token_ids)) == ("length", 12)
    end = before.token_ids[4]
    change_json(adapter / "generation_config.json", eos_token_id=[end])
    stopped = answered(adapter)
    assert stopped.finish_reason == "stop"
    assert stopped.token_ids == before.token_ids[: before.token_ids.index(end) + 1]
    assert end not in stops(home / "base")


def test_an_adapter_without_a_generation_config_stops_where_its_base_does(home, adapter):
    change_json(home / "base" / "generation_config.json", eos_token_id=[65])
    assert stops(adapter) == (TURN_END, TEXT_END)
    (adapter / "generation_config.json").unlink()
    assert stops(adapter) == (TURN_END, 65)


def test_a_bare_adapter_speaks_and_stops_as_its_base(home, adapter):
    for name in CHAT_FILES:
        (adapter / name).unlink()
    assert chat_format(resolve_checkpoint(str(adapter))).template.where.startswith(f"{adapter}/../../base")
    assert stops(adapter) == stops(home / "base")


def test_a_generation_config_alone_beside_an_adapter_still_stops_it(home, adapter):
    for name in CHAT_FILES[:3]:
        (adapter / name).unlink()
    change_json(adapter / "generation_config.json", eos_token_id=65)
    assert stops(adapter) == (65, TURN_END, TEXT_END)


def test_the_adapters_own_template_and_arm_make_the_prompt(home, adapter):
    template = (adapter / "chat_template.jinja").read_text()
    (adapter / "chat_template.jinja").write_text("{{ 'own ' }}" + template)
    (adapter / "sft_run.json").write_text(json.dumps({"template_kwargs": {"enable_thinking": False}}))
    checkpoint = resolve_checkpoint(str(adapter))
    chat = chat_format(checkpoint)
    asked = chat.tokenizer.decode(answered(adapter).prompt_token_ids)
    assert asked.startswith("own <|im_start|>user\nSay 2<|im_end|>\n")
    assert asked.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


def test_moved_with_its_base_an_adapter_gives_the_same_answer(home, adapter, tmp_path):
    before = answered(adapter)
    home.rename(tmp_path / "moved")
    after = answered(tmp_path / "moved" / "lab" / "think")
    assert (after.token_ids, after.question) == (before.token_ids, before.question)


def test_an_adapter_that_does_not_fill_its_places_is_refused(adapter):
    change_json(adapter / "adapter_config.json", target_modules=["q_proj", "k_proj", "down_proj"])
    with pytest.raises(CheckpointError, match="got Found missing adapter keys"):
        answered(adapter)


def test_an_adapter_of_another_shape_is_refused(adapter):
    change_json(adapter / "adapter_config.json", r=2)
    with pytest.raises(CheckpointError, match=r"expected weights that transformers loads, got .*size mismatch"):
        answered(adapter)
