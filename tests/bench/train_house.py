"""`sfttrain`'s side of `make bench-train`: rows and a job in, figures out."""

import dataclasses
import time
from pathlib import Path
from typing import Any

from tests.bench.train_job import BETAS, MAX_GRAD_NORM, WEIGHT_DECAY, Figures, Job, peak_bytes
from tests.bench.train_rows import Row


def run_house(job: Job, rows: list[Row]) -> Figures:
    """Take the job's steps, as `sfttrain.train` takes them, and time each."""
    import torch
    import transformers  # noqa: F401  counted as imported, not as the model's memory

    from sfttrain.config import OptimizerSettings
    from sfttrain.model import load_model
    from sfttrain.optim import build_optimizer
    from sfttrain.step import cut, num_workers, take_step

    torch.set_num_threads(job.threads)
    examples = [example_of(row) for row in rows]
    settings = OptimizerSettings(
        name="adamw", lr=job.lr, betas=BETAS, weight_decay=WEIGHT_DECAY, max_grad_norm=MAX_GRAD_NORM
    )
    figures = Figures(bytes_imported=peak_bytes(), config={"optimizer": dataclasses.asdict(settings)})
    figures.config |= {"precision": job.precision, "max_tokens": job.max_tokens, "conversations": job.conversations}
    model = load_model(Path(job.folder), torch.device(job.device)).train()
    optimizer = build_optimizer(model, settings)
    steps = [examples[start : start + job.conversations] for start in range(0, len(examples), job.conversations)]
    workers = num_workers(model)
    if "compile" in job.flags:
        workers = 1
        figures.config["compile_seconds"] = _compile(model, steps, job)
    ended, cpu_ended = time.perf_counter(), time.process_time()
    for chosen in steps[: job.steps]:
        batches = cut(chosen, job.max_tokens, "packed", workers)
        result = take_step(model, optimizer, batches, share=1.0, precision=job.precision, workers=workers)
        if job.device == "cuda":
            torch.cuda.synchronize()
        began, ended, cpu_began, cpu_ended = ended, time.perf_counter(), cpu_ended, time.process_time()
        figures.seconds.append(ended - began)
        figures.cpu_seconds.append(cpu_ended - cpu_began)
        figures.tokens.append(sum(example.num_tokens + 1 for example in chosen))  # the row's, its last target too
        figures.supervised.append(result.num_supervised)
        figures.losses.append(result.loss)
    figures.bytes_peak = torch.cuda.max_memory_allocated() if job.device == "cuda" else peak_bytes()
    return figures


def _compile(model: Any, steps: list[Any], job: Job) -> float:
    """Compile the layers and meet every length once, moving nothing; return the seconds that this took."""
    from sfttrain.batch import placed
    from sfttrain.loss import summed_loss
    from sfttrain.model import autocast, compile_layers
    from sfttrain.step import cut

    began = time.perf_counter()
    compile_layers(model)
    for chosen in steps:
        for batch in cut(chosen, job.max_tokens, "packed", 1):
            with autocast(model.device, job.precision):  # type: ignore[arg-type]
                loss, _ = summed_loss(model, placed(batch, model.device))
            loss.backward()
    model.zero_grad(set_to_none=True)
    return round(time.perf_counter() - began, 1)


def example_of(row: Row) -> Any:
    """Return a row as `sfttrain` holds it, shifted once."""
    from sfttrain.types import NOT_LEARNED, Example, Span, ids

    targets = [
        token if place >= row.prompt_length else NOT_LEARNED for place, token in enumerate(row.token_ids[1:], start=1)
    ]
    return Example(ids(row.token_ids[:-1]), ids(targets), (Span(row.prompt_length - 1, len(targets), 1),))
