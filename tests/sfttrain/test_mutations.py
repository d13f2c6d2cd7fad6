"""Our own code is broken on purpose, one line at a time, and a run must stop before step 0: the proofs are worth that.

Each mutant stands for a mistake that some trainer has made. Rows, recipe and base are the toys' own; a run is the whole
way of `sfttrain run`, from the recipe to the checkpoint, which a mutant must never write.
"""

import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from sfteval.chat import Tokenizer, TokenSequence, completion, react
from sfteval.errors import ProofError
from sfteval.progress import silent_progress
from sfttrain import arm as arms
from sfttrain import attention, batch, prepare, render
from sfttrain.config import DataSettings, Recipe
from sfttrain.data import write_conversations
from sfttrain.pair import train_one
from sfttrain.types import NOT_LEARNED, Arm, Batch, Conversation, Example
from tests.toys import CHATML, assistant, toy_checkpoint, user

pytestmark = pytest.mark.slow

Break = Callable[[Any, Callable[..., Any]], None]  # (where, mutant): puts the mutant wherever our code knows the name


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Break]:
    """Replace a function of ours in every module that imported it, and put all back."""

    def replace(original: Any, mutant: Callable[..., Any]) -> None:
        places = [
            (module, name)
            for package, module in list(sys.modules.items())
            if package.partition(".")[0] in ("sfteval", "sfttrain")
            for name, value in list(vars(module).items())
            if value is original
        ]
        assert places, f"nothing to break: {original}"
        for module, name in places:
            monkeypatch.setattr(module, name, mutant)

    yield replace
    monkeypatch.undo()
    attention.register()  # transformers keeps the last function that it was given


def run(recipe: Recipe, arm: Arm, out: Path) -> dict[str, Any]:
    return train_one(dataclasses.replace(recipe, seed=1), arm, out, silent_progress())


# -- masks -----------------------------------------------------------------------------------------------------------


def one_early(inputs: Any, targets: list[int], first: int) -> None:
    targets[first - 1] = inputs[first]


def one_late(inputs: Any, targets: list[int], first: int) -> None:
    targets[first] = NOT_LEARNED


def no_stop_token(inputs: Any, targets: list[int], first: int) -> None:
    targets[-1] = NOT_LEARNED


def not_shifted(inputs: Any, targets: list[int], first: int) -> None:
    targets[:] = [inputs[i] if target != NOT_LEARNED else target for i, target in enumerate(targets)]


def shifted_twice(inputs: Any, targets: list[int], first: int) -> None:
    targets[first:-1] = targets[first + 1 :]


def everything_learned(inputs: Any, targets: list[int], first: int) -> None:
    targets[:-1] = inputs[1:]


def nothing_learned(inputs: Any, targets: list[int], first: int) -> None:
    targets[:] = [NOT_LEARNED] * len(targets)


def targets_changed(change: Callable[[Any, list[int], int], None]) -> tuple[Any, Callable[..., Any]]:
    original = render.shift

    def mutant(*arguments: Any) -> Any:
        inputs, targets = original(*arguments)
        changed = list(targets)
        change(inputs, changed, next(place for place, target in enumerate(targets) if target != NOT_LEARNED))
        return inputs, type(targets)("i", changed)

    return original, mutant


# -- spans: mask and spans are wrong alike ---------------------------------------------------------------------------


def learned_header(spans: list[tuple[int, int]]) -> None:
    start, stop = spans[0]
    spans[0] = (start - len("assistant\n"), stop)


def learned_user_turn(spans: list[tuple[int, int]]) -> None:
    spans[0] = (1, spans[0][1])


def learned_observation(spans: list[tuple[int, int]]) -> None:
    if len(spans) > 1:
        spans[1] = (spans[0][1], spans[1][1])


def span_starts_late(spans: list[tuple[int, int]]) -> None:
    spans[0] = (spans[0][0] + 1, spans[0][1])


def stop_left_out(spans: list[tuple[int, int]]) -> None:
    spans[-1] = (spans[-1][0], spans[-1][1] - 1)


def spans_changed(change: Callable[[list[tuple[int, int]]], None]) -> tuple[Any, Callable[..., Any]]:
    original = completion.merge_turns

    def mutant(*arguments: Any, **options: Any) -> tuple[TokenSequence, ...]:
        sequences = []
        for sequence in original(*arguments, **options):
            spans = list(sequence.spans)
            change(spans)
            sequences.append(dataclasses.replace(sequence, spans=tuple(spans)))
        return tuple(sequences)

    return original, mutant


