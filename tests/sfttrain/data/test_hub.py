"""Datasets of the hub: how they are named, how their rows are read, and what stands in the way."""

import inspect
import sys
from pathlib import Path
from typing import Any

import datasets
import pytest

from sfteval.errors import ConfigurationError, DataError, InfrastructureError
from sfteval.progress import silent_progress
from sfttrain.config import DataSettings, Recipe
from sfttrain.data import read_conversations
from sfttrain.data.hub import HubName, is_hub_name
from sfttrain.prepare import prepare
from sfttrain.train import describe_run
from sfttrain.types import Arm
from tests.toys import assistant, call, user

ROWS: list[dict[str, Any]] = [
    {
        "messages": [
            {"role": "user", "content": "w?", "tool_calls": None},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"function": {"name": "weather", "arguments": {"town": "Ulm", "day": None}}}],
            },
        ],
        "tools": '[{"type": "function"}]',
        "picture": b"\xff",
    },
    {"messages": [{"role": "user", "content": "no answer", "tool_calls": None}], "tools": None, "picture": b""},
    {
        "messages": [
            {"role": "user", "content": "w?", "tool_calls": None},
            {
                "role": "assistant",
                "content": "x",
                "tool_calls": [{"function": {"name": "weather", "arguments": {"town": None, "day": "today"}}}],
            },
        ],
        "tools": "",
        "picture": b"",
    },
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []

    signature = inspect.signature(datasets.load_dataset)

    def load(*given: Any, **named: Any) -> datasets.Dataset:
        bound = signature.bind(*given, **named).arguments
        calls.append(tuple(bound[name] for name in ("path", "name", "split", "revision")))
        return datasets.Dataset.from_list(ROWS)

    monkeypatch.setattr(datasets, "load_dataset", load)
    return calls


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hf:org/name", ("org/name", None, "train")),
        ("hf:org/name:test", ("org/name", None, "test")),
        ("hf:org/na-me.v2/easy", ("org/na-me.v2", "easy", "train")),
        ("hf:org/name/easy:train[:1000]", ("org/name", "easy", "train[:1000]")),
        ("hf:org/name@v1.0", ("org/name", None, "train", "v1.0")),
        ("hf:org/name/easy@refs/convert/parquet:test", ("org/name", "easy", "test", "refs/convert/parquet")),
        ("hf:org/name:train@odd", ("org/name", None, "train@odd")),  # a split's own name
    ],
)
def test_a_name_holds_repository_config_split_and_revision(text: str, name: tuple[Any, ...]) -> None:
    assert HubName.parse(text) == HubName(*name)


@pytest.mark.parametrize(
    "text",
    ["hf:", "hf:name", "hf:org/name:", "hf:org/name/a/b", "hf:../../etc/passwd", "hf:o/n n", "hf:o/n@", "hf:o/n@a b"],
)
def test_a_name_that_is_none_is_refused_with_the_form(text: str) -> None:
    assert is_hub_name(text)
    with pytest.raises(ConfigurationError, match=r"expected hf:ORG/NAME\[/CONFIG\]\[@REV\]\[:SPLIT\], got hf:"):
        read_conversations(text)


def test_rows_of_the_hub_are_read_like_those_of_a_file(asked: list[tuple[Any, ...]]) -> None:
    conversations, report = read_conversations("hf:org/name/easy:test")
    assert asked == [("org/name", "easy", "test", None)]
    first, second = conversations
    assert first.messages == (user("w?"), assistant("", calls=[call("weather", town="Ulm")]))
    assert second.messages == (user("w?"), assistant("x", calls=[call("weather", day="today")]))
    assert (first.tools, second.tools, first.source) == (({"type": "function"},), (), "org/name")
    assert (report.path, report.format, report.num_read, report.unit) == ("hf:org/name/easy:test", "messages", 3, "row")
    assert report.dropped == {"no assistant turn": (2,)}


def test_a_revision_is_asked_for_and_recorded(asked: list[tuple[Any, ...]], toy_base: Path, tmp_path: Path) -> None:
    data = DataSettings(path="hf:org/name@0a1b2c:test", held_out_share=0.0)
    material = prepare(Recipe(base=str(toy_base), data=data), (Arm.NO_THINK,), silent_progress())
    assert asked == [("org/name", None, "test", "0a1b2c")]
    told = describe_run(material, Arm.NO_THINK, Recipe(base=str(toy_base), data=data), tmp_path / "out")
    assert told["data"]["sources"][0]["path"] == told["recipe"]["data"]["path"] == "hf:org/name@0a1b2c:test"
    assert material.conversations[0].source == "org/name"


def test_the_identity_of_hub_rows_is_their_content(asked: list[tuple[Any, ...]], monkeypatch: Any) -> None:
    _, first = read_conversations("hf:org/name")
    _, renamed = read_conversations("hf:else/where:test")
    assert first.sha256 == renamed.sha256 != ""
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: datasets.Dataset.from_list(ROWS[:1]))
    assert read_conversations("hf:org/name")[1].sha256 != first.sha256


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ConfigurationError, match=r"hf:org/name: expected the datasets library.*sfteval\[hub\]"):
        read_conversations("hf:org/name")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionError("Couldn't reach 'org/name'\non the Hub"), InfrastructureError),
        (ValueError('Unknown split "x".'), DataError),
        (RuntimeError("scripts are no longer supported"), DataError),
    ],
)
def test_what_the_library_says_is_quoted_on_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception]
) -> None:
    def load(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(kind) as caught:
        read_conversations("hf:org/name")
    quoted = str(error).replace("\n", " ")
    assert str(caught.value).startswith(f'hf:org/name: expected a dataset of the hub, got "{quoted}". Check the name')


def test_a_dataset_without_rows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = datasets.Dataset.from_list(ROWS).select([])
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: empty)
    with pytest.raises(DataError, match="hf:org/name: expected conversations to learn from, got no row"):
        read_conversations("hf:org/name")
