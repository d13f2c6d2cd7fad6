"""A toy base model, two dozen rows and a recipe of a few steps, shared by the tests of training."""

import dataclasses
from pathlib import Path

import pytest

from sfteval.types import Message
from sfttrain.config import BatchSettings, DataSettings, OptimizerSettings, Recipe, ScheduleSettings
from sfttrain.data import write_conversations
from sfttrain.types import Conversation
from tests.sfttrain.command_line import RECIPE
from tests.toys import WEATHER, assistant, call, tool, toy_checkpoint, user


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Toys are so small that a second thread only waits, and on a busy machine waits long."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def toy_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_checkpoint(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def toy_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    write_conversations(path, [Conversation(f"row-{number}", _turns(number), _tools(number)) for number in range(24)])
    return path


@pytest.fixture
def recipe(toy_base: Path, toy_rows: Path) -> Recipe:
    return Recipe(
        base=str(toy_base),
        data=DataSettings(path=str(toy_rows), held_out_share=0.2),
        batch=BatchSettings(step_tokens=400, max_tokens=400),
        optimizer=OptimizerSettings(lr=1e-2),
        schedule=ScheduleSettings(steps=4, warmup_steps=1),
        precision="fp32",
    )


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def other_seed(recipe: Recipe) -> Recipe:
    return dataclasses.replace(recipe, seed=recipe.seed + 1)


def _turns(number: int) -> tuple[Message, ...]:
    if number % 3 == 0:
        asked, called = user(f"Weather in {number}?"), assistant("", f"ask for {number}", [call("weather", town="Ulm")])
        return (asked, called, tool("sun"), assistant("Sun.", "the tool says so"))
    if number % 3 == 1:
        return (user("Hi"), assistant("Hello", "greet"), user(f"{number} + 1?"), assistant(f"{number + 1}", "add one"))
    return (user(f"Say {number}"), assistant(f"{number}" * (number % 5 + 1), "repeat it"))


def _tools(number: int) -> tuple[dict[str, object], ...]:
    return (dict(WEATHER),) if number % 3 == 0 else ()
