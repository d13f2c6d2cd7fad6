"""A user's own arguments for vLLM: what is refused, what says where it runs, and what makes another question of one."""

import pytest

from sfteval.backends.vllm.arguments import arithmetic, checked, dtype, places_itself
from sfteval.errors import ConfigurationError

PLAIN = "vllm cuda auto"


def on_gpu(words: str) -> str:
    return arithmetic(words.split(), on_cpu=False)


@pytest.mark.parametrize(
    "word", ["--port", "--port=1", "--api-key=x", "--api_key", "--served_model_name", "--host", "--lora-modules"]
)
def test_what_is_ours_to_set_is_refused(word):
    with pytest.raises(ConfigurationError) as error:
        checked(["--max-num-seqs", "4", word, "x"])
    assert "--vllm-args: expected options that sfteval does not set itself, got --" in str(error.value)
    assert "=x" not in str(error.value)


@pytest.mark.parametrize("word", ["--por", "--hos=0.0.0.0", "--config", "--hf-token"])
def test_abbreviations_configuration_files_and_tokens_are_refused(word):
    with pytest.raises(ConfigurationError, match="expected options that sfteval does not set itself"):
        checked([word, "1"])


def test_who_says_where_it_runs_is_not_overruled():
    assert places_itself(["--tensor-parallel-size=4"])
    assert places_itself(["-tp", "4"])
    assert places_itself(["-tp=4"])
    assert places_itself(["--data_parallel_size", "2"])
    assert not places_itself(["--max-model-len", "4096"])


@pytest.mark.parametrize(
    "words",
    [
        "--tensor-parallel-size 4",
        "-tp 4",
        "-tp=4",
        "--pipeline_parallel_size=2 --distributed-executor-backend ray",
        "--data-parallel-size 16 --data-parallel-size-local 8 --data-parallel-address 10.0.0.1",
        "--gpu-memory-utilization 0.5",
        "--enforce-eager",
        "--no-enable-prefix-caching --max-num-seqs 8",
        "--master-port 7000 --disable-log-stats",
        "",
    ],
)
def test_what_only_says_where_and_how_fast_it_runs_is_no_other_question(words):
    assert on_gpu(words) == PLAIN


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--dtype float16", "vllm cuda float16"),
        ("--quantization fp8", f"{PLAIN} --quantization fp8"),
        ("--kv-cache-dtype=fp8", f"{PLAIN} --kv-cache-dtype fp8"),
        ("--max-model-len 4096", f"{PLAIN} --max-model-len 4096"),  # vLLM cuts answers there
        ("--hf-overrides {}", f"{PLAIN} --hf-overrides {{}}"),
        ("--speculative-config.method ngram", f"{PLAIN} --speculative-config.method ngram"),
        ("--trust-remote-code", f"{PLAIN} --trust-remote-code"),
        ("--an-option-of-tomorrow 1 2", f"{PLAIN} --an-option-of-tomorrow 1 2"),
    ],
)
def test_what_may_change_an_answer_is_another_question(words, said):
    assert on_gpu(words) == said


def test_how_and_in_which_order_they_are_written_makes_no_difference():
    said = on_gpu("--quantization fp8 -tp 2 --kv-cache-dtype fp8 --dtype bfloat16")
    assert said == "vllm cuda bfloat16 --kv-cache-dtype fp8 --quantization fp8"
    assert on_gpu("--dtype float16 --kv_cache_dtype=fp8 --dtype=bfloat16 --quantization=fp8") == said


def test_precision_is_said_where_nobody_says_it_and_the_users_word_counts():
    assert (dtype([], on_cpu=True), dtype([], on_cpu=False)) == ("float32", "auto")
    assert dtype(["--dtype", "bfloat16"], on_cpu=True) == "bfloat16"
    assert arithmetic([], on_cpu=True) == "vllm cpu float32" == arithmetic(["--dtype=float32"], on_cpu=True)
    assert dtype(["--dtype"], on_cpu=True) == "float32"  # vLLM will refuse it
