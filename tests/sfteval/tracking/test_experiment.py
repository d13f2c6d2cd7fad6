"""A record of an experiment before any tracker sees it."""

import math
from pathlib import Path

from sfteval.tracking import Experiment, Table


def test_only_finite_numbers_are_kept_and_the_others_named() -> None:
    record = Experiment("run", metrics={"a": 1.0, "b": None, "c": math.nan, "d": -math.inf}).as_json()
    assert record["metrics"] == {"a": 1.0}
    assert record["others"] == {"metrics_without_a_value": "b, c, d"}


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
    record = Experiment("run", assets=(tmp_path / "here.txt", tmp_path / "gone.txt")).as_json()
    assert record["assets"] == [str((tmp_path / "here.txt").resolve())]
    assert record["others"] == {"assets_not_found": "gone.txt"}


def test_a_table_is_csv_without_formulas() -> None:
    table = Table(("id", "value"), [("=1+1", -0.5), ("@x", None), ('a "b", c', True)])
    assert table.as_csv() == 'id,value\n\'=1+1,-0.5\n\'@x,\n"a ""b"", c",True\n'
