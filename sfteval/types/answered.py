"""What was said, raw and understood: generations, their outcome, tool calls with their faults, readings."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from sfteval.types.conversation import Json

FinishReason = Literal["stop", "length", "tool_calls", "error"]


@dataclass(frozen=True, slots=True)
class Generation:
    """What one checkpoint said to one sample, exactly as it said it."""

    task: str
    sample_id: str
    sample_index: int  # 0 .. num_samples - 1
    question: str  # hash of prompt, sampling and sample index: the same question is never asked twice
    text: str  # raw, with the special tokens that the backend can show
    finish_reason: FinishReason
    prompt_token_ids: tuple[int, ...] = ()  # empty: the backend has no token ids, the answer is `unverified`
    token_ids: tuple[int, ...] = ()
    think_prefilled: bool = False  # the prompt ends inside an open think block: the text starts within it
    num_prompt_tokens: int = 0
    num_tokens: int = 0
    latency_seconds: float = 0.0
    seed: int = 0
    content_hash: str = ""  # of the sample that was asked: a replay answers only what was really asked
    error: str | None = None  # set when `finish_reason` is "error": transport failed, owed again
    server: Json = field(default_factory=dict)  # the server's own parse: content, reasoning, tool_calls
    stop_reason: str | int | None = None  # what ended it, as the server says: a stop text, a token id; None: unsaid
    verified: bool | None = None  # the prompt's ids as the server used them are those that we render; None: unknown
    recorded: Json = field(default_factory=dict)  # what another harness gave it: {"question", "metrics", "extracted"}


class Outcome(StrEnum):
    """What became of one answer, before anybody asks whether it is right."""

    OK = "ok"
    TRUNCATED_THINK = "truncated_think"
    TRUNCATED_ANSWER = "truncated_answer"
    EMPTY = "empty"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Fault:
    """Where and why a tool call cannot be executed; the first failing layer decides the code."""

    code: str  # "json_invalid", "unclosed_tag", ...
    layer: str  # transport, envelope, json, name, schema, value, decision, trajectory
    message: str
    position: int = -1  # character in the raw text; -1: the whole text
    excerpt: str = ""  # up to 30 characters on either side, control characters made visible
    line: int | None = None  # in the raw text, from 1; None: the whole text
    token: int | None = None  # place in the answer's token ids; None: ids or their text are not known
    path: str = ""  # JSON path that was reached, `$.arguments.a`; "": outside JSON


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One attempted call in the raw text; `fault` says why it cannot be executed."""

    name: str  # "" when it could not be read
    arguments: Json | None  # None when they could not be read
    raw: str
    start: int  # character span in the raw text
    end: int
    fault: Fault | None = None
    as_text: bool = False  # arguments are texts, whose types only the tool's schema tells (XML dialects)
    lenient: Json | None = None  # what a forgiving reader makes of a faulty call: {"name", "arguments"}; a diagnosis


@dataclass(frozen=True, slots=True)
class Reading:
    """The raw text understood."""

    outcome: Outcome
    answer: str  # what the user would see: no think, no special tokens, no tool-call markup
    think: str | None = None  # None: no think block at all; "" : an empty one
    tool_calls: tuple[ToolCall, ...] = ()
    faults: tuple[Fault, ...] = ()  # faults that belong to no single call, e.g. a call inside think
    num_think_tokens: int | None = None  # None: not known without token ids
    dialect: str = ""  # in which calls were looked for; "": by no dialect
    notes: tuple[str, ...] = ()  # what is odd and no fault: dialect_guessed, trailing_text, not_stored
    server_calls: tuple[Json, ...] | None = None  # {"name", "arguments"} as the server read them; None: it read nothing
    recorded: Json = field(default_factory=dict)  # as the Generation has it
