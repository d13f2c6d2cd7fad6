"""How servers are started and spoken to; nothing here changes what a checkpoint would answer. Knows no checkpoint."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Serving:
    """What a user may say about servers."""

    vllm_python: str | None = None  # the interpreter that has vllm; None: looked for
    vllm_args: tuple[str, ...] = ()  # passed on to vllm as they are
    timeout_seconds: float = 600.0  # of one request
    logs: Path = Path("runs")  # where servers' log files are kept
