"""The prompt-anchored rule: what a sampler would have produced after the served prompt, token by token.

A conversation and a chat format in; for every assistant turn that is learned, out come the ids of the prompt that a
server would send and the ids of the completion that must follow it. The completion is what the rendered turn adds to
the prompt, up to and with the first stop token; headers, prefilled thoughts and the newline after the stop token are
never part of it. No markers in the template are needed. Some templates need more than that:
- the prompt opens a thought that stored turns never hold (DeepSeek): the completion is put together from the fields;
- the turn has no end of its own (GLM): the next role's marker is the stop token;
- a turn rewrites the history before it (gpt-oss): what it adds is measured where history shows no reasoning;
- reasoning is not rendered at all (Llama, Gemma): `inline_reasoning` writes it into the text of the turn.
Knows no tensors and no model.
Source: the `has_extension_property` and per-turn split of tinker-cookbook, generalised to any Jinja template.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sfteval.chat.format import OPEN_THINK, ChatFormat, Prompt, header_of_answers, marker_after
from sfteval.chat.react import observations
from sfteval.errors import TemplateError
from sfteval.types import Json, Message

MAX_OBSERVATIONS = 256  # in one turn's text; every piece of it is tokenised with all that stands before it


@dataclass(frozen=True, slots=True)
class RenderedTurn:
    """One assistant turn as training must see it; of ReAct text, one piece of a turn between two observations."""

    message_index: int
    prompt_ids: tuple[int, ...]  # exactly what a server sends
    completion_ids: tuple[int, ...]  # ends with a stop token
    completion: str  # `completion_ids` as text
    rest_ids: tuple[int, ...] = ()  # what the template writes behind the turn's stop token: never learned


@dataclass(frozen=True, slots=True)
class TokenSequence:
    """One sequence of ids as the model reads it, and the half-open spans of it that a sampler would have produced.

    What must be said in span i is `turns[i].completion_ids`. It is what the sequence holds there, but for its last
    token: where history goes on with another token than the one that stops a sampler (gpt-oss writes `<|end|>` where
    `<|return|>` was said, ReAct goes on with the observation), the sequence holds history's.
    """

    token_ids: tuple[int, ...]
    turns: tuple[RenderedTurn, ...]
    spans: tuple[tuple[int, int], ...]  # one per turn


def render_turns(
    chat: ChatFormat,
    messages: Sequence[Message],
    tools: Sequence[Json] = (),
    kwargs: Json | None = None,
    stop_token_ids: Sequence[int] = (),
    *,
    inline_reasoning: bool = False,
    react: bool = False,
) -> tuple[RenderedTurn, ...]:
    """Return every assistant turn that is learned (weight above 0); `stop_token_ids` adds to those of the format.

    `inline_reasoning` writes the reasoning of the learned turn into its text, as `<think>` tags, and shows earlier
    turns without; `react` parts a turn of ReAct text at its observations, which are read and not learned.
    Raises TemplateError where the template does not render a turn as a server's prompt and what must follow it.
    """
    if header := header_of_answers(chat.template):
        raise TemplateError(
            chat.template.where,
            expected="a generation prompt: add_generation_prompt changes nothing",
            got=f"{header!r} before each answer, which no server would send",
            next_move="Let the template write it at its end if add_generation_prompt",
        )
    stops = frozenset(chat.stop_token_ids) | frozenset(stop_token_ids)
    telling = _Telling(chat, messages, tools, kwargs, stops, inline_reasoning)
    rendered: list[RenderedTurn] = []
    for index, message in enumerate(messages):
        if message.role == "assistant" and message.weight > 0:
            prompt = telling.prompt(index)
            said = telling.completion(index, prompt)
            ranges = _said_ranges(telling, index, said) if react else ((0, len(said)),)
            rendered += _pieces(telling, index, prompt, said, ranges)
    return tuple(rendered)


def merge_turns(turns: Iterable[RenderedTurn]) -> tuple[TokenSequence, ...]:
    """Join turns into one sequence wherever the next prompt extends what was said; otherwise start a new one.

    The stop token that was said need not be in the history that follows: it stays what must be said at its place,
    and the sequence holds what history has there, which a causal model sees only afterwards. Templates that rewrite
    history (reasoning of earlier turns dropped) end a sequence: what was learned there is not what the model would
    see later.
    """
    sequences: list[TokenSequence] = []
    for turn in turns:
        earlier = sequences[-1] if sequences else None
        length = len(earlier.token_ids) if earlier is not None else 0
        extends = len(turn.prompt_ids) >= length > 0
        if earlier is not None and extends and turn.prompt_ids[: length - 1] == earlier.token_ids[:-1]:
            sequences[-1] = _sequence(turn, earlier.turns, earlier.spans)
        else:
            sequences.append(_sequence(turn, (), ()))
    return tuple(sequences)


def _sequence(turn: RenderedTurn, turns: tuple[RenderedTurn, ...], spans: tuple[tuple[int, int], ...]) -> TokenSequence:
    token_ids = turn.prompt_ids + turn.completion_ids
    return TokenSequence(token_ids, (*turns, turn), (*spans, (len(turn.prompt_ids), len(token_ids))))


@dataclass(frozen=True, slots=True)
class _Telling:
    """One conversation and how its template is told it."""

    chat: ChatFormat
    messages: Sequence[Message]
    tools: Sequence[Json]
    kwargs: Json | None
    stops: frozenset[int]
    inline_reasoning: bool

    def history(self, index: int) -> Sequence[Message]:
        """Return the turns before this one, as a server would be sent them."""
        history = self.messages[:index]
        return [replace(one, reasoning_content=None) for one in history] if self.inline_reasoning else history

    def prompt(self, index: int) -> Prompt:
        return self.chat.prompt(self.history(index), self.tools, self.kwargs)

    def completion(self, index: int, prompt: Prompt) -> str:
        """Return the text that the turn adds to its prompt, with all that the template writes behind it."""
        told = inlined(self.messages[index]) if self.inline_reasoning else self.messages[index]
        full = self._render([*self.history(index), told])
        if full.startswith(prompt.text):
            return full[len(prompt.text) :]
        found = self._assembled(index, prompt) or self._added_to_bare_history(index, told)
        return found or self._refuse(index, prompt.text, full)

    def _assembled(self, index: int, prompt: Prompt) -> str | None:
        """Return a completion for a prompt that opens a thought which a stored turn never holds, from the fields.

        A turn without reasoning closes the thought at once. None: there is no such thought, or the turn has its own.
        """
        message, opening = self.messages[index], OPEN_THINK.search(prompt.text)
        if opening is None:
            return None
        full = self._render([*self.history(index), replace(message, reasoning_content=None)])
        added = full[opening.start() :]
        opens = added.lstrip().startswith("<think>")
        closes = "</think>" in added and "</think>" not in message.content
        if opens or closes or not full.startswith(prompt.text[: opening.start()]):
            return None
        return f"{message.reasoning_content or ''}\n</think>\n\n{added}"

    def _added_to_bare_history(self, index: int, told: Message) -> str | None:
        """Return what the turn adds where no earlier turn shows reasoning, for a turn that rewrites its own history.

        gpt-oss drops the reasoning before a call as soon as an answer follows, but a server's prompt still holds it.
        """
        history = [replace(one, reasoning_content=None) for one in self.messages[:index]]
        prompt = self._render(history, served=True)
        full = self._render([*history, told])
        return full[len(prompt) :] if full.startswith(prompt) else None

    def _render(self, messages: Sequence[Message], served: bool = False) -> str:
        return self.chat.template.render(messages, self.tools, self.kwargs, add_generation_prompt=served)

    def ended(self, index: int, token_ids: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the ids up to and with the stop token, and the rest; a turn without an end stops at the next role."""
        end = next((place for place, token in enumerate(token_ids) if token in self.stops), None)
        if end is not None:
            return token_ids[: end + 1], token_ids[end + 1 :]
        calls = bool(self.messages[index].tool_calls)
        follows = self.messages[index + 1].role if index + 1 < len(self.messages) else ""
        marker = marker_after(self.chat, "tool" if calls or follows == "tool" else "user")
        if marker is not None:
            return (*token_ids, marker), ()
        raise TemplateError(
            self.where(index),
            expected="a stop token at its end",
            got=f"{self.chat.tokenizer.decode(token_ids[-4:])!r}",
            next_move="List the token that ends a turn in eos_token_id of generation_config.json",
        )

    def where(self, index: int) -> str:
        return f"{self.chat.template.where}, turn {index + 1} (assistant)"

    def _refuse(self, index: int, prompt: str, full: str) -> str:
        same = next((place for place, (a, b) in enumerate(zip(prompt, full, strict=False)) if a != b), len(full))
        raise TemplateError(
            self.where(index),
            expected=f"a turn that begins with its generation prompt, which goes on {prompt[same : same + 40]!r}",
            got=f"{full[same : same + 40]!r}",
            next_move="Set the template's variables (enable_thinking) to what the data holds, or use another template",
        )


