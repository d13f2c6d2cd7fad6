"""Which backend answers for a checkpoint, and which of them may answer at the same time.

Every kind is imported only when it is needed: torch, aiohttp and the rest cost a light command nothing.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from sfteval.backends.protocol import Backend, Backends
from sfteval.backends.serving import Serving
from sfteval.errors import ConfigurationError, nearest
from sfteval.types import Checkpoint

if TYPE_CHECKING:
    from sfteval.backends.endpoint.probed import Probed
    from sfteval.backends.vllm.fleet import Fleet

NAMES = ("auto", "vllm", "transformers", "endpoint", "replay")
OWN = {"run": "replay", "responses": "replay", "endpoint": "endpoint"}  # kinds of checkpoints that one backend can ask
ELSEWHERE = ("endpoint", "replay")  # what computes on another machine, or nothing at all
GROUP = "sfteval.backends"
DEFAULT = Serving()

Opener = Callable[[Checkpoint], AbstractAsyncContextManager[Backend]]


@asynccontextmanager
async def open_backends(
    checkpoints: Sequence[Checkpoint], name: str = "auto", serving: Serving = DEFAULT
) -> AsyncIterator[Backends]:
    """Yield what answers for these checkpoints; nothing is started before an answer is owed.

    Raises: ConfigurationError for an unknown backend, or one that cannot ask one of the checkpoints.
    """
    kinds = {checkpoint.argument: kind_of(checkpoint, name, serving) for checkpoint in checkpoints}
    served = [checkpoint for checkpoint in checkpoints if kinds[checkpoint.argument] == "vllm"]
    _refuse_idle_words(served, name, serving)
    async with AsyncExitStack() as stack:
        fleet = None
        if served:
            from sfteval.backends.vllm.fleet import open_fleet

            fleet = await stack.enter_async_context(open_fleet(served, serving))
        yield _Opened(kinds, serving, fleet)


@asynccontextmanager
async def open_backend(
    checkpoint: Checkpoint, name: str = "auto", serving: Serving = DEFAULT
) -> AsyncIterator[Backend]:
    """Yield the backend of one checkpoint alone."""
    async with open_backends((checkpoint,), name, serving) as backends, backends.open(checkpoint) as backend:
        yield backend


def kind_of(checkpoint: Checkpoint, name: str, serving: Serving) -> str:
    """Return the backend that will ask a checkpoint: what was named, or for `auto` what suits it best here.

    Raises: ConfigurationError for an unknown name, or a backend that cannot ask it.
    """
    if checkpoint.kind == "scores":
        raise ConfigurationError(
            checkpoint.argument,
            expected="a checkpoint that can be asked",
            got="a saved baseline, which holds scores only",
            next_move="Compare with it: sfteval gate CHECKPOINT --baseline FILE",
        )
    others = _third_party()
    if name not in NAMES and name not in others:
        raise ConfigurationError(
            "--backend", expected="a known backend", got=f'"{name}"', next_move=nearest(name, (*NAMES, *others))
        )
    own = OWN.get(checkpoint.kind)
    if own == "replay" or name in others or name in ("auto", own):
        return name if name in others and own != "replay" else own or _local(serving)
    if own is None and name in ("vllm", "transformers"):
        return name
    raise ConfigurationError(
        "--backend",
        expected=f"{own or 'vllm or transformers'} for {checkpoint.argument}",
        got=f'"{name}"',
        next_move="Leave --backend away, or give a checkpoint that it can ask",
    )


def _refuse_idle_words(served: Sequence[Checkpoint], name: str, serving: Serving) -> None:
    """Refuse words for vLLM where it serves nothing: what was asked for would not happen."""
    if served or not (serving.vllm_python or serving.vllm_args):
        return
    raise ConfigurationError(
        "--vllm-args" if serving.vllm_args else "--vllm-python",
        expected="a checkpoint that vLLM serves",
        got=f"--backend {name}, which serves none here",
        next_move="Add --backend vllm, or leave the option away",
    )


@dataclass(frozen=True, slots=True)
class _Opened:
    kinds: Mapping[str, str]  # by argument
    serving: Serving
    fleet: "Fleet | None"
    probed: "dict[tuple[str | None, str | None], Probed]" = field(default_factory=dict)  # by address and model

    @property
    def together(self) -> bool:
        here = {kind for kind in self.kinds.values() if kind not in ELSEWHERE}
        return not here or (here == {"vllm"} and self.fleet is not None and self.fleet.together)

    @asynccontextmanager
    async def open(self, checkpoint: Checkpoint) -> AsyncIterator[Backend]:
        kind = self.kinds[checkpoint.argument]
        if kind == "vllm":
            assert self.fleet is not None
            async with self.fleet.backend(checkpoint) as served:
                yield served
        elif kind == "endpoint":
            from sfteval.backends.endpoint import Probed, open_endpoint

            probed = self.probed.setdefault((checkpoint.url, checkpoint.model), Probed())
            seconds = self.serving.timeout_seconds
            async with open_endpoint(checkpoint, timeout_seconds=seconds, probed=probed) as endpoint:
                yield endpoint
        elif kind == "replay":
            from sfteval.backends.replay import open_replay

            yield open_replay(checkpoint)
        elif kind == "transformers":
            from sfteval.backends.transformers import open_transformers

            yield open_transformers(checkpoint)
        else:
            async with _third_party()[kind](checkpoint) as other:
                yield other


def _local(serving: Serving) -> str:
    """Return what asks a model on this machine: vLLM where there is a GPU for it, else transformers."""
    from sfteval.backends.vllm.installation import is_at_hand

    return "vllm" if is_at_hand(serving) else "transformers"


def _third_party() -> dict[str, Opener]:
    def opener(point: Any) -> Opener:
        return lambda checkpoint: point.load()(checkpoint)

    return {point.name: opener(point) for point in entry_points(group=GROUP)}
