"""How often something must stand in the rows or in the suite to prove nothing."""

import numpy as np

from sfteval.probes.boilerplate import common_in_rows, common_in_suite, rows_with


def test_more_than_ten_rows_and_one_percent_are_common():
    counts = np.array([10, 11, 20, 21])
    assert common_in_rows(counts, 100).tolist() == [False, True, True, True]
    assert common_in_rows(counts, 2_000).tolist() == [False, False, False, True]


def test_more_than_five_stems_and_five_percent_of_a_task_are_common():
    """Name 1 stands in 6 stems, name 2 six times in one stem, name 3 in 3 stems of each of two tasks."""
    names = np.array([1] * 6 + [2] * 6 + [3] * 6)
    stems = np.array([0, 1, 2, 3, 4, 5] + [0] * 6 + [0, 1, 2, 120, 121, 122])
    assert common_in_suite(names, stems, np.array([0] * 120 + [1] * 120), 4).tolist() == [False] * 4
    assert common_in_suite(names, stems, np.array([0] * 119 + [1] * 121), 4).tolist() == [False, True, False, False]


def test_a_row_counts_once_for_each_name():
    assert rows_with(np.array([1, 1, 2, 1]), np.array([0, 0, 0, 7]), 4).tolist() == [0, 2, 1, 0]
