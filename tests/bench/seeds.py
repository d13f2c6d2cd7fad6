"""Train and compare the starter world with five seeds and write `reports/seeds.md`.

Each seed makes its own base, rows and pair, and is compared on the same suite: what differs is training alone, which a
single comparison cannot see. Run with `make seeds`; finished seeds are reused.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

SEEDS = (1, 2, 3, 4, 5)
HEADLINE = {
    "reasoning": "accuracy",
    "reasoning_longer": "accuracy",
    "constraints": "prompt_strict",
    "constraints_combinations": "prompt_strict",
    "toolcalls": "exact",
    "toolcalls_unseen": "exact",
}


def results_of(seed: int) -> dict[str, Any]:
    """Run one seed's quickstart and return its results."""
    report = Path(f"reports/seeds-{seed}")
    words = ["quickstart", "--seed", str(seed), "-o", str(report), "--checkpoints", f"checkpoints/seeds-{seed}"]
    subprocess.run([sys.executable, "-m", "sfteval", *words, "--comet", "off"], check=True, stdout=subprocess.DEVNULL)
    found: dict[str, Any] = json.loads((report / "results.json").read_text())
    return found


def row_of(results: dict[str, Any], task: str) -> dict[str, Any]:
    return next(row for row in results["metrics"] if (row["task"], row["metric"]) == (task, HEADLINE[task]))


def by_steps(results: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in results["slices"] if (part["task"], part["field"]) == ("reasoning", "steps")]


def table(found: dict[int, dict[str, Any]]) -> list[str]:
    lines = ["| task | " + " | ".join(f"seed {seed}" for seed in found) + " | median difference |"]
    lines.append("| :--- |" + " ---: |" * (len(found) + 1))
    for task in HEADLINE:
        rows = [row_of(results, task) for results in found.values()]
        cells = [f"{row['baseline']:.2f} → {row['candidate']:.2f}" for row in rows]
        lines.append(f"| {task} | {' | '.join(cells)} | {statistics.median(row['difference'] for row in rows):+.2f} |")
    return lines


def steps_table(found: dict[int, dict[str, Any]]) -> list[str]:
    values = [part["value"] for part in by_steps(next(iter(found.values())))]
    lines = ["| seed | arm | " + " | ".join(f"{value} steps" for value in values) + " |"]
    lines.append("| ---: | :--- |" + " ---: |" * len(values))
    for seed, results in found.items():
        for side, name in (("baseline", "no-think"), ("candidate", "think")):
            cells = [f"{part[side]:.2f}" for part in by_steps(results)]
            lines.append(f"| {seed} | {name} | {' | '.join(cells)} |")
    return lines


def page(found: dict[int, dict[str, Any]]) -> str:
    """Return the Markdown page; every figure comes from the seeds' own results.json."""
    gating = [row_of(results, "reasoning") for results in found.values()]
    agree = sum(row["ci_low"] > 0.3 for row in gating)
    lines = [
        "# Five seeds of the starter world",
        "",
        "Made by `make seeds`. Each seed trains its own base model and its own pair; the suite is the same.",
        "Cells are no-think → think; `constraints` is prompt_strict, `toolcalls` is exact, the rest accuracy.",
        "",
        *table(found),
        "",
        f"Reasoning, think minus no-think: {agree} of {len(found)} seeds have their whole 95 % interval above +0.3.",
        "",
        "| seed | difference | 95 % interval | verdict |",
        "| ---: | ---: | :--- | :--- |",
        *(
            f"| {seed} | {row['difference']:+.3f} | {row['ci_low']:+.3f} to {row['ci_high']:+.3f} | {row['verdict']} |"
            for seed, row in zip(found, gating, strict=True)
        ),
        "",
        "## Accuracy by number of steps",
        "",
        *steps_table(found),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    found = {}
    for seed in SEEDS:
        print(f"seed {seed}", file=sys.stderr, flush=True)
        found[seed] = results_of(seed)
        Path("reports/seeds.md").write_text(page(found), encoding="utf-8")
    failed = [seed for seed, results in found.items() if row_of(results, "reasoning")["ci_low"] <= 0.3]
    if failed:
        raise SystemExit(f"seeds {failed} do not agree")


if __name__ == "__main__":
    main()
