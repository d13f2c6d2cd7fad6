"""A checkpoint directory asked in this process: the embedded default, on whatever torch finds here.

Batches are cut from the whole list sorted by length, so that they are a pure function of what is asked and a resumed
run gives the same bytes. Every answer draws its tokens with its own seed, whatever its neighbours in the batch.
Weights are read as float32 on a CPU (greedy answers then do not depend on the batch) and as saved on a GPU.
Does not know the samples' targets.
"""

import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sfteval.backends.chat import chat_to_ask, read_tokens
from sfteval.backends.likelihood import logprobs
from sfteval.backends.protocol import Note, unheard
from sfteval.chat import ChatFormat, Prompt
from sfteval.errors import BackendError, CheckpointError, SftevalError
from sfteval.identity import canonical_json, content_hash
from sfteval.types import Checkpoint, Generation, Json, Request, Sampling

BATCH_TOKENS = 40_960  # prompt and answer positions of one batch
BATCH_ROWS = 160


def open_transformers(checkpoint: Checkpoint) -> "TransformersBackend":
    """Open a directory or an adapter; its weights are loaded only when an answer is owed.

    Raises: CheckpointError when the checkpoint has no stop token.
    """
    return TransformersBackend(chat_to_ask(checkpoint), checkpoint)


def load_model(checkpoint: Checkpoint) -> Any:
    """Load the weights for asking.

    Raises: BackendError when torch or transformers are missing, CheckpointError when the weights do not load.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise BackendError(
            checkpoint.argument,
            expected="torch and transformers",
            got=f"no module {error.name}",
            next_move="pip install 'sfteval[local]', or serve the checkpoint and give http://HOST:PORT/v1#MODEL",
        ) from error
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.float32 if device == "cpu" else "auto"
    folder = checkpoint.base_path or checkpoint.path
    try:
        model, loading = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, trust_remote_code=False, local_files_only=True, output_loading_info=True
        )
        _check_all_loaded(checkpoint, loading)
        # What generation_config.json adds (a repetition penalty, say) would fill whatever a request leaves unsaid.
        model.generation_config = transformers.GenerationConfig()
        if checkpoint.base_path is not None and checkpoint.path is not None:
            model = _with_adapter(model, checkpoint.path)
    except SftevalError:
        raise
    except Exception as error:  # configuration and weights of any kind: each library has errors of its own
        raise CheckpointError(
            str(checkpoint.path),
            expected="weights that transformers loads",
            got=" ".join(str(error).split())[:200],
            next_move="Save the checkpoint again, or check that its architecture is known to this transformers",
        ) from error
    return model.eval().to(device)


def _check_all_loaded(checkpoint: Checkpoint, loading: dict[str, Any]) -> None:
    """Refuse weights that do not fill the model: transformers would make up the rest."""
    missing = sorted(loading.get("missing_keys") or ())
    mismatched = sorted(str(entry[0]) for entry in loading.get("mismatched_keys") or ())
    if missing or mismatched:
        lost = [*missing, *mismatched]
        raise CheckpointError(
            str(checkpoint.path),
            expected="weights for the whole model",
            got=f"{len(lost)} tensors missing or of another shape, {lost[0]} among them",
            next_move="Save the checkpoint again: what is missing would be random",
        )


def _with_adapter(model: Any, path: Path) -> Any:
    try:
        from peft import PeftModel
    except ImportError as error:
        raise BackendError(
            str(path), expected="peft to load an adapter", got="not installed", next_move="pip install 'sfteval[peft]'"
        ) from error
    with warnings.catch_warnings():  # peft only warns of adapters that it makes up
        warnings.filterwarnings("error", message="Found missing adapter keys")
        return PeftModel.from_pretrained(model, str(path))


class TransformersBackend:
    """One model in this process."""

    name = "transformers"
    concurrency = 1
    max_concurrency = 1

    def __init__(self, chat: ChatFormat, checkpoint: Checkpoint) -> None:
        """Wrap a checkpoint's chat format; the model comes with `ready`."""
        self.chat, self.checkpoint = chat, checkpoint
        self.think_end_id = chat.tokenizer.token_id("</think>")
        self.model: Any = None
        self._prompts: dict[str, Prompt] = {}

    async def ready(self, note: Note = unheard) -> None:
        """Load the weights."""
        self.model = self.model or load_model(self.checkpoint)

    def description(self) -> Json | None:
        """Name the backend, its versions and the numbers that decide its bytes."""
        if self.model is None:
            return None
        return {
            "backend": self.name,
            "torch": version("torch"),
            "transformers": version("transformers"),
            "device": str(self.model.device.type),
            "dtype": str(self.model.dtype).removeprefix("torch."),
            "token_ids": True,
        }

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Hash the very token ids that will be asked, the sampling, the seed where it matters, and the index."""
        return [_question(self._prompt(request), request) for request in requests]

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        """Sort by sampling and prompt length, then cut by rows and by positions."""
        keyed = sorted(
            range(len(requests)),
            key=lambda i: (
                requests[i].sampling.max_tokens,
                _sampling_key(requests[i].sampling),
                self._length(requests[i]),
                i,
            ),
        )
        units: list[tuple[int, ...]] = []
        current: list[int] = []
        for position in keyed:
            if current and not self._fits(requests, current, position):
                units.append(tuple(current))
                current = []
            current.append(position)
        return [*units, tuple(current)] if current else units

    def _fits(self, requests: Sequence[Request], current: list[int], position: int) -> bool:
        new, first = requests[position], requests[current[0]]
        positions = (len(current) + 1) * (self._length(new) + new.sampling.max_tokens)
        return new.sampling == first.sampling and len(current) < BATCH_ROWS and positions <= BATCH_TOKENS

    def _length(self, request: Request) -> int:
        return len(self._prompt(request).token_ids)

    def _prompt(self, request: Request) -> Prompt:
        key = request.sample.content_hash + canonical_json(request.template_kwargs)
        if key not in self._prompts:
            self._prompts[key] = self.chat.prompt(
                request.sample.messages, request.sample.tools, request.template_kwargs
            )
        return self._prompts[key]

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Generate one batch; left padding, KV cache, stop at the checkpoint's stop tokens."""
        import torch

        started = time.monotonic()
        prompts = [self._prompt(request) for request in requests]
        width = max(len(prompt.token_ids) for prompt in prompts)
        pad = self.chat.stop_token_ids[0]
        ids = torch.tensor([[pad] * (width - len(p.token_ids)) + list(p.token_ids) for p in prompts])
        mask = torch.tensor([[0] * (width - len(p.token_ids)) + [1] * len(p.token_ids) for p in prompts])
        sampling = requests[0].sampling
        try:
            with torch.inference_mode():
                out = self.model.generate(
                    input_ids=ids.to(self.model.device),
                    attention_mask=mask.to(self.model.device),
                    generation_config=self._generation_config(sampling, pad),
                    logits_processor=_drawing([request.seed for request in requests], sampling),
                )
        except (RuntimeError, IndexError, MemoryError) as error:
            raise BackendError(
                self.checkpoint.argument,
                expected="answers",
                got=" ".join(str(error).split())[:200],
                next_move="If memory ran out, lower max_tokens or use a served endpoint",
            ) from error
        seconds = (time.monotonic() - started) / len(requests)
        rows = out[:, width:].tolist()
        return [self._generation(*pair, seconds) for pair in zip(requests, prompts, rows, strict=True)]

    async def logprobs(self, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
        """Return how likely given tokens are; the weights are loaded if they are not yet."""
        await self.ready()
        return logprobs(self.model, sequences)

    def _generation_config(self, sampling: Sampling, pad: int) -> Any:
        from transformers import GenerationConfig

        return GenerationConfig(
            max_new_tokens=sampling.max_tokens,
            do_sample=False,  # the drawing itself is a logits processor with one seed per answer
            pad_token_id=pad,
            eos_token_id=list(self.chat.stop_token_ids),
            use_cache=True,
        )

    def _generation(self, request: Request, prompt: Prompt, row: list[int], seconds: float) -> Generation:
        stops = set(self.chat.stop_token_ids)
        length = next((i + 1 for i, token in enumerate(row) if token in stops), len(row))
        ids = tuple(row[:length])
        text, finish, stop_reason = read_tokens(self.chat, ids, request.sampling.stop)
        return Generation(
            task=request.task,
            sample_id=request.sample.id,
            sample_index=request.sample_index,
            question=_question(prompt, request),
            text=text,
            finish_reason=finish,
            prompt_token_ids=prompt.token_ids,
            token_ids=ids,
            stop_reason=stop_reason,
            verified=True,
            think_prefilled=prompt.think_prefilled,
            num_prompt_tokens=len(prompt.token_ids),
            num_tokens=len(ids),
            latency_seconds=round(seconds, 6),
            seed=request.seed,
            content_hash=request.sample.content_hash,
        )


def _sampling_key(sampling: Sampling) -> str:
    return content_hash(asdict(sampling))


def _question(prompt: Prompt, request: Request) -> str:
    seed = request.seed if request.sampling.temperature > 0 else None
    return content_hash([list(prompt.token_ids), asdict(request.sampling), request.sample_index, seed])


def _drawing(seeds: Sequence[int], sampling: Sampling) -> list[Any]:
    """Return the logits processor that draws each row's next token with that row's own generator."""
    if sampling.temperature == 0:
        return []
    import torch

    generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def draw(input_ids: Any, scores: Any) -> Any:
        probabilities = _kept_probabilities(scores.float().cpu() / sampling.temperature, sampling)
        noise = torch.stack([torch.rand(scores.shape[-1], generator=generator) for generator in generators])
        # The exponential race: argmax of p / Exp(1) is a draw from p, with noise that belongs to the row alone.
        winners = (probabilities / -torch.log(noise.clamp_min(1e-20))).argmax(dim=-1)
        return torch.full_like(scores, float("-inf")).scatter(1, winners.to(scores.device)[:, None], 0.0)

    return [draw]


def _kept_probabilities(logits: Any, sampling: Sampling) -> Any:
    """Zero what top-k and top-p cut away; `[B, V]` in, `[B, V]` out."""
    import torch

    probabilities = torch.softmax(logits, dim=-1)
    if sampling.top_k:
        floor = probabilities.topk(min(sampling.top_k, probabilities.shape[-1])).values[:, -1:]
        probabilities = probabilities.masked_fill(probabilities < floor, 0.0)
    if sampling.top_p < 1:
        ordered, order = probabilities.sort(descending=True)
        before = ordered.cumsum(dim=-1) - ordered
        ordered = ordered.masked_fill(before >= sampling.top_p * ordered.sum(dim=-1, keepdim=True), 0.0)
        probabilities = torch.zeros_like(probabilities).scatter(1, order, ordered)
    return probabilities
