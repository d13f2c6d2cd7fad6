"""One sample of an inspect log in, a Question, an Answer and its values out.

The answer is the raw text as a server would have sent it: parts of reasoning stand in a think block again, tool calls
in their markup, so that our own reading sees them. Letters are numbers as inspect counts them: C 1, P 0.5, I and N 0.
A value by key (a dict) is one metric a key; a list is none.
Source: EvalSample, ModelOutput and `value_to_float` of inspect_ai 0.3.285.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import content_hash
from sfteval.imports.hostile import BROKEN, mapping, number, one_line, plain, text, whole
from sfteval.imports.imported import Answer, Question
from sfteval.types import FinishReason, Message

LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
NUMERAL = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?")
CUT = frozenset(("max_tokens", "model_length", "length"))
CUT_SHORT = frozenset(("context", "token", "turn", "message", "time", "working", "cost"))  # limits of a whole sample
TAG = re.compile(r"<(/?)think>")
ATTACHMENT = "attachment://"
MAX_EPOCHS = 10_000
UNNAMED = "unnamed"
AGAIN = "Copy the log again, or write it anew with `inspect log convert`"


@dataclass(frozen=True, slots=True)
class Sampled:
    """One sample in one epoch."""

    question: Question
    answer: Answer | None  # None: it ended in an error and was not scored, which is missing data
    epoch: int
    left_out: frozenset[str]  # metrics that are no single number


def read_sample(row: Mapping[str, Any], where: str) -> Sampled:
    """Return what a sample says.

    Raises: DataError for one that inspect does not write.
    """
    try:
        return _sampled(row)
    except BROKEN as error:
        raise DataError(where, expected="a sample as inspect logs it", got=one_line(error), next_move=AGAIN) from error


def _sampled(row: Mapping[str, Any]) -> Sampled:
    name, epoch = row["id"], row.get("epoch", 1)
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise ValueError(f"id {name!r}")
    if not 0 < whole(epoch) <= MAX_EPOCHS:
        raise ValueError(f"epoch {epoch!r}")
    name = plain(str(name))
    values, left_out = _values(mapping(row.get("scores")))
    lost = row.get("error") is not None and not values
    answer = None if lost else _answer(row, name, epoch - 1, values)
    return Sampled(_question(row, name), answer, epoch, left_out)


# -- what was asked ----------------------------------------------------------------------------------------------------


def _question(row: Mapping[str, Any], name: str) -> Question:
    attached = mapping(row.get("attachments"))
    given = row["input"]
    said = [{"role": "user", "content": given}] if isinstance(given, str) else given
    messages = tuple(Message(str(turn["role"]), _text(turn["content"], attached)) for turn in said)
    last = [message.content for message in messages if message.role == "user"][-1:]
    told = mapping(row.get("metadata")).get("prompt")
    asked = [[message.role, message.content] for message in messages]
    return Question(
        id=name,
        messages=messages,
        target=row.get("target"),
        digest=content_hash([asked, row.get("choices"), row.get("target")]),
        names=(name,),
        prompts=tuple(dict.fromkeys([*last, *([told] if isinstance(told, str) else [])])),
    )


def _text(content: Any, attached: Mapping[str, Any]) -> str:
    """Return the text of a message: a text, or the parts of a list that are text."""
    if isinstance(content, str):
        return _resolved(content, attached)
    return "\n".join(_resolved(part["text"], attached) for part in content if part.get("type") == "text")


def _resolved(said: str, attached: Mapping[str, Any]) -> str:
    if not said.startswith(ATTACHMENT):
        return said
    found = attached.get(said.removeprefix(ATTACHMENT), said)
    return found if isinstance(found, str) else said


# -- what was said -----------------------------------------------------------------------------------------------------


def _answer(row: Mapping[str, Any], name: str, index: int, values: Mapping[str, float | None]) -> Answer:
    output = mapping(row.get("output"))
    choices = output.get("choices") or [{}]
    choice = mapping(choices[0])
    usage = mapping(output.get("usage"))
    finish = _finish_reason(choice, mapping(row.get("limit")))
    prompt_counts = (usage.get(key) for key in ("input_tokens", "input_tokens_cache_write", "input_tokens_cache_read"))
    message = mapping(choice.get("message"))
    written = _raw(message, mapping(row.get("attachments")), cut=finish == "length")
    return Answer(
        question=name,
        index=index,
        text=written or str(output.get("completion") or ""),
        finish_reason=finish,
        metrics=values,
        extracted=_extracted(mapping(row.get("scores"))),
        num_prompt_tokens=sum(map(whole, prompt_counts)),
        num_tokens=whole(usage.get("output_tokens")),
        seconds=max(0.0, number(output.get("time")) or 0.0),
    )


def _finish_reason(choice: Mapping[str, Any], limit: Mapping[str, Any]) -> FinishReason:
    reason = choice.get("stop_reason")
    if reason in CUT or limit.get("type") in CUT_SHORT:
        return "length"
    return "tool_calls" if reason == "tool_calls" else "stop"


def _raw(message: Mapping[str, Any], attached: Mapping[str, Any], *, cut: bool) -> str:
    """Return what the model wrote; a thought that was cut stays open."""
    content = message.get("content") or ""
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    thoughts = [_thought(part) for part in parts if part.get("type") == "reasoning"]
    if isinstance(message.get("reasoning"), str):  # as it was logged before it became a part of the content
        thoughts.insert(0, message["reasoning"])
    answer = _text([part for part in parts if part.get("type") == "text"], attached)
    calls = _markup(message.get("tool_calls") or ())
    said = "\n".join(piece for piece in (answer, calls) if piece)
    if not thoughts:
        return said
    thought = TAG.sub(r"< \1think>", "\n".join(thoughts))  # a tag that was thought must not end the thought here
    return f"<think>\n{thought}" if cut and not said.strip() else f"<think>\n{thought}\n</think>\n\n{said}"


def _thought(part: Mapping[str, Any]) -> str:
    """Return a part's reasoning; of one that the provider keeps to itself, its summary."""
    return str((part.get("summary") if part.get("redacted") else part.get("reasoning")) or "")


def _markup(calls: Sequence[Any]) -> str:
    said = [json.dumps({"name": call["function"], "arguments": call["arguments"]}) for call in calls]
    return "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in said)


# -- what it was worth -------------------------------------------------------------------------------------------------


def _values(scores: Mapping[str, Any]) -> tuple[dict[str, float | None], frozenset[str]]:
    """Return the numbers by metric, named as their scorer, and the metrics that are no number."""
    values: dict[str, float | None] = {}
    left_out = set()
    for scorer, score in scores.items():
        value = mapping(score).get("value")
        by_key = (
            {f"{scorer}.{key}": one for key, one in value.items()} if isinstance(value, Mapping) else {scorer: value}
        )
        for key, one in by_key.items():
            name = text(key) or UNNAMED
            found = _number(one)
            if found is None and one is not None:
                left_out.add(name)
            else:
                values[name] = found
    return values, frozenset(left_out)


def _number(value: Any) -> float | None:
    if not isinstance(value, str):
        return number(value)
    if value in LETTERS:
        return LETTERS[value]
    return WORDS.get(value.lower(), number(float(value)) if NUMERAL.fullmatch(value) else None)


def _extracted(scores: Mapping[str, Any]) -> dict[str, str]:
    shown = {scorer: text(mapping(score).get("answer")) for scorer, score in scores.items()}
    return {scorer: said for scorer, said in shown.items() if said is not None}
