"""A real vLLM on the CPU for the benchmark: a tiny random model, started the plain way and stopped again."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests import toys

PYTHON = Path(__file__).resolve().parents[2] / ".venv-vllm" / "bin" / "python"
START_SECONDS = 300.0
SHAPE = {"hidden_size": 128, "intermediate_size": 256, "head_dim": 32}  # vLLM's CPU attention takes no narrower heads


def cores() -> tuple[set[int], set[int]]:
    """Return the cores of the server and those of who asks it, so that neither waits for the other's threads."""
    allowed = sorted(os.sched_getaffinity(0))
    half = max(1, len(allowed) // 2)
    return set(allowed[:half]), set(allowed[half:]) or set(allowed)


@contextmanager
def served_by_vllm(scratch: Path, concurrency: int) -> Iterator[tuple[str, str]]:
    """Serve a toy checkpoint as `toy` and give its address and vLLM's version."""
    model, port = _model(scratch / "toy"), _free_port()
    words = [
        str(PYTHON), "-m", "vllm.entrypoints.openai.api_server", "--model", str(model), "--served-model-name", "toy",
        "--host", "127.0.0.1", "--port", str(port), "--max-model-len", "1024", "--max-num-seqs", str(concurrency),
        "--dtype", "float32", "--enforce-eager", "--generation-config", "vllm",
    ]  # fmt: skip
    environment = os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    own, _ = cores()
    environment["VLLM_CPU_OMP_THREADS_BIND"] = ",".join(map(str, sorted(own)))
    with (scratch / "vllm.log").open("w") as log:
        server = subprocess.Popen(
            words,
            cwd=scratch,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, own),
        )
    try:
        url = f"http://127.0.0.1:{port}/v1"
        _wait(url, server, scratch / "vllm.log")
        yield url, _version()
    finally:
        server.terminate()
        server.wait(60)


def _model(folder: Path) -> Path:
    from safetensors.numpy import save_file

    toys.toy_checkpoint(folder)
    config = json.loads((folder / "config.json").read_text()) | SHAPE
    (folder / "config.json").write_text(json.dumps(config))
    save_file(toys._weights(config, 0), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{url}/models", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError(f"vLLM did not come up. Its log ends: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _version() -> str:
    code = "import vllm; print(vllm.__version__)"
    told = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True, check=True)
    return told.stdout.strip().splitlines()[-1]
