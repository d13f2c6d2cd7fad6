"""What a server can, found out by asking it: a client and a model's name in, its Capabilities out.

A few tiny requests, side by side, each with a time limit of its own. Only four things end it: no server, a wrong key,
no such model, no answer to a plain question; whatever else is refused or broken is a capability that is not there.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Literal

from sfteval.backends.endpoint import trial
from sfteval.backends.endpoint.answers import Answer
from sfteval.backends.endpoint.capabilities import NO_LIMITS, TRIED, WRONG, Capabilities, TokenLogprobs, ToolChoice
from sfteval.backends.endpoint.client import Client
from sfteval.backends.endpoint.hostile import Malformed, token_ids
from sfteval.backends.endpoint.likelihood import likelihood_body, read_likelihoods
from sfteval.backends.endpoint.trial import Trial
from sfteval.backends.endpoint.wire import tokenize_body
from sfteval.errors import BackendError, RefusedError, TransientError
from sfteval.types import Json, Message

ASKED = Message("user", "Reply with the word yes.")
TOOL: Json = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a word up.",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
    },
}
LIMIT_FIELDS = ("max_tokens", "max_completion_tokens")
NUM_TOKENS = (1, 256)  # one will do, but a server that thinks first may want room before it answers at all
TOKENS = (1, 2, 3)  # ids that every vocabulary has
THINK_TAGS = ("<think>", "</think>")
MOST_NAMES = 10  # of models in a message


async def probe(client: Client, model: str) -> Capabilities:
    """Return what the server can.

    Raises: BackendError when it does not answer, refuses the key, does not know the model or refuses a plain question.
    """
    listed = await _listed(client, model)
    plain = await _plain(client, model)
    (refused, no_limit), takes_unknown, unread, ids, logprobs, (tools, tools_refusal) = await asyncio.gather(
        _refused_fields(plain),
        plain.takes({"sfteval_unknown_field": 1}),
        plain.taken(WRONG),
        _token_ids(plain),
        _logprobs(client, model),
        _tools(plain),
    )
    tokenize = await _tokenizer(client, model, ids)
    think_ids = await asyncio.gather(*(_id_of(client, model, tokenize, tag) for tag in THINK_TAGS))
    length = listed.get("max_model_len")
    return Capabilities(
        limit_field=plain.limit_field,
        refused=refused,
        unread=unread,
        no_limit=no_limit,
        refuses_unknown_fields=not takes_unknown,
        token_ids=bool(ids),
        tokenize=tokenize,
        logprobs=logprobs,
        tools=tools,
        tools_refusal=tools_refusal,
        max_model_len=length if type(length) is int and length > 0 else None,
        think_start_id=think_ids[0],
        think_end_id=think_ids[1],
    )


async def _listed(client: Client, model: str) -> Json:
    """Return the model's entry in `/models`; a server without that route is taken at its word."""
    try:
        answer = await trial.patiently(lambda: client.get("/models", timeout_seconds=trial.SECONDS))
    except TransientError as error:
        raise BackendError(
            client.url, expected="a server that answers", got=error.got, next_move="Start it, or mend the address"
        ) from error
    except BackendError:  # where the key is what is refused, the plain question will say so
        return {}
    rows = answer.get("data")
    known = {str(row.get("id")): row for row in rows if isinstance(row, dict)} if isinstance(rows, list) else {}
    if known and model not in known:
        raise BackendError(
            f"{client.url}/models",
            expected=f'the model "{model}"',
            got=client.shown(", ".join(list(known)[:MOST_NAMES])),
            next_move="Write one of these after the #",
        )
    return known.get(model, {})


async def _plain(client: Client, model: str) -> Trial:
    question = {"model": model, "messages": [ASKED.as_dict()]}
    tried: list[Answer | BaseException] = []
    for num_tokens in NUM_TOKENS:
        bodies = [{**question, name: num_tokens} for name in LIMIT_FIELDS]
        tried = await asyncio.gather(*(trial.chat(client, body) for body in bodies), return_exceptions=True)
        for name, body, answer in zip(LIMIT_FIELDS, bodies, tried, strict=True):
            if isinstance(answer, Answer):
                return Trial(client, body, name, answer.num_prompt_tokens)
        _raise_unless_refused(tried)
    raise BackendError(
        f"{client.url}/chat/completions",
        expected="an answer to a plain question",
        got=next(answer.got for answer in tried if isinstance(answer, RefusedError)),
        next_move="Read the server's log; sfteval speaks OpenAI's chat completions",
    )


