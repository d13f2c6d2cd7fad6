"""A Comparison in, what a paper cites for it out: BibTeX of this software and of the methods behind its numbers.

Only methods by which a number of this comparison was made are named. Does not know where the block stands.
Source of each entry: the publication that it names.
"""

from collections.abc import Iterator

from sfteval.report.text import one_line
from sfteval.types import Comparison

METHODS = {
    "McNemar": """@article{fagerland2013mcnemar,
  author = {Fagerland, Morten W. and Lydersen, Stian and Laake, Petter},
  title = {The {McNemar} test for binary matched-pairs data: mid-p and asymptotic are better than exact conditional},
  journal = {BMC Medical Research Methodology}, volume = {13}, pages = {91}, year = {2013}
}""",
    "Tango": """@article{tango1998equivalence,
  author = {Tango, Toshiro},
  title = {Equivalence test and confidence interval for the difference in proportions for the paired-sample design},
  journal = {Statistics in Medicine}, volume = {17}, number = {8}, pages = {891--908}, year = {1998}
}""",
    "BCa": """@article{efron1987better,
  author = {Efron, Bradley},
  title = {Better bootstrap confidence intervals},
  journal = {Journal of the American Statistical Association}, volume = {82}, number = {397}, pages = {171--185},
  year = {1987}
}""",
    "cluster": """@article{miller2024error,
  author = {Miller, Evan},
  title = {Adding error bars to evals: A statistical approach to language model evaluations},
  journal = {arXiv preprint arXiv:2411.00640}, year = {2024}
}""",
    "Holm": """@article{holm1979simple,
  author = {Holm, Sture},
  title = {A simple sequentially rejective multiple test procedure},
  journal = {Scandinavian Journal of Statistics}, volume = {6}, number = {2}, pages = {65--70}, year = {1979}
}""",
}


def bibtex(comparison: Comparison) -> str:
    """Return the entries, this software first."""
    return "\n".join([_software(comparison), *_methods(comparison)])


def _software(comparison: Comparison) -> str:
    version = sfteval_version(comparison)
    return "\n".join(
        [
            "@software{sfteval,",
            "  title = {sfteval: paired evaluation of fine-tuned checkpoints},",
            *([f"  version = {{{version}}},"] if version else []),
            "  license = {Apache-2.0}",
            "}",
        ]
    )


def _methods(comparison: Comparison) -> Iterator[str]:
    used = {metric.method for metric in comparison.metrics}
    if sum(metric.p_adjusted is not None for metric in comparison.metrics) > 1:
        used.add("Holm")
    for word, entry in METHODS.items():
        if any(word in method for method in used):
            yield entry


def sfteval_version(comparison: Comparison) -> str:
    """Return the version that made the comparison; nothing where it is not known."""
    versions = comparison.reproduce.get("versions")
    found = versions.get("sfteval") if isinstance(versions, dict) else None
    return one_line(str(found))[:40].translate({ord(mark): None for mark in "{}\\%"}) if found else ""
