"""Texts and token ids through a server's own tokenizer, as vLLM's `/tokenize` and `/detokenize` speak, checked.

Special tokens that stand in a text become their ids, and none is added. Knows no conversation.
"""

from collections.abc import Sequence

from sfteval.backends.endpoint.client import Client
from sfteval.backends.endpoint.hostile import Malformed, token_ids
from sfteval.errors import TransientError


async def encoded(client: Client, model: str, address: str, text: str) -> tuple[int, ...]:
    """Return the ids of a text; `address` is that of the tokenizer.

    Raises: TransientError for an answer that is malformed, and what the client raises.
    """
    row = await client.post(address, {"model": model, "prompt": text, "add_special_tokens": False})
    try:
        return token_ids(row.get("tokens"))
    except Malformed as error:
        raise client.malformed(str(error)) from error


async def decoded(client: Client, model: str, address: str, ids: Sequence[int]) -> str:
    """Return the text of ids, special tokens included; `address` is that of the tokenizer.

    Raises: TransientError for an answer that is malformed, and what the client raises.
    """
    detokenizer = f"{address.removesuffix('/tokenize')}/detokenize"
    text = (await client.post(detokenizer, {"model": model, "tokens": list(ids)})).get("prompt")
    if not isinstance(text, str):
        malformed: TransientError = client.malformed("no text of the tokens")
        raise malformed
    return text
