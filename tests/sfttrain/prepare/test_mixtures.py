"""Several sources in one Material: entries by weight, one row once in every list, and a report that adds up."""

import dataclasses
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sfteval.progress import silent_progress
from sfttrain.batch import plan_steps
from sfttrain.config import DataSettings, EvaluateSettings, MemorySettings, Recipe, RenderSettings, SaveSettings
from sfttrain.config import SourceSettings as Source
from sfttrain.prepare import Material, describe, portable_data, prepare, render_row
from sfttrain.types import Arm

BOTH = (Arm.THINK, Arm.NO_THINK)
REACT = "Thought: I look.\nAction: look\nAction Input: x\nObservation: y\nFinal Answer: z"


def turns(answer: str, reasoning: str | None = None) -> list[dict[str, Any]]:
    return [{"role": "user", "content": "q"}, {"role": "assistant", "content": answer, "reasoning": reasoning}]


@pytest.fixture
def mixture(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """Return a recipe of two datasets of which every kind of row is one."""
    monkeypatch.chdir(tmp_path)
    chat = [{"id": f"a{n}", "messages": turns(f"answer {n}", "why" if n % 2 else None) * (n % 3 + 1)} for n in range(9)]
    chat += [
        {"id": "unanswered", "messages": turns("x")[:1]},
        {"id": "long", "messages": turns("x" * 500)},
        {"id": "cut", "messages": turns("x<|im_end|>y")},
        {"id": "react-2", "messages": turns(REACT)},
        {"id": "observed", "messages": turns("Action: look\nObservation: y")},
        {"id": "a3", "messages": turns("the same id")},
        {"id": "row-20", "messages": turns("o3")},  # held out, and in the other dataset learned from
    ]
    Path("chat.jsonl").write_text("".join(json.dumps(row) + "\n" for row in chat))
    Path("alpaca.json").write_text(
        json.dumps([{"id": f"b{n}", "instruction": "q", "output": f"o{n}"} for n in range(8)])
    )
    data = DataSettings(sources=(Source("chat.jsonl"), Source("alpaca.json", 2.5)), held_out_share=0.1)
    return dataclasses.replace(recipe, data=data)


def material(recipe: Recipe, arms: tuple[Arm, ...] = BOTH) -> Material:
    return prepare(recipe, arms, silent_progress())


def test_entries_repeat_rows_by_weight_and_share_their_examples(mixture: Recipe) -> None:
    made = material(mixture)
    seen = Counter(one.id for one in made.conversations)
    assert [seen[name] for name in made.sources[0].train] == [1] * len(made.sources[0].train)
    assert {seen[name] for name in made.sources[1].train} == {2, 3}
    assert seen.keys() == set(made.train_ids)
    assert len(made.train_ids) == len(set(made.train_ids))
    for arm in BOTH:
        shared: dict[str, set[int]] = {}
        for one, examples in zip(made.conversations, made.examples[arm], strict=True):
            assert all(example.conversation_id == one.id for example in examples)
            shared.setdefault(one.id, set()).add(id(examples))
        assert {len(objects) for objects in shared.values()} == {1}


def test_steps_meet_every_entry_once_an_epoch(mixture: Recipe) -> None:
    made = material(mixture)
    planned = [index for step in plan_steps(made.costs, 100, 0, 0) for index in step]
    assert sorted(planned) == list(range(len(made.conversations)))
    assert len(planned) == sum(source.counts[Arm.THINK].conversations for source in made.sources)


def test_no_row_is_lost_or_told_twice(mixture: Recipe) -> None:
    made = material(mixture)
    for source in made.sources:
        num_refused = sum(len(names) for names in source.refused.values())
        gone = source.report.num_dropped + num_refused + len(source.overlong) + source.num_left_out
        sides = len(source.train) + len(source.held_out) + source.num_also_learned
        assert source.report.num_read == gone + sides
    assert [one.id for one in made.held_out] == [name for source in made.sources for name in source.held_out]
    assert not set(made.train_ids) & {one.id for one in made.held_out}


def test_counts_are_those_of_the_entries(mixture: Recipe) -> None:
    made = material(mixture)
    for arm in BOTH:
        examples = [example for group in made.examples[arm] for example in group]
        assert made.counts(arm) | {"turns": 0, "turns_with_reasoning": 0} == {
            "conversations": len(made.conversations),
            "examples": len(examples),
            "tokens": sum(example.num_tokens for example in examples),
            "supervised_tokens": sum(example.num_supervised for example in examples),
            "turns": 0,
            "turns_with_reasoning": 0,
        }
    assert made.counts(Arm.THINK)["turns"] == made.counts(Arm.NO_THINK)["turns"]
    assert made.counts(Arm.NO_THINK)["turns_with_reasoning"] == 0


def test_a_weight_of_2_doubles_every_count(mixture: Recipe) -> None:
    once, twice = (
        material(data(sources=(Source("chat.jsonl", weight),))(mixture)).counts(Arm.THINK) for weight in (1.0, 2.0)
    )
    assert once["turns_with_reasoning"] > 0
    assert twice == {name: 2 * count for name, count in once.items()}


def test_the_report_of_a_mixture(mixture: Recipe) -> None:
    assert describe(material(mixture)) == GOLDEN.splitlines()


def test_an_id_of_control_characters_is_shown_as_none(mixture: Recipe) -> None:
    Path("chat.jsonl").write_text(json.dumps({"id": "a\x1b[2Jb", "messages": turns("x" * 500)}))
    assert "chat.jsonl, longer than max_tokens (1: row a\ufffd[2Jb)" in describe(material(mixture))


def test_the_record_lists_every_row_once_and_every_figure_by_source(mixture: Recipe, tmp_path: Path) -> None:
    made = material(mixture)
    record = json.loads(json.dumps(made.data_record(tmp_path / "deep" / "out")))
    chat, alpaca = record["sources"]
    assert (chat["path"], alpaca["path"]) == ("../../chat.jsonl", "../../alpaca.json")
    assert (chat["format"], alpaca["format"]) == ("messages", "Alpaca")
    assert (chat["rows_read"], chat["rows_kept"], chat["rows_dropped"]) == (16, 15, {"no assistant turn": 1})
    assert (chat["rows_overlong"], chat["rows_react"], chat["rows_also_learned"]) == (1, 2, 1)
    assert chat["rows_refused"] == {"a stop token inside a turn's text": 1}
    assert (chat["weight"], alpaca["weight"]) == (1.0, 2.5)
    for arm in map(str, BOTH):
        for figure in ("examples", "tokens", "supervised_tokens"):
            assert chat[figure][arm] + alpaca[figure][arm] == made.counts(Arm(arm))[figure]
    assert record["train"] == chat["train"] + alpaca["train"] == made.train_ids
    assert record["held_out"] == chat["held_out"] + alpaca["held_out"]
    assert set(record) == {"sources", "train", "held_out"}


def test_the_record_of_one_source_stands_at_the_top_as_well(recipe: Recipe, tmp_path: Path) -> None:
    record = material(recipe).data_record(tmp_path)
    (source,) = record["sources"]
    for key in ("path", "sha256", "format", "rows_read", "rows_dropped", "rows_overlong", "train", "held_out"):
        assert record[key] == source[key]
    assert (record["rows_refused"], source["rows_refused"]) == (0, {})


def test_paths_of_a_recipe_are_told_from_the_checkpoint_and_names_of_the_hub_as_they_are(tmp_path: Path) -> None:
    sources = (Source(str(tmp_path / "a.jsonl")), Source("hf:org/name:test", 2))
    told = portable_data(DataSettings(sources=sources), tmp_path / "out")
    assert told["sources"] == [{"path": "../a.jsonl", "weight": 1.0}, {"path": "hf:org/name:test", "weight": 2}]
    assert told["path"] == ""
    assert portable_data(DataSettings(path=str(tmp_path / "a")), tmp_path)["path"] == "a"


def test_a_row_of_any_source_is_shown_under_its_name(mixture: Recipe) -> None:
    assert render_row(mixture, Arm.THINK, "a3#2")[1] != render_row(mixture, Arm.THINK, "a3")[1]
    assert render_row(mixture, Arm.THINK, "16")[:2] == render_row(mixture, Arm.THINK, "b0")[:2]


Change = Callable[[Recipe], Recipe]


def data(**changes: Any) -> Change:
    return lambda recipe: dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, **changes))


