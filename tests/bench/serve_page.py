"""What `make bench-serve` measured becomes a page: the runs of serve.json in, Markdown out. Measures nothing."""

import os
import platform
import statistics
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

Runs = dict[str, list[dict[str, float]]]

TARGET_MOCK_PHASE, TARGET_VLLM_PHASE, TARGET_PROCESS = 1.5, 1.03, 3.0
PEERS = ("inspect", "inspect-model", "lm-eval")


def describe_machine() -> dict[str, Any]:
    """Return processor, cores and the versions of this environment that decide what is fast."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return {
        "processor": facts.get("model name", platform.processor() or platform.machine()),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("sfteval", "aiohttp")},
    }


def page(results: dict[str, Any]) -> str:
    """Return the Markdown page."""
    options = results["options"]
    parts = ["# Asking: `sfteval run` beside other clients", head(results)]
    parts += [f"## Mock server: {options['num']:,} requests, each answered after 20 ms", table(results["mock"])]
    parts += ["\n".join(mock_verdicts(results["mock"]))]
    if "vllm" in results:
        told = f"{options['num_vllm']} requests of {options['max_tokens']} tokens"
        parts += [f"## vLLM {results['vllm_version']} on the CPU: {told}"]
        parts += ["A tiny random model. The server has one half of the cores, who asks it the other."]
        parts += [table(results["vllm"])]
        parts += [verdict_phase(results["vllm"], TARGET_VLLM_PHASE)]
    else:
        parts += ["vLLM: did not run."]
    return "\n\n".join(part for part in parts if part) + "\n"


def head(results: dict[str, Any]) -> str:
    """Return what was measured on what, and how."""
    machine, options = results["machine"], results["options"]
    versions = ", ".join(f"{name} {number}" for name, number in (machine["versions"] | results["peers"]).items())
    return "\n".join(
        [
            f"- Machine: {machine['processor']}, {machine['cores']} cores, Python {machine['python']}; {versions}.",
            f"- {options['concurrency']} requests at once; medians of {options['runs']} runs in fresh processes, "
            "contestants alternating, after one round that is not counted; in brackets the least and the most.",
            "- Request phase: of the bare client and of `sfteval` the time that they take themselves, `sfteval` with "
            "every answer synced to disk; of the others what the server sees, from the first request that comes in to "
            "the last answer that goes out. The bare client sends the bodies that `sfteval` sends and keeps nothing.",
            "- Whole process: from the start of the command to its end, its answers kept and scored. Not so `bare` and "
            "`inspect-model`, a script that calls inspect's model class and nothing else of it.",
        ]
    )


def table(runs: Runs) -> str:
    """Return medians and ranges of both times for every contestant."""
    lines = ["| client | request phase, s | whole process, s |", "| :--- | ---: | ---: |"]
    lines += [f"| {name} | {spread(found, 'phase')} | {spread(found, 'process')} |" for name, found in runs.items()]
    return "\n".join(lines)


def spread(found: list[dict[str, float]], key: str) -> str:
    """Return the median of a time, with the least and the most."""
    values = [run[key] for run in found if key in run]
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})" if values else "not known"


def median(runs: Runs, name: str, key: str) -> float:
    return statistics.median(run[key] for run in runs[name])


def mock_verdicts(runs: Runs) -> Iterator[str]:
    """Yield one line a target."""
    yield verdict_phase(runs, TARGET_MOCK_PHASE)
    peers = [name for name in PEERS if name in runs]
    if peers and "sfteval" in runs:
        fastest = min(peers, key=lambda name: median(runs, name, "process"))
        ratio = median(runs, fastest, "process") / median(runs, "sfteval", "process")
        met = "met" if ratio >= TARGET_PROCESS else "MISSED"
        yield f"- {met}: whole process {ratio:.1f} times faster than {fastest} (target: at least {TARGET_PROCESS:g})"


def verdict_phase(runs: Runs, target: float) -> str:
    """Return how `sfteval`'s request phase stands to the bare client's: the median of the ratios within a run."""
    if not {"bare", "sfteval"} <= set(runs):
        return ""
    pairs = zip(runs["sfteval"], runs["bare"], strict=True)
    ratio = statistics.median(ours["phase"] / bare["phase"] for ours, bare in pairs)
    met = "met" if ratio <= target else "MISSED"
    return f"- {met}: request phase {ratio:.2f} times the bare client's (target: at most {target:g})"
