"""What one server can, as it showed when it was asked: nothing is assumed from its name. Knows no server.

The optional fields of a chat request stand here too, each with the value that changes nothing and the value by which
it is tried out: a field that a server refuses is left away only where nobody asked for what it does.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

TokenLogprobs = Literal["", "prompt_logprobs", "echo"]
ToolChoice = Literal["", "auto", "none"]

# What is tried out, field by field, where a server refuses them together.
TRIED: dict[str, dict[str, Any]] = {
    "temperature": {"temperature": 0.7},
    "greedy": {"temperature": 0.0},  # no field of its own: some servers refuse a temperature of nought
    "top_p": {"top_p": 0.9},
    "seed": {"seed": 1},
    "stop": {"stop": ["\n\n\n"]},
    "n": {"n": 1},
    "presence_penalty": {"presence_penalty": 0.0},
    "frequency_penalty": {"frequency_penalty": 0.0},
    "top_k": {"top_k": 5},
    "min_p": {"min_p": 0.0},
    "repetition_penalty": {"repetition_penalty": 1.0},
}
# What no server should take, for it is of the wrong type: the one that takes it does not look at the field.
WRONG: dict[str, dict[str, Any]] = {
    name: {name: "?"} for name in ("seed", "top_k", "min_p", "repetition_penalty", "chat_template_kwargs")
}
NO_LIMITS = (-1, 0)  # what servers call a `top_k` without limit


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server takes and tells."""

    limit_field: str = "max_tokens"  # or max_completion_tokens
    refused: frozenset[str] = frozenset()  # names of TRIED that it refuses
    unread: frozenset[str] = frozenset()  # names of WRONG that it takes with a value of any type: maybe not read
    no_limit: int | None = -1  # the `top_k` that cuts nothing; None: the field is refused
    refuses_unknown_fields: bool = False
    token_ids: bool = False
    tokenize: str = ""  # the address that makes token ids of a conversation; "": none
    logprobs: TokenLogprobs = ""  # of given tokens; "": it does not tell them
    tools: ToolChoice = ""  # the `tool_choice` with which it takes them; "": it refuses them
    tools_refusal: str = ""  # what it said when it refused
    max_model_len: int | None = None  # tokens of prompt and answer; None: not told
    think_start_id: int | None = None  # the token id of `<think>`; None: not known, or not one token
    think_end_id: int | None = None  # that of `</think>`

    def described(self) -> dict[str, Any]:
        """Return the JSON form: what a run's manifest says about its server."""
        return asdict(self) | {"refused": sorted(self.refused), "unread": sorted(self.unread)}
