"""Show what every overfitting probe says of runs whose nature is known, and write `reports/probes.md`.

For each seed: a base of the starter world that four epochs of other rows taught to chat, and three runs of it. A
*parrot* sees 64 rows thirty times, half of them items of the suite; a *healthy* run sees 2,000 clean rows once; its
*twin* sees the same rows in another order. All carry canaries. A probe keeps its promise when it fails the parrot,
passes the healthy run, and calls neither healthy run nor twin the better one. Thresholds are those that are shipped:
nothing here is fitted. Seeds 1 to 3 are looked at while a probe is mended, seeds 4 and 5 only asserted. Run with
`make calibrate-probes`; what is finished is reused.

The base is taught to chat first because a reference must know the form in which it is asked. One that never saw the
template held single answers at 3.3 nats a token, spread by 2.2: the healthy run's difference in differences was then
-0.25, but for all the probe knew anything from -0.60 to 0.11 (seed 1). And 512 items of each split are asked instead
of 256: to fail a parrot fewer are enough, but a tie of healthy run and twin within the margins needs more.
"""

import asyncio
import dataclasses
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sfteval.checkpoints import resolve_checkpoint
from sfteval.probes.contamination import contamination_result, find_contamination
from sfteval.probes.row_texts import turns_of
from sfteval.probes.training_rows import TrainingRow
from sfteval.probing.plan import ProbePlan
from sfteval.probing.stage import probe_checkpoint, probe_pair
from sfteval.progress import silent_progress
from sfteval.suites.load import load_suite
from sfttrain.data.read import write_rows
from sfttrain.starter.rows import rows
from tests.bench.probes_page import DECISIVE, broken_promises, page
from tests.bench.probes_rows import NUM_HEALTHY, NUM_HELD_OUT, SHARE, chat_rows, healthy_rows, parrot_rows

SEEDS, ASSERTED = (1, 2, 3, 4, 5), (4, 5)
FOLDER, REPORTS = Path("checkpoints/probes"), Path("reports")
ARM = "no-think"
Canaries = tuple[int, str]  # how many, and their repeats
CANARIES: Canaries = (45, "1,2,4")
PARROT_CANARIES: Canaries = (15, "1,2")  # not more rows of them than of data
ROWS = {"chat": chat_rows, "healthy": healthy_rows, "parrot": parrot_rows}
RECIPES = {  # tokens a step, epochs, learning rate
    "chat": (3072, 4, 0.015),  # the starter pair's own
    "healthy": (3072, 1, 0.005),  # a model that can chat already moves gently
    "parrot": (1024, 30, 0.03),  # and a parrot is made by haste and by heart
}
THREADS, AT_ONCE = "1", 2  # a second thread gains little on models of this size; two seeds side by side do

RECIPE = """\
# As starter_pair, but for its length and its pace.
[data]
held_out_share = {share}
[batch]
step_tokens = {step_tokens}
max_tokens = 3072
[optimizer]
name = "muon"
lr = {rate}
adamw_lr = 0.003
[schedule]
epochs = {epochs}
warmup_steps = 20
decay = "linear"
"""
BASE_RECIPE = """\
# As starter_base, but half as long: the probes need a base that knows its world, not one that excels in it.
[corpus]
num_documents = 30000
[optimizer]
name = "muon"
lr = 0.02
adamw_lr = 0.003
[copying]
steps = 120
warmup_steps = 20
hold_share = 0.5
decay = "linear"
final_share = 0.1
[schedule]
steps = 650
warmup_steps = 50
hold_share = 0.5
decay = "linear"
final_share = 0.03
"""


