"""Words planted in every role, rendered as training renders rows: only what an assistant says is learned.

Reasoning is learned in the think arm, and in the no-think arm is in no token at all. A role that a template refuses or
leaves out is noted and not held against it: only a user's turn and an assistant's must work.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sfteval.chat import ChatFormat
from sfteval.errors import ProofError, TemplateError
from sfteval.types import Json, Message
from sfttrain.proofs.lessons import whole_text
from sfttrain.proofs.proof import FAULT, Proof, failed
from sfttrain.proofs.text import INLINE
from sfttrain.types import NOT_LEARNED, Arm, Conversation, Example

SAID = {"zanswerz": "content", "zargumentz": "tool call", "zthoughtz": "reasoning"}  # what an assistant says
READ = {  # what it only reads
    "zsystemz": "system",
    "zdeveloperz": "developer",
    "zquestionz": "user",
    "zresponsez": "tool response",
    "ztoolz": "tool definition",
}
NEEDED = ("zanswerz", "zquestionz")
MAX_VARIANTS = 4  # different template variables among the rows

_ASKED = Message("user", "zquestionz")
_ANSWERED = Message("assistant", "zanswerz", reasoning_content="zthoughtz")
_CALL: Json = {"id": "a1b2c3d4e", "type": "function", "function": {"name": "lookup", "arguments": {"q": "zargumentz"}}}
_CALLED = Message("assistant", "", reasoning_content="zthoughtz", tool_calls=(_CALL,))
_RESPONSE = Message("tool", "zresponsez", name="lookup", tool_call_id="a1b2c3d4e")
_TOOL: Json = {
    "type": "function",
    "function": {
        "name": "lookup",
        "description": "ztoolz",
        "parameters": {"type": "object", "properties": {"q": {"type": "string", "description": "what"}}},
    },
}
PROBES: dict[str, tuple[tuple[Message, ...], tuple[Json, ...]]] = {
    "user": ((_ASKED, _ANSWERED), ()),
    "system": ((Message("system", "zsystemz"), _ASKED, _ANSWERED), ()),
    "developer": ((Message("developer", "zdeveloperz"), _ASKED, _ANSWERED), ()),
    "tools": ((_ASKED, _CALLED, _RESPONSE, _ANSWERED), (_TOOL,)),
}

Render = Callable[[Conversation], Sequence[Example]]  # as training renders a row for the arm


@dataclass(frozen=True, slots=True)
class _Seen:
    learned: str
    everything: str


def prove_roles(arm: Arm, variants: Sequence[Json], render: Render, chat: ChatFormat, *, any_reasoning: bool) -> Proof:
    """Plant a word in each role and find it where it belongs; `variants` are the rows' own template variables."""
    if arm is Arm.THINK and not any_reasoning:
        raise ProofError(
            "the think arm",
            expected="reasoning in the data",
            got="none in any row",
            next_move="Give rows reasoning_content (or inline <think>), or train with --arm no-think",
        )
    distinct = {repr(sorted(one.items())): one for one in variants} or {"": {}}
    numbers: dict[str, float] = {"words": 0}
    for kwargs in list(distinct.values())[:MAX_VARIANTS]:
        for name, (messages, tools) in PROBES.items():
            try:
                examples = render(Conversation("probe", messages, tools, kwargs))
            except TemplateError:
                if name == "user":
                    raise
                numbers[f"not rendered: {name}"] = 1
                continue
            for word in _planted(messages, tools):
                _count(numbers, word, _check(arm, name, word, _seen(examples, chat), chat))
    return Proof("planted words are learned where the arm says", numbers)


def _planted(messages: Sequence[Message], tools: Sequence[Json]) -> list[str]:
    text = repr((messages, tools))
    return [word for word in (*SAID, *READ) if word in text]


def _seen(examples: Sequence[Example], chat: ChatFormat) -> _Seen:
    decode = chat.tokenizer.decode
    learned = (decode(target for target in one.targets if target != NOT_LEARNED) for one in examples)
    return _Seen("\n".join(learned), "\n".join(whole_text(one, chat) for one in examples))


def _check(arm: Arm, probe: str, word: str, seen: _Seen, chat: ChatFormat) -> bool:
    """Return whether a word was rendered at all; raise where it is learned and must not be, or the other way round."""
    where = f"{chat.template.where}, {probe} probe, arm {arm}"
    what = SAID.get(word) or READ[word]
    if word == "zthoughtz" and arm is Arm.NO_THINK:
        if word in seen.everything:
            raise failed(where, "reasoning in no token at all", "a planted word of it", FAULT)
        return True
    if word == "zthoughtz" and word not in seen.learned:
        raise failed(where, "a planted word of the reasoning learned", _found(word, seen), INLINE)
    if word in READ and word in seen.learned:
        raise failed(where, f"a planted word of the {what} not learned", "it among the targets", FAULT)
    if word in NEEDED and word not in seen.everything:
        raise failed(where, f"a planted word of the {what} rendered", "it in no token", "Use another template")
    if word in SAID and word in seen.everything and word not in seen.learned:
        raise failed(where, f"a planted word of the {what} learned", _found(word, seen), FAULT)
    return word in seen.everything


def _found(word: str, seen: _Seen) -> str:
    return "it read and not learned" if word in seen.everything else "it in no token: the template drops it"


def _count(numbers: dict[str, float], word: str, rendered: bool) -> None:
    if rendered:
        numbers["words"] += 1
    else:
        numbers[f"not rendered: {SAID.get(word) or READ[word]}"] = 1
