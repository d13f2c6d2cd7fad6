"""Telemetry: figures that can be recomputed by hand, that add up, and that come back from a file as they went."""

import io
import itertools
import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sfteval.errors import DataError
from sfttrain.batch import flatten, rounded_up
from sfttrain.telemetry import (
    SpikeWatch,
    StepLine,
    held_out_line,
    loss_by_position,
    mean_by_position,
    positions_after_boundary,
    read_lines,
    write_line,
)
from sfttrain.types import NOT_LEARNED, Example, ids

NO = NOT_LEARNED


def test_positions_count_from_the_first_token_of_every_answer() -> None:
    targets = torch.tensor([NO, NO, 5, 6, 7, NO, 8, NO, NO, 9, 9])
    assert positions_after_boundary(targets).tolist() == [0, 1, 2, 0, 0, 1]


def test_a_sequence_that_is_learned_from_its_start_begins_anew() -> None:
    examples = [Example(ids([1, 2]), ids([NO, 3])), Example(ids([4, 5]), ids([6, 7]))]
    batch = rounded_up(flatten(examples))
    assert positions_after_boundary(batch.targets).tolist() == [0, 1, 2]
    assert positions_after_boundary(batch.targets, batch.cu_seqlens).tolist() == [0, 0, 1]


def test_nothing_learned_has_no_position() -> None:
    assert positions_after_boundary(torch.tensor([NO, NO])).tolist() == []
    assert positions_after_boundary(torch.tensor([], dtype=torch.int64)).tolist() == []


@given(st.lists(st.booleans()))
def test_positions_are_those_of_counting_run_after_run(learned: list[bool]) -> None:
    targets = torch.tensor([3 if one else NO for one in learned], dtype=torch.int64)
    runs = [len(list(run)) for is_learned, run in itertools.groupby(learned) if is_learned]
    assert positions_after_boundary(targets).tolist() == [place for length in runs for place in range(length)]


def test_losses_fall_into_first_2_to_4_5_to_16_and_rest() -> None:
    positions = torch.tensor([0, 1, 3, 4, 15, 16, 400])
    losses = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
    sums = loss_by_position(losses, positions)
    assert sums.tolist() == [[1.0, 6.0, 24.0, 96.0], [1, 2, 2, 2]]
    assert mean_by_position(sums) == {"loss_first": 1.0, "loss_2_4": 3.0, "loss_5_16": 12.0, "loss_rest": 48.0}


def test_micro_batches_add_up_to_the_whole_and_an_empty_bucket_is_null() -> None:
    losses, positions = torch.tensor([0.5, 0.25, 0.125]), torch.tensor([0, 1, 0])
    parts = [loss_by_position(losses[part], positions[part]) for part in (slice(0, 1), slice(1, 3))]
    assert torch.equal(sum(parts), loss_by_position(losses, positions))  # type: ignore[arg-type]
    means = mean_by_position(parts[0] + parts[1])
    assert means == {"loss_first": 0.3125, "loss_2_4": 0.25, "loss_5_16": None, "loss_rest": None}


def test_a_broken_loss_stays_in_its_bucket() -> None:
    means = mean_by_position(loss_by_position(torch.tensor([float("nan"), 2.0]), torch.tensor([0, 1])))
    assert means["loss_first"] != means["loss_first"]
    assert means["loss_2_4"] == 2.0


def watched(norms: list[float]) -> list[bool]:
    watch, flags = SpikeWatch(), []
    for norm in norms:
        flags.append(watch.is_spike(norm))
        watch = watch.after(norm)
    return flags


def test_a_spike_is_more_than_four_times_the_running_median_of_at_least_ten() -> None:
    assert watched([1.0] * 9 + [9.0]) == [False] * 10
    assert watched([1.0] * 10 + [9.0]) == [False] * 10 + [True]
    assert watched([1.0] * 10 + [4.0, 4.01]) == [False] * 11 + [True]
    assert watched([1.0] * 10 + [5.0] * 11)[-1] is False  # a new level is no spike for long


def test_only_the_last_fifty_norms_count() -> None:
    watch = SpikeWatch()
    for norm in [1.0] * 30 + [10.0] * 50:
        watch = watch.after(norm)
    assert watch.recent == (10.0,) * 50


def test_a_norm_that_is_not_finite_is_a_spike_and_leaves_no_trace() -> None:
    assert watched([float("nan"), float("inf")]) == [True, True]
    assert SpikeWatch((1.0,)).after(float("nan")) == SpikeWatch((1.0,))


def test_a_watch_comes_back_from_json_to_the_bit() -> None:
    watch = SpikeWatch((0.1, 1 / 3))
    assert SpikeWatch(tuple(json.loads(json.dumps(list(watch.recent))))) == watch


def line(**changed: float) -> StepLine:
    figures = {"step": 3, "loss": 1.5, "lr": 2e-5, "lr_share": 0.5, "grad_norm": 0.25, "seconds": 0.5} | changed
    means = mean_by_position(loss_by_position(torch.tensor([1.5]), torch.tensor([0])))
    return StepLine(**figures, spike=False, num_tokens=100, num_supervised=30, by_position=means)  # type: ignore[arg-type]


def test_a_step_is_told_in_one_line() -> None:
    assert line().as_json() == {
        "step": 3,
        "loss": 1.5,
        "lr": 2e-5,
        "lr_share": 0.5,
        "grad_norm": 0.25,
        "spike": False,
        "num_tokens": 100,
        "num_supervised": 30,
        "tokens_per_second": 200.0,
        "seconds": 0.5,
        "loss_first": 1.5,
        "loss_2_4": None,
        "loss_5_16": None,
        "loss_rest": None,
    }


def test_figures_that_json_has_no_word_for_are_null() -> None:
    told = line(loss=float("nan"), grad_norm=float("inf"), seconds=0.0).as_json()
    assert (told["loss"], told["grad_norm"], told["tokens_per_second"]) == (None, None, None)
    json.dumps(told, allow_nan=False)


def test_lines_come_back_as_they_went_and_a_torn_last_one_is_left_out(tmp_path: Path) -> None:
    metrics = io.StringIO()
    told = [line().as_json(), held_out_line(4, {"loss": 1.25})]
    for one in told:
        write_line(metrics, one)
    (tmp_path / "metrics.jsonl").write_text(metrics.getvalue() + '{"step": 4, "lo', encoding="utf-8")
    assert read_lines(tmp_path / "metrics.jsonl") == told
    assert told[1] == {"step": 4, "held_out": {"loss": 1.25}}


@pytest.mark.parametrize("broken", ["[1]", '{"loss": 1}', '{"step": "1"}', '{"step": 1, "held_out": 2}', "\udce9", ""])
def test_a_line_that_is_none_is_named_by_its_number(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(f'{{"step": 0}}\n{broken}\n'.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=r"metrics\.jsonl, line 2: expected a JSON object with the figures of a step"):
        read_lines(path)


def test_no_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_lines(tmp_path / "metrics.jsonl")
