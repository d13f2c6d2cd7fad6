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
    workers = num_workers(model)
    ended, cpu_ended = time.perf_counter(), time.process_time()
    for start in range(0, job.steps * job.conversations, job.conversations):
        chosen = examples[start : start + job.conversations]
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


def example_of(row: Row) -> Any:
    """Return a row as `sfttrain` holds it, shifted once."""
    from sfttrain.types import NOT_LEARNED, Example, Span, ids

    targets = [
        token if place >= row.prompt_length else NOT_LEARNED for place, token in enumerate(row.token_ids[1:], start=1)
    ]
    return Example(ids(row.token_ids[:-1]), ids(targets), (Span(row.prompt_length - 1, len(targets), 1),))
