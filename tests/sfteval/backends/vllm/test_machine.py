"""Who gets which GPU, from what nvidia-smi says and what the weights weigh."""

import pytest

from sfteval.backends.vllm.machine import (
    GIB,
    MIB,
    Gpu,
    Placement,
    free_memory,
    parse_gpus,
    place,
    place_together,
    weight_bytes,
)
from tests.toys import toy_checkpoint

TABLE = """\
0, GPU-aaaa, 10000, 81559
1, GPU-bbbb, 81000, 81559
2, GPU-cccc, [N/A], 81559
3, GPU-dddd, 40000, 81559
"""


def cards(*free_gib, total=80):
    return [Gpu(str(index), free * GIB, total * GIB) for index, free in enumerate(free_gib)]


def test_the_freest_gpu_comes_first_and_one_that_tells_nothing_is_left_out():
    assert [gpu.index for gpu in parse_gpus(TABLE, None)] == ["1", "3", "0"]
    assert parse_gpus(TABLE, None)[0] == Gpu("1", 81000 * MIB, 81559 * MIB)


@pytest.mark.parametrize(
    ("visible", "found"), [("0,3", ["3", "0"]), ("GPU-bbbb", ["1"]), ("GPU-b, 0", ["1", "0"]), ("", []), ("-1", [])]
)
def test_only_gpus_that_we_may_see_are_used(visible, found):
    assert [gpu.index for gpu in parse_gpus(TABLE, visible)] == found


def test_what_is_no_table_is_no_gpu():
    assert parse_gpus("NVIDIA-SMI has failed, because it\n\n,,,\n", None) == ()


def test_the_smallest_power_of_two_that_holds_the_weights_is_taken():
    assert place(10 * GIB, cards(80, 80, 80, 80)) == Placement(("0",))
    assert place(60 * GIB, cards(80, 80, 80, 80)) == Placement(("0",))  # 72 of 72 usable
    assert place(61 * GIB, cards(80, 80, 80, 80)) == Placement(("0", "1"))
    assert place(200 * GIB, cards(80, 80, 80, 80)) == Placement(("0", "1", "2", "3"))
    assert place(900 * GIB, cards(80, 80, 80)) == Placement(("0", "1"))
    assert place(10 * GIB, []) == Placement()


def test_a_gpu_that_is_in_use_gives_what_it_has_left():
    assert place(10 * GIB, cards(40)) == Placement(("0",), 0.47)
    assert place(60 * GIB, cards(80, 40)) == Placement(("0",))
    assert place(70 * GIB, cards(80, 60)) == Placement(("0", "1"), 0.71)


def test_two_servers_get_gpus_of_their_own_where_there_are_two():
    assert place_together([10 * GIB, 10 * GIB], cards(80, 78)) == (Placement(("0",)), Placement(("1",)))
    assert place_together([100 * GIB, 10 * GIB], cards(80, 80, 80)) == (Placement(("0", "1")), Placement(("2",)))


def test_two_small_servers_share_one_gpu():
    assert place_together([10 * GIB, 20 * GIB], cards(80)) == (Placement(("0",), 0.45),) * 2


def test_servers_that_do_not_fit_at_once_are_not_placed():
    assert place_together([10 * GIB, 40 * GIB], cards(80)) is None
    assert place_together([70 * GIB, 70 * GIB], cards(80, 80)) is None
    assert place_together([1, 1], []) is None


def test_weights_are_what_the_files_weigh(tmp_path):
    folder = toy_checkpoint(tmp_path / "toy")
    assert weight_bytes(folder, tmp_path) == (folder / "model.safetensors").stat().st_size > 0


def test_this_machine_has_memory():
    assert 64 * MIB < free_memory() < 1 << 50
