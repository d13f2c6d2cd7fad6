"""`results.json`: the contract's keys, fixed digits, no model text, no secret."""

import json
import math
from dataclasses import fields, replace

from sfteval.report.results import render_results, results_json
from sfteval.types import Checkpoint, MetricComparison
from tests.sfteval.report.example import BASELINE, comparison, metric, pair, small

CONTRACT = {
    "schema_version", "verdict", "baseline", "candidate", "matched", "metrics", "outcomes", "probes", "judge",
    "warnings", "reproduce",
}  # fmt: skip
ADDED = {
    "headline", "slices", "costs", "instructions", "sensitivity", "guards", "calls", "spreads", "passes", "left_out",
    "probe_differences", "contaminated", "budgets",
}  # fmt: skip
METRIC_CONTRACT = {
    "task", "metric", "gating", "n", "num_clusters", "baseline", "candidate", "difference", "ci_low", "ci_high",
    "ci_level", "p_value", "finding", "b_only", "a_only", "method", "margin", "gate_ci_low", "gate_ci_high",
    "gate_ci_level", "p_regress", "p_adjusted", "verdict", "n_needed",
}  # fmt: skip


def test_the_contract_is_kept_and_more_may_come() -> None:
    results = results_json(small())
    assert results.keys() >= CONTRACT
    assert set(results) - CONTRACT == ADDED
    assert results["schema_version"] == 1
    assert results["verdict"] == "pass"
    assert all(row.keys() >= METRIC_CONTRACT for row in results["metrics"])


def test_a_name_that_acts_on_a_terminal_is_written_as_escapes_and_read_back() -> None:
    name = "no\u202ethink\x9b31m"
    text = render_results(replace(small(), baseline=replace(small().baseline, name=name))).decode()
    assert '"name": "no\\u202ethink\\u009b31m"' in text
    assert json.loads(text)["baseline"]["name"] == name


def test_every_field_of_a_metric_is_stored() -> None:
    assert set(results_json(small())["metrics"][0]) == {field.name for field in fields(MetricComparison)} | {"drift"}


def test_numbers_have_nine_decimals_and_p_values_six_digits() -> None:
    row = results_json(comparison(metrics=(metric(difference=0.1 + 0.2, ci_low=-1e-17, p_value=1.23456789e-30),)))[
        "metrics"
    ][0]
    assert row["difference"] == 0.3
    assert json.dumps(row["ci_low"]) == "0.0"
    assert row["p_value"] == 1.23457e-30


def test_what_is_not_a_number_is_null() -> None:
    row = results_json(comparison(metrics=(metric(difference=math.nan, ci_low=-math.inf),)))["metrics"][0]
    assert (row["difference"], row["ci_low"]) == (None, None)
    assert b"NaN" not in render_results(comparison(metrics=(metric(difference=math.nan),)))


def test_no_model_text_is_stored() -> None:
    assert b"what the model said" not in render_results(comparison([pair("prompt", "what the model said", "B")]))


def test_secrets_are_hidden_wherever_they_stand() -> None:
    endpoint = Checkpoint("http://me:hunter2@host/v1#m", "endpoint", "m", url="http://me:hunter2@host/v1")
    world = comparison(
        baseline=endpoint,
        baseline_settings={
            "api_key": "hunter2",
            "max_tokens": 5,
            "headers": {"Authorization": "Bearer hunter2hunter2"},
        },
        reproduce={"command": "sfteval compare A B --api-key hunter2"},
    )
    text = render_results(world).decode()
    assert "hunter2" not in text
    results = json.loads(text)
    assert results["baseline"]["url"] == "http://(redacted)@host/v1"
    assert results["baseline"]["settings"]["max_tokens"] == 5
    assert results["reproduce"]["command"] == "sfteval compare A B --api-key (redacted)"


def test_a_long_list_of_row_ids_is_kept_as_its_number() -> None:
    trained = replace(BASELINE, training={"train": {"rows": list(range(2_000))}, "eos": [1, 2]})
    training = results_json(comparison(baseline=trained))["baseline"]["training"]
    assert training == {"train": {"rows": {"count": 2_000}}, "eos": [1, 2]}


def test_keys_are_sorted_and_the_file_ends_with_a_line_end() -> None:
    content = render_results(small())
    assert content.endswith(b"}\n")
    assert list(json.loads(content)) == sorted(json.loads(content))
