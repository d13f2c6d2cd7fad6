"""Arrays in, numbers with their method and their uncertainty out; the only room that does statistics.

`compare_paired` is the door for two checkpoints on the same prompts. Pure numpy and scipy: nothing here reads a file,
knows a metric's name, or gives a verdict. Source: the methods' papers, named in each module.
"""

from sfteval.stats.anytime import confidence_sequence, evidence_not_worse, evidence_worse, sign_e_value
from sfteval.stats.binary import proportion_interval, wilson_interval
from sfteval.stats.calibration import Corrected, JudgeErrors, corrected_rate, prediction_powered, with_settled
from sfteval.stats.clustered import cluster_codes, design_effect
from sfteval.stats.contests import WinRate, win_rate
from sfteval.stats.interval import FloatArray, Interval
from sfteval.stats.multiplicity import benjamini_hochberg, holm
from sfteval.stats.paired import PairedResult, compare_paired, seed_from
from sfteval.stats.power import (
    minimal_detectable_effect,
    num_prompts_decisive,
    num_prompts_mcnemar,
    num_prompts_non_inferior,
    num_prompts_superior,
    power_mcnemar,
    power_non_inferior,
    power_superior,
)
from sfteval.stats.samples import VarianceSplit, ragged, split_variance

__all__ = [
    "Corrected",
    "FloatArray",
    "Interval",
    "JudgeErrors",
    "PairedResult",
    "VarianceSplit",
    "WinRate",
    "benjamini_hochberg",
    "cluster_codes",
    "compare_paired",
    "confidence_sequence",
    "corrected_rate",
    "design_effect",
    "evidence_not_worse",
    "evidence_worse",
    "holm",
    "minimal_detectable_effect",
    "num_prompts_decisive",
    "num_prompts_mcnemar",
    "num_prompts_non_inferior",
    "num_prompts_superior",
    "power_mcnemar",
    "power_non_inferior",
    "power_superior",
    "prediction_powered",
    "proportion_interval",
    "ragged",
    "seed_from",
    "sign_e_value",
    "split_variance",
    "wilson_interval",
    "win_rate",
    "with_settled",
]
