"""`flips.csv`: what changed, in cells that no spreadsheet runs."""

import csv
import io

import pytest

from sfteval.report.flips import COLUMNS, render_flips
from sfteval.types import Outcome
from tests.sfteval.report.example import FORMULAS, comparison, hostile, pair, small


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_only_changes_are_listed_in_the_order_of_the_suite() -> None:
    assert [(row["sample_id"], row["change"]) for row in rows(render_flips(small()))] == [
        ("r1", "improved"),
        ("r2", "regressed"),
        ("c1", "regressed"),
        ("t1", "regressed"),
    ]


def test_a_row_tells_the_whole_change() -> None:
    outcomes = (Outcome.OK, Outcome.TRUNCATED_THINK)
    (row,) = rows(render_flips(comparison([pair("2+2?", "4", "", scores=(1.0, 0.0), outcomes=outcomes)])))
    assert list(row.values()) == [
        "reasoning", "r1", "0", "exact", "regressed", "1.0", "0.0", "ok", "truncated_think", "2+2?", "4", "",
    ]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(formula: str) -> None:
    (row,) = rows(render_flips(comparison([pair(formula, formula, "other", id=formula)])))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


def test_hostile_text_keeps_one_line_a_row() -> None:
    content = render_flips(hostile())
    assert len(content.decode().splitlines()) == 1 + len(hostile().pairs)


def test_without_samples_only_the_head_is_written() -> None:
    assert render_flips(comparison()) == (",".join(COLUMNS) + "\n").encode()


def test_a_value_that_is_missing_on_one_side_is_no_flip() -> None:
    assert rows(render_flips(comparison([pair(scores=(None, 1.0))]))) == []
