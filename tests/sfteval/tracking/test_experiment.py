"""A record of an experiment before any tracker sees it."""

import math
from pathlib import Path
from typing import Any

from sfteval.tracking import Experiment, Table
from sfteval.tracking.experiment import LARGEST_ASSET_BYTES


def test_only_finite_numbers_are_kept_and_the_others_named() -> None:
    record = Experiment("run", metrics={"a": 1.0, "b": None, "c": math.nan, "d": -math.inf}).as_json()
    assert record["metrics"] == {"a": 1.0}
    assert record["others"] == {"metrics_without_a_value": "b, c, d"}


def test_words_and_mappings_are_no_numbers_whatever_comet_takes() -> None:
    metrics: dict[str, Any] = {"a": "0.5", "b": {"c": 1}, "d": True, "e": 3}
    record = Experiment("run", metrics=metrics).as_json()
    assert record["metrics"] == {"d": True, "e": 3}
    assert record["others"] == {"metrics_without_a_value": "a, b"}


def test_what_is_no_number_is_null_among_the_settings_and_absent_among_the_others() -> None:
    parameters = {"share": math.nan, "several": [1.0, math.inf], "kept": 0.5}
    record = Experiment("run", parameters=parameters, others={"score": math.nan, "verdict": "pass"}).as_json()
    assert record["parameters"] == {"share": None, "several": [1.0, None], "kept": 0.5}
    assert record["others"] == {"verdict": "pass"}


def test_a_series_skips_points_that_are_no_numbers() -> None:
    record = Experiment("run", series={"loss": [(1, 2.5), (2, math.nan), (3, 1.5)]}).as_json()
    assert record["series"] == {"loss": [(1, 2.5), (3, 1.5)]}


def test_secrets_are_hidden_at_any_depth() -> None:
    parameters = {"server": {"api_key": "abc", "url": "https://me:pw@host"}, "max_tokens": 5, "hf_token": "x"}
    record = Experiment("run", parameters=parameters, others={"command": "run --api-key abc"}).as_json()
    assert record["parameters"] == {
        "server": {"api_key": "(redacted)", "url": "https://(redacted)@host"},
        "max_tokens": 5,
        "hf_token": "(redacted)",
    }
    assert record["others"] == {"command": "run --api-key (redacted)"}


def test_a_file_that_is_not_there_is_named_and_not_sent(tmp_path: Path) -> None:
    (tmp_path / "here.txt").write_text("x")
    assets = {"report.md": tmp_path / "here.txt", "gone": tmp_path / "gone.txt"}
    record = Experiment("run", assets=assets).as_json()
    assert record["assets"] == {"report.md": str((tmp_path / "here.txt").resolve())}
    assert record["others"] == {"assets_not_found": "gone"}


def test_a_file_that_comet_would_refuse_is_named_and_not_sent(tmp_path: Path) -> None:
    with (tmp_path / "large.html").open("wb") as large:
        large.truncate(LARGEST_ASSET_BYTES + 1)  # sparse: takes no room
    record = Experiment("run", assets={"report.html": tmp_path / "large.html"}).as_json()
    assert (record["assets"], record["others"]) == ({}, {"assets_too_large": "report.html"})


def test_a_table_is_csv_without_formulas() -> None:
    table = Table(("id", "value"), [("=1+1", -0.5), ("@x", None), ('a "b", c', True)])
    assert table.as_csv() == 'id,value\n\'=1+1,-0.5\n\'@x,\n"a ""b"", c",True\n'


def test_a_table_holds_no_key_and_no_nan() -> None:
    table = Table(("id", "value"), [("hf_AbCdEfGhIjKlMnOpQrSt", math.nan), ("b", -math.inf)])
    assert table.as_csv() == "id,value\n(redacted),\nb,\n"
