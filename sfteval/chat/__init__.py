"""Conversations and token ids: how a conversation becomes the prompt that a server sees, and the text that is learned.

`template` is the checkpoint's own Jinja in a sandbox, `tokenizer` its fast tokenizer, `format` both together as a
server would use them, `completion` what a model must say after such a prompt. Training and evaluation share this room,
so that a prompt is rendered by one piece of code. It knows no model, no sampling and no score.
"""

from sfteval.chat.completion import RenderedTurn, TokenSequence, merge_turns, render_turns
from sfteval.chat.format import ChatFormat, Prompt
from sfteval.chat.template import ChatTemplate
from sfteval.chat.tokenizer import Tokenizer

__all__ = [
    "ChatFormat",
    "ChatTemplate",
    "Prompt",
    "RenderedTurn",
    "TokenSequence",
    "Tokenizer",
    "merge_turns",
    "render_turns",
]
