"""Answers made elsewhere, planted so that each metric and code is known, through `sfteval score extraction`."""

import json

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.suites import load_suite

METRICS = ("parse", "schema_valid", "schema_valid_strict", "exact", "field_precision", "field_recall", "field_f1")


def turned(value):
    return {key: entry[::-1] if isinstance(entry, list) else entry for key, entry in reversed(value.items())}


def planted(samples):
    """Return an answer for each of the first samples, with what has to come of it."""
    bill = next(sample for sample in samples if sample.cluster == "bill-formal")
    works = next(sample for sample in samples if sample.cluster == "works-night")
    trip = next(sample for sample in samples if sample.cluster == "trip-ticket")
    lab = next(sample for sample in samples if sample.cluster == "lab-well")
    flat = next(sample for sample in samples if sample.cluster == "flat-notice")
    event = next(sample for sample in samples if sample.cluster == "event-poster")
    wrong_leg = json.loads(json.dumps(trip.target["value"]))
    wrong_leg["legs"][1]["arrives"] = "23:59"
    fewer = {**lab.target["value"], "results": lab.target["value"]["results"][:2]}
    return [
        (bill, f"<think>{{}}?</think>\n{json.dumps(turned(bill.target['value']), indent=1)}", None, 1.0, 1.0),
        (works, f"```json\n{json.dumps(works.target['value'])}\n```", None, 1.0, 1.0),
        (trip, json.dumps(wrong_leg), "wrong_value", 0.0, 15 / 16),
        (lab, json.dumps(fewer), "missing_field", 0.0, 2 * 11 / (15 + 11)),
        (flat, json.dumps({**flat.target["value"], "rent": "cheap"}), "wrong_type", 0.0, None),
        (event, json.dumps(event.target["value"])[:-1], "json_invalid", 0.0, 0.0),
    ]


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("extraction")
    samples = load_suite("extraction").tasks[0].samples
    plan = planted(samples)
    rows = [{"id": sample.id, "response": answer} for sample, answer, *_ in plan]
    (folder / "answers.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    words = [
        "score",
        "extraction",
        "--responses",
        str(folder / "answers.jsonl"),
        "-o",
        str(folder / "out"),
        "--json",
    ]
    result = CliRunner().invoke(cli, words, prog_name="sfteval")
    assert result.exit_code == 0, result.output
    lines = (folder / "out" / "scores" / "extraction.jsonl").read_text(encoding="utf-8").splitlines()
    return plan, {line["sample_id"]: line for line in map(json.loads, lines)}, json.loads(result.output)


def test_planted_answers_get_what_they_deserve(scored):
    plan, lines, _ = scored
    for sample, _, code, exact, f1 in plan:
        line = lines[sample.id]
        assert set(line["metrics"]) == set(METRICS)
        assert line["detail"]["failure_code"] == code, line
        assert line["metrics"]["exact"] == exact
        assert f1 is None or line["metrics"]["field_f1"] == pytest.approx(f1)


def test_a_failure_names_the_place_and_the_path(scored):
    plan, lines, _ = scored
    by_cluster = {sample.cluster: (lines[sample.id], answer) for sample, answer, *_ in plan}
    trip, answer = by_cluster["trip-ticket"]
    assert trip["detail"]["path"] == "$.legs[1].arrives"
    assert answer.startswith('"23:59"', trip["detail"]["position"])
    assert trip["detail"]["verdicts"][0]["path"] == "legs[1].arrives"
    assert by_cluster["works-night"][0]["detail"]["notes"] == ["code_fence"]
    cut, answer = by_cluster["event-poster"]
    assert (cut["detail"]["layer"], cut["detail"]["position"]) == ("json", len(answer))
    assert cut["metrics"]["parse"] == 0.0


def test_prompts_without_an_answer_are_missing_and_never_wrong(scored):
    _, lines, told = scored
    assert len(lines) == 144
    missing = [line for line in lines.values() if line["outcome"] == "error"]
    assert len(missing) == 138
    assert all(value is None for line in missing for value in line["metrics"].values())
    assert "field_f1" in json.dumps(told)
