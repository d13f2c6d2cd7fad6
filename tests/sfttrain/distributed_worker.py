"""What one process of a test does: learn four steps in each way of holding a model, or fail on purpose.

`python -m tests.sfttrain.distributed_worker SCENARIO FOLDER`; torchrun or the test sets the environment. Rank 0 writes
what it learned into FOLDER. The models compute in float64, so that nothing but a mistake tells two ways apart.
"""

import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch

from sfteval.errors import ConfigurationError
from sfttrain.batch import flatten, micro_batches
from sfttrain.config import OptimizerSettings
from sfttrain.distributed import (
    World,
    agreed,
    deal,
    from_main,
    full_state,
    load_optimizer,
    load_weights,
    mine,
    replicate,
    shard,
    started,
    sum_gradients,
    summed,
    world,
)
from sfttrain.loss import summed_loss
from sfttrain.model import load_model
from sfttrain.optim import Optimizer, build_optimizer
from sfttrain.types import NOT_LEARNED, Batch, Example, ids

BUDGET = 24  # tokens of a batch
STEPS = ((5, 8, 11, 14, 17), (20,), (6, 9, 30), (23, 7, 12, 5))  # tokens of the examples of each step
WAYS = {"replicate": replicate, "shard": shard, "alone": lambda model, world: None}


def example(num_tokens: int, seed: int) -> Example:
    tokens = torch.randint(0, 250, (num_tokens + 1,), generator=torch.Generator().manual_seed(seed)).tolist()
    asked = num_tokens // 2
    return Example(ids(tokens[:-1]), ids([NOT_LEARNED] * asked + tokens[asked + 1 :]))


def steps(size: int, way: str) -> list[list[Batch]]:
    """Return the batches of each step: 3, 1, 2 and 2 of them, or as many as `deal` makes."""
    told = [[example(tokens, 10 * step + i) for i, tokens in enumerate(each)] for step, each in enumerate(STEPS)]
    if way == "dealt":
        return [[flatten(batch) for batch in deal(each, BUDGET, size)] for each in told]
    return [micro_batches(each, BUDGET) for each in told]


def built(base: Path, way: str, here: World) -> tuple[Any, Optimizer]:
    model = load_model(base, here.device).double()
    if here.rank and way == "replicate":  # the weights of rank 0 are what counts
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(1.0)
    WAYS[way](model, here)
    return model, build_optimizer(model, OptimizerSettings(lr=1e-2))


def learn(model: Any, optimizer: Optimizer, planned: Sequence[Sequence[Batch]], here: World) -> list[list[float]]:
    """Take the steps; return loss and gradient norm of each."""
    told = []
    for batches in planned:
        num_supervised = sum(batch.num_supervised for batch in batches)
        total = 0.0
        for batch in mine(batches, here):
            loss, _ = summed_loss(model, batch, 1 / num_supervised)
            loss.backward()
            total += float(loss.detach())
        sum_gradients(optimizer.parameters, here)
        told.append([*summed([total], here), optimizer.step(1.0)])
    return told


def whole(model: Any, optimizer: Optimizer, here: World) -> dict[str, Any]:
    return {"model": full_state(model, here), "optimizer": full_state(optimizer.parts[0], here)}


def way_through(base: Path, way: str, plan: str, here: World) -> dict[str, Any]:
    """Learn without a pause, and again with one; return what was told and what is stored."""
    planned = steps(here.size, plan)
    model, optimizer = built(base, way, here)
    told = learn(model, optimizer, planned[:2], here)
    half = whole(model, optimizer, here)
    told += learn(model, optimizer, planned[2:], here)
    done = whole(model, optimizer, here)
    half = from_main(half, here)  # a file, where there are files
    model, optimizer = built(base, way, here)
    load_weights(model, half["model"])
    load_optimizer(optimizer.parts[0], half["optimizer"])
    resumed = learn(model, optimizer, planned[2:], here)
    return {"told": told, "half": half, "done": done, "resumed": resumed, "again": whole(model, optimizer, here)}


def train(folder: Path, here: World) -> None:
    """Do all that ends well, in one launch: learn each way, save, and find that two ranks do not agree."""
    for way in ("replicate", "shard"):
        for plan in ("cut", "dealt"):
            done = way_through(folder / "base", way, plan, here)
            if here.is_main:
                torch.save(done, folder / f"{way}-{plan}.pt")
    model = load_model(folder / "base", here.device)
    shard(model, here)
    state = full_state(model, here)
    if here.is_main:
        model.save_pretrained(folder / "saved", state_dict=state)
    agreed({"recipe": {"lr": 1}, "data": "same"}, here)
    try:
        agreed({"recipe": {"lr": 1}, "data": f"of rank {here.rank}"}, here)
    except ConfigurationError as error:
        (folder / f"refused-{here.rank}").write_text(str(error))


def one_fails(folder: Path, here: World) -> None:
    if here.rank == 1:
        raise ValueError("rank 1 has had enough")
    summed([1.0], here)


def one_is_stuck(folder: Path, here: World) -> None:
    if here.rank == 1:
        time.sleep(600)
    summed([1.0], here)


def wait_for_a_signal(folder: Path, here: World) -> None:
    half_written = folder / f"half-written-{here.rank}"
    half_written.touch()
    try:
        time.sleep(600)
    finally:
        half_written.unlink()


SCENARIOS = {each.__name__: each for each in (train, one_fails, one_is_stuck, wait_for_a_signal)}

if __name__ == "__main__":
    torch.set_num_threads(1)
    scenario = sys.argv[1]
    with started(world(), timeout=timedelta(seconds=4 if scenario == "one_is_stuck" else 120)) as here:
        SCENARIOS[scenario](Path(sys.argv[2]), here)
