"""The inquiries by the names of their probes, in the order in which they are asked. One line each.

Contamination is not among them: it asks no model (`searched`).
"""

from sfteval.probing import canaries, drawn, forgotten, likely, recited, rephrased, replied
from sfteval.probing.inquiry import Inquiry, Need
from sfteval.probing.material import Case

ITEMS: frozenset[Need] = frozenset(["items"])
TEXT: frozenset[Need] = frozenset(["open_text"])
BASE: frozenset[Need] = frozenset(["base"])


def never(case: Case) -> bool:
    """Leave the base model alone."""
    return False


def in_words(case: Case) -> bool:
    """Ask it the same prompts, in its own format."""
    return True


def in_tokens(case: Case) -> bool:
    """Ask it of the same token ids, where it has the same ones."""
    return case.base_shares_tokens


INQUIRIES = (
    Inquiry("loss_gap", ITEMS, in_tokens, likely.ask, likely.loss_gap_result, likely.loss_gap_difference),
    Inquiry("membership", ITEMS, in_tokens, likely.ask, likely.membership_result, likely.membership_difference),
    Inquiry("extraction", ITEMS, in_tokens, recited.ask, recited.result, recited.difference),
    Inquiry("perturb", ITEMS | TEXT, never, rephrased.ask, rephrased.result, rephrased.difference),
    Inquiry("diversity", BASE | TEXT, in_words, drawn.ask, drawn.result, drawn.difference),
    Inquiry("format_leak", TEXT, in_words, replied.ask, replied.result, replied.difference, replied.why_not),
    Inquiry("forgetting", BASE | TEXT, in_words, forgotten.ask, forgotten.result, forgotten.difference),
    Inquiry("canary", frozenset(), never, canaries.ask, canaries.result, canaries.difference, canaries.why_not),
)
