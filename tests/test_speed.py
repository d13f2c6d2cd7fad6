"""What a light command may cost; ratios from one run, medians of several."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent


def median_seconds(*words, times=10):
    durations = []
    for _ in range(times):
        started = time.perf_counter()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        durations.append(time.perf_counter() - started)
    return statistics.median(durations)


@pytest.mark.parametrize("command", ["sfteval", "sfttrain"])
def test_help_costs_at_most_ten_times_an_empty_python(command):
    empty = median_seconds(sys.executable, "-c", "pass")
    assert median_seconds(BIN / command, "--help") <= 10 * empty
