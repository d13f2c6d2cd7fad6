"""The plan of the house is law: who may import whom, and where a heavy library may stand.

Parses imports with `ast`; nothing is executed. Rooms on one floor do not know each other, they meet in `types`.
"""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

SFTEVAL_FLOORS = {
    "errors": 0,
    "types": 1, "identity": 1, "progress": 1, "jsontext": 1,
    "canaries": 2,
    "chat": 2, "stats": 2, "store": 2, "scorers": 2, "agents": 2, "tracking": 2, "baseline": 2, "imports": 2,
    "suites": 3, "backends": 3, "probes": 3, "checkpoints": 3,
    "asking": 4, "rules": 4, "rounds": 4,
    "contract": 5, "generate": 5, "score": 5, "judge": 5, "compare": 5, "gate": 5,
    "report": 6, "judging": 6, "provenance": 6, "audit": 6, "plan": 6, "replays": 6, "preflight": 6, "rollout": 6,
    "probing": 7,
    "pipeline": 8, "orders": 9, "forecast": 9,
    "gating": 9,
    "cli": 10, "__main__": 11,
}  # fmt: skip
SFTTRAIN_FLOORS = {
    "types": 1, "config": 1,
    "data": 2, "arm": 2, "attention": 2, "head": 2, "norm": 2, "interrupts": 2, "render": 2,
    "starter_init": 2, "starter_tokenizer": 2,
    "batch": 3, "distributed": 3, "lora": 3, "optim": 3, "plot": 3, "prepare": 3, "tokens": 3,
    "model": 4, "telemetry": 4, "waste": 4,
    "loss": 5, "checkpoint": 5, "overview": 5,
    "evaluate": 6, "merge": 6, "state": 6, "step": 6,
    "course": 4,
    "learn": 7, "patience": 7, "proofs": 7, "record": 7,
    "export": 8, "starter": 8,
    "train": 9,
    "base": 10, "pair": 10, "page": 10, "plan": 10,
    "show": 11,
    "cli": 12, "__main__": 13,
}  # fmt: skip
FLOORS = {"sfteval": SFTEVAL_FLOORS, "sfttrain": SFTTRAIN_FLOORS}
SHARED_WITH_TRAINER = {"canaries", "chat", "types", "identity", "progress", "errors", "tracking"}

# A heavy library stands only in its rooms.
HEAVY = {
    "click": {"sfteval.cli", "sfttrain.cli"},
    "pandas": {"sfteval.compare", "sfteval.report", "sfttrain.data"},
    "torch": {"sfteval.backends", "sfteval.cli", "sfttrain"},  # cli: `doctor` asks what the GPU is
    "transformers": {"sfteval.backends", "sfttrain"},
    "comet_ml": {"sfteval.tracking"},
    "aiohttp": {"sfteval.backends"},
    "openai": {"sfteval.judge"},
    "jinja2": {"sfteval.chat", "sfteval.report"},
    "jsonschema": {"sfteval.scorers"},
    "statsmodels": {"sfteval.stats"},
    "scipy": {"sfteval.stats", "sfteval.scorers.fields"},
    "rich": {"sfteval.progress", "sfteval.cli", "sfteval.report", "sfttrain.cli", "sfttrain.show"},
    "peft": {"sfteval.backends", "sfttrain.lora"},
    "datasets": {"sfteval.scorers.lm_eval_tasks", "sfteval.suites", "sfttrain.data"},
    "lm_eval": {"sfteval.scorers.lm_eval_tasks"},
}


def modules() -> list[Path]:
    return sorted(path for package in FLOORS for path in (ROOT / package).rglob("*.py"))


def dotted(path: Path) -> tuple[str, ...]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


@functools.cache
def imports(path: Path) -> list[tuple[str, int]]:
    """Return every imported dotted name with its level (0: absolute)."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.extend((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "", node.level))
    return found


def room(name: tuple[str, ...]) -> str | None:
    return name[1] if len(name) > 1 else None


@pytest.mark.parametrize("path", modules(), ids=lambda path: "/".join(dotted(path)))
def test_a_room_imports_lower_floors_only(path):
    here = dotted(path)
    package, own = here[0], room(here)
    if own is None:
        return
    for name, level in imports(path):
        parts = tuple(name.split("."))
        assert level == 0, f"relative import in {path}"
        if parts[0] not in FLOORS or (room(parts) in (None, own) and parts[0] == package):
            continue
        if parts[0] != package:
            assert package == "sfttrain", f"{path}: the harness never imports the trainer"
            assert room(parts) in SHARED_WITH_TRAINER, f"{path}: the trainer may not import {name}"
            continue
        below = FLOORS[package][room(parts)]
        assert below < FLOORS[package][own], f"{path}: {own} imports {name}, which is not on a lower floor"


def test_every_room_has_a_floor():
    for path in modules():
        here = dotted(path)
        if room(here) is not None:
            assert room(here) in FLOORS[here[0]], f"{path} stands on no floor"


def test_no_room_is_called_utils_or_common():
    assert not [path for path in modules() if {"utils", "common", "helpers", "misc"} & set(dotted(path))]


@pytest.mark.parametrize("library", HEAVY)
def test_a_heavy_library_stands_only_in_its_rooms(library):
    for path in modules():
        used = any(name.split(".")[0] == library for name, _ in imports(path))
        place = ".".join(dotted(path))
        allowed = any(place == home or place.startswith(f"{home}.") for home in HEAVY[library])
        assert not used or allowed, f"{path} uses {library}"


def test_every_module_introduces_itself():
    silent = [path for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent


def test_no_function_is_longer_than_80_lines_but_the_training_loop():
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                limit = 150 if dotted(path) == ("sfttrain", "train") else 80
                assert length <= limit, f"{path}: {node.name} has {length} lines"
