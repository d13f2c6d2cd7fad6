"""`samples.jsonl.gz`: one line per sample, everything that was said, the same bytes each time."""

import gzip
import json

from sfteval.report.samples import render_samples
from tests.sfteval.report.example import comparison, pair, toolcall_pair


def test_one_line_holds_the_sample_and_both_sides() -> None:
    (line,) = gzip.decompress(render_samples(comparison([pair(target="east", metadata={"steps": 2})]))).splitlines()
    row = json.loads(line)
    assert (row["task"], row["sample_id"], row["sample_index"]) == ("reasoning", "r1", 0)
    assert row["sample"]["messages"][0]["content"] == "Ann faces north. a: left. b: back. Where does Ann face?"
    assert row["sample"]["target"] == "east"
    assert row["baseline"]["metrics"] == {"exact": 0.0}
    assert row["candidate"]["reading"]["answer"] == "Answer: east"
    assert row["candidate"]["reading"]["num_think_tokens"] == 21


def test_a_tool_call_keeps_its_fault_and_its_place() -> None:
    row = json.loads(gzip.decompress(render_samples(comparison([toolcall_pair("t1")]))))
    (call,) = row["candidate"]["reading"]["tool_calls"]
    assert call["fault"]["code"] == "json_invalid"
    assert call["raw"][: call["fault"]["position"]].endswith('"seats": 4}')


def test_half_a_surrogate_pair_survives() -> None:
    row = json.loads(gzip.decompress(render_samples(comparison([pair("\ud800", "\udfff")]))))
    assert row["sample"]["messages"][0]["content"] == "\ud800"
    assert row["baseline"]["reading"]["answer"] == "\udfff"


def test_the_archive_holds_no_time_and_no_name() -> None:
    assert render_samples(comparison([pair()]))[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def test_no_samples_are_an_empty_archive() -> None:
    assert gzip.decompress(render_samples(comparison())) == b""
