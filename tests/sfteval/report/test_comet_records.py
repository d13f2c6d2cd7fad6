"""What goes to Comet: three experiments with the same names for the same things, and no model text."""

from pathlib import Path

import pytest

from sfteval.report import experiments, write_comet, write_report
from sfteval.types import Comparison
from tests.sfteval.report.example import comparison, hostile, metric, pair, small


def test_there_are_three_experiments_in_one_project() -> None:
    a, b, difference = experiments(small())
    assert [a.name, b.name] == ["no-think@8f3c21aa", "think@c07be211"]
    assert difference.name.startswith("think against no-think@")
    assert {record.project for record in (a, b, difference)} == {"sfteval"}


def test_tags_say_the_role_the_pair_and_the_arm() -> None:
    a, b, difference = experiments(small())
    pair_tag = f"pair:{difference.others['pair_id']}"
    assert a.tags == ("sfteval", "schema:1", "role:a", pair_tag, "variant:no-think")
    assert b.tags == ("sfteval", "schema:1", "role:b", pair_tag, "variant:think")
    assert difference.tags == (
        "sfteval", "schema:1", "role:comparison", pair_tag, "variant:no-think", "variant:think",
    )  # fmt: skip


def test_both_sides_name_the_same_metrics() -> None:
    a, b, difference = experiments(small())
    assert a.metrics["reasoning/exact"] == 0.41
    assert b.metrics["reasoning/exact"] == 0.96
    assert b.metrics["reasoning/exact/steps/6"] == 0.9
    assert b.metrics["reasoning/n"] == 300
    assert b.metrics["reasoning/outcome/truncated_think"] == 3
    assert b.metrics["cost/num_tokens"] == 13_418
    assert {name for name in a.metrics if "/outcome/" not in name} == {n for n in b.metrics if "/outcome/" not in n}
    assert difference.metrics["delta/reasoning/exact"] == 0.55
    assert difference.metrics["delta/reasoning/exact/ci_low"] == 0.4912


def test_tables_have_stable_columns_and_rows_for_every_score() -> None:
    a, b, difference = experiments(small())
    columns = ("task", "sample_id", "sample_index", "outcome", "metric", "value")
    assert a.tables["samples.csv"].columns == b.tables["samples.csv"].columns == columns
    assert a.tables["samples.csv"].rows[0] == ("reasoning", "r1", 0, "ok", "exact", 0.0)
    assert len(b.tables["samples.csv"].rows) == len(small().pairs)
    assert difference.tables["metrics.csv"].rows[0][:3] == ["reasoning", "exact", True]


def test_no_model_text_is_among_the_records() -> None:
    said = "what-the-model-said"
    world: Comparison = comparison([pair(said, said, said, target=said, details=({"x": said}, {}))])
    assert said not in repr([record.as_json() for record in experiments(world)])


def test_a_metric_without_a_value_is_left_out_and_named() -> None:
    a, *_ = experiments(comparison(metrics=(metric(baseline=None), metric(name="f1"))))
    record = a.as_json()
    assert "reasoning/exact" not in record["metrics"]
    assert record["others"]["metrics_without_a_value"] == "reasoning/exact"


def test_the_html_fragment_escapes_hostile_names() -> None:
    *_, difference = experiments(hostile())
    assert "<script" not in difference.html


@pytest.mark.slow
def test_the_archives_lie_in_the_report_folder_and_replace_those_of_before(tmp_path: Path) -> None:
    files = write_report(small(), tmp_path, formats=("json", "html"))
    (tmp_path / "comet").mkdir()
    (tmp_path / "comet" / "3-of-an-earlier-report.zip").write_bytes(b"")
    archives = write_comet(small(), tmp_path, files)
    assert [path.name[:2] for path in archives] == ["1-", "2-", "3-"]
    assert sorted((tmp_path / "comet").iterdir()) == sorted(archives)
