"""How a server is started: every argument and every variable, from what it shall serve and where."""

import json
from pathlib import Path

import pytest

from sfteval.backends.vllm.command import (
    Served,
    cache_bytes_per_token,
    cache_gib,
    command,
    environment,
    parsers,
)
from sfteval.backends.vllm.installation import Installation
from sfteval.backends.vllm.machine import GIB, Placement
from sfteval.chat import ChatFormat
from tests.toys import CHATML, toy_checkpoint

CPU = Installation("python", "0.32.0", on_cpu=True, entry=("vllm.entrypoints.openai.api_server",))
CUDA = Installation("python", "0.33.0", on_cpu=False, entry=("vllm.entrypoints.cli.main", "serve"))
MODEL = Served(Path("model"), "name")
SMALL = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}


def test_on_a_cpu_it_computes_in_float32_and_eagerly():
    assert command(CPU, MODEL, Placement(), (), 7000) == [
        "python", "-m", "vllm.entrypoints.openai.api_server", "--model", "model", "--served-model-name", "name",
        "--host", "127.0.0.1", "--port", "7000", "--uvicorn-log-level", "warning", "--generation-config", "vllm",
        "--dtype", "float32", "--enforce-eager",
    ]  # fmt: skip


def test_on_gpus_the_model_is_split_over_those_it_was_given():
    words = command(CUDA, MODEL, Placement(("2", "3"), 0.45), (), 7000)
    assert words == [
        "python", "-m", "vllm.entrypoints.cli.main", "serve", "model", "--served-model-name", "name",
        "--host", "127.0.0.1", "--port", "7000", "--uvicorn-log-level", "warning", "--generation-config", "vllm",
        "--dtype", "auto", "--tensor-parallel-size", "2", "--gpu-memory-utilization", "0.45",
    ]  # fmt: skip
    assert environment(CUDA, MODEL, Placement(("2", "3")), "k", GIB, {})["CUDA_VISIBLE_DEVICES"] == "2,3"


def test_what_the_user_says_comes_last_and_wins():
    words = command(CPU, MODEL, Placement(), ("--dtype", "bfloat16"), 7000)
    assert words[-2:] == ["--dtype", "bfloat16"]
    assert words.index("--dtype") < len(words) - 2


def test_the_key_is_in_the_environment_and_our_own_secrets_are_not():
    inherited = {"PATH": "p", "COMET_API_KEY": "a", "OPENAI_API_KEY": "b", "SFTEVAL_API_KEY": "c", "VLLM_API_KEY": "d",
                 "HF_HUB_OFFLINE": "1"}  # fmt: skip
    made = environment(CUDA, MODEL, Placement(), "key", GIB, inherited)
    assert made["VLLM_API_KEY"] == "key"
    assert made.keys() & inherited.keys() == {"PATH", "VLLM_API_KEY", "HF_HUB_OFFLINE"}
    assert (made["VLLM_NO_USAGE_STATS"], made["DO_NOT_TRACK"], made["VLLM_SERVER_DEV_MODE"]) == ("1", "1", "0")
    assert made["VLLM_ENFORCE_STRICT_TOOL_CALLING"] == "0"
    assert "CUDA_VISIBLE_DEVICES" not in made
    assert "key" not in command(CUDA, MODEL, Placement(), (), 1)


def test_the_cache_on_a_cpu_is_for_usual_conversations_and_at_most_a_quarter_of_what_is_free(tmp_path):
    assert cache_bytes_per_token(SMALL) == 2 * 2 * 2 * 8 * 4
    assert cache_gib(SMALL, 20 * GIB) == 1
    large = {**SMALL, "num_hidden_layers": 64, "num_key_value_heads": 8, "head_dim": 128}
    assert cache_gib(large, 20 * GIB) == 5
    assert cache_gib(large, 1 * GIB) == 1
    assert cache_gib({}, 20 * GIB) == 5
    assert cache_gib({"text_config": SMALL}, 20 * GIB) == 1
    served = Served(toy_checkpoint(tmp_path / "toy"), "name")
    assert environment(CPU, served, Placement(), "k", 20 * GIB, {})["VLLM_CPU_KVCACHE_SPACE"] == "1"
    own = {"VLLM_CPU_KVCACHE_SPACE": "3"}
    assert environment(CPU, served, Placement(), "k", 20 * GIB, own)["VLLM_CPU_KVCACHE_SPACE"] == "3"


def test_a_context_that_no_cpu_has_room_for_is_shortened_and_a_usual_one_is_not(tmp_path):
    folder = toy_checkpoint(tmp_path / "toy")
    assert "--max-model-len" not in command(CPU, Served(folder, "n"), Placement(), (), 1)
    config = json.loads((folder / "config.json").read_text())
    long = {**config, "max_position_embeddings": 1_000_000, "num_hidden_layers": 200}
    (folder / "config.json").write_text(json.dumps(long))
    words = command(CPU, Served(folder, "n"), Placement(), (), 1)
    assert words[words.index("--max-model-len") + 1] == str(GIB // (2 * 200 * 2 * 8 * 4) // 1024 * 1024)
    assert "--max-model-len" not in command(CUDA, Served(folder, "n"), Placement(), (), 1)


@pytest.mark.parametrize(("ranks", "limit"), [((4,), "8"), ((8, 9), "16"), ((64,), "64"), ((600,), "600")])
def test_the_largest_rank_decides_the_limit(tmp_path, ranks, limit):
    folders = {f"a{rank}": tmp_path / f"a{rank}" for rank in ranks}
    for rank, folder in zip(ranks, folders.values(), strict=True):
        folder.mkdir()
        (folder / "adapter_config.json").write_text(json.dumps({"r": 2, "rank_pattern": {"q_proj": rank}}))
    words = command(CPU, Served(tmp_path, "base", folders), Placement(), (), 1)
    assert words[words.index("--max-lora-rank") + 1] == limit
    assert words[words.index("--max-loras") + 1] == str(len(ranks))
    modules = [json.loads(word) for word in words[words.index("--lora-modules") + 1 :]]
    assert modules == [{"name": name, "path": str(folder)} for name, folder in folders.items()]


def test_only_the_layers_that_the_adapters_change_are_wrapped(tmp_path):
    from dataclasses import replace

    for name, targets in (("a", ["q_proj", "model.layers.0.mlp.down_proj"]), ("b", ["q_proj", "v_proj"]), ("c", ".*")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter_config.json").write_text(json.dumps({"r": 4, "target_modules": targets}))

    def words(found, *names):
        return command(found, Served(tmp_path, "base", {name: tmp_path / name for name in names}), Placement(), (), 1)

    newer = replace(CPU, takes_lora_targets=True)
    said = words(newer, "a", "b")
    start = said.index("--lora-target-modules")
    assert said[start + 1 : start + 5] == ["down_proj", "q_proj", "v_proj", "--lora-modules"]
    assert "--lora-target-modules" not in words(newer, "a", "c")
    assert "--lora-target-modules" not in words(CPU, "a", "b")


def test_parsers_are_named_only_where_the_template_shows_their_marks(tmp_path):
    def of(template):
        return parsers(ChatFormat.from_folder(toy_checkpoint(tmp_path / str(len(template)), template=template)))

    assert of(CHATML) == ("--enable-auto-tool-choice", "--tool-call-parser", "hermes", "--reasoning-parser", "qwen3")
    assert of("{{ messages }}") == ()
    assert of("{{ '<think>' }}") == ("--reasoning-parser", "qwen3")
    assert of("{{ '<tool_call><function=f>' }}") == ()
