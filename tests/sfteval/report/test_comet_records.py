"""What goes to Comet: three experiments with the same names for the same things, and no model text."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sfteval.report import experiments, write_comet, write_report
from sfteval.report.comet_names import experiment_name
from sfteval.types import Checkpoint, Comparison, Finding, ProbeDifference, ProbeResult
from tests.sfteval.report.example import CANDIDATE, comparison, hostile, metric, pair, small
from tests.sfteval.tracking.archives import guard, read


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
    assert difference.metrics["delta/reasoning/exact/ci_lo"] == 0.4912


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


def trained(name: str, step: int | None = 600, base: str = "../../models/Qwen3-0.6B", **changes: Any) -> Checkpoint:
    training = {"arm": "think", "cursor": step, "base": {"path": base}}
    return replace(CANDIDATE, name=name, training=training, **changes)


def test_an_experiment_is_called_after_model_variant_step_and_run() -> None:
    assert experiment_name(trained("lab-7")) == "lab-7-think-600@c07be211"
    assert experiment_name(trained("think")) == "Qwen3-0.6B-think-600@c07be211"
    assert experiment_name(trained("think", None, "hf:Qwen/Qwen3-0.6B")) == "Qwen3-0.6B-think@c07be211"
    stock = Checkpoint("http://h/v1#m", "endpoint", "m", template_kwargs={"enable_thinking": False})
    assert experiment_name(stock) == "m-no-think@unverified"
    assert experiment_name(replace(stock, template_kwargs={})) == "m@unverified"


def test_tags_and_others_say_suites_and_base() -> None:
    reproduce = {"suites": {"starter": {"version": "1", "data": {"reasoning": "sha256:ab"}}}, "seed": 3, "command": "x"}
    a, b, difference = experiments(comparison(candidate=trained("think"), reproduce=reproduce))
    assert {"suite:starter", "base:Qwen3-0.6B", "variant:think"} < set(b.tags)
    assert "suite:starter" in a.tags
    assert not [tag for tag in a.tags if tag.startswith("base:")]
    assert {"suite:starter", "base:Qwen3-0.6B", "variant:think", "variant:no-think"} < set(difference.tags)
    assert (b.others["base"], b.others["step"], difference.others["base"]) == ("Qwen3-0.6B", 600, "Qwen3-0.6B")
    assert b.parameters["asked"] == {"suites": reproduce["suites"], "seed": 3}


def probed() -> Comparison:
    """Return the small comparison with one probe of each side, and what differs between them."""
    gap: dict[str, Any] = {
        "answer": {"gap": {"value": 0.3, "low": 0.1, "high": 0.5, "n": 40, "method": "t"}, "curve": [1, 2]}
    }
    numbers = gap | {"num_left_out": 2, "odd": None}
    results = (
        ProbeResult("loss_gap", "pass", "baseline said", numbers, "baseline"),
        ProbeResult("loss_gap", "warn", "candidate said", numbers, "candidate"),
    )
    static = ProbeResult("contamination", "pass", "Nothing of the suites stands in the training data.", {})
    difference = ProbeDifference(
        "loss_gap", "gap", 40, 0.1, 0.3, 0.2, 0.05, 0.35, 0.01, 0.05, True, "bootstrap",
        finding=Finding.WORSE, sentence="B holds its training answers more firmly.",
    )  # fmt: skip
    return replace(small(), probes=(static, *results), probe_differences=(difference,))


def test_probes_are_metrics_of_the_same_name_on_both_sides_and_their_difference() -> None:
    a, b, difference = experiments(probed())
    names = {name for name in b.metrics if name.startswith("probe/")}
    assert names == {
        "probe/loss_gap/gap", "probe/loss_gap/num_left_out", "probe/loss_gap/answer/gap",
        "probe/loss_gap/answer/gap/ci_lo", "probe/loss_gap/answer/gap/ci_hi", "probe/loss_gap/answer/gap/n",
    }  # fmt: skip
    assert names == {name for name in a.metrics if name.startswith("probe/")}
    assert (a.metrics["probe/loss_gap/gap"], b.metrics["probe/loss_gap/gap"]) == (0.1, 0.3)
    found = {name: value for name, value in difference.metrics.items() if "probe/" in name}
    assert found == {
        "delta/probe/loss_gap/gap": 0.2,
        "delta/probe/loss_gap/gap/ci_lo": 0.05,
        "delta/probe/loss_gap/gap/ci_hi": 0.35,
        "delta/probe/loss_gap/gap/p_value": 0.01,
        "delta/probe/loss_gap/gap/n": 40.0,
    }


def test_probes_stand_in_one_table_with_the_same_columns_everywhere() -> None:
    records = experiments(probed())
    columns = ("probe", "side", "measure", "value", "ci_lo", "ci_hi", "p_value", "n", "verdict", "sentence")
    assert {record.tables["probes.csv"].columns for record in records} == {columns}
    a, b, difference = (record.tables["probes.csv"].rows for record in records)
    assert a[0] == ("loss_gap", "baseline", "", None, None, None, None, None, "pass", "baseline said")
    assert b[1] == ("loss_gap", "candidate", "answer/gap", 0.3, 0.1, 0.5, None, 40, "warn", "")
    static, compared = difference
    assert static[0] == "contamination"
    assert compared[:8] == ("loss_gap", "difference", "gap", 0.2, 0.05, 0.35, 0.01, 40)
    assert compared[8:] == ("worse", "B holds its training answers more firmly.")


def test_of_a_report_the_page_the_summary_and_the_results_go_along() -> None:
    files = [
        Path("r") / name for name in ("report.html", "summary.md", "results.json", "samples.jsonl.gz", "junit.xml")
    ]
    a, b, difference = experiments(small(), files)
    assert (dict(a.assets), dict(b.assets)) == ({}, {})
    assert {name: path.name for name, path in difference.assets.items()} == {
        "report.html": "report.html", "report.md": "summary.md", "results.json": "results.json",
    }  # fmt: skip


def test_the_html_is_one_small_fragment_of_the_comparison() -> None:
    a, b, difference = experiments(small())
    assert (a.html, b.html) == ("", "")
    assert difference.html.startswith("<p><b>pass</b></p>")
    assert len(difference.html) < 2_000


def test_no_place_of_a_file_is_among_the_records() -> None:
    place = Path("/home/ada/lab/think")
    candidate = trained("think", argument=str(place), path=place, base_path=Path("/home/ada/models/base"))
    reproduce = {"command": "sfteval compare /home/ada/lab/no-think /home/ada/lab/think -o ../ada/r", "seed": 0}
    world = comparison(candidate=candidate, reproduce=reproduce)
    assert "ada" not in repr([record.as_json() for record in experiments(world)])


@pytest.mark.slow
def test_the_archives_hold_three_experiments_and_no_connection_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = guard(tmp_path / "guard")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "guard"))
    files = write_report(probed(), tmp_path / "report")
    (tmp_path / "report" / "comet").mkdir()
    (tmp_path / "report" / "comet" / "3-of-an-earlier-report.zip").write_bytes(b"")
    archives = write_comet(probed(), tmp_path / "report", files)
    assert sorted((tmp_path / "report" / "comet").iterdir()) == sorted(archives)
    assert not connections.exists()

    records, found = experiments(probed()), [read(archive) for archive in archives]
    for record, held in zip(records, found, strict=True):
        assert held["others"]["Name"] == record.name
        assert sorted(held["experiment"]["tags"]) == sorted(record.tags)
        assert held["experiment"]["project_name"] == "sfteval"
        assert {name for name, *_ in held["metrics"]} == {n for n, v in record.metrics.items() if v is not None}
        assert set(record.tables) <= set(held["files"])
        assert (held["others"]["verdict"], held["others"]["pair_id"]) == ("pass", record.others["pair_id"])
    a, b, difference = found
    assert set(a["files"]) == set(b["files"]) == {"samples.csv", "probes.csv"}
    assert set(difference["files"]) == {"metrics.csv", "probes.csv", "report.html", "report.md", "results.json"}
    assert [len(held["html"]) for held in found] == [0, 0, 1]
    headers = {held["files"]["probes.csv"].splitlines()[0] for held in found}
    assert headers == {"probe,side,measure,value,ci_lo,ci_hi,p_value,n,verdict,sentence"}
    assert a["parameters"]["settings|sampling|reasoning|temperature"] == 0.0
    assert difference["parameters"]["reproduce|seed"] == 0
    assert difference["files"]["report.html"] == (tmp_path / "report" / "report.html").read_text()
