"""A unit of work of which one request is refused: the others are asked again by themselves, and lose nothing.

For backends that answer many requests at once and hear of one refusal for all. Does not know what is asked.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from sfteval.asking.tries import failed
from sfteval.backends.protocol import REFUSED
from sfteval.errors import ConfigurationError, RefusedError
from sfteval.types import Generation, Request

Answer = Callable[[Sequence[Request]], Awaitable[Sequence[Generation]]]


async def answered_apart(
    answer: Answer, requests: Sequence[Request], question: Callable[[Request], str]
) -> Sequence[Generation]:
    """Answer one unit at once or, where it is refused, each request by itself; `question` is a request's identity.

    Raises: RefusedError for a lone request that is refused; whatever else `answer` raises.
    """
    try:
        return await answer(requests)
    except (RefusedError, ConfigurationError) as error:
        if len(requests) == 1:
            raise _refused(error) from error
    return [told for request in requests for told in await _alone(answer, request, question)]


async def _alone(answer: Answer, request: Request, question: Callable[[Request], str]) -> Sequence[Generation]:
    try:
        return await answered_apart(answer, [request], question)
    except RefusedError as error:
        return [replace(failed(request, question(request), str(error)), stop_reason=REFUSED)]


def _refused(error: RefusedError | ConfigurationError) -> RefusedError:
    if isinstance(error, RefusedError):
        return error
    return RefusedError(error.where, expected=error.expected, got=error.got, next_move=error.next_move)
