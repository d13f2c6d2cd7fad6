"""`results.csv`: the whole scoreboard, one row a metric, in cells that no spreadsheet runs."""

import csv
import io
import json
from dataclasses import replace

import pytest

from sfteval.report.results_csv import COLUMNS, render_results_csv
from sfteval.report.stored import settled
from sfteval.types import Comparison
from tests.sfteval.report.example import FORMULAS, HOSTILE, comparison, hostile, metric, small


def rows(world: Comparison) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_results_csv(settled(world)).decode())))


def test_a_row_holds_everything_that_is_known_of_a_metric() -> None:
    first, second, _ = rows(small())
    assert first == {
        "task": "reasoning",
        "metric": "exact",
        "gating": "true",
        "n": "300",
        "num_clusters": "300",
        "baseline": "0.41",
        "candidate": "0.96",
        "difference": "0.55",
        "ci_low": "0.4912",
        "ci_high": "0.6043",
        "ci_level": "0.95",
        "p_value": "1.23457e-30",
        "finding": "better",
        "b_only": "168",
        "a_only": "3",
        "method": "mid-p McNemar, Tango interval",
        "margin": "0.05",
        "gate_ci_low": "0.5006",
        "gate_ci_high": "0.5952",
        "gate_ci_level": "0.9",
        "p_regress": "1.0",
        "p_adjusted": "1.0",
        "verdict": "pass",
        "n_needed": "",
        "completed_difference": "0.55",
        "depends_on_budget": "false",
        "drift": "false",
    }
    assert (second["gating"], second["verdict"], second["p_adjusted"]) == ("false", "", "")


def test_the_columns_are_those_of_the_results() -> None:
    from sfteval.report import results_json

    (row,) = json.loads(json.dumps(results_json(comparison())))["metrics"]
    assert set(COLUMNS) == set(row)


@pytest.mark.parametrize("formula", [*FORMULAS, " =1+1", "\n=1+1"])
def test_no_cell_is_a_formula(formula: str) -> None:
    (row,) = rows(comparison(metrics=(metric(formula, formula, method=formula),)))
    texts = [row[name] for name in ("task", "metric", "method")]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in texts)


def test_hostile_names_keep_one_line_a_row_and_an_end() -> None:
    content = render_results_csv(settled(hostile())).decode()
    assert len(content.splitlines()) == 2
    long = render_results_csv(settled(replace(small(), metrics=(metric(HOSTILE * 50),)))).decode()
    assert len(long.splitlines()) == 2
    assert len(long) < 2_000


def test_a_comparison_without_metrics_is_a_head() -> None:
    assert render_results_csv(comparison(metrics=())) == (",".join(COLUMNS) + "\n").encode()