# -- arms ------------------------------------------------------------------------------------------------------------


def dropped_reasoning() -> tuple[Any, Callable[..., Any]]:
    original = arms.shown_to

    def mutant(arm: Arm, row: Conversation) -> Conversation:
        shown = original(arm, row)
        bare = tuple(dataclasses.replace(one, reasoning_content=None) for one in shown.messages)
        return dataclasses.replace(shown, messages=bare)

    return original, mutant


def leaked_reasoning() -> tuple[Any, Callable[..., Any]]:
    original = arms.shown_to
    return original, lambda arm, row: original(Arm.THINK, row)


def leaked_into_text() -> tuple[Any, Callable[..., Any]]:
    """The thought becomes part of the answer, as an unparsed `<think>` would."""
    original = arms.shown_to

    def mutant(arm: Arm, row: Conversation) -> Conversation:
        shown, thoughts = original(arm, row), [one.reasoning_content or "" for one in row.messages]
        said = zip(shown.messages, thoughts, strict=True)
        return dataclasses.replace(
            shown, messages=tuple(dataclasses.replace(one, content=thought + one.content) for one, thought in said)
        )

    return original, mutant


def lost_turns() -> tuple[Any, Callable[..., Any]]:
    original = render.render
    return original, lambda *arguments, **options: original(*arguments, **options)[-1:]


# -- batches and attention -------------------------------------------------------------------------------------------


def flattened(change: Callable[[Batch], Batch]) -> tuple[Any, Callable[..., Any]]:
    original = batch.flatten
    return original, lambda examples: change(original(examples))


def positions_not_reset(laid: Batch) -> Batch:
    return dataclasses.replace(laid, position_ids=torch.arange(laid.input_ids.shape[1])[None])


def ends_one_late(laid: Batch) -> Batch:
    ends = laid.cu_seqlens.clone()
    ends[1:-1] += 1
    return dataclasses.replace(laid, cu_seqlens=ends)


def one_segment(laid: Batch) -> Batch:
    return dataclasses.replace(laid, cu_seqlens=laid.cu_seqlens[[0, -1]])


def last_sequence_lost() -> tuple[Any, Callable[..., Any]]:
    original = batch.flatten
    return original, lambda examples: original(examples[:-1] if len(examples) > 1 else examples)


def ignored_segments() -> tuple[Any, Callable[..., Any]]:
    original = attention.segments
    return original, lambda ends, *rest, **options: original(ends[[0, -1]], *rest, **options)


def plain_causal() -> tuple[Any, Callable[..., Any]]:
    def mutant(module: Any, query: Any, key: Any, value: Any, *rest: Any, **options: Any) -> Any:
        out = functional.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        return out.transpose(1, 2), None

    return attention.segment_attention, mutant


def stop_not_listed() -> tuple[Any, Callable[..., Any]]:
    """`generation_config.json` would list another stop than the one that turns end with."""
    original = prepare.prepare

    def mutant(*arguments: Any, **options: Any) -> Any:
        material = original(*arguments, **options)
        return dataclasses.replace(material, stop_token_ids=(material.chat.tokenizer.token_id("<|endoftext|>"),))

    return original, mutant