def inlined(message: Message) -> Message:
    """Return the message with its reasoning written into its text, for a template that renders no reasoning."""
    if message.reasoning_content is None:
        return message
    text = f"<think>\n{message.reasoning_content}\n</think>\n\n{message.content}"
    return replace(message, content=text, reasoning_content=None)


def _said_ranges(telling: _Telling, index: int, completion: str) -> tuple[tuple[int, int], ...]:
    """Return the half-open stretches of a completion that the model says: all but the observations of ReAct text."""
    content = telling.messages[index].content.strip()
    seen = observations(content)
    if not seen:
        return ((0, len(completion)),)
    offset = completion.rfind(content)
    if offset < 0 or len(seen) > MAX_OBSERVATIONS:
        raise TemplateError(
            telling.where(index),
            expected=f"ReAct text as the row writes it, with at most {MAX_OBSERVATIONS} observations",
            got="a text that the template changes" if offset < 0 else f"{len(seen)} observations",
            next_move="Leave the row out, or set react = false in [render]",
        )
    starts = [0, *(offset + stop for _, stop in seen)]
    stops = [*(offset + start for start, _ in seen), len(completion)]
    if seen[-1][1] == len(content):  # nobody speaks after the last observation: the turn's end is not the model's
        del starts[-1], stops[-1]
    return tuple((start, stop) for start, stop in zip(starts, stops, strict=True) if start < stop)


