"""Points of small charts. Run: pytest tests/sfteval/probes/test_curves.py."""

import numpy as np

from sfteval.probes import extraction, format_leak, loss_gap, membership
from sfteval.probes.curves import LENGTHS, roc_points, survival
from sfteval.probes.splits import Value
from sfteval.types import Reply
from tests.sfteval.probes.toys import recited, scored


def values(train: list[float], held_out: list[float]) -> list[Value]:
    splits = [*(("train", number) for number in train), *(("held_out", number) for number in held_out)]
    return [Value(f"v{place}", split, "", number) for place, (split, number) in enumerate(splits)]


def area(points: list[list[float]]) -> float:
    x, y = np.array(points).T
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))


def test_a_curve_runs_from_nothing_to_everything_through_every_bar():
    assert roc_points(values([3.0, 2.0], [1.0, 0.0])) == [[0.0, 0.0], [0.0, 1.0], [0.5, 1.0], [1.0, 1.0]]
    assert roc_points(values([1.0, 0.0], [1.0, 0.0])) == [[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]


def test_a_curve_of_many_items_has_few_points_and_nearly_the_same_area():
    rng = np.random.default_rng(2)
    points = roc_points(values(rng.normal(1.0, 1.0, 3000).tolist(), rng.normal(0.0, 1.0, 3000).tolist()))
    assert len(points) <= 66
    assert points[0] == [0.0, 0.0]
    assert points[-1] == [1.0, 1.0]
    assert abs(area(points) - 0.76) < 0.02  # of two normals one deviation apart


def test_a_split_without_items_has_no_curve():
    assert roc_points(values([1.0], [])) == []
    assert survival(values([1.0], []))["held_out"] == []


def test_survival_is_the_share_that_reaches_a_length():
    found = survival(values([0.0, 2.0, 60.0, 60.0], [1.0, 0.0]))
    shares = dict(zip(found["tokens"], found["train"], strict=True))
    assert (shares[1], shares[2], shares[3], shares[50], shares[64]) == (0.75, 0.75, 0.5, 0.5, 0.0)
    assert found["held_out"][:2] == [0.5, 0.0]
    assert len(LENGTHS) <= 100


def test_probes_keep_what_their_charts_are_drawn_from():
    items = scored(1.0, 0.1)
    numbers = loss_gap.probe(items).numbers["answer"]
    gain = numbers["nll_base_train"] - numbers["nll_train"]
    held_out = numbers["nll_base_held_out"] - numbers["nll_held_out"]
    assert abs(gain - held_out - numbers["difference_in_differences"]["value"]) < 1e-9
    curve = membership.probe(items).numbers["curve"]
    assert curve["attack"] in membership.DECISIVE
    assert curve["points"][-1] == [1.0, 1.0]
    kept = extraction.probe(*recited(0.5)).numbers["survival"]
    shares = {length: (kept["train"][place], kept["held_out"][place]) for place, length in enumerate(kept["tokens"])}
    assert (shares[50], shares[64]) == ((0.5, 0.0), (0.0, 0.0))


def test_leaks_are_counted_for_each_flag_of_thinking():
    replies = [
        Reply(f"{flag}{n}", "So?", flag, "<think>hm</think>Yes.", False) for flag in ("on", "off") for n in (1, 2)
    ]
    found = format_leak.probe(replies).numbers["by_flag"]
    assert found["off"]["thinks_when_off"] == {"num": 2, "n": 2}
    assert "thinks_when_off" not in found["on"]
    assert found["on"]["empty_think_when_on"] == {"num": 0, "n": 2}
