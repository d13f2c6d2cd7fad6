"""A checkpoint directory asked in this process: the embedded default, on whatever torch finds here.

`loading` reads the weights, `drawing` draws tokens with one seed an answer, `likelihood` tells how likely given tokens
are, `backend` cuts batches and asks.
"""

from sfteval.backends.transformers.backend import TransformersBackend, open_transformers

__all__ = ["TransformersBackend", "open_transformers"]