def make_world(folder: Path, seed: int, base: Path | None = None, chat: Path | None = None) -> dict[str, Path]:
    """Return the three runs of one seed by name, trained where they do not stand finished.

    `base` stands for a base that is trained already, `chat` for one that can chat already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in ROWS.items():
        write_rows(folder / f"{name}.jsonl", make(seed))
    for name, (step_tokens, epochs, rate) in RECIPES.items():
        text = RECIPE.format(share=SHARE, step_tokens=step_tokens, epochs=epochs, rate=rate)
        (folder / f"{name}.toml").write_text(text)
    chat = chat or _chat_model(folder, seed, base)
    _train(folder / "parrot", "parrot.toml", "parrot.jsonl", chat, seed, PARROT_CANARIES)
    _train(folder / "healthy", "healthy.toml", "healthy.jsonl", chat, seed, CANARIES)
    _train(folder / "twin", "healthy.toml", "healthy.jsonl", chat, seed + 1000, CANARIES)
    return {name: folder / name for name in ("parrot", "healthy", "twin")}


def _chat_model(folder: Path, seed: int, base: Path | None) -> Path:
    if base is None:
        base = folder / "base"
        (folder / "base.toml").write_text(BASE_RECIPE)
        _sfttrain("base", folder / "base.toml", "-o", base, "--seed", seed)
    _train(folder / "chat", "chat.toml", "chat.jsonl", base, seed)
    return folder / "chat"


def probe_world(paths: dict[str, Path], runs: Path, seed: int) -> dict[str, Any]:
    """Return what the probes say of the parrot, of the healthy run, and of the healthy run against its twin.

    And the share of the suite that stands in rows of the same seed as they were drawn, clean or not.
    """
    plan = ProbePlan(num_train=NUM_HELD_OUT, num_held_out=NUM_HELD_OUT, runs=runs, backend="transformers")
    suites = (load_suite("starter"),)
    known = {name: resolve_checkpoint(str(path)) for name, path in paths.items()}
    parrot = asyncio.run(probe_checkpoint(known["parrot"], suites, plan, silent_progress()))
    probed = asyncio.run(probe_pair(known["healthy"], known["twin"], suites, plan, silent_progress()))
    healthy = [result for result in probed.results if result.side == "baseline"]
    raw = [TrainingRow(row["id"], turns_of(row)) for row in rows(seed, NUM_HEALTHY)]
    return {
        "as_drawn": contamination_result(find_contamination(suites[0], raw)).numbers["share"],
        "parrot": {result.probe: dataclasses.asdict(result) for result in parrot},
        "healthy": {result.probe: dataclasses.asdict(result) for result in healthy},
        "twin": {one.probe: dataclasses.asdict(one) for one in probed.differences},
    }


def _train(out: Path, recipe: str, data: str, base: Path, seed: int, canaries: Canaries | None = None) -> None:
    given = ("--arm", ARM, "--base", base, "--data", out.parent / data, "--seed", seed, "-o", out)
    planted = () if canaries is None else ("--canaries", canaries[0], "--canary-repeats", canaries[1])
    _sfttrain("run", out.parent / recipe, *given, *planted)


def _sfttrain(*words: object) -> None:
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": THREADS}
    command = [sys.executable, "-m", "sfttrain", *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])


def calibrated(seed: int) -> tuple[int, dict[str, Any]]:
    """Return a seed with what the probes say of its runs; what is finished is reused."""
    started = time.monotonic()
    paths = make_world(FOLDER / str(seed), seed)
    trained = time.monotonic()
    found = probe_world(paths, FOLDER / str(seed) / "runs", seed)
    ended = time.monotonic()
    took = f"trained {trained - started:.0f} s, probed {ended - trained:.0f} s"
    print(f"seed {seed}: {took}", file=sys.stderr, flush=True)
    return seed, found


def main() -> None:
    seeds = tuple(map(int, sys.argv[1:])) or SEEDS
    os.environ["OMP_NUM_THREADS"] = THREADS  # before torch is loaded, here and in the seeds' processes
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn")) as pool:
        found = dict(pool.map(calibrated, seeds))
    (REPORTS / "probes.md").write_text(page(found, ASSERTED), encoding="utf-8")
    (REPORTS / "probes.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    broken = [(seed, *promise) for seed in found for promise in broken_promises(found[seed]) if promise[0] in DECISIVE]
    if broken:
        raise SystemExit("\n".join(f"seed {seed}, {probe}: {said}" for seed, probe, said in broken))


if __name__ == "__main__":
    main()
