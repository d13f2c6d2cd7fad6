"""What stands in many training rows, or in many of a task's own items, proves nothing: it is masked.

Common is what stands in more than 10 distinct training rows and more than 1 % of them, or in more than 5 of a task's
stems and more than 5 % of them: n-grams and substrings alike. Exact copies of a row count once, and items of one stem
count once.
Source: GPT-3 (arXiv 2005.14165) appendix C ignores 13-grams of more than 10 documents, as common phrases and
boilerplate; the shares are ours, for data sets of some thousand rows.
"""

import numpy as np
from numpy.typing import NDArray

from sfteval.probes.ngrams import IntArray

MAX_ROWS, MAX_ROW_SHARE = 10, 0.01
MAX_STEMS, MAX_STEM_SHARE = 5, 0.05

Mask = NDArray[np.bool_]  # by name; the first place is that of 0, which is no n-gram


def common_in_rows(num_rows_with: IntArray, num_rows: int) -> Mask:
    """Return which of the counted things stand in too many of the training rows."""
    return np.asarray(num_rows_with > max(MAX_ROWS, MAX_ROW_SHARE * num_rows))


def common_in_suite(names: IntArray, stems: IntArray, tasks_of_stems: IntArray, size: int) -> Mask:
    """Return which names, of `size` in all, stand in too many stems of a task.

    `names` and `stems` are those of each occurrence; `tasks_of_stems` has the task of each stem.
    """
    limits = np.maximum(MAX_STEMS, MAX_STEM_SHARE * np.bincount(tasks_of_stems))
    once = np.unique(stems * size + names)
    tasks = tasks_of_stems[once // size]
    keys, counts = np.unique(tasks * size + once % size, return_counts=True)
    mask = np.zeros(size, dtype=np.bool_)
    mask[keys[counts > limits[keys // size]] % size] = True
    return mask


def rows_with(names: IntArray, rows: IntArray, size: int) -> IntArray:
    """Return in how many of the rows each of `size` names stands; `rows` is the row of each occurrence."""
    once = np.unique(rows * size + names)
    return np.bincount(once % size, minlength=size).astype(np.int64)