def settings(**changes: Any) -> Change:
    return lambda recipe: dataclasses.replace(recipe, **changes)


@pytest.mark.parametrize(
    "change",
    [
        data(on_overlong="drop"),
        settings(save=SaveSettings(every_steps=7)),
        settings(memory=MemorySettings(recompute=True, compile=True)),
        settings(evaluate=EvaluateSettings(every_steps=3, max_rows=9)),
        settings(base="elsewhere"),
    ],
)
def test_what_changes_nothing_keeps_the_identity(mixture: Recipe, change: Change) -> None:
    made = material(mixture)
    assert made.identity(Arm.THINK, change(mixture)) == made.identity(Arm.THINK, mixture)


@pytest.mark.parametrize(
    "change",
    [
        data(sources=(Source("chat.jsonl"), Source("alpaca.json", 2.0))),
        data(sources=(Source("alpaca.json", 2.5), Source("chat.jsonl"))),
        data(sources=(Source("chat.jsonl"),)),
        data(held_out_share=0.11),
        settings(render=RenderSettings(react=False)),
        settings(seed=1),
        settings(evaluate=EvaluateSettings(every_steps=3, max_rows=9, patience=1)),
    ],
)
def test_what_changes_what_is_learned_changes_the_identity(mixture: Recipe, change: Change) -> None:
    changed = change(mixture)
    assert material(changed).identity(Arm.THINK, changed) != material(mixture).identity(Arm.THINK, mixture)


