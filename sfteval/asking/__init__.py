"""The one engine that asks: requests and a backend in, stored answers out.

Owns concurrency, retry, resume, order and budgets. What a run folder already holds is not asked again, the same
question is asked once whoever asks it, and a unit of work that was not finished is redone whole. A request that keeps
failing is stored as an error, owed again next time, and costs no other request anything. Does not know what a sample
means or what an answer is worth.
"""

from sfteval.asking.engine import ask
from sfteval.asking.policy import AskingPolicy
from sfteval.asking.refusals import answered_apart
from sfteval.asking.tries import failed
from sfteval.backends.protocol import REFUSED

__all__ = ["REFUSED", "AskingPolicy", "answered_apart", "ask", "failed"]
