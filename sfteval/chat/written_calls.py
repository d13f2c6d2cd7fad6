"""Which dialect a chat template writes its calls in: a template in, a name of the catalogue out.

A planted call is rendered and read back by every dialect; the one that finds just that call is the template's, so that
a checkpoint's contract says how its calls are read, and nobody has to guess from what a model answered.
Does not know any answer.
"""

import functools
import itertools

from sfteval.chat.dialects import DIALECTS
from sfteval.chat.reading import read
from sfteval.chat.template import ChatTemplate
from sfteval.errors import TemplateError
from sfteval.types import Generation, Json, Message

PLANTED: Json = {"place": "Zq7"}
ASKED = Message("user", "Look there.")
CALL: Json = {"id": "look00001", "type": "function", "function": {"name": "look", "arguments": PLANTED}}
CALLED = Message("assistant", "", tool_calls=(CALL,))
SCHEMA: Json = {"type": "object", "properties": {"place": {"type": "string", "description": "Where."}}}
TOOL: Json = {
    "type": "function",
    "function": {"name": "look", "description": "Look at a place.", "parameters": {**SCHEMA, "required": ["place"]}},
}


@functools.lru_cache(maxsize=64)
def dialect_of(template: ChatTemplate) -> str | None:
    """Return the dialect in which the template writes a call; None: it writes none, or one that no dialect reads."""
    try:
        prompt = template.render([ASKED], [TOOL], add_generation_prompt=True)
        full = template.render([ASKED, CALLED], [TOOL])
    except TemplateError:
        return None
    shared = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(prompt, full, strict=False))
    said = full[sum(1 for _ in shared) :]
    return next((name for name in DIALECTS if _reads_back(said, name)), None)


def _reads_back(said: str, name: str) -> bool:
    calls = read(Generation("", "", 0, "", said, "stop"), name).tool_calls
    return len(calls) == 1 and calls[0].name == "look" and calls[0].arguments == PLANTED
