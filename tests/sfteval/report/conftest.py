"""One Chromium for all tests of a file that look at a report."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sfteval.report.browsing import ARGUMENTS, CHROMIUM, sync_playwright


@pytest.fixture(scope="module")  # not longer: as long as it is there, no other test may run a loop of its own
def _browser() -> Iterator[Any]:
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def chromium(_browser: Any) -> Iterator[Any]:
    yield _browser
    for context in _browser.contexts:
        context.close()
