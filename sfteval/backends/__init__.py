"""A Checkpoint in, something that answers Requests out.

A backend is one file or folder here and one line in `opening`. It knows how to get tokens out of one kind of model or
server; it does not retry, store, score or know what the other checkpoint said. Third parties add theirs by the entry
point group `sfteval.backends`.
"""

from sfteval.backends.held import held_open
from sfteval.backends.opening import NAMES, open_backend, open_backends
from sfteval.backends.protocol import Backend, Backends, PromptTeller, TokenContinuer, TokenScorer
from sfteval.backends.serving import Serving

__all__ = [
    "NAMES",
    "Backend",
    "Backends",
    "PromptTeller",
    "Serving",
    "TokenContinuer",
    "TokenScorer",
    "held_open",
    "open_backend",
    "open_backends",
]
