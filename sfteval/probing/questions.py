"""Prompts and messages into requests: what a probe asks in words, greedily or drawn, each with a seed of its own.

Seeds follow from the plan's seed, the words and the index, as everywhere in the house. Knows no probe.
"""

from collections.abc import Sequence
from dataclasses import replace

from sfteval.generate import request_of
from sfteval.identity import content_hash
from sfteval.probing.material import Case
from sfteval.types import Checkpoint, Json, Message, Request, Sample, Sampling

ROUND_TO = 64


def asked(
    case: Case,
    name: str,
    messages: Sequence[Message],
    sampling: Sampling,
    *,
    tools: Sequence[Json] = (),
    index: int = 0,
    kwargs: Json | None = None,
    of: Checkpoint | None = None,
) -> Request:
    """Return one question to a checkpoint, `of` whom it is (the case's own by default), under its id `name`."""
    known = content_hash([[message.as_dict() for message in messages], [dict(tool) for tool in tools], kwargs])
    sample = Sample(name, tuple(messages), tools=tuple(tools), content_hash=known)
    request = request_of("", sample, index, of or case.checkpoint, sampling, case.plan.seed)
    if kwargs is None:
        return request
    return replace(request, template_kwargs=kwargs)


def rounded(num_tokens: int, most: int) -> int:
    """Return a limit of tokens that many requests can share."""
    return min(most, ROUND_TO * -(-num_tokens // ROUND_TO))
