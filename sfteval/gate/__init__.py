"""A Comparison in, the same Comparison with its verdict out: may this checkpoint be shipped?

Only this room returns a Verdict. `validity` says whether the two runs may be compared at all, `verdict` decides each
gating metric from one interval and all of them together, `headline` puts it into one sentence. `confirm` says what is
left of a regression that was asked for twice.
"""

from sfteval.gate.confirm import cannot_confirm, confirmed, rules_again, with_note
from sfteval.gate.verdict import decide

__all__ = ["cannot_confirm", "confirmed", "decide", "rules_again", "with_note"]
