"""What a user's own arguments for vLLM mean: which are ours to set, which say where it runs, which decide an answer.

An argument that is not known to leave the arithmetic alone counts as part of every question's identity: at worst, what
was answered is asked again. More GPUs, other batches and other kernels add the same numbers in another order, which may
turn a close call; that is no other question. Pure functions; starts nothing.
"""

from collections.abc import Iterator, Sequence

from sfteval.errors import ConfigurationError

OURS = ("--model", "--served-model-name", "--host", "--port", "--uds", "--api-key", "--enable-lora", "--lora-modules",
        "--root-path", "--ssl-keyfile", "--ssl-certfile", "--headless", "--config",
        "--hf-token")  # fmt: skip
PLACING = ("--tensor-parallel-size", "-tp", "--pipeline-parallel-size", "-pp", "--data-parallel-size", "-dp",
           "--distributed-executor-backend", "--gpu-memory-utilization", "--nnodes", "-n", "--device-ids")  # fmt: skip
# How far it is spread, how much memory it takes, how it batches, loads and talks: the numbers are the same.
HARMLESS = frozenset(PLACING) | {
    "--data-parallel-size-local", "-dpl", "--data-parallel-address", "-dpa", "--data-parallel-rpc-port", "-dpp",
    "--data-parallel-backend", "-dpb", "--data-parallel-start-rank", "-dpr", "--data-parallel-hybrid-lb",
    "--data-parallel-external-lb", "--enable-expert-parallel", "-ep", "--master-addr", "--master-port", "--node-rank",
    "-r", "--numa-bind", "--numa-bind-nodes", "--numa-bind-cpus", "--distributed-timeout-seconds",
    "--disable-custom-all-reduce", "--api-server-count", "-asc", "--fully-sharded-loras",
    "--kv-cache-memory-bytes", "--num-gpu-blocks-override", "--block-size", "--swap-space", "--cpu-offload-gb",
    "--enable-prefix-caching", "--max-cpu-loras", "--enable-sleep-mode",
    "--max-num-seqs", "--max-num-batched-tokens", "--max-num-queued-reqs", "--enable-chunked-prefill",
    "--scheduling-policy", "--async-scheduling", "--stream-interval", "--enforce-eager",
    "--download-dir", "--max-parallel-loading-workers", "--safetensors-load-strategy", "--use-tqdm-on-load",
    "--log-level", "--uvicorn-log-level", "--enable-log-requests", "--disable-log-requests", "--disable-log-stats",
    "--aggregate-engine-logging", "--max-logprobs", "--shutdown-timeout",
}  # fmt: skip
DTYPE = "--dtype"


def checked(extra: Sequence[str]) -> list[str]:
    """Return the user's own arguments.

    Raises: ConfigurationError for one that is ours to set.
    """
    for word in extra:
        if word.startswith("--") and any(option.startswith(_option(word)) for option in OURS):  # argparse abbreviates
            raise ConfigurationError(
                "--vllm-args",
                expected="options that sfteval does not set itself",
                got=_option(word),
                next_move="Leave it away (a token goes into HF_TOKEN), or serve the model yourself and give http://HOST:PORT/v1#MODEL",
            )
    return list(extra)


def places_itself(extra: Sequence[str]) -> bool:
    """Return whether the user's own arguments say where a server runs."""
    return any(_option(word) in PLACING for word in extra)


def dtype(extra: Sequence[str], *, on_cpu: bool) -> str:
    """Return the precision in which it computes: the user's, else float32 on a CPU, the checkpoint's own on a GPU."""
    said = [words[0] for option, words in _options(extra) if option == DTYPE and words]
    return said[-1] if said else "float32" if on_cpu else "auto"


def arithmetic(extra: Sequence[str], *, on_cpu: bool) -> str:
    """Return how answers are computed, as part of their questions' identity: device class, precision, what decides.

    The order in which options stand, and how they are written, makes no difference.
    """
    deciding = sorted(
        ((option, words) for option, words in _options(extra) if option != DTYPE and not _is_harmless(option)),
        key=lambda pair: pair[0],
    )
    said = [word for option, words in deciding for word in (option, *words)]
    return " ".join(["vllm", "cpu" if on_cpu else "cuda", dtype(extra, on_cpu=on_cpu), *said])


def _options(extra: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each option with the words that follow it."""
    option, words = "", list[str]()
    for word in extra:
        if not word.startswith("-"):
            words.append(word)
            continue
        if option or words:
            yield option, words
        _, equals, value = word.partition("=")
        option, words = _option(word), [value] if equals else []
    if option or words:
        yield option, words


def _is_harmless(option: str) -> bool:
    return option in HARMLESS or f"--{option.removeprefix('--no-')}" in HARMLESS


def _option(word: str) -> str:
    """Return the option that an argument names, as vLLM reads it: dashes and underscores are one."""
    name = word.partition("=")[0]
    return name.replace("_", "-") if name.startswith("--") else name
