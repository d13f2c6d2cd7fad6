"""A run's scores in, one small file out that can be committed; that file in, a Run again that a gate compares with.

The file holds no prompt and no answer: which samples were answered (an id where it is a plain name, else its hash),
a hash of what was asked and of what the answer was held against, outcomes and metrics, and the settings that decide.
`form` is what stands in it, `file` reads and writes it, `run` fits it to the suites that are asked now. Does not know
how scores were made, and does not compare.
"""

from sfteval.baseline.file import NAMES, load_baseline, save_baseline
from sfteval.baseline.form import Baseline
from sfteval.baseline.run import baseline_of, saved_run

__all__ = ["NAMES", "Baseline", "baseline_of", "load_baseline", "save_baseline", "saved_run"]
