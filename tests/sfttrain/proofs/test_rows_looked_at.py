"""Which rows the costly proofs look at, and what each arm may see of them."""

import pytest

from sfttrain.arm import shown_to
from sfttrain.config import Recipe
from sfttrain.proofs.proof import NUM_ROWS, Row, chosen, rows_of, spread
from sfttrain.types import Arm
from tests.sfttrain.proofs.sound_example import material
from tests.toys import assistant, tool, user


@pytest.mark.parametrize(("num", "count"), [(0, 64), (1, 64), (64, 64), (65, 64), (127, 64), (10_000, 64)])
def test_rows_are_spread_from_the_first_to_the_last(num: int, count: int) -> None:
    some = spread(range(num), count)
    assert len(some) == len(set(some)) == min(num, count)
    assert some == sorted(some)
    assert num == 0 or (some[0], some[-1]) == (0, num - 1)


def test_a_rare_order_of_roles_is_chosen_too() -> None:
    def row(number: int) -> Row:
        turns = (user("q"), tool("x"), assistant("a")) if number == 501 else (user("q"), assistant("a"))
        return Row(f"{number}", turns, (), {}, ())

    assert [one.id for one in chosen([row(number) for number in range(1000)])].count("501") == 1
    assert len(chosen([row(number) for number in range(1000)])) == NUM_ROWS + 1


def test_a_row_is_told_to_each_arm_as_the_arm_module_tells_it(recipe: Recipe) -> None:
    for arm in Arm:
        some = material(recipe, arm)
        for row, one in zip(rows_of(some, arm), some.conversations, strict=True):
            shown = shown_to(arm, one)
            assert (row.messages, row.template_kwargs) == (shown.messages, shown.template_kwargs)
            assert bool(row.hidden) == (arm is Arm.NO_THINK)
