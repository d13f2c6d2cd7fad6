"""Answers that satisfy constraints: for each id one or more ways to mend a text, so that it does.

A mender takes a text that fails and its kwargs, and returns one that passes, as little changed as it can be; those of
constraints that rule every word return a text of their own. Nobody would read these texts with pleasure: they only
prove that a prompt can be answered. Does not know in which order to mend, nor whether it helped; `witness` does.
"""

from sfteval.suites.constraints.mending.fixed import FIXED
from sfteval.suites.constraints.mending.layout import LAYOUT
from sfteval.suites.constraints.mending.sentences import SENTENCES
from sfteval.suites.constraints.mending.text import BASE, Mender
from sfteval.suites.constraints.mending.words import WORDS

MENDERS: dict[str, tuple[Mender, ...]] = {**FIXED, **LAYOUT, **SENTENCES, **WORDS}

__all__ = ["BASE", "MENDERS", "Mender"]
