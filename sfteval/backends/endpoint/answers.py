"""What a chat request is answered with, checked, and made into a Generation.

The answer is hostile: what is not of the type and size that the format promises is malformed, never a crash. Has no
tokenizer: where a server's text is not raw, it is put together again from what the server took apart, and what it took
apart is kept beside.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from sfteval.backends.endpoint.hostile import Malformed, count, objects, text_or_none, token_ids
from sfteval.errors import RefusedError, TransientError
from sfteval.types import FinishReason, Generation, Json, Request

# How servers say why they stopped; a name that is not here is taken for a stop, and kept beside.
FINISHED: dict[str | None, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "max_length": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
BROKEN_OFF = {"abort", "error", "insufficient_system_resource"}
WITHHELD = {"content_filter"}
TAIL_TOKENS = 2  # `<think>` and a line's end: what a prompt that opens a thought ends with


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: the fields of a Generation that are its to tell."""

    text: str
    finish_reason: FinishReason
    stop_reason: str | int | None = None
    prompt_token_ids: tuple[int, ...] = ()
    token_ids: tuple[int, ...] = ()
    num_prompt_tokens: int = 0
    num_tokens: int = 0
    server: Json = field(default_factory=dict)


def read_answer(row: Json, malformed: Callable[[str], TransientError]) -> Answer:
    """Return what a server said.

    Raises: what `malformed` makes of an answer that is malformed or broken off; RefusedError for one that was withheld.
    """
    try:
        choices = row.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise Malformed("no choices")
        return _answer(row, choices[0])
    except Malformed as error:
        raise malformed(str(error)) from error


def _answer(row: Json, choice: Json) -> Answer:
    message, usage, stop = choice.get("message"), row.get("usage") or {}, choice.get("stop_reason")
    if not isinstance(message, dict) or not isinstance(usage, dict):
        raise Malformed("a message or usage that is no object")
    if not isinstance(stop, str | int | None):
        raise Malformed("a stop_reason that is neither text nor a token id")
    finish = text_or_none(choice.get("finish_reason"), "finish_reason")
    server = {
        "content": text_or_none(message.get("content"), "content"),
        "reasoning": text_or_none(message.get("reasoning") or message.get("reasoning_content"), "reasoning"),
        "tool_calls": objects(message.get("tool_calls"), "tool_calls") or None,
        "finish_reason": finish,
    }
    finish_reason = _finish_reason(finish)
    ids, prompt_ids = token_ids(choice.get("token_ids")), token_ids(row.get("prompt_token_ids"))
    return Answer(
        text=raw_text(server, cut=finish_reason == "length"),
        finish_reason=finish_reason,
        stop_reason=stop,
        prompt_token_ids=prompt_ids,
        token_ids=ids,
        num_prompt_tokens=len(prompt_ids) or count(usage.get("prompt_tokens"), "prompt_tokens"),
        num_tokens=len(ids) or count(usage.get("completion_tokens"), "completion_tokens"),
        server={key: value for key, value in server.items() if value is not None},
    )


def _finish_reason(said: str | None) -> FinishReason:
    if said in BROKEN_OFF:
        raise Malformed(f"broken off: {said}")
    if said in WITHHELD:
        raise RefusedError(
            "the server's filter",
            expected="the model's own words",
            got=f"finish_reason {said}",
            next_move="Switch the filter off, or leave this sample away on both sides",
        )
    return FINISHED.get(said, "stop")


def raw_text(server: Json, *, cut: bool) -> str:
    """Put the raw text together again from what a server took apart; a thought that was `cut` stays open."""
    reasoning, content, calls = server.get("reasoning"), server.get("content") or "", server.get("tool_calls") or ()
    thought = ""
    if reasoning:
        ended = content or calls or not cut
        thought = f"<think>\n{reasoning}\n</think>\n\n" if ended else f"<think>\n{reasoning}"
    return thought + content + "".join(_markup(call) for call in calls)


def _markup(call: Json) -> str:
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    arguments = function.get("arguments")
    body = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return f'\n<tool_call>\n{{"name": {json.dumps(function.get("name"))}, "arguments": {body}}}\n</tool_call>'


def starts_in_thought(answer: Answer, start: int | None, end: int | None) -> bool:
    """Return whether the text starts inside a think block that the prompt opened, told by the tags' token ids.

    A server that takes thoughts out of the text leaves none to start in.
    """
    tail = answer.prompt_token_ids[-TAIL_TOKENS:]
    if start is None or end is None or start not in tail or end in tail or answer.server.get("reasoning"):
        return False
    return end not in answer.token_ids or "</think>" in answer.text


def generation(
    request: Request, question: str, answer: Answer, seconds: float, *, think_prefilled: bool = False
) -> Generation:
    """Return an answer as it is kept."""
    return Generation(
        task=request.task,
        sample_id=request.sample.id,
        sample_index=request.sample_index,
        question=question,
        text=answer.text,
        finish_reason=answer.finish_reason,
        prompt_token_ids=answer.prompt_token_ids,
        token_ids=answer.token_ids,
        think_prefilled=think_prefilled,
        num_prompt_tokens=answer.num_prompt_tokens,
        num_tokens=answer.num_tokens,
        latency_seconds=round(seconds, 6),
        seed=request.seed,
        content_hash=request.sample.content_hash,
        server=answer.server,
        stop_reason=answer.stop_reason,
    )
