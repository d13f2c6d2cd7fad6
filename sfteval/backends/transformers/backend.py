"""One model in this process: Requests in, Generations out, batch by batch.

Batches are cut from the whole list sorted by length, so that they are a pure function of what is asked and a resumed
run gives the same bytes. Every answer draws its tokens with its own seed, whatever its neighbours in the batch.
Does not know the samples' targets.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from sfteval.backends.chat import chat_to_ask, read_tokens
from sfteval.backends.prompts import Prompts, question_of
from sfteval.backends.protocol import REFUSED, Note, TokenLikelihood, unheard
from sfteval.backends.transformers.drawing import drawing
from sfteval.backends.transformers.likelihood import likelihoods
from sfteval.backends.transformers.loading import arithmetic, load_model
from sfteval.backends.transformers.positions import beyond, num_positions
from sfteval.chat import ChatFormat, Prompt
from sfteval.errors import BackendError, RefusedError
from sfteval.identity import content_hash
from sfteval.types import Checkpoint, Generation, Json, Request, Sampling

BATCH_TOKENS = 40_960  # prompt and answer positions of one batch
BATCH_ROWS = 160


def open_transformers(checkpoint: Checkpoint) -> "TransformersBackend":
    """Open a directory or an adapter; its weights are loaded only when an answer is owed.

    Raises: CheckpointError when the checkpoint has no stop token.
    """
    return TransformersBackend(chat_to_ask(checkpoint), checkpoint)


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
        self._computed_by = arithmetic()
        self._prompts = Prompts(chat)

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
            "arithmetic": self._computed_by,
            "token_ids": True,
            "think_end_id": self.think_end_id,
        }

    def questions(self, requests: Sequence[Request]) -> list[str]:
        """Hash the arithmetic, the prompt's token ids, the sampling, the seed where it matters, and the index."""
        return [self._question(request) for request in requests]

    def units(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        """Sort by sampling and prompt length, then cut by rows and by positions."""
        keyed = sorted(
            range(len(requests)),
            key=lambda i: (
                requests[i].sampling.max_tokens,
                content_hash(asdict(requests[i].sampling)),
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
        return self._prompts.outline(request).num_tokens

    def _question(self, request: Request) -> str:
        return question_of(self._computed_by, self._prompts.outline(request), request)

    async def answer(self, requests: Sequence[Request]) -> Sequence[Generation]:
        """Generate one batch; a prompt beyond the model's context is an error of its own."""
        started = time.monotonic()
        prompts = [self._prompts.render(request) for request in requests]
        refusals = [self._refusal(prompt.token_ids) for prompt in prompts]
        asked = [place for place, refusal in enumerate(refusals) if refusal is None]
        token_ids, seeds = [prompts[place].token_ids for place in asked], [requests[place].seed for place in asked]
        rows = iter(self._drawn(token_ids, requests[0].sampling, seeds) if asked else [])
        seconds = (time.monotonic() - started) / len(requests)
        return [
            self._generation(request, prompt, next(rows), seconds) if refusal is None else self._error(request, refusal)
            for request, prompt, refusal in zip(requests, prompts, refusals, strict=True)
        ]

    async def logprobs(self, sequences: Sequence[Sequence[int]]) -> list[list[float]]:
        """Return the log probabilities of given tokens; the weights are loaded if they are not yet."""
        return [[token.logprob for token in told] for told in await self.likelihoods(sequences)]

    async def likelihoods(self, sequences: Sequence[Sequence[int]]) -> list[list[TokenLikelihood]]:
        """Return how likely given tokens are; the weights are loaded if they are not yet."""
        await self.ready()
        return likelihoods(self.model, sequences)

    async def continued(self, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[tuple[int, ...]]:
        """Return what comes greedily after given token ids; the weights are loaded if they are not yet."""
        await self.ready()
        for refusal in filter(None, map(self._refusal, prompts)):
            raise refusal
        rows = self._drawn(prompts, Sampling(max_tokens=max_tokens), [0] * len(prompts))
        return [self._ended(row) for row in rows]

    def _drawn(self, prompts: Sequence[Sequence[int]], sampling: Sampling, seeds: Sequence[int]) -> list[list[int]]:
        """Draw one batch; left padding, KV cache, stop at the checkpoint's stop tokens or the model's last position."""
        import torch

        room = [(num_positions(self.model) or sys.maxsize) - len(prompt) for prompt in prompts]
        width = max(map(len, prompts))
        pad = self.chat.stop_token_ids[0]
        ids = torch.tensor([[pad] * (width - len(prompt)) + list(prompt) for prompt in prompts])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
        try:
            with torch.inference_mode():
                out = self.model.generate(
                    input_ids=ids.to(self.model.device),
                    attention_mask=mask.to(self.model.device),
                    generation_config=self._generation_config(min(sampling.max_tokens, max(room)), pad),
                    logits_processor=drawing(seeds, sampling),
                )
        except (RuntimeError, IndexError, MemoryError) as error:
            raise BackendError(
                self.checkpoint.argument,
                expected="answers",
                got=" ".join(str(error).split())[:200],
                next_move="If memory ran out, lower max_tokens or use a served endpoint",
            ) from error
        rows: list[list[int]] = out[:, width:].tolist()
        return [row[: min(left, len(row))] for row, left in zip(rows, room, strict=True)]

    def _refusal(self, token_ids: Sequence[int]) -> RefusedError | None:
        return beyond(self.checkpoint.argument, len(token_ids), num_positions(self.model))

    def _generation_config(self, max_tokens: int, pad: int) -> Any:
        from transformers import GenerationConfig

        return GenerationConfig(
            max_new_tokens=max_tokens,
            do_sample=False,  # the drawing itself is a logits processor with one seed per answer
            pad_token_id=pad,
            eos_token_id=list(self.chat.stop_token_ids),
            use_cache=True,
        )

    def _generation(self, request: Request, prompt: Prompt, row: list[int], seconds: float) -> Generation:
        ids = self._ended(row)
        text, finish, stop_reason = read_tokens(self.chat, ids, request.sampling.stop)
        return Generation(
            task=request.task,
            sample_id=request.sample.id,
            sample_index=request.sample_index,
            question=self._question(request),
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

    def _error(self, request: Request, refusal: RefusedError) -> Generation:
        return Generation(
            task=request.task,
            sample_id=request.sample.id,
            sample_index=request.sample_index,
            question=self._question(request),
            text="",
            finish_reason="error",
            stop_reason=REFUSED,
            seed=request.seed,
            content_hash=request.sample.content_hash,
            error=str(refusal),
        )

    def _ended(self, row: list[int]) -> tuple[int, ...]:
        """Return a row up to and with its first stop token."""
        stops = set(self.chat.stop_token_ids)
        length = next((i + 1 for i, token in enumerate(row) if token in stops), len(row))
        return tuple(row[:length])
