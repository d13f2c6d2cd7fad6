"""The files that people see first, word for word; `python -m tests.sfteval.report.golden` writes them again."""

import pytest

from tests.sfteval.report.golden import GOLDEN, HERE


@pytest.mark.parametrize("name", GOLDEN)
def test_the_file_reads_so(name: str) -> None:
    assert GOLDEN[name]() == (HERE / name).read_text(encoding="utf-8")
