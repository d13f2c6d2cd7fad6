"""A task's name or a YAML file in, lm-eval's own Task objects out, and the few things that are done with them.

The only room that imports lm-eval, and only when somebody asks for one of its tasks: that import takes seconds. What it
logs, warns and prints stays here. A task's own Python (`!function`, a `class`, Jinja) is code of the task's author and
runs as lm-eval runs it, in this process; scripts of a dataset never run, for `datasets` 4 and newer know none. Data of
the hub are fetched by that library, with its cache and its offline mode; local data need no network.
Does not know a Sample, a checkpoint or a report. Source: lm-eval 0.4.13, `evaluator.py` and `api/task.py`.
"""

import contextlib
import difflib
import functools
import io
import json
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sfteval.errors import ConfigurationError, DataError, InfrastructureError, SftevalError

FEWSHOT_SEED = 1234  # lm-eval's default
JOINING = ("take_first_k", "majority_vote")  # filters that look at several answers at once
LOGGERS = ("lm_eval", "datasets", "huggingface_hub", "evaluate")
IS_GROUP = re.compile(r"^group\s*:", re.MULTILINE)


def resolved(spec: str) -> str:
    """Return a task's name as it is, and the absolute path of a YAML file.

    Raises: ConfigurationError for a path of no file.
    """
    if not spec.endswith((".yaml", ".yml")) and "/" not in spec:
        return spec
    path = Path(spec).expanduser().resolve()
    if not path.is_file():
        raise ConfigurationError(
            f"--suite lm-eval:{spec}", expected="a YAML file of an lm-eval task", got="none", next_move="Mend the path"
        )
    return str(path)


@functools.lru_cache(maxsize=256)
def load_tasks(spec: str) -> Mapping[str, Any]:
    """Return lm-eval's Task objects by name: one, or those of a group or a tag; `spec` is resolved.

    Raises: ConfigurationError without lm-eval and for an unknown name; DataError for a task that does not load,
    InfrastructureError where its data cannot be reached.
    """
    manager_of = _manager()
    is_path = Path(spec).is_absolute()
    try:
        with quiet():
            manager = _local(manager_of, Path(spec)) if is_path else _packaged(manager_of)
            known = () if is_path or spec in manager.task_index else tuple(manager.all_tasks)
            # By name where there is one: lm-eval does not load a group by its path.
            names = [name for name, entry in manager.task_index.items() if is_path and entry.yaml_path == Path(spec)]
            tasks: dict[str, Any] = {} if known else dict(manager.load([*names, spec][:1])["tasks"])
    except SftevalError:
        raise
    except Exception as error:  # YAML, datasets, the network and the task's own code raise whatever they like
        raise _not_loaded(spec, error) from error
    if not tasks:
        raise _unknown(spec, known)
    return tasks


def _manager() -> Any:
    try:
        with quiet():
            from lm_eval.tasks import TaskManager
    except ImportError as error:
        raise ConfigurationError(
            "--suite lm-eval:TASK",
            expected="lm-eval",
            got=f"no module {error.name}",
            next_move="pip install 'sfteval[lm-eval]'",
        ) from error
    return TaskManager


@functools.lru_cache(maxsize=1)
def _packaged(manager_of: Any) -> Any:
    """Return the manager of lm-eval's own tasks; it reads some fourteen thousand files, which takes seconds."""
    return manager_of()


def _local(manager_of: Any, path: Path) -> Any:
    """Return a manager for one file: a task needs no other, a group may name its neighbours and packaged tasks."""
    if IS_GROUP.search(path.read_text(encoding="utf-8")):
        return manager_of(include_path=str(path.parent))
    return manager_of(include_defaults=False)


def _not_loaded(spec: str, error: Exception) -> SftevalError:
    """Return the error of a task that does not load; a network that is not there may be there next time."""
    kind: type[SftevalError] = InfrastructureError if isinstance(error, ConnectionError) else DataError
    return kind(
        f"lm-eval:{spec}",
        expected="a task that lm-eval loads",
        got=" ".join(f"{type(error).__name__}: {error}".split())[:300],
        next_move="Mend the task, or fetch its data once where there is a network",
    )


def _unknown(spec: str, known: Sequence[str]) -> ConfigurationError:
    near = difflib.get_close_matches(spec, known, n=3, cutoff=0.7)
    names = " or ".join(f'"{name}"' for name in near)
    return ConfigurationError(
        f"--suite lm-eval:{spec}",
        expected="a task, a group or a tag of lm-eval, or a YAML file",
        got=f'"{spec}"',
        next_move=f"Did you mean {names}?" if near else "`lm-eval ls tasks` lists them",
    )


def lm_eval_version() -> str:
    """Return the version of lm-eval; "": it is not installed."""
    try:
        return version("lm_eval")
    except PackageNotFoundError:
        return ""


# -- one document ------------------------------------------------------------------------------------------------------


def doc_hash(doc: Any) -> str:
    """Return the hash by which lm-eval's own logs know a document."""
    from lm_eval.utils import handle_non_serializable, hash_string

    text = json.dumps(doc, indent=2, default=handle_non_serializable, ensure_ascii=False)
    return str(hash_string(text))


def filter_names(task: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the pipelines that read one answer, and of those that join several."""
    joining = {
        entry["name"]
        for entry in task.config.filter_list or ()
        if any(function.get("function") in JOINING for function in entry["filter"])
    }
    names = [ensemble.name for ensemble in task._filters]
    return tuple(name for name in names if name not in joining), tuple(name for name in names if name in joining)


def graded(task: Any, doc: Any, answers: Sequence[Any], pipeline: str) -> tuple[dict[str, Any], list[Any]]:
    """Return what the task's `process_results` makes of one document, and the answers as the pipeline left them.

    `answers` are a text, or for each continuation its log probability and whether it is greedy.
    """
    from lm_eval.api.instance import Instance

    kind = "generate_until" if task.OUTPUT_TYPE == "generate_until" else "loglikelihood"
    asked = [Instance(kind, doc, ("", ""), place, (task.config.task, 0, 1)) for place in range(len(answers))]
    for instance, answer in zip(asked, answers, strict=True):
        instance.resps = [answer]
    next(ensemble for ensemble in task._filters if ensemble.name == pipeline).apply(asked)
    filtered = [instance.filtered_resps[pipeline] for instance in asked]
    return dict(task.process_results(doc, filtered)), filtered


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what lm-eval and its libraries log, warn, print and draw to themselves; not for several threads."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(io.StringIO()), _without_bars():
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def hush() -> None:
    """Keep lm-eval's log from the terminal where nobody set one up, and its modules' warnings; for any thread."""
    logger = logging.getLogger("lm_eval")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    warnings.filterwarnings("ignore", module=r"lm_eval(\.|$)")


@contextlib.contextmanager
def _without_bars() -> Iterator[None]:
    """Switch the progress bars of `datasets` off for a while; where it is not installed there are none."""
    try:
        from datasets.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
    except ImportError:
        yield
        return
    before = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if not before:
            enable_progress_bars()
