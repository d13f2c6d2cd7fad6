"""Arrays in, numbers with their method and their uncertainty out; the only room that does statistics.

`compare_paired` is the door for two checkpoints on the same prompts. Pure numpy and scipy: nothing here reads a file,
knows a metric's name, or gives a verdict. Source: the methods' papers, named in each module.
"""

from sfteval.stats.interval import FloatArray, Interval
from sfteval.stats.multiplicity import benjamini_hochberg, holm
from sfteval.stats.paired import PairedResult, compare_paired, seed_from
from sfteval.stats.power import minimal_detectable_effect, num_prompts_mcnemar, num_prompts_non_inferior

__all__ = [
    "FloatArray",
    "Interval",
    "PairedResult",
    "benjamini_hochberg",
    "compare_paired",
    "holm",
    "minimal_detectable_effect",
    "num_prompts_mcnemar",
    "num_prompts_non_inferior",
    "seed_from",
]
