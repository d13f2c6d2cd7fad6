"""The identity of a question to a served model: what is asked, of whom, with what sampling. Knows no server's answers.

Made from the request and not from the body that is sent: what a server can is not known before it is asked, and the
same question stays the same when the server learns a new field.
"""

from sfteval.identity import content_hash
from sfteval.types import Request


def question(request: Request, url: str, model: str) -> str:
    """Return the hash of everything that may change the answer."""
    sample, sampling = request.sample, request.sampling
    forced = [] if request.tool_choice == "auto" else [request.tool_choice]
    return content_hash(
        [
            url,
            model,
            [message.as_dict() for message in sample.messages],
            list(sample.tools),
            dict(request.template_kwargs),
            [sampling.temperature, sampling.top_p, sampling.top_k, sampling.max_tokens, list(sampling.stop)],
            request.seed if sampling.temperature > 0 else None,
            request.sample_index,
            *forced,
        ]
    )
