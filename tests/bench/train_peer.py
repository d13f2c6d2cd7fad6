"""TRL's side of `make bench-train`: rows and a job in, figures out.

The rows are given tokenised, with a completion mask; labels, packing and collation are SFTTrainer's own, and what it
does before the first step is not timed. Losses and tokens are noted as tensors and read once per step.
"""

import importlib.util
import json
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from tests.bench.train_job import BETAS, MAX_GRAD_NORM, WEIGHT_DECAY, Figures, Job, peak_bytes
from tests.bench.train_rows import LONGEST, Row


def arguments(job: Job, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what SFTConfig is told: sizes and optimizer, then what makes the setting; the rest is its default."""
    per_step = sum(len(row.token_ids) for row in rows) / job.steps
    packs = max(1, round(per_step / LONGEST))  # rows of 2,048 that come nearest to one step's tokens
    packed = {"packing": True, "train_sampling_strategy": "random"}
    special = {
        "trl-default": {},
        "trl-grouped": {"train_sampling_strategy": "group_by_length"},
        "trl-single": {"per_device_train_batch_size": 1, "gradient_accumulation_steps": job.conversations},
        "trl-flat": {"padding_free": True, "max_length": None},
        "trl-packed": packed | {"per_device_train_batch_size": 1, "gradient_accumulation_steps": packs},
        "trl-packed-wide": packed | {"per_device_train_batch_size": packs},
    }[job.trainer]
    return {
        "max_steps": job.steps,
        "per_device_train_batch_size": job.conversations,
        "max_length": LONGEST,
        "completion_only_loss": True,
        "train_sampling_strategy": "sequential",  # the order that sfttrain gets; the default, random, costs the same
        "learning_rate": job.lr,
        "adam_beta1": BETAS[0],
        "adam_beta2": BETAS[1],
        "weight_decay": WEIGHT_DECAY,
        "max_grad_norm": MAX_GRAD_NORM,
        "lr_scheduler_type": "constant",
        "bf16": job.precision == "bf16",
        "gradient_checkpointing": "ckpt" in job.flags,
        "use_cpu": job.device == "cpu",
        "dataloader_pin_memory": job.device != "cpu",
        "seed": job.seed,
        "save_strategy": "no",
        "logging_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        **special,
        **kernels(job),
    }


def kernels(job: Job) -> dict[str, Any]:
    """Return FlashAttention and Liger where they can run; unasked, TRL takes torch's own attention."""
    found: dict[str, Any] = {"use_liger_kernel": True} if "liger" in job.flags else {}
    if job.device == "cuda" and importlib.util.find_spec("flash_attn"):
        found["model_init_kwargs"] = {"attn_implementation": "flash_attention_2"}
    return found


def run_peer(job: Job, rows: list[Row]) -> Figures:
    """Let SFTTrainer take the job's steps and time each."""
    import torch
    import transformers
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    torch.set_num_threads(job.threads)
    transformers.utils.logging.set_verbosity_error()
    figures = Figures(bytes_imported=peak_bytes())

    class Clock(transformers.TrainerCallback):
        """Adds the micro-batches of a step up and closes it."""

        def __init__(self) -> None:
            self.noted: list[tuple[Any, Any, Any]] = []

        def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
            self.ended, self.cpu_ended = time.perf_counter(), time.process_time()

        def on_step_end(self, *args: Any, **kwargs: Any) -> None:
            loss, tokens, supervised = (float(sum(column)) for column in zip(*self.noted, strict=True))
            if job.device == "cuda":
                torch.cuda.synchronize()
            began, self.ended = self.ended, time.perf_counter()
            cpu_began, self.cpu_ended = self.cpu_ended, time.process_time()
            figures.seconds.append(self.ended - began)
            figures.cpu_seconds.append(self.cpu_ended - cpu_began)
            figures.tokens.append(int(tokens))
            figures.supervised.append(int(supervised))
            figures.losses.append(loss)
            self.noted.clear()

    clock = Clock()

    class Watched(SFTTrainer):
        """SFTTrainer that notes what each micro-batch cost; the work is its own."""

        def compute_loss(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            mask = inputs.get("attention_mask")  # none where nothing is padded
            tokens = inputs["input_ids"].numel() if mask is None else mask.sum()
            supervised = (inputs["labels"][:, 1:] != -100).sum()
            loss = super().compute_loss(model, inputs, *args, **kwargs)
            clock.noted.append((loss.detach(), tokens, supervised))
            return loss

    with tempfile.TemporaryDirectory() as output:
        config = SFTConfig(output_dir=output, **arguments(job, rows))
        trainer = Watched(
            model=job.folder, args=config, train_dataset=Dataset.from_dict(columns(rows)), callbacks=[clock]
        )
        trainer.train()
        figures.bytes_peak = torch.cuda.max_memory_allocated() if job.device == "cuda" else peak_bytes()
        stock = _portable(SFTConfig(output_dir=output, use_cpu=config.use_cpu))
    figures.config_whole = _portable(config)
    figures.config = {key: value for key, value in figures.config_whole.items() if stock[key] != value}
    return figures


def columns(rows: Sequence[Row]) -> dict[str, list[list[int]]]:
    """Return rows as TRL reads tokenised prompt-completion data."""
    return {
        "input_ids": [list(row.token_ids) for row in rows],
        "completion_mask": [[0] * row.prompt_length + [1] * (len(row.token_ids) - row.prompt_length) for row in rows],
    }


def _portable(config: Any) -> dict[str, Any]:
    """Return a configuration without this machine's temporary folders."""
    told: dict[str, Any] = json.loads(config.to_json_string())
    return {key: value for key, value in told.items() if key not in ("output_dir", "logging_dir")}