def _pieces(
    telling: _Telling, index: int, prompt: Prompt, completion: str, ranges: Sequence[tuple[int, int]]
) -> list[RenderedTurn]:
    """Return the stretches of a completion that are said, each behind the prompt and all text before it."""
    chat = telling.chat
    whole = _completion_ids(chat, prompt.token_ids, prompt.text, prompt.text + completion)
    kept, rest = telling.ended(index, whole)
    if ranges == ((0, len(completion)),):
        return [RenderedTurn(index, prompt.token_ids, kept, chat.tokenizer.decode(kept), rest)]
    pieces = []
    for start, stop in ranges:
        before = prompt.text + completion[:start]
        before_ids = chat.tokenizer.encode(before) if start else prompt.token_ids
        token_ids = _completion_ids(chat, before_ids, before, before + completion[start:stop])
        said = telling.ended(index, token_ids)[0] if stop == len(completion) else (*token_ids, kept[-1])
        pieces.append(RenderedTurn(index, before_ids, said, chat.tokenizer.decode(said), rest))
    return pieces


def _completion_ids(chat: ChatFormat, prompt_ids: tuple[int, ...], prompt: str, full: str) -> tuple[int, ...]:
    """Return the ids after the prompt, as the sampler would meet them.

    Where BPE merges across the boundary the completion is tokenised by itself: the sampler's context is the prompt's
    ids, whatever a tokenizer would make of the joined text.
    """
    full_ids = chat.tokenizer.encode(full)
    if full_ids[: len(prompt_ids)] == prompt_ids:
        return full_ids[len(prompt_ids) :]
    return chat.tokenizer.encode(full[len(prompt) :])
