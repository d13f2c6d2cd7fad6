"""One model with its run folder: questions of a probe in, answers out, each asked once whoever asks it.

A desk stands for a checkpoint or for its base model. What is asked of token ids needs a backend that can tell, and a
tokenizer of which it is known that the model's server has the same; where either is missing, the question is refused
with the reason, which becomes the probe's sentence. Knows no probe and no training data.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from sfteval.asking import AskingPolicy, ask
from sfteval.backends import Backend, open_backends
from sfteval.chat import ChatFormat
from sfteval.errors import BackendError, ConfigurationError
from sfteval.probing.given import GREETING, Continuations, Continues, Likelihoods, Scores, read_scores, tokens_request
from sfteval.probing.plan import ProbePlan
from sfteval.progress import Progress
from sfteval.provenance import run_path
from sfteval.store import RunFolder
from sfteval.types import Checkpoint, Generation, Request, TokenScores

FOLDER = "probes"  # of a run folder; a run folder of its own
Given = tuple[tuple[int, ...], int]  # token ids, and the place of the first one that is scored


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one model is asked."""

    checkpoint: Checkpoint
    chat: ChatFormat | None  # by which texts are token ids; None: nobody knows
    backend: Backend
    folder: RunFolder
    progress: Progress
    policy: AskingPolicy
    seed: int = 0

    async def scores(self, task: str, given: Mapping[str, Given]) -> dict[str, TokenScores]:
        """Return how likely each of the given spans is; what the model refuses (for its length) is left out.

        Raises: BackendError, BudgetError, ConfigurationError where nobody can tell.
        """
        if not given:
            return {}
        backend = self.backend
        if not isinstance(backend, Scores):
            raise self._cannot("a backend that tells how likely given tokens are")
        await self._check_tokens(given)
        requests = [tokens_request(task, name, ids, first=first) for name, (ids, first) in given.items()]
        answers = await self._told(Likelihoods(backend), task, requests)
        return {answer.sample_id: read_scores(answer.text) for answer in answers}

    async def continued(
        self, task: str, prompts: Mapping[str, tuple[tuple[int, ...], int]]
    ) -> dict[str, tuple[int, ...]]:
        """Return what comes greedily after each prompt, {name: (token ids, most tokens)}; stop tokens left out.

        Raises: BackendError, BudgetError, ConfigurationError where nobody can tell.
        """
        if not prompts:
            return {}
        backend = self.backend
        if not isinstance(backend, Continues):
            raise self._cannot("a backend that goes on with given tokens")
        await self._check_tokens(prompts)
        requests = [tokens_request(task, name, ids, max_tokens=most) for name, (ids, most) in prompts.items()]
        answers = await self._told(Continuations(backend), task, requests)
        stops = frozenset(self.chat.stop_token_ids if self.chat is not None else ())
        return {
            answer.sample_id: tuple(token for token in answer.token_ids if token not in stops) for answer in answers
        }

    async def answers(self, task: str, requests: Sequence[Request]) -> list[Generation]:
        """Return the answers to chat requests, in their order; what failed is left out.

        Raises: BackendError, BudgetError.
        """
        asked = [replace(request, task=task) for request in requests]
        return [answer for answer in await self._asked(self.backend, task, asked) if answer.finish_reason != "error"]

    async def _told(self, backend: Backend, task: str, requests: Sequence[Request]) -> list[Generation]:
        """Return what was told of given tokens, without sequences that the model refuses, however many.

        Raises: BackendError where it refuses all of them.
        """
        policy = replace(self.policy, free_refusals=len(requests))
        answers = await replace(self, policy=policy)._asked(backend, task, requests)
        told = [answer for answer in answers if answer.finish_reason != "error"]
        if not told:
            raise BackendError(
                self.checkpoint.argument, expected="one sequence that it reads", got=f"none: {answers[0].error}",
                next_move="Give shorter rows, or a model that reads longer ones",
            )  # fmt: skip
        if len(told) < len(answers):
            refused = next(answer.error for answer in answers if answer.finish_reason == "error")
            left = f"{len(answers) - len(told):,} of {len(answers):,} are left out"
            self.progress.say(f"{self.checkpoint.name}, {task.replace('_', ' ')}: {left}: {refused}")
        return told

    async def _asked(self, backend: Backend, task: str, requests: Sequence[Request]) -> list[Generation]:
        if not requests:
            return []
        questions = backend.questions(requests)
        stored = self.folder.generations(task)
        if not all(question in stored for question in questions):  # what another probe asked is no work worth showing
            name = f"{self.checkpoint.name}, {task.replace('_', ' ')}"
            await ask(backend, requests, self.folder, self.progress, name, self.policy, seed=self.seed)
        finished, failed = self.folder.generations(task), self.folder.errors(task)
        return [
            replace((finished if question in finished else failed)[question], sample_id=request.sample.id)
            for request, question in zip(requests, questions, strict=True)
        ]

    async def _check_tokens(self, given: Mapping[str, tuple[tuple[int, ...], int]]) -> None:
        """Refuse token ids of a server that makes others of the same words, where it tells which it makes."""
        if self.chat is None:
            raise ConfigurationError(
                self.checkpoint.argument,
                expected="a tokenizer, to know the tokens of the training data",
                got="an endpoint alone",
                next_move="Pass --tokenizer DIR, the folder of the model that is served there",
            )
        served = getattr(self.backend, "served_prompt", None)
        if self.checkpoint.kind != "endpoint" or served is None:
            return
        await self.backend.ready()
        theirs = await served([GREETING], (), self.checkpoint.template_kwargs, add_generation_prompt=True)
        ours = self.chat.prompt([GREETING], (), self.checkpoint.template_kwargs).token_ids
        if theirs is not None and theirs != ours:
            raise ConfigurationError(
                self.checkpoint.argument,
                expected="the tokens that its server makes of a greeting",
                got="others",
                next_move="Pass --tokenizer DIR, the folder of the very model that is served there",
            )

    def _cannot(self, expected: str) -> BackendError:
        return BackendError(
            self.checkpoint.argument,
            expected=expected,
            got=f'"{self.backend.name}"',
            next_move="Give the checkpoint's folder or a vLLM server of it",
        )


@asynccontextmanager
async def open_desk(
    checkpoint: Checkpoint, chat: ChatFormat | None, plan: ProbePlan, progress: Progress
) -> AsyncIterator[Desk]:
    """Yield where a checkpoint is asked; nothing is loaded before something is owed.

    Raises: BackendError, StoreError, and ConfigurationError for a backend that cannot ask it.
    """
    is_served = checkpoint.kind == "endpoint"
    name = plan.backend if is_served == (plan.backend == "endpoint") else "auto"
    async with AsyncExitStack() as stack:
        backends = await stack.enter_async_context(open_backends((checkpoint,), name, plan.serving))
        backend = await stack.enter_async_context(backends.open(checkpoint))
        folder = stack.enter_context(RunFolder(run_path(checkpoint, plan.runs) / FOLDER))
        yield Desk(checkpoint, chat, backend, folder, progress, plan.policy, plan.seed)
