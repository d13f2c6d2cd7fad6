"""Two processes on this machine, and what one does alone, beside each other."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.errors import ConfigurationError
from sfttrain.distributed import (
    World,
    agreed,
    deal,
    empty,
    from_main,
    full_state,
    mine,
    refuse_sharding,
    shard,
    started,
    sum_gradients,
    summed,
    world,
)
from sfttrain.distributed.gradients import _buckets
from sfttrain.loss import summed_loss
from sfttrain.model import load_model
from tests.sfttrain.distributed_worker import BUDGET, STEPS, example, steps, way_through

ROOT = Path(__file__).parents[2]
WORKER = "tests.sfttrain.distributed_worker"
CPU = torch.device("cpu")
ALONE = World(0, 1, 0, CPU)
TORCHRUN = {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "MASTER_ADDR": "localhost", "MASTER_PORT": "29500"}


def launch(scenario: str, folder: Path) -> list[subprocess.Popen[str]]:
    """Start two ranks without torchrun, which would end the second as soon as the first fails."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    return [
        subprocess.Popen(
            [sys.executable, "-m", WORKER, scenario, str(folder)],
            cwd=ROOT,
            env=os.environ | TORCHRUN | {"RANK": rank, "LOCAL_RANK": rank, "MASTER_PORT": port, "OMP_NUM_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]


@contextlib.contextmanager
def running(scenario: str, folder: Path) -> Iterator[list[subprocess.Popen[str]]]:
    ranks = launch(scenario, folder)
    try:
        yield ranks
    finally:
        for rank in ranks:
            rank.kill()
            rank.communicate()


def last_line(rank: subprocess.Popen[str]) -> str:
    return rank.communicate(timeout=100)[1].strip().splitlines()[-1]


def torchrun(scenario: str, folder: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", WORKER]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*words, scenario, str(folder)], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )


# Who this is.


def test_a_process_that_torchrun_did_not_start_is_alone(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert world({}) == World(0, 1, 0, CPU)
    assert world({}).is_main
    assert world({}).is_alone
    assert world({"RANK": "0", "WORLD_SIZE": "1"}).is_alone


def test_torchrun_says_who_this_is(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert world(TORCHRUN) == World(1, 2, 1, CPU)
    assert not world(TORCHRUN).is_main


def test_each_process_has_its_gpu_and_no_more_processes_than_gpus_may_start(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert world(TORCHRUN).device == torch.device("cuda", 1)
    with pytest.raises(ConfigurationError) as raised:
        world(TORCHRUN | {"RANK": "2", "LOCAL_RANK": "2", "WORLD_SIZE": "4"})
    assert str(raised.value) == (
        "LOCAL_RANK: expected one process for each of 2 GPUs, got process 3. Lower --nproc-per-node."
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"RANK": "2"}, "environment, RANK: expected a number below WORLD_SIZE = 2, got 2."),
        ({"RANK": ""}, "environment, RANK: expected a whole number from 0, got nothing."),
        ({"RANK": "-1"}, 'environment, RANK: expected a whole number from 0, got "-1".'),
        ({"RANK": "²"}, 'environment, RANK: expected a whole number from 0, got "²".'),
        ({"LOCAL_RANK": "one"}, 'environment, LOCAL_RANK: expected a whole number from 0, got "one".'),
        ({"LOCAL_RANK": "2"}, "environment, LOCAL_RANK: expected a number below WORLD_SIZE = 2, got 2."),
        ({"WORLD_SIZE": "0"}, 'environment, WORLD_SIZE: expected a whole number from 1, got "0".'),
        ({"WORLD_SIZE": "9" * 5000}, f'environment, WORLD_SIZE: expected a whole number from 1, got "{"9" * 40}".'),
        ({"MASTER_ADDR": ""}, "environment, MASTER_ADDR: expected where rank 0 listens, got nothing."),
    ],
)
def test_an_environment_that_contradicts_itself_is_refused(changed, said):
    with pytest.raises(ConfigurationError) as raised:
        world(TORCHRUN | changed)
    assert str(raised.value).startswith(said)
    assert "torchrun --nproc-per-node N -m sfttrain" in raised.value.next_move


def test_alone_nothing_is_sent_and_nothing_changes():
    weight = torch.nn.Parameter(torch.ones(2))
    with started(ALONE) as here:
        sum_gradients([weight], here)
        agreed({"data": 1}, here)
        assert summed([1.5, 2.0], here) == [1.5, 2.0]
        assert from_main("yes", here) == "yes"
    assert weight.grad is None
    assert not torch.distributed.is_initialized()


# Who computes what.


def test_ranks_take_turns_and_all_take_equally_many():
    batches: list[Any] = ["first", "second", "third", "fourth", "fifth"]
    assert mine(batches, ALONE) == batches
    assert mine(batches, World(0, 2, 0, CPU)) == ["first", "third", "fifth"]
    second = mine(batches, World(1, 2, 1, CPU))
    assert second[:2] == ["second", "fourth"]
    assert [batch.num_supervised for batch in second[2:]] == [0]
    assert [batch.num_supervised for batch in mine(batches, World(7, 8, 7, CPU))] == [0]


def test_an_empty_batch_teaches_nothing_yet_reaches_every_weight(toy_base):
    model = load_model(toy_base, CPU)
    loss, _ = summed_loss(model, empty())
    loss.backward()
    assert float(loss.detach()) == 0
    assert [name for name, one in model.named_parameters() if one.grad is None or bool(one.grad.any())] == []


def test_dealing_keeps_every_example_and_fills_the_ranks_evenly():
    examples = [example(tokens, tokens) for tokens in (9, 1, 8, 2, 7, 3, 6, 4)]
    dealt = deal(examples, 10, 2)
    assert [sum(one.num_tokens for one in batch) for batch in dealt] == [10, 10, 10, 10]
    assert sorted(one.num_tokens for batch in dealt for one in batch) == [1, 2, 3, 4, 6, 7, 8, 9]
    assert [one.num_tokens for one in dealt[0]] == [9, 1]  # in the order they came in
    assert dealt == deal(examples, 10, 2)


def test_dealing_uses_all_ranks_where_one_batch_would_hold_everything():
    examples = [example(4, seed) for seed in range(6)]
    assert [len(batch) for batch in deal(examples, 1000, 3)] == [2, 2, 2]
    assert [len(batch) for batch in deal(examples[:2], 1000, 3)] == [1, 1]
    assert deal([], 1000, 3) == []


def test_dealing_leaves_an_example_over_the_budget_by_itself():
    examples = [example(tokens, tokens) for tokens in (50, 3, 4)]
    dealt = [[one.num_tokens for one in batch] for batch in deal(examples, 10, 2)]
    assert dealt == [[50], [3, 4]]


def test_messages_hold_one_type_and_little_more_than_they_must(monkeypatch):
    monkeypatch.setattr("sfttrain.distributed.gradients.BUCKET_BYTES", 16)
    tensors = [torch.zeros(2), torch.zeros(2), torch.zeros(1), torch.zeros(9), torch.zeros(1).double()]
    assert [[one.numel() for one in bucket] for bucket in _buckets(tensors)] == [[2, 2], [1], [9], [1]]


# One model on several devices.


def test_shards_need_a_second_process():
    with pytest.raises(ConfigurationError) as raised:
        refuse_sharding("adamw", ALONE)
    assert str(raised.value) == (
        "--fsdp: expected more than one process, got one. Start it as torchrun --nproc-per-node N -m sfttrain ..."
    )


def test_shards_are_refused_for_muon_and_adamw_is_named():
    refuse_sharding("adamw", World(0, 2, 0, CPU))
    with pytest.raises(ConfigurationError) as raised:
        refuse_sharding("muon", World(0, 2, 0, CPU))
    assert str(raised.value) == (
        '[optimizer] name: expected "adamw" with --fsdp, got "muon", which needs whole matrices. '
        'Write name = "adamw" with an lr for it, or leave --fsdp out.'
    )


def test_a_model_without_known_blocks_is_not_cut():
    with pytest.raises(ConfigurationError) as raised:
        shard(torch.nn.Linear(2, 2), World(0, 2, 0, CPU))
    assert raised.value.got == "Linear"


def test_a_whole_state_keeps_tied_weights_one_tensor_and_is_a_copy(toy_base):
    model = load_model(toy_base, CPU)
    state = full_state(model, ALONE)
    assert state["lm_head.weight"] is state["model.embed_tokens.weight"]
    assert list(state) == list(model.state_dict())
    assert torch.equal(state["lm_head.weight"], model.lm_head.weight)
    assert state["lm_head.weight"].data_ptr() != model.lm_head.weight.data_ptr()


# Two processes. Each launch imports torch and transformers twice, so few launches serve many tests.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, toy_base: Path) -> Path:
    folder = tmp_path_factory.mktemp("distributed")
    (folder / "base").symlink_to(toy_base)
    return folder


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    run = torchrun("train", folder)
    said = run.communicate(timeout=300)[1]
    assert run.returncode == 0, said
    return folder


@pytest.fixture(scope="module")
def alone(folder: Path) -> dict[str, Any]:
    return way_through(folder / "base", "alone", "cut", ALONE)


EVERY_WAY = pytest.mark.parametrize("way", ["replicate-cut", "replicate-dealt", "shard-cut", "shard-dealt"])


def read(trained: Path, way: str) -> dict[str, Any]:
    read: dict[str, Any] = torch.load(trained / f"{way}.pt")
    return read


def furthest(one: Any, other: Any) -> float:
    """Return the largest difference of two nested states, relative to the tensor's largest value."""
    if isinstance(one, dict):
        assert list(one) == list(other)
        return max((furthest(one[key], other[key]) for key in one), default=0.0)
    if isinstance(one, list):
        assert len(one) == len(other)
        return max((furthest(left, right) for left, right in zip(one, other, strict=True)), default=0.0)
    if isinstance(one, torch.Tensor):
        assert (one.shape, one.dtype, type(one)) == (other.shape, other.dtype, type(other))
        return float((one - other).abs().max() / one.abs().max().clamp(min=1e-9))
    assert one == other
    return 0.0


def test_the_steps_of_these_tests_are_uneven():
    assert [len(batches) for batches in steps(2, "cut")] == [3, 1, 2, 2]
    assert [len(batches) for batches in steps(2, "dealt")] == [4, 1, 2, 2]
    assert max(map(max, STEPS)) > BUDGET


@pytest.mark.slow
@EVERY_WAY
def test_two_processes_lose_what_one_loses_and_clip_as_one_clips(trained, alone, way):
    told = torch.tensor(read(trained, way)["told"], dtype=torch.float64)
    assert told == pytest.approx(torch.tensor(alone["told"], dtype=torch.float64), rel=1e-7)  # summed in fp32
    assert min(norm for _, norm in alone["told"]) > 1  # each step is clipped


@pytest.mark.slow
@EVERY_WAY
def test_two_processes_end_with_the_weights_and_the_optimizer_of_one(trained, alone, way):
    learned = read(trained, way)
    assert furthest(alone["half"], learned["half"]) < 1e-12
    assert furthest(alone["done"], learned["done"]) < 1e-12


@pytest.mark.slow
@EVERY_WAY
def test_a_run_resumed_from_whole_states_is_the_uninterrupted_one(trained, way):
    read_back = read(trained, way)
    assert read_back["resumed"] == read_back["told"][2:]
    assert furthest(read_back["done"], read_back["again"]) == 0


@pytest.mark.slow
def test_shards_are_saved_as_one_process_saves(trained, toy_base, tmp_path):
    load_model(toy_base, CPU).save_pretrained(tmp_path)
    files = {path.name: path.read_bytes() for path in (trained / "saved").iterdir()}
    assert files == {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert "model.safetensors" in files


@pytest.mark.slow
def test_ranks_that_would_do_different_things_do_not_start(trained):
    assert [(trained / f"refused-{rank}").read_text() for rank in (0, 1)] == 2 * [
        "rank 1: expected the same data as on rank 0, got another. "
        "Give every machine the same recipe, data, base model and versions."
    ]


@pytest.mark.slow
def test_a_rank_that_fails_does_not_leave_the_other_waiting(tmp_path):
    with running("one_fails", tmp_path) as ranks:
        waiting, failed = map(last_line, ranks)
        assert failed == "[rank1]: ValueError: rank 1 has had enough"
        assert "rank 0 of 2: expected the other ranks to go on, got" in waiting
        assert [rank.returncode for rank in ranks] == [1, 1]


@pytest.mark.slow
def test_a_rank_that_is_stuck_is_not_waited_for_without_end(tmp_path):
    with running("one_is_stuck", tmp_path) as ranks:
        assert "rank 0 of 2: expected the other ranks to go on, got" in last_line(ranks[0])


@pytest.mark.slow
def test_a_signal_to_torchrun_lets_every_rank_clean_up(tmp_path):
    run = torchrun("wait_for_a_signal", tmp_path)
    deadline = time.monotonic() + 100
    while len(list(tmp_path.iterdir())) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=100)
    assert list(tmp_path.iterdir()) == []
