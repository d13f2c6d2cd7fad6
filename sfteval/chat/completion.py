"""The prompt-anchored rule: what a sampler would have produced after the served prompt, token by token.

A conversation and a chat format in; for every assistant turn that is learned, out come the ids of the prompt that a
server would send and the ids of the completion that must follow it. The completion is what the rendered turn adds to
the prompt, up to and with the first stop token; headers, prefilled thoughts and the newline after the stop token are
never part of it. No markers in the template are needed. Knows no tensors and no model.
Source: the `has_extension_property` and per-turn split of tinker-cookbook, generalised to any Jinja template.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sfteval.chat.format import ChatFormat
from sfteval.errors import TemplateError
from sfteval.types import Json, Message


@dataclass(frozen=True, slots=True)
class RenderedTurn:
    """One assistant turn as training must see it."""

    message_index: int
    prompt_ids: tuple[int, ...]  # exactly what a server sends
    completion_ids: tuple[int, ...]  # ends with a stop token
    completion: str  # `completion_ids` as text


@dataclass(frozen=True, slots=True)
class TokenSequence:
    """One sequence of ids and the half-open spans of it that a sampler would have produced."""

    token_ids: tuple[int, ...]
    turns: tuple[RenderedTurn, ...]
    spans: tuple[tuple[int, int], ...]  # one per turn


def render_turns(
    chat: ChatFormat,
    messages: Sequence[Message],
    tools: Sequence[Json] = (),
    kwargs: Json | None = None,
    stop_token_ids: Sequence[int] = (),
) -> tuple[RenderedTurn, ...]:
    """Return every assistant turn that is learned (weight above 0); `stop_token_ids` adds to those of the format."""
    stops = frozenset(chat.stop_token_ids) | frozenset(stop_token_ids)
    return tuple(
        _render_turn(chat, messages, index, tools, kwargs, stops)
        for index, message in enumerate(messages)
        if message.role == "assistant" and message.weight > 0
    )


def merge_turns(turns: Iterable[RenderedTurn]) -> tuple[TokenSequence, ...]:
    """Join turns into one sequence wherever the next prompt extends what was said; otherwise start a new one.

    Templates that rewrite history (reasoning of earlier turns dropped) end a sequence: what was learned there is not
    what the model would see later.
    """
    sequences: list[TokenSequence] = []
    for turn in turns:
        earlier = sequences[-1] if sequences else None
        if earlier is not None and turn.prompt_ids[: len(earlier.token_ids)] == earlier.token_ids:
            sequences[-1] = _sequence(turn, earlier.turns, earlier.spans)
        else:
            sequences.append(_sequence(turn, (), ()))
    return tuple(sequences)


def end_of_turn_id(chat: ChatFormat) -> int | None:
    """Return the special token with which the template ends an assistant turn; None: it ends turns with plain text."""
    probe = "Zq7"  # a text that no template writes by itself
    text = chat.template.render([Message("user", "Hello."), Message("assistant", probe)])
    tail = chat.tokenizer.encode(text[text.rfind(probe) + len(probe) :])
    return next((index for index in tail if index in chat.tokenizer.special_ids), None)


def _sequence(turn: RenderedTurn, turns: tuple[RenderedTurn, ...], spans: tuple[tuple[int, int], ...]) -> TokenSequence:
    token_ids = turn.prompt_ids + turn.completion_ids
    return TokenSequence(token_ids, (*turns, turn), (*spans, (len(turn.prompt_ids), len(token_ids))))


def _render_turn(
    chat: ChatFormat,
    messages: Sequence[Message],
    index: int,
    tools: Sequence[Json],
    kwargs: Json | None,
    stops: frozenset[int],
) -> RenderedTurn:
    prompt = chat.prompt(messages[:index], tools, kwargs)
    full = chat.template.render(messages[: index + 1], tools, kwargs)
    if not full.startswith(prompt.text):
        raise _not_a_prefix(chat, index, prompt.text, full)
    completion_ids = _completion_ids(chat, prompt.token_ids, prompt.text, full)
    end = next((place for place, token in enumerate(completion_ids) if token in stops), None)
    if end is None:
        raise TemplateError(
            f"{chat.template.where}, turn {index + 1} (assistant)",
            expected="a stop token at its end",
            got=f"{chat.tokenizer.decode(completion_ids[-4:])!r}",
            next_move="List the token that ends a turn in eos_token_id of generation_config.json",
        )
    kept = completion_ids[: end + 1]
    return RenderedTurn(index, prompt.token_ids, kept, chat.tokenizer.decode(kept))


def _completion_ids(chat: ChatFormat, prompt_ids: tuple[int, ...], prompt: str, full: str) -> tuple[int, ...]:
    """Return the ids after the prompt, as the sampler would meet them.

    Where BPE merges across the boundary the completion is tokenised by itself: the sampler's context is the prompt's
    ids, whatever a tokenizer would make of the joined text.
    """
    full_ids = chat.tokenizer.encode(full)
    if full_ids[: len(prompt_ids)] == prompt_ids:
        return full_ids[len(prompt_ids) :]
    return chat.tokenizer.encode(full[len(prompt) :])


def _not_a_prefix(chat: ChatFormat, index: int, prompt: str, full: str) -> TemplateError:
    same = next((place for place, (a, b) in enumerate(zip(prompt, full, strict=False)) if a != b), len(full))
    return TemplateError(
        f"{chat.template.where}, turn {index + 1} (assistant)",
        expected=f"a turn that begins with its generation prompt, which goes on {prompt[same : same + 40]!r}",
        got=f"{full[same : same + 40]!r}",
        next_move="Set the template's variables (enable_thinking) to what the data holds, or use another template",
    )