def test_one_path_and_one_source_of_it_are_the_same_run(recipe: Recipe) -> None:
    listed = data(path="", sources=(Source(recipe.data.path),))(recipe)
    assert material(listed).identity(Arm.THINK, listed) == material(recipe).identity(Arm.THINK, recipe)


def test_how_reasoning_is_rendered_reaches_the_examples(mixture: Recipe) -> None:
    as_text = dataclasses.replace(mixture, render=RenderSettings(react=False))
    (learned, all_learned) = (material(one).sources[0].counts[Arm.THINK] for one in (mixture, as_text))
    assert all_learned.supervised_tokens > learned.supervised_tokens
    assert material(as_text).sources[0].num_react == 0


GOLDEN = """\
source       format    read  dropped  refused  too long  held out  to learn from  left out  weight  an epoch
chat.jsonl   messages    16        1        1         1         4              8         0       1         8
alpaca.json  Alpaca       8        0        0         0         1              7         0     2.5        18
all                      24        1        1         1         5             15         0                26
chat.jsonl, dropped: no assistant turn (1: line 10)
chat.jsonl, refused: a stop token inside a turn's text (1: row cut)
  the first: expected to learn all that the turn says, got a stop token inside the text, before 'y'
chat.jsonl, longer than max_tokens (1: row long)
chat.jsonl, held out no more, for the same content is learned from: 1
arm       source       examples  of a row  tokens  learned  share %
think     chat.jsonl         11      1.38     555      242       44
think     alpaca.json        18      1.00     504      162       32
think     all                29      1.12   1,059      404       38
no-think  chat.jsonl         11      1.38     540      161       30
no-think  alpaca.json        18      1.00     504       54       11
no-think  all                29      1.12   1,044      215       21
think: 5 of 29 learned turns have reasoning
2 rows hold ReAct text, whose observations are read and not learned
"""
