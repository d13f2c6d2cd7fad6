"""One line of lm-eval's samples file in, a Row out: the document, what was asked, what was said, the numbers.

A line is one document under one filter. Of generation tasks it holds the text; of log-likelihood tasks the rating of
each given continuation, of which a line for people is made: nothing was written there. Chat messages that went to a
server stand in the arguments as JSON, prompts of local models with their chat template: for people, and to find a
sample of ours again, the document's own text is better.
Source: `evaluate` and `EvaluationTracker.save_results_samples` of lm-eval 0.4.13.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sfteval.errors import DataError
from sfteval.identity import content_hash
from sfteval.imports.hostile import BROKEN, mapping, number, one_line, plain, text
from sfteval.imports.imported import Question
from sfteval.types import Json, Message

FIXED = frozenset(
    ("doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash",
     "prompt_hash", "target_hash")
)  # fmt: skip
ASKED = ("prompt", "question", "problem", "query", "instruction", "input", "goal", "ctx", "text", "sentence")
NAMES = ("key", "id", "task_id", "question_id")  # how data sets name their own rows
NO_FILTER = "none"
UNNAMED = "unnamed"
AGAIN = "Mend or remove that line, or run lm_eval with --log_samples again"


@dataclass(frozen=True, slots=True)
class Row:
    """One document under one filter."""

    question: Question
    filter: str
    texts: tuple[str, ...]  # one for each repeat
    generated: bool
    values: Mapping[str, float | None]
    left_out: frozenset[str]  # metrics that are no single number
    extracted: Mapping[str, str]
    sampling: Json


def read_row(row: Mapping[str, Any], where: str) -> Row:
    """Return what a line says.

    Raises: DataError for a line that lm-eval does not write.
    """
    try:
        return _row(row)
    except BROKEN as error:
        raise DataError(
            where, expected="a sample as lm-eval 0.4 logs it", got=one_line(error), next_move=AGAIN
        ) from error


def _row(row: Mapping[str, Any]) -> Row:
    requests = _requests(row["arguments"])
    first = requests[0]
    generated = len(first) > 1 and isinstance(first[1], Mapping)
    texts = _written(row["resps"]) if generated else (_rated(row["resps"], requests),)
    kind = row.get("filter") or NO_FILTER
    values, left_out = _values(row, kind)
    return Row(
        question=_question(row, first[0]),
        filter=str(kind),
        texts=texts,
        generated=generated,
        values=values,
        left_out=left_out,
        extracted=_extracted(row, str(kind)) if generated else {},
        sampling=_sampling(first[1]) if generated else {},
    )


def _requests(arguments: Any) -> list[tuple[Any, ...]]:
    """Return the arguments of each request; `save_results_samples` writes lists as objects of numbered keys."""
    given = list(arguments.values()) if isinstance(arguments, Mapping) else list(arguments)
    return [tuple(one.values()) if isinstance(one, Mapping) else tuple(one) for one in given]


# -- what was asked ----------------------------------------------------------------------------------------------------


def _question(row: Mapping[str, Any], context: Any) -> Question:
    doc, name = row["doc"], row["doc_id"]
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise ValueError(f"doc_id {name!r}")
    whole = context[0] if isinstance(context, list) and len(context) == 1 else context
    whole = whole if isinstance(whole, str) else json.dumps(whole)
    chat, told = _chat(whole), _told(doc)
    messages = (Message("user", told),) if told else chat or (Message("user", whole or json.dumps(doc)),)
    digest = row.get("doc_hash")
    return Question(
        id=plain(str(name)),
        messages=messages,
        target=row.get("target"),
        digest=digest if isinstance(digest, str) and digest else content_hash(doc),
        names=tuple(str(value) for key in NAMES if isinstance(value := mapping(doc).get(key), str | int)),
        prompts=_prompts(doc, whole, chat),
    )


def _told(doc: Any) -> str:
    """Return the document's own words for what is asked; "" where it has none that we know."""
    values = (mapping(doc).get(key) for key in ASKED)
    return next((value for value in values if isinstance(value, str) and value.strip()), "")


