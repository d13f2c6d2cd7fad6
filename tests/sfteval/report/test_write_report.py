"""The report directory as a whole: every file, whole or not at all, the same bytes each time."""

import errno
import gzip
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sfteval.errors import ConfigurationError, StoreError
from sfteval.report import ALL, load_comparison, write_report
from sfteval.types import Comparison, Outcome, Verdict
from tests.sfteval.report.example import HOSTILE, comparison, hostile, instructed, large, pair, small

pytestmark = pytest.mark.slow

TRUNCATED = (Outcome.TRUNCATED_THINK, Outcome.TRUNCATED_ANSWER)
WORLDS = {
    "small": small,
    "hostile": hostile,
    "instructions": instructed,
    "no samples": comparison,
    "no metrics": lambda: comparison(metrics=(), outcomes={}, costs={}, reproduce={}),
    "all truncated": lambda: comparison([pair(a="", b="", scores=(0.0, 0.0), outcomes=TRUNCATED)]),
    "not comparable": lambda: comparison(metrics=(), verdict=Verdict.NOT_COMPARABLE, headline="Templates differ."),
    "many samples": lambda: large(800),
}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_report_is_seven_files_and_the_results_come_last(tmp_path: Path) -> None:
    paths = write_report(small(), tmp_path / "lab")
    names = [
        "report.html", "summary.md", "results.csv", "flips.csv", "junit.xml", "samples.jsonl.gz", "results.json",
    ]  # fmt: skip
    assert [path.name for path in paths] == names
    assert sorted(contents(tmp_path / "lab")) == sorted(names)


@pytest.mark.parametrize("world", WORLDS)
def test_a_loaded_report_is_written_again_with_the_same_bytes(world: str, tmp_path: Path) -> None:
    write_report(WORLDS[world](), tmp_path / "first")
    write_report(load_comparison(tmp_path / "first"), tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def test_the_same_comparison_gives_the_same_bytes(tmp_path: Path) -> None:
    write_report(small(), tmp_path / "first")
    write_report(small(), tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def test_the_bytes_do_not_depend_on_the_order_of_hashes(tmp_path: Path) -> None:
    code = "import pathlib; from tests.sfteval.report.example import small; from sfteval.report import write_report; "
    for seed in ("1", "2"):
        command = [sys.executable, "-c", f"{code}write_report(small(), pathlib.Path({str(tmp_path / seed)!r}))"]
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[3])}
        subprocess.run(command, env=environment, check=True)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_only_the_formats_asked_for_are_written(tmp_path: Path) -> None:
    assert [path.name for path in write_report(small(), tmp_path, formats=("md", "json", "md"))] == [
        "summary.md",
        "results.json",
    ]
    assert sorted(contents(tmp_path)) == ["results.json", "summary.md"]


def test_an_unknown_format_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        write_report(small(), tmp_path, formats=("htm",))
    assert str(refused.value).startswith('--format: expected a report format, got "htm". Did you mean "html"?')
    assert contents(tmp_path) == {}


def test_a_full_disk_is_said_in_one_line_and_leaves_the_old_report_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(small(), tmp_path)
    before = contents(tmp_path)

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError) as refused:
        write_report(replace(small(), headline="PASS: another."), tmp_path)
    assert str(refused.value).startswith(f"{tmp_path / 'report.html'}: expected room for ")
    assert str(refused.value).endswith(
        "got No space left on device. Free space or pass another -o/--out, then call the same command again."
    )
    assert contents(tmp_path) == before


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lab").write_text("a file")
    with pytest.raises(StoreError):
        write_report(small(), tmp_path / "lab")


def test_a_report_without_text_holds_no_prompt_and_no_answer(tmp_path: Path) -> None:
    secret = "the-model-said-this"
    world = comparison([pair(secret, secret, secret[::-1], think=secret, details=({"x": secret}, {}), target=secret)])
    for path in write_report(world, tmp_path, text=False):
        content = path.read_bytes()
        assert secret.encode() not in (gzip.decompress(content) if path.suffix == ".gz" else content)


def test_no_file_holds_a_terminal_code_or_breaks_utf8(tmp_path: Path) -> None:
    for path in write_report(hostile(), tmp_path):
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
        assert "\x1b" not in text, path.name
        assert "\x00" not in text, path.name


def test_formats_are_a_catalogue_that_ends_with_the_results() -> None:
    assert ALL == ("html", "md", "csv", "flips", "junit", "samples", "json")


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("html", ["report.html"]),
        ("md", ["summary.md"]),
        ("csv", ["flips.csv", "results.csv"]),
        ("flips", ["flips.csv"]),
        ("junit", ["junit.xml"]),
        ("tex", ["results.tex"]),
        ("samples", ["samples.jsonl.gz"]),
        ("json", ["results.json"]),
    ],
)
def test_each_format_by_itself_is_the_file_of_the_whole_report(name: str, files: list[str], tmp_path: Path) -> None:
    write_report(small(), tmp_path / "whole", plots=True)
    write_report(load_comparison(tmp_path / "whole"), tmp_path / "one", formats=(name,))
    assert sorted(contents(tmp_path / "one")) == files
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_the_hostile_text_survives_in_full_in_the_samples(tmp_path: Path) -> None:
    write_report(hostile(), tmp_path)
    loaded: Comparison = load_comparison(tmp_path)
    assert loaded.pairs[0].sample.prompt == HOSTILE
    assert loaded.pairs[-1].baseline_reading.answer == "x" * 2_000_000
