"""`make bench-serve`: the same requests through `sfteval run`, a bare aiohttp client, lm-eval and inspect, in one run.

First against a mock server that answers after 20 ms, then against vLLM on the CPU where `.venv-vllm` is. Contestants
alternate, each in a fresh process; one round before the clock warms caches. Writes reports/bench/serve.md and
serve.json; with `-o` elsewhere.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench import serve_page, serve_peers  # noqa: E402
from tests.bench.serve_vllm import cores, served_by_vllm  # noqa: E402

PEERS = {
    "inspect": serve_peers.inspect_ai,
    "inspect-model": serve_peers.inspect_model,
    "lm-eval": serve_peers.lm_eval,
}
CONTESTANTS = ("bare", "sfteval", *PEERS)


class Contest:
    """One server and one list of prompts, asked by everybody in turn."""

    def __init__(
        self, url: str, folder: Path, num: int, max_tokens: int, concurrency: int, cores: set[int] | None = None
    ) -> None:
        self.url, self.folder, self.concurrency, self.max_tokens = url, folder, concurrency, max_tokens
        self.num, self.cores = num, cores or os.sched_getaffinity(0)
        folder.mkdir()
        data = folder / "mine.jsonl"
        rows = [{"id": f"q{n}", "prompt": f"What is {n} plus {n + 1}? Say why.", "target": "4"} for n in range(num)]
        data.write_text("".join(json.dumps(row) + "\n" for row in rows))
        serve_peers.write_tasks(folder, data, max_tokens)
        self._python("-m", "sfteval", "suites", "new", str(data), "-o", str(folder / "suite"))
        toml = folder / "suite" / "suite.toml"
        toml.write_text(toml.read_text().replace("max_tokens = 1024", f"max_tokens = {max_tokens}"))
        self._python("-m", "tests.bench.serve_bodies", url, "toy", str(folder / "suite"), str(folder / "bodies"))

    def measure(self, name: str) -> dict[str, float]:
        """Return the seconds of one contestant's process and, where they are known, of its request phase."""
        words = self._command(name)
        environment = os.environ | serve_peers.environment(self.url, self.folder) | {"PYTHONPATH": str(ROOT)}
        self._times()
        started = time.perf_counter()
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: os.sched_setaffinity(0, self.cores),
        )
        seconds = time.perf_counter() - started
        if done.returncode != 0:
            raise RuntimeError(f"{name} failed: {done.stderr[-2000:]}")
        served = self._times()
        if served and served["num"] != self.num:
            raise RuntimeError(f"{name} asked {served['num']} questions, not {self.num}")
        stages: dict[str, float] = {}
        if name in ("bare", "sfteval"):
            stages = json.loads((self.folder / "figures.json").read_text())
        phase = stages.get("asking", served.get("seconds"))
        return {"process": seconds, **({"phase": phase} if phase is not None else {}), **stages}

    def _command(self, name: str) -> list[str]:
        figures, concurrency = str(self.folder / "figures.json"), str(self.concurrency)
        if name == "bare":
            bodies = str(self.folder / "bodies")
            return [sys.executable, "-m", "tests.bench.serve_bare", self.url, bodies, concurrency, figures]
        if name == "sfteval":
            shutil.rmtree(self.folder / "runs", ignore_errors=True)
            return [
                sys.executable, "-m", "tests.bench.serve_ours", figures, "run", f"{self.url}#toy",
                "--suite", str(self.folder / "suite"), "--runs", str(self.folder / "runs"),
                "--concurrency", concurrency,
            ]  # fmt: skip
        return PEERS[name](self.url, self.folder, self.max_tokens, self.concurrency)

    def _python(self, *words: str) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        words = (sys.executable, *words)
        done = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)} failed: {done.stderr[-2000:]}")

    def _times(self) -> dict[str, float]:
        """Return what the mock saw since the last call; nothing from a server that does not tell."""
        try:
            with urlopen(f"{self.url.removesuffix('/v1')}/bench/times", timeout=10) as answer:
                told: dict[str, float] = json.load(answer)
        except OSError:
            return {}
        return told


def contest(contest_: Contest, contestants: list[str], runs: int) -> dict[str, list[dict[str, float]]]:
    """Let everybody ask in turn, once to warm up and then `runs` times."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in contestants}
    for run in range(runs + 1):
        for name in contestants:
            figures = contest_.measure(name)
            print(f"run {run} {name:8} {figures}", file=sys.stderr, flush=True)
            if run:
                found[name].append(figures)
    return found


@contextmanager
def mock() -> Iterator[str]:
    words = [sys.executable, "-m", "tests.bench.serve_mock"]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        server.communicate()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--num", type=int, default=2000, help="requests to the mock")
    parser.add_argument("--num-vllm", type=int, default=200, help="requests to vLLM; 0: leave it out")
    parser.add_argument("--max-tokens", type=int, default=256, help="of an answer of vLLM")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(CONTESTANTS), help="contestants")
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "reports/bench", help="folder of the report")
    options = parser.parse_args()
    if unknown := set(options.only) - set(CONTESTANTS):
        parser.error(f"unknown contestants {sorted(unknown)}; known: {', '.join(CONTESTANTS)}")
    return options


def measure_all(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """Return everything that the page tells."""
    results: dict[str, Any] = {
        "machine": serve_page.describe_machine(),
        "peers": serve_peers.prepare() if set(PEERS) & set(options.only) else {},
        "options": {name: getattr(options, name) for name in ("runs", "num", "num_vllm", "max_tokens", "concurrency")},
    }
    with mock() as url:
        against = Contest(url, scratch / "mock", options.num, 1024, options.concurrency)
        results["mock"] = contest(against, options.only, options.runs)
    if options.num_vllm and (ROOT / ".venv-vllm").exists():
        with served_by_vllm(scratch, options.concurrency) as (url, told):
            shape = (options.num_vllm, options.max_tokens, options.concurrency)
            against = Contest(url, scratch / "vllm", *shape, cores=cores()[1])
            results |= {"vllm": contest(against, options.only, options.runs), "vllm_version": told}
    return results


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as scratch:
        results = measure_all(options, Path(scratch))
    page = serve_page.page(results)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "serve.md").write_text(page, encoding="utf-8")
    (options.out / "serve.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