def _chat(context: str) -> tuple[Message, ...]:
    """Return the messages of a context that holds them as JSON; none for any other context."""
    if not context.startswith("[{"):
        return ()
    try:
        messages = json.loads(context)
        return tuple(Message(message["role"], _content(message["content"])) for message in messages)
    except BROKEN:
        return ()


def _content(content: Any) -> str:
    parts = [{"text": content}] if isinstance(content, str) else content
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def _prompts(doc: Any, context: str, chat: Sequence[Message]) -> tuple[str, ...]:
    """Return the texts of a document that were asked, and what the last user turn or the whole context says."""
    said = [message.content for message in chat if message.role == "user"][-1:] or [context]
    asked = "\n".join(message.content for message in chat) or context
    held = [value for value in mapping(doc).values() if isinstance(value, str) and value.strip() and value in asked]
    return tuple(dict.fromkeys([*held, *said]))


# -- what was said -----------------------------------------------------------------------------------------------------


def _written(resps: Any) -> tuple[str, ...]:
    texts = tuple(resps[0]) if isinstance(resps[0], list) else (resps[0],)
    if not texts or not all(isinstance(said, str) for said in texts):
        raise ValueError("resps without a text")
    return texts


def _rated(resps: Any, requests: Sequence[tuple[Any, ...]]) -> str:
    """Return a line for people: which of the given continuations was the likeliest, and how likely.

    Requests without a context only norm the others (`acc_mutual_info`).
    """
    asked = [(i, request) for i, request in enumerate(requests) if request[0]] or list(enumerate(requests))
    likelihoods = [_likelihood(resps[i]) for i, _ in asked]
    best = max(range(len(asked)), key=likelihoods.__getitem__)
    continuation = asked[best][1][1] if len(asked[best][1]) > 1 else ""
    which = f"choice {best + 1} of {len(asked)}, " if len(asked) > 1 else ""
    return f"{which}log-likelihood {likelihoods[best]:.6g}: {continuation}".rstrip(": ")


def _likelihood(said: Any) -> float:
    while isinstance(said, list):
        said = said[0]
    return float(said)


# -- what it was worth -------------------------------------------------------------------------------------------------


def _values(row: Mapping[str, Any], kind: Any) -> tuple[dict[str, float | None], frozenset[str]]:
    """Return the numbers by metric, named as lm-eval's tables name them, and the metrics that are no number."""
    named = row.get("metrics")
    names = named if isinstance(named, list) else [key for key in row if key not in FIXED]
    values: dict[str, float | None] = {}
    left_out = set()
    for name in names:
        value = row.get(name)
        full = text(str(name) if kind == NO_FILTER else f"{name},{kind}") or UNNAMED
        if name == "bypass" or not isinstance(value, bool | int | float | None):
            left_out.add(full)
        else:
            values[full] = number(value)
    return values, frozenset(left_out)


def _extracted(row: Mapping[str, Any], kind: str) -> dict[str, str]:
    found = row.get("filtered_resps")
    while isinstance(found, list) and found:
        found = found[0]
    shown = text(found)
    return {} if shown is None or kind == NO_FILTER else {kind: shown}


def _sampling(settings: Mapping[str, Any]) -> Json:
    """Return what the request said of sampling, in our keys; what it left to the model is absent."""
    length = next((settings[key] for key in ("max_gen_toks", "max_tokens", "max_new_tokens") if key in settings), None)
    told = {key: settings.get(key) for key in ("temperature", "top_p", "top_k")} | {"max_tokens": length}
    if settings.get("do_sample") is False:
        told["temperature"] = 0.0
    until = settings.get("until")
    return told | {"stop": [until] if isinstance(until, str) else until}
