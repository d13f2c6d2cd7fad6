"""The other harnesses: an environment of their own, the same prompts in their forms, and the commands that ask them.

Each is told nothing but the model, the number of requests at once and where to keep its answers.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".venv-peers"
PACKAGES = ("lm-eval[api]", "inspect-ai", "openai")
REPORTED = ("lm_eval", "inspect_ai", "openai", "aiohttp", "datasets")
LM_EVAL_TASK = """\
task: bench
dataset_path: json
dataset_kwargs: {{data_files: {{test: "{file}"}}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{prompt}}}}"
doc_to_target: "{{{{target}}}}"
generation_kwargs: {{until: [], temperature: 0.0, max_gen_toks: {max_tokens}}}
metric_list: [{{metric: exact_match}}]
"""
INSPECT_TASK = """\
from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.scorer import exact
from inspect_ai.solver import generate


@task
def bench():
    fields = FieldSpec(input="prompt", target="target", id="id")
    return Task(dataset=json_dataset({file!r}, fields), solver=generate(), scorer=exact())
"""


def prepare() -> dict[str, str]:
    """Make the environment where it is missing and return the versions in it."""
    if not (PEERS / "bin" / "inspect").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        pip = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True)
    code = (
        f"import json; from importlib.metadata import version; print(json.dumps({{n: version(n) for n in {REPORTED}}}))"
    )
    told = subprocess.run([str(PEERS / "bin" / "python"), "-c", code], check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(told.stdout)
    return found


def write_tasks(folder: Path, data: Path, max_tokens: int) -> None:
    """Write the prompts' file as a task for each harness."""
    (folder / "bench.yaml").write_text(LM_EVAL_TASK.format(file=data, max_tokens=max_tokens))
    (folder / "bench_task.py").write_text(INSPECT_TASK.format(file=str(data)))


def lm_eval(url: str, folder: Path, max_tokens: int, concurrency: int) -> list[str]:
    """Return lm-eval's command for its chat-completions model."""
    arguments = f"model=toy,base_url={url}/chat/completions,num_concurrent={concurrency},max_retries=3"
    return [
        str(PEERS / "bin" / "lm-eval"), "run", "--model", "local-chat-completions", "--model_args", arguments,
        "--tasks", "bench", "--include_path", str(folder), "--apply_chat_template",
        "--output_path", str(folder / "lm-eval"), "--log_samples",
    ]  # fmt: skip


def inspect_ai(url: str, folder: Path, max_tokens: int, concurrency: int) -> list[str]:
    """Return inspect's command for an OpenAI-compatible server."""
    return [
        str(PEERS / "bin" / "inspect"), "eval", "bench_task.py", "--model", "openai-api/bench/toy",
        "--max-connections", str(concurrency), "--max-samples", str(concurrency), "--temperature", "0",
        "--max-tokens", str(max_tokens), "--display", "none", "--log-dir", str(folder / "inspect"),
    ]  # fmt: skip


def inspect_model(url: str, folder: Path, max_tokens: int, concurrency: int) -> list[str]:
    """Return the command of a script that calls inspect's model class and nothing else of it."""
    script = str(Path(__file__).with_name("serve_inspect.py"))
    return [str(PEERS / "bin" / "python"), script, str(folder / "mine.jsonl"), str(max_tokens), str(concurrency)]


def environment(url: str, folder: Path) -> dict[str, str]:
    """Return what the harnesses read from the environment: the address, no network, no shared cache."""
    return {
        "BENCH_BASE_URL": url,
        "BENCH_API_KEY": "none",
        "OPENAI_API_KEY": "none",
        "HF_HOME": str(folder / "huggingface"),
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }
