"""Reading a report back, and what is said when it cannot be read."""

import gzip
from pathlib import Path

import pytest

from sfteval.errors import DataError
from sfteval.report import load_comparison, write_report
from sfteval.report.stored import settled
from tests.sfteval.report.example import hostile, small


def test_a_loaded_comparison_equals_the_settled_one(tmp_path: Path) -> None:
    for name, world in (("small", small()), ("hostile", hostile())):
        write_report(world, tmp_path / name)
        assert load_comparison(tmp_path / name) == settled(world)


def test_settling_twice_changes_nothing() -> None:
    assert settled(settled(small())) == settled(small())


def test_a_report_without_samples_is_a_comparison_without_pairs(tmp_path: Path) -> None:
    write_report(small(), tmp_path, formats=("json",))
    loaded = load_comparison(tmp_path)
    assert loaded.pairs == ()
    assert loaded.metrics == settled(small()).metrics


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        load_comparison(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path}: expected a report with results.json, got none. Pass the folder of a report."
    )


def test_results_of_another_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"schema_version": 2}')
    with pytest.raises(DataError) as refused:
        load_comparison(tmp_path)
    assert "expected schema_version 1, got 2." in str(refused.value)


@pytest.mark.parametrize(
    "content", ["{", "[" * 100_000, '{"schema_version": 1}', '{"schema_version": 1, "baseline": 3}']
)
def test_broken_results_are_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(DataError):
        load_comparison(tmp_path)


def test_a_torn_samples_file_is_refused_with_its_place(tmp_path: Path) -> None:
    write_report(small(), tmp_path)
    samples = tmp_path / "samples.jsonl.gz"
    samples.write_bytes(samples.read_bytes()[:-30])
    with pytest.raises(DataError) as refused:
        load_comparison(tmp_path)
    assert str(refused.value).startswith(f"{samples}, line ")


def test_a_sample_that_lost_a_key_is_refused(tmp_path: Path) -> None:
    write_report(small(), tmp_path)
    with gzip.open(tmp_path / "samples.jsonl.gz", "wt") as file:
        file.write('{"task": "reasoning"}\n')
    with pytest.raises(DataError) as refused:
        load_comparison(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path}: expected a report of sfteval, got KeyError at 'sample'. "
        "Run sfteval compare again; answers that are stored are not asked again."
    )
