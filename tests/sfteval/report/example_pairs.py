"""Two checkpoints and samples with both their answers, made by hand."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sfteval.types import Checkpoint, Fault, Message, Outcome, Pair, Reading, Sample, Score, ToolCall

BASELINE = Checkpoint(
    argument="checkpoints/quickstart/no-think",
    kind="directory",
    name="no-think",
    path=Path("checkpoints/quickstart/no-think"),
    fingerprint="8f3c21aa90b1d7e4",
    template_sha256="51cd0e",
    template_kwargs={"enable_thinking": False},
    training={"arm": "no-think", "counts": {"tokens": 507_000, "supervised_tokens": 48_211}},
)
CANDIDATE = replace(
    BASELINE,
    argument="checkpoints/quickstart/think",
    name="think",
    path=Path("checkpoints/quickstart/think"),
    fingerprint="c07be2115d4402f9",
    template_kwargs={"enable_thinking": True},
    training={"arm": "think", "counts": {"tokens": 680_000, "supervised_tokens": 150_733}},
)
TOOLS = (
    {
        "type": "function",
        "function": {
            "name": "book_table",
            "parameters": {"type": "object", "properties": {"seats": {"type": "integer"}}, "required": ["seats"]},
        },
    },
)


def pair(
    prompt: str = "Ann faces north. a: left. b: back. Where does Ann face?",
    a: str = "Answer: west",
    b: str = "Answer: east",
    *,
    task: str = "reasoning",
    id: str = "r1",
    scores: tuple[float | None, float | None] = (0.0, 1.0),
    name: str = "exact",
    outcomes: tuple[Outcome, Outcome] = (Outcome.OK, Outcome.OK),
    think: str | None = "start north. a: left, north to west. b: back, west to east.",
    calls: tuple[Sequence[ToolCall], Sequence[ToolCall]] = ((), ()),
    details: tuple[dict[str, Any], dict[str, Any]] = ({}, {}),
    **sample: Any,
) -> Pair:
    """Return one sample with both answers."""
    sides = [
        (Reading(outcomes[0], a, None, tuple(calls[0])), Score(id, 0, outcomes[0], {name: scores[0]}, details[0])),
        (
            Reading(outcomes[1], b, think, tuple(calls[1]), num_think_tokens=None if think is None else 21),
            Score(id, 0, outcomes[1], {name: scores[1]}, details[1]),
        ),
    ]
    messages = sample.pop("messages", (Message("user", prompt),))
    return Pair(task, Sample(id, messages, **sample), 0, sides[0][0], sides[1][0], sides[0][1], sides[1][1])


def constraint_pair(id: str) -> Pair:
    """Return a sample whose constraints were checked one by one."""

    def instructions(ok: bool) -> dict[str, Any]:
        return {
            "instructions": [
                {"id": "punctuation:no_comma", "strict": True, "reason": "found no comma", "measured": 0},
                {
                    "id": "length_constraints:number_words",
                    "strict": ok,
                    "reason": "needed at least 8 words, found " + ("9" if ok else "5"),
                    "measured": 9 if ok else 5,
                },
            ]
        }

    return pair(
        "Write about rivers. Use no commas. Write at least 8 words.",
        "Rivers run from the hills down to the sea.",
        "Rivers run to the sea.",
        task="constraints",
        id=id,
        name="prompt_strict",
        scores=(1.0, 0.0),
        details=(instructions(True), instructions(False)),
    )


def toolcall_pair(id: str) -> Pair:
    """Return a sample whose candidate lost a bracket within its tool call."""
    right = '<tool_call>\n{"name": "book_table", "arguments": {"seats": 4}}\n</tool_call>'
    wrong = '<tool_call>\n{"name": "book_table", "arguments": {"seats": 4}\n</tool_call>'
    fault = Fault(
        "json_invalid", "json", "expected a closing bracket, got the end", wrong.index("}") + 1, '"seats": 4}'
    )
    return pair(
        "Book a table for four.",
        "",
        "",
        task="toolcalls",
        id=id,
        scores=(1.0, 0.0),
        calls=(
            (ToolCall("book_table", {"seats": 4}, right, 0, len(right)),),
            (ToolCall("book_table", None, wrong, 0, len(wrong), fault),),
        ),
        tools=TOOLS,
        target={"calls": [{"name": "book_table", "arguments": {"seats": 4}}]},
    )