def _raise_unless_refused(tried: Iterable[Answer | BaseException]) -> None:
    for answer in tried:
        if isinstance(answer, BaseException) and not isinstance(answer, RefusedError):
            raise answer


async def _refused_fields(plain: Trial) -> tuple[frozenset[str], int | None]:
    """Return the fields that are refused, and the `top_k` that cuts nothing; one by one only where that is needed."""
    drawn = {name: value for tried in TRIED.values() for name, value in tried.items()} | {"temperature": 0.7}
    greedy = drawn | {"temperature": 0.0, "top_p": 1.0, "top_k": NO_LIMITS[0]}
    if all(await asyncio.gather(plain.takes(drawn), plain.takes(greedy))):
        return frozenset(), NO_LIMITS[0]
    limits = {str(limit): {"top_k": limit} for limit in NO_LIMITS}
    taken = await plain.taken({**TRIED, **limits})
    return frozenset(TRIED) - taken, next((limit for limit in NO_LIMITS if str(limit) in taken), None)


async def _token_ids(plain: Trial) -> tuple[int, ...]:
    """Return the plain question's token ids; none where the server does not tell them."""
    answer = await plain.answer({"return_token_ids": True, "skip_special_tokens": False})
    return answer.prompt_token_ids if isinstance(answer, Answer) and answer.token_ids else ()


async def _tools(plain: Trial) -> tuple[ToolChoice, str]:
    """Return how tools are offered, and what was said when they were refused.

    `none` where just a parser of calls is missing: the answer then comes unparsed, which is what is scored. But only a
    prompt that grew shows that the model was told of the tools at all.
    """
    choices: tuple[ToolChoice, ...] = ("auto", "none")
    auto, none = await asyncio.gather(*(plain.answer({"tools": [TOOL], "tool_choice": choice}) for choice in choices))
    if isinstance(auto, Answer):
        return "auto", ""
    grew = isinstance(none, Answer) and none.num_prompt_tokens > plain.num_prompt_tokens > 0
    return "none" if grew else "", auto


async def _logprobs(client: Client, model: str) -> TokenLogprobs:
    forms: tuple[Literal["prompt_logprobs", "echo"], ...] = ("prompt_logprobs", "echo")
    told = await asyncio.gather(*(_tells(client, model, form) for form in forms))
    return next((form for form, tells in zip(forms, told, strict=True) if tells), "")


async def _tells(client: Client, model: str, form: TokenLogprobs) -> bool:
    with contextlib.suppress(BackendError):
        answer = await trial.post(client, "/completions", likelihood_body(model, [TOKENS], form))
        return bool(read_likelihoods(answer, [TOKENS], form, client.malformed))
    return False


async def _tokenizer(client: Client, model: str, ids: tuple[int, ...]) -> str:
    """Return the address that tells the token ids of a conversation, where it tells those that are really used."""
    addresses = (client.url.removesuffix("/v1") + "/tokenize", client.url + "/tokenize")
    body = tokenize_body(model, [ASKED], (), {}, add_generation_prompt=True)
    told = await asyncio.gather(*(_tokens(client, address, body) for address in addresses))
    fits = (address for address, tokens in zip(addresses, told, strict=True) if tokens and (not ids or tokens == ids))
    return next(fits, "")


async def _id_of(client: Client, model: str, tokenize: str, text: str) -> int | None:
    if not tokenize:
        return None
    tokens = await _tokens(client, tokenize, {"model": model, "prompt": text, "add_special_tokens": False})
    return tokens[0] if len(tokens) == 1 else None


async def _tokens(client: Client, address: str, body: Json) -> tuple[int, ...]:
    with contextlib.suppress(BackendError, Malformed):
        return token_ids((await trial.post(client, address, body)).get("tokens"))
    return ()