MASKS = [one_early, one_late, no_stop_token, not_shifted, shifted_twice, everything_learned, nothing_learned]
SPANS = [learned_header, learned_user_turn, learned_observation, span_starts_late, stop_left_out]
LAYOUTS = [positions_not_reset, ends_one_late, one_segment]
CODE = [lost_turns, last_sequence_lost, ignored_segments, plain_causal, stop_not_listed]
MUTANTS: dict[str, tuple[Arm, Callable[[], tuple[Any, Callable[..., Any]]]]] = {
    **{one.__name__: (Arm.NO_THINK, lambda one=one: targets_changed(one)) for one in MASKS},
    **{one.__name__: (Arm.NO_THINK, lambda one=one: spans_changed(one)) for one in SPANS},
    **{one.__name__: (Arm.NO_THINK, lambda one=one: flattened(one)) for one in LAYOUTS},
    **{one.__name__: (Arm.THINK, one) for one in CODE},
    "dropped_reasoning": (Arm.THINK, dropped_reasoning),
    "leaked_reasoning": (Arm.NO_THINK, leaked_reasoning),
    "leaked_into_text": (Arm.NO_THINK, leaked_into_text),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_stops_the_run_before_step_0(name: str, recipe: Recipe, tmp_path: Path, broken: Break) -> None:
    arm, mutate = MUTANTS[name]
    broken(*mutate())
    with pytest.raises(ProofError):
        run(recipe, arm, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arm", list(Arm))
def test_the_same_run_without_a_mutant_passes(arm: Arm, recipe: Recipe, tmp_path: Path) -> None:
    assert len(run(recipe, arm, tmp_path / "out")["proofs"]) >= 11
    assert (tmp_path / "out" / "model.safetensors").is_file()


def test_a_replacement_that_changes_nothing_passes(recipe: Recipe, tmp_path: Path, broken: Break) -> None:
    for original in (render.shift, completion.merge_turns, batch.flatten, attention.segments, arms.shown_to):
        broken(original, lambda *arguments, original=original, **options: original(*arguments, **options))
    assert run(recipe, Arm.THINK, tmp_path / "out")["totals"]["steps"] == 4


def test_a_doubled_beginning_of_sequence_stops_the_run(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = toy_checkpoint(tmp_path / "base", template="{{- '<|endoftext|>' -}}\n" + CHATML)
    changed = dataclasses.replace(recipe, base=str(base))
    assert run(changed, Arm.THINK, tmp_path / "single")["totals"]["steps"] == 4
    original = Tokenizer.encode

    def with_special_tokens(self: Tokenizer, text: str) -> tuple[int, ...]:
        first = (self.token_id("<|endoftext|>") or 0,) if text.startswith("<|endoftext|>") else ()
        return first + original(self, text)

    monkeypatch.setattr(Tokenizer, "encode", with_special_tokens)
    with pytest.raises(ProofError, match="expected one beginning-of-sequence token, got two"):
        run(changed, Arm.THINK, tmp_path / "double")


REACT = "Thought: I look.\nAction: look\nAction Input: {n}\nObservation: seen {n}\nThought: done\nFinal Answer: {n}"


@pytest.fixture
def react_recipe(recipe: Recipe, tmp_path: Path) -> Recipe:
    path = tmp_path / "react.jsonl"
    write_conversations(
        path, [Conversation(f"{n}", (user("Look."), assistant(REACT.format(n=n), "so"))) for n in range(8)]
    )
    return dataclasses.replace(recipe, data=DataSettings(path=str(path), held_out_share=0.0))


@pytest.mark.parametrize("arm", list(Arm))
def test_react_text_is_proved_piece_by_piece(arm: Arm, react_recipe: Recipe, tmp_path: Path) -> None:
    proofs = {proof["name"]: proof["numbers"] for proof in run(react_recipe, arm, tmp_path / "out")["proofs"]}
    assert proofs["supervised text equals the expected completions"]["spans"] == 16
    assert proofs["every target is the next token"]["stops_written_ahead"] == 8


def whole_turn() -> tuple[Any, Callable[..., Any]]:
    return completion._said_ranges, lambda telling, index, said: ((0, len(said)),)


def no_observation_found() -> tuple[Any, Callable[..., Any]]:
    return react.observations, lambda text: ()


@pytest.mark.parametrize("mutate", [whole_turn, no_observation_found])
def test_a_learned_observation_of_react_text_stops_the_run(
    mutate: Callable[[], tuple[Any, Callable[..., Any]]], react_recipe: Recipe, tmp_path: Path, broken: Break
) -> None:
    broken(*mutate())
    with pytest.raises(ProofError, match=r"observation|pieces"):
        run(react_recipe, Arm.NO_THINK, tmp_path / "out")


def test_every_example_of_the_toy_rows_is_fit_to_show_each_mutant(recipe: Recipe) -> None:
    """A mutant proves nothing on rows that it does not touch: turns after a tool's answer, several sequences."""
    material = prepare.prepare(recipe, (Arm.NO_THINK,), silent_progress())
    examples: Sequence[Example] = [one for group in material.examples[Arm.NO_THINK] for one in group]
    assert max(len(one.spans) for one in examples) > 1
    assert len(examples) > 3
