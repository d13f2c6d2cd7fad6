"""One conversation as token ids: the prompt that a server would send, what was learned behind it, and two spans of it.

The last learned turn of each conversation is one item, by the prompt-anchored rule of `sfteval.chat`. The `answer` span
is what stands behind the thought, tool calls with it; the `think` span is what is thought, without its tags. Neither
holds the white space that the template writes around the tags, an empty thought that it forces, or the stop token,
which after training costs next to nothing and would flatter every mean. Knows no model.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sfteval.chat import ChatFormat, render_turns
from sfteval.chat.format import OPEN_THINK
from sfteval.chat.thoughts import TAG, find_thoughts
from sfteval.errors import TemplateError
from sfteval.probing.rows import Row
from sfteval.types import Checkpoint, Message

MAX_TOKENS = 4096  # of prompt and answer; a longer item is left out
PROMPT_TAIL = 16  # tokens that may hold an opening tag
Stretch = tuple[int, int]  # half-open places in `token_ids`


@dataclass(frozen=True, slots=True)
class Piece:
    """One item as the model reads it."""

    id: str
    before: tuple[Message, ...]  # the conversation up to the answer
    row: Row
    token_ids: tuple[int, ...]  # prompt and answer, without the stop token
    num_prompt: int
    answer: Stretch
    think: Stretch | None
    text: str  # of the answer span

    @property
    def said(self) -> tuple[int, ...]:
        """The token ids behind the prompt, thought included."""
        return self.token_ids[self.num_prompt :]


def piece_of(row: Row, chat: ChatFormat, checkpoint: Checkpoint) -> Piece | None:
    """Return a row's last learned turn as token ids; None: the template refuses it, or it is too long or empty."""
    render = checkpoint.training.get("recipe", {}).get("render", {})
    inline = isinstance(render, dict) and render.get("reasoning") == "inline"
    try:
        turns = render_turns(chat, row.messages, row.tools, row.kwargs, inline_reasoning=inline)
    except TemplateError:
        return None
    if not turns:
        return None
    turn = turns[-1]
    said = tuple(token for token in turn.completion_ids if token not in chat.stop_token_ids)
    token_ids = (*turn.prompt_ids, *said)
    if not said or not turn.prompt_ids or len(token_ids) > MAX_TOKENS:
        return None
    text = chat.tokenizer.decode(said)
    prefilled = OPEN_THINK.search(chat.tokenizer.decode(turn.prompt_ids[-PROMPT_TAIL:])) is not None
    think, answer = _characters(text, prefilled)
    start = len(turn.prompt_ids)
    spans = [_tokens(stretch, said, chat) for stretch in (answer, think)]
    if spans[0] is None:
        return None
    placed = [None if span is None else (start + span[0], start + span[1]) for span in spans]
    assert placed[0] is not None
    before = row.messages[: turn.message_index]
    return Piece(row.id, before, row, token_ids, start, placed[0], placed[1], text[answer[0] : answer[1]])


def _characters(text: str, prefilled: bool) -> tuple[Stretch, Stretch]:
    """Return where the thought and where the answer stand, in characters; an empty stretch where there is none."""
    thoughts = find_thoughts(text, prefilled)
    end = thoughts[-1].end if thoughts and thoughts[-1].closed else 0
    answer = _stripped(text, end, len(text))
    if not thoughts or not end:
        return (0, 0), answer
    tags = list(TAG.finditer(text, thoughts[0].start, end))
    opened = tags[0].end() if tags and tags[0][0] == "<think>" else thoughts[0].start
    closed = tags[-1].start() if tags else end
    return _stripped(text, opened, max(opened, closed)), answer


def _stripped(text: str, start: int, end: int) -> Stretch:
    inner = text[start:end]
    begin = start + len(inner) - len(inner.lstrip())
    return (begin, max(begin, start + len(inner.rstrip())))


def _tokens(stretch: Stretch, said: Sequence[int], chat: ChatFormat) -> Stretch | None:
    """Return the tokens that write any character of a stretch; None where it is empty."""
    start, end = stretch
    if start >= end:
        return None
    places = range(len(said))

    def written(place: int) -> int:
        return len(chat.tokenizer.decode(said[: place + 1]))

    first = bisect_right(places, start, key=written)
    last = bisect_left(places, end, key=written)
    return (first, min(last + 1, len(said))) if first < len(said) else None
