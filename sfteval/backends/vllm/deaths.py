"""Why a server ended: the end of its log in, a cause in a few words and the next move out.

Server logs are long and say the reason early; the first line that names a known cause is shown before the last ones.
What a log holds is data: control characters never leave this module. Knows no process.
"""

import re
from dataclasses import dataclass
from pathlib import Path

TAIL_BYTES = 256 * 1024
NUM_LINES = 15
LONGEST_LINE = 160
LONGEST_TAIL = 700
KILLED = 137  # the exit code of a process that was killed outright, by the kernel for memory mostly

PREFIX = re.compile(
    r"^(\([\w:. -]{1,60}pid=\d+\)\s*)?((DEBUG|INFO|WARNING|ERROR|CRITICAL)\s+)?"  # who, and how loud
    r"([\d-]{5,10} [\d:.,]+\s*)?(\[[\w./]+:\d+\]\s*)?"  # when, and where in the code
)
NOISE = re.compile(r"^(File \"|Traceback |raise |return |await |self\.|During handling|The above exception|[\^~\s]*$)")


@dataclass(frozen=True, slots=True)
class Death:
    """Why a server ended, and what to do about it."""

    cause: str
    next_move: str


MEMORY = Death(
    "out of memory",
    "Free memory, or lower by --vllm-args --max-model-len and --gpu-memory-utilization (CPU: VLLM_CPU_KVCACHE_SPACE)",
)
PORT = Death("its port was taken", "Call the same command again")
UNEXPLAINED = Death("it ended", "Read its log")
KNOWN: tuple[tuple[str, Death], ...] = (
    (r"address already in use", PORT),
    (
        r"out of memory|OutOfMemoryError|\bMemoryError\b|bad_alloc|can't allocate memory|Cannot allocate memory"
        r"|Free memory on device|No available memory for the cache",
        MEMORY,
    ),
    (
        r"larger than the (maximum number of tokens|available KV cache)|KV cache is needed|KV cache memory",
        Death("no room for one whole sequence", "Pass --vllm-args '--max-model-len N', or give its cache more memory"),
    ),
    (
        r"architectures? .{0,200}(not supported|failed to be inspected)|does not recognize this architecture"
        r"|has no vLLM implementation|Cannot find model module",
        Death("an architecture that it does not know", "Ask with --backend transformers, or install a newer vLLM"),
    ),
    (
        r"dtype.{0,80}not supported|not supported.{0,40}dtype|is only supported on GPUs with compute capability",
        Death("a dtype that this machine does not know", "Pass another one, as in --vllm-args '--dtype float32'"),
    ),
    (
        r"No CUDA GPUs are available|Failed to infer device type|no NVIDIA driver|libcuda\.so|CUDA driver",
        Death("no GPU for it here", "Run make vllm-cpu for the CPU build, or ask with --backend transformers"),
    ),
    (
        r"unrecognized arguments|error: (argument|ambiguous)|expected (one|at least one) argument|invalid choice",
        Death("an option that it does not take", "Mend --vllm-args"),
    ),
    (
        r"LoRA.{0,120}(not support|greater than)|does not support LoRA|modules_to_save|DoRA",
        Death("an adapter that it cannot serve", "Merge the adapter into its base, or ask with --backend transformers"),
    ),
    (
        r"ModuleNotFoundError|No module named|ImportError|cannot be started",
        Death("an installation that is not whole", "Make its environment again, or name another by --vllm-python"),
    ),
)  # fmt: skip


def explain(log: str, exit_code: int | None) -> Death:
    """Return the first known cause that a log names; a process that was killed outright ran out of memory mostly."""
    found = [(match.start(), death) for pattern, death in KNOWN if (match := re.search(pattern, log, re.IGNORECASE))]
    if found:
        return min(found, key=lambda pair: pair[0])[1]
    return MEMORY if exit_code == KILLED else UNEXPLAINED


def tail(log: str) -> str:
    """Return the end of a log on one line: the line that names the cause, then the last ones that say something."""
    lines = list(dict.fromkeys(line for raw in log.splitlines() if (line := _told(raw)) and not NOISE.match(line)))
    last = lines[-NUM_LINES:]
    telling = next((line for line in lines if any(re.search(p, line, re.IGNORECASE) for p, _ in KNOWN)), None)
    text = " / ".join(last)[-LONGEST_TAIL:]
    return text if telling is None or telling in text else f"{telling} / ... / {text}"


def last_line(log: str) -> str:
    """Return the last line that says something, cut for a progress note."""
    return next((line[:60] for raw in reversed(log.splitlines()[-NUM_LINES:]) if (line := _told(raw))), "")


def read_log(path: Path, start: int = 0) -> str:
    """Return the end of a log file, from `start` (bytes) at the earliest."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(start, size - TAIL_BYTES))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def _told(line: str) -> str:
    """Return what a log line says: without where and when, and without what a terminal would obey."""
    clean = "".join(character if character.isprintable() else " " for character in line)
    return " ".join(PREFIX.sub("", clean.strip()).split())[:LONGEST_LINE]
