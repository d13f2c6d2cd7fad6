"""`make bench-train`: the same model on the same rows with TRL's SFTTrainer and with `sfttrain`, in one run.

Settings alternate, each in a fresh process: all of them once, then again those that could still matter. Writes
reports/bench/train.md and train.json; with `--only` it prints and writes nothing unless `-o` says where.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench import train_gpu, train_page  # noqa: E402
from tests.bench.train_job import OURS, PEER_DEFAULT, SETTINGS, Job  # noqa: E402
from tests.bench.train_process import WorkerError, add, describe_machine, make_model, measure  # noqa: E402
from tests.bench.train_rates import still_running  # noqa: E402
from tests.bench.train_rows import Shape, draw_lengths  # noqa: E402

MEMORY_VOCABULARIES = (8_192, 32_768, 151_936)


def run_cell(cell: dict[str, Any], jobs: list[Job], runs: int, keep: float) -> None:
    """Measure the settings of one vocabulary and share in alternation; `cell` grows. TRL's may fail and are told."""
    for run in range(runs):
        again = still_running(cell["settings"], keep)
        for job in (job for job in jobs if run == 0 or job.setting in again):
            try:
                figures = measure(job)
            except WorkerError as error:
                if job.setting in OURS:
                    raise
                cell["failed"][job.setting] = str(error)
                continue
            add(cell["settings"], job.setting, run, figures)
            if job.setting == PEER_DEFAULT:
                cell["peer_config"] = figures["config_whole"]
            where = f"V {job.vocabulary:,} share {job.share:g} run {run + 1}"
            print(f"{where}  {train_page.line_of(job.setting, figures)}", file=sys.stderr, flush=True)


def measure_memory(scratch: Path, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield `sfttrain`'s peak memory over two steps of one full micro-batch each, by vocabulary and share."""
    for vocabulary in MEMORY_VOCABULARIES:
        folder = scratch / f"memory-{vocabulary}"
        parameters = make_model(folder, Shape(vocabulary), options.seed)
        for share in (0.3, 0.8):
            job = Job(
                "sfttrain:bf16", str(folder), vocabulary, share, steps=2, max_tokens=2**14, threads=options.threads
            )
            figures = measure(job)
            yield {
                "vocabulary": vocabulary,
                "share": share,
                "parameters": parameters,
                "tokens": max(figures["tokens"]),
                "supervised": max(figures["supervised"]),
                "bytes_imported": figures["bytes_imported"],
                "bytes_peak": figures["bytes_peak"],
            }


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vocab", type=_numbers(int), default=[8_192, 151_936])
    parser.add_argument("--share", type=_numbers(float), default=[0.3, 0.8])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--conversations", type=int, default=8, help="per optimizer step")
    parser.add_argument("--max-tokens", type=int, default=4096, help="sfttrain: what the model computes at once")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", type=float, default=0.7, help="share of TRL's best below which run 1 is the last")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=lambda text: text.split(","), help="settings, commas between")
    parser.add_argument("--memory", action="store_true", help="with --only: the memory experiment too")
    parser.add_argument("--add", action="store_true", help="keep the other cells of the report that is there")
    parser.add_argument("-o", "--out", type=Path, help="folder of the report")
    options = parser.parse_args()
    if unknown := set(options.only or ()) - set(SETTINGS):
        parser.error(f"unknown settings {sorted(unknown)}; known: {', '.join(SETTINGS)}")
    if options.steps < 2 or options.runs < 1:
        parser.error("at least 2 steps (the first is dropped) and 1 run")
    return options


def _numbers(kind: Any) -> Any:
    return lambda text: [kind(part) for part in text.split(",")]


def describe_plan(options: argparse.Namespace) -> dict[str, Any]:
    """Return what every cell has in common."""
    lengths = draw_lengths(options.steps * options.conversations, options.seed)
    return {
        "machine": describe_machine(),
        "shape": dataclasses.asdict(Shape(0)) | {"vocabulary": None},
        "drawn_lengths": lengths,
        "options": {
            name: getattr(options, name)
            for name in ("steps", "conversations", "max_tokens", "runs", "keep", "threads", "seed")
        },
        "cells": [],
        "peer_config": {},
    }


def run_cells(results: dict[str, Any], scratch: Path, options: argparse.Namespace) -> Iterator[None]:
    """Measure one vocabulary and share after the other, and pause after each."""
    for vocabulary in options.vocab:
        folder = scratch / f"model-{vocabulary}"
        parameters = make_model(folder, Shape(vocabulary), options.seed)
        for share in options.share:
            jobs = list(plan_jobs(options.only or SETTINGS, folder, vocabulary, share, options))
            cell: dict[str, Any] = {"vocabulary": vocabulary, "share": share, "parameters": parameters}
            cell |= {"settings": {}, "failed": {}}
            run_cell(cell, jobs, options.runs, options.keep)
            results["peer_config"] = cell.pop("peer_config", results["peer_config"])
            results["cells"].append(cell)
            yield


def plan_jobs(
    settings: Iterable[str], folder: Path, vocabulary: int, share: float, options: argparse.Namespace
) -> Iterator[Job]:
    for setting in settings:
        yield Job(
            setting,
            str(folder),
            vocabulary,
            share,
            options.steps,
            options.conversations,
            options.max_tokens,
            options.threads,
            seed=options.seed,
        )


def write(results: dict[str, Any], folder: Path | None) -> None:
    """Write what was measured so far: an hour's runs outlive whatever stops the next one."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "train.md").write_text(train_page.page(results), encoding="utf-8")
        (folder / "train.json").write_text(train_page.compact(results), encoding="utf-8")


def kept(results: dict[str, Any], folder: Path | None, options: argparse.Namespace) -> dict[str, Any]:
    """Return the report that is there without the cells that are measured now; refuse one made by another plan."""
    found: dict[str, Any] = json.loads(((folder or ROOT / "reports/bench") / "train.json").read_text(encoding="utf-8"))
    for part in ("machine", "options", "drawn_lengths"):
        if found[part] != results[part]:
            raise SystemExit(f"--add: {part} of the report that is there differ: measure all cells anew")
    now = {(vocabulary, share) for vocabulary in options.vocab for share in options.share}
    cells = [cell for cell in found["cells"] if (cell["vocabulary"], cell["share"]) not in now]
    return found | {name: results[name] for name in ("memory", "gpu") if name in results} | {"cells": cells}


def main() -> None:
    options = parse()
    results = describe_plan(options)
    out = options.out or (None if options.only else ROOT / "reports/bench")
    with tempfile.TemporaryDirectory() as scratch:
        if not options.only:
            results["gpu"] = train_gpu.run(Path(scratch), options.runs)
        if options.memory or not options.only:
            results["memory"] = list(measure_memory(Path(scratch), options))
        if options.add:
            results = kept(results, out, options)
        for _ in run_cells(results, Path(scratch), options):
            write(results, out)
    print(train_page.page(results))


if __name__ == "__main__":
    main()
