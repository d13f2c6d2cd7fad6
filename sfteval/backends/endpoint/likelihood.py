"""How likely given tokens are: token ids into the body of a completions request, its answer into log probabilities.

Two forms are spoken: vLLM's `prompt_logprobs`, and the `echo` of OpenAI's first completions. One token more is
generated, for few servers generate none. Natural logarithms; the first token has nothing before it and gets none.
Whether a token is the likeliest is told by its rank, or by the one that `logprobs: 1` sets beside it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sfteval.backends.endpoint.capabilities import TokenLogprobs
from sfteval.backends.endpoint.hostile import Malformed, logprob
from sfteval.backends.protocol import TokenLikelihood
from sfteval.errors import ConfigurationError, TransientError
from sfteval.types import Json

GENERATED_TOKENS = 1


def likelihood_body(model: str, sequences: Sequence[Sequence[int]], form: TokenLogprobs) -> dict[str, Any]:
    """Return the body that asks for the log probabilities of all these tokens."""
    prompts = [list(tokens) for tokens in sequences]
    body = {"model": model, "prompt": prompts, "max_tokens": GENERATED_TOKENS, "temperature": 0.0, "n": 1}
    return {**body, "echo": True, "logprobs": 1} if form == "echo" else {**body, "prompt_logprobs": 0}


def check_lengths(where: str, sequences: Sequence[Sequence[int]], max_model_len: int | None) -> None:
    """Refuse what the server could only refuse.

    Raises: ConfigurationError for a sequence that is too long.
    """
    longest = max(map(len, sequences), default=0)
    if max_model_len is not None and longest + GENERATED_TOKENS > max_model_len:
        raise ConfigurationError(
            where,
            expected=f"at most {max_model_len - GENERATED_TOKENS} tokens to score",
            got=f"{longest}",
            next_move="Cut the text, or serve the model with a larger context",
        )


def read_likelihoods(
    row: Json,
    sequences: Sequence[Sequence[int]],
    form: TokenLogprobs,
    malformed: Callable[[str], TransientError],
) -> list[list[TokenLikelihood]]:
    """Return `[T - 1]` likelihoods for each sequence of T tokens, in the order in which they were asked.

    Raises: what `malformed` makes of an answer that is malformed.
    """
    read = _echoed if form == "echo" else _told
    try:
        choices = in_order(row.get("choices"), len(sequences))
        return [read(choice, tokens) for choice, tokens in zip(choices, sequences, strict=True)]
    except Malformed as error:
        raise malformed(str(error)) from error


def in_order(choices: Any, num: int) -> list[Json]:
    """Return the choices in the order in which they were asked; servers tell it by their index.

    Raises: Malformed unless there is one for each.
    """
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise Malformed("no choices")
    by_place = {choice.get("index", 0): choice for choice in choices if type(choice.get("index", 0)) is int}
    if len(choices) != num or set(by_place) != set(range(num)):
        raise Malformed(f"{len(choices)} choices for {num} prompts")
    return [by_place[place] for place in range(num)]


def _told(choice: Json, tokens: Sequence[int]) -> list[TokenLikelihood]:
    entries = choice.get("prompt_logprobs")
    if not isinstance(entries, list) or len(entries) != len(tokens):
        raise Malformed("not one log probability for each token")
    return [_of_token(entry, token) for entry, token in zip(entries[1:], tokens[1:], strict=True)]


def _of_token(entry: Any, token: int) -> TokenLikelihood:
    found = entry.get(str(token)) if isinstance(entry, dict) else None
    if not isinstance(found, dict):
        raise Malformed("log probabilities of other tokens")
    rank = found.get("rank")
    return TokenLikelihood(logprob(found.get("logprob")), rank == 1 if type(rank) is int else None)


def _echoed(choice: Json, tokens: Sequence[int]) -> list[TokenLikelihood]:
    told = choice.get("logprobs")
    values = told.get("token_logprobs") if isinstance(told, dict) else None
    if not isinstance(values, list) or not len(tokens) <= len(values) <= len(tokens) + GENERATED_TOKENS:
        raise Malformed("not one log probability for each token")
    tops = told.get("top_logprobs") if isinstance(told, dict) else None
    tops = tops if isinstance(tops, list) and len(tops) == len(values) else [None] * len(values)
    return [_beside(logprob(value), top) for value, top in list(zip(values, tops, strict=True))[1 : len(tokens)]]


def _beside(value: float, top: Any) -> TokenLikelihood:
    """Return a token's likelihood, told from those that stand beside it as the likeliest."""
    others = [logprob(other) for other in top.values()] if isinstance(top, dict) else []
    return TokenLikelihood(value, value >= max(others) if others else None)
