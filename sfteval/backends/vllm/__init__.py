"""vLLM, started and stopped here."""

from sfteval.backends.serving import Serving


def is_at_hand(serving: Serving) -> bool:
    """Return whether this machine serves with vLLM unless told otherwise."""
    return False  # V: a CUDA GPU is here, and an interpreter with vLLM is found
