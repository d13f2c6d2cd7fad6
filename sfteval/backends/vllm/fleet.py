"""Who is served where and for how long: checkpoints in, backends out, servers started and stopped on the way.

Nothing starts before an answer is owed. A server is stopped when nobody is left to ask it; where memory allows only
one, an idle one makes room. Does not know what is asked.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cached_property

from sfteval.backends.chat import chat_to_ask
from sfteval.backends.serving import Serving
from sfteval.backends.vllm.arguments import arithmetic, checked, dtype, places_itself
from sfteval.backends.vllm.backend import VllmBackend
from sfteval.backends.vllm.command import command, environment
from sfteval.backends.vllm.installation import Installation, find_installation
from sfteval.backends.vllm.machine import Placement, free_memory, place, place_together, visible_gpus, weight_bytes
from sfteval.backends.vllm.server import Launch, Server
from sfteval.backends.vllm.sharing import asked_as, content, served_by, served_name, shared_by
from sfteval.errors import BackendError
from sfteval.types import Checkpoint, Json


@asynccontextmanager
async def open_fleet(checkpoints: Sequence[Checkpoint], serving: Serving) -> AsyncIterator["Fleet"]:
    """Yield what serves these checkpoints; nothing is started yet, and everything is stopped at the end.

    Raises: CheckpointError for one without a stop token, ConfigurationError for an argument that is ours to set.
    """
    checked(serving.vllm_args)
    fleet = Fleet(checkpoints, serving)
    async with AsyncExitStack() as stack:
        for crew in fleet.crews:
            stack.push_async_callback(crew.server.stop)
        yield fleet


class Crew:
    """The checkpoints that one server serves, and who of them is still to be asked."""

    def __init__(self, members: Sequence[Checkpoint], server: Server) -> None:
        """Take who shares a server."""
        self.members, self.server = tuple(members), server
        self.owed = {asked_as(member) for member in members}
        self.num_open = 0
        self.placement = Placement()  # of its last start

    @property
    def weights(self) -> int:
        """What all of it weighs, in bytes."""
        return weight_bytes(*{path for member in self.members for path in (member.path, member.base_path) if path})


class Fleet:
    """The servers of one command."""

    def __init__(self, checkpoints: Sequence[Checkpoint], serving: Serving) -> None:
        """Find out who shares a server with whom."""
        self.serving = serving
        self.chats = {content(checkpoint): chat_to_ask(checkpoint) for checkpoint in checkpoints}
        groups: dict[str, list[Checkpoint]] = {}
        for checkpoint in checkpoints:
            groups.setdefault(shared_by(checkpoint, self.chats[content(checkpoint)]), []).append(checkpoint)
        self.crews = [self._crew(members) for members in groups.values()]

    @property
    def together(self) -> bool:
        """Whether all servers may run at the same time."""
        return len(self.crews) == 1 or self._placements is not None

    @asynccontextmanager
    async def backend(self, checkpoint: Checkpoint) -> AsyncIterator[VllmBackend]:
        """Yield what asks one of the checkpoints; its server is stopped when the last of those it serves is done."""
        key = content(checkpoint)
        crew = next(crew for crew in self.crews if key in map(content, crew.members))
        backend = VllmBackend(
            checkpoint,
            self.chats[key],
            crew.server,
            served_name(checkpoint),
            lambda: self._describe(crew),
            arithmetic(self.serving.vllm_args, on_cpu=self.on_cpu),
        )
        crew.num_open += 1
        try:
            yield backend
        finally:
            crew.num_open -= 1
            if backend.description() is not None:  # one that was only looked at is still to be asked
                crew.owed.discard(asked_as(checkpoint))
            if not crew.num_open and not crew.owed:
                await crew.server.stop()

    @cached_property
    def installation(self) -> Installation:
        """The vLLM that serves them."""
        return find_installation(self.serving)

    @cached_property
    def on_cpu(self) -> bool:
        """Whether they are served by a build for CPUs.

        Where there is no vLLM nothing can be started; what is stored was computed elsewhere, most likely on GPUs.
        """
        try:
            return self.installation.on_cpu
        except BackendError:
            return False

    @cached_property
    def _placements(self) -> tuple[Placement, ...] | None:
        """Where each server runs when all run at once; None: one after the other."""
        gpus = visible_gpus()
        if not gpus or places_itself(self.serving.vllm_args) or self.installation.on_cpu:
            return None
        return place_together([crew.weights for crew in self.crews], gpus)

    def _crew(self, members: Sequence[Checkpoint]) -> Crew:
        name = "+".join(dict.fromkeys(member.name for member in members))[:80]

        async def make_room() -> None:
            await self._make_room(crew)

        logs, seconds = self.serving.logs, self.serving.timeout_seconds
        crew = Crew(members, Server(name, lambda: self._launch(crew), logs, seconds, make_room))
        return crew

    async def _make_room(self, crew: Crew) -> None:
        if not self.together:
            for other in self.crews:
                if other is not crew and not other.num_open:
                    await other.server.stop()

    def _launch(self, crew: Crew) -> Launch:
        served = served_by(crew.members, self.chats[content(crew.members[0])], self.serving.logs)
        placement = crew.placement = self._placement(crew)
        found, extra, free = self.installation, self.serving.vllm_args, free_memory()
        return Launch(
            lambda port: command(found, served, placement, extra, port),
            lambda key: environment(found, served, placement, key, free, os.environ),
            served.names,
        )

    def _placement(self, crew: Crew) -> Placement:
        if self.installation.on_cpu or places_itself(self.serving.vllm_args):
            return Placement()
        if len(self.crews) > 1 and self._placements is not None:
            return self._placements[self.crews.index(crew)]
        return place(crew.weights, visible_gpus())

    def _describe(self, crew: Crew) -> Json:
        return {
            "vllm": self.installation.version,
            "device": "cpu" if self.on_cpu else "cuda",
            "dtype": dtype(self.serving.vllm_args, on_cpu=self.on_cpu),
            "arithmetic": arithmetic(self.serving.vllm_args, on_cpu=self.on_cpu),
            "tensor_parallel": max(len(crew.placement.devices), 1),
            "vllm_args": list(self.serving.vllm_args),
        }
