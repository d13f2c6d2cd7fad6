"""Rows that cannot be learned from whole are left out under the reason that is true of them."""

import dataclasses
from pathlib import Path

import pytest

from sfteval.progress import silent_progress
from sfteval.types import Message
from sfttrain.config import DataSettings, Recipe, RenderSettings
from sfttrain.data import write_conversations
from sfttrain.prepare import prepare
from sfttrain.prepare.rendering import OTHER_REASON, REASONS, Rendered
from sfttrain.types import Arm, Conversation
from tests.toys import CHATML, assistant, call, toy_checkpoint, user

STOPPED = "{{- '<|im_end|>\\n' }}\n    {%- elif message.role == 'tool' %}"
STOPPED_UNLESS = STOPPED.replace("'<|im_end|>\\n'", "'' if message.content == 'BAD' else '<|im_end|>\\n'")
PLAIN_USER = CHATML.replace("'<|im_start|>user\\n' ~ message", "'U:' ~ message")  # no marker can stand for an end
HEADER = "    {%- elif message.role == 'assistant' %}\n        {{- '<|im_start|>assistant\\n' }}"
OTHER_HEADER = HEADER.replace("'<|im_start|>", "('<|im_start|>' if message.content != 'BAD' else '<|bad|>') ~ '")
FAILING = "{% if messages[-1].content == 'BAD' %}{{ raise_exception('bad') }}{% endif %}"
CALLED = "message.tool_calls or []"
WITHOUT_CALLS = "(message.tool_calls if message.content != 'BAD' and message.tool_calls else [])"
CUT = "{{- message.content }}\n        {%- for call"
OBSERVATION_CHANGED = "{{- message.content | replace('BAD', 'X') }}\n        {%- for call"
THOUGHT_CUT = "{{- message.content.split('</think>')[-1] if 'BAD' in message.content else message.content }}"
REACT = "Action: look\nAction Input: x\nObservation: BAD\nFinal Answer: z"

CASES = {
    "a stop token inside a turn's text": (CHATML, assistant("x<|im_end|>y")),
    "a turn without a stop token at its end": (PLAIN_USER.replace(STOPPED, STOPPED_UNLESS), assistant("BAD")),
    "a turn that does not begin with its generation prompt": (CHATML.replace(HEADER, OTHER_HEADER), assistant("BAD")),
    "an error of the chat template": (FAILING + CHATML, assistant("BAD")),
    "a tool call that the chat template leaves out": (
        CHATML.replace(CALLED, WITHOUT_CALLS),
        assistant("BAD", calls=[call("weather", town="Ulm")]),
    ),
    "reasoning that the chat template leaves out": (
        CHATML.replace("{{- message.content }}\n        {%- for call", THOUGHT_CUT + "\n        {%- for call"),
        assistant("BAD", "why"),
    ),
    "ReAct text that the chat template changes": (CHATML.replace(CUT, OBSERVATION_CHANGED), assistant(REACT)),
}


def test_every_reason_has_its_case() -> None:
    assert CASES.keys() == set(REASONS.values())
    assert all(template != CHATML for reason, (template, _) in CASES.items() if "inside" not in reason)


@pytest.mark.parametrize("reason", CASES)
def test_a_row_is_left_out_for_its_own_reason(recipe: Recipe, tmp_path: Path, reason: str) -> None:
    template, bad = CASES[reason]
    rows = {"good": assistant("good"), "bad": bad, "last": assistant("last")}
    write_conversations(tmp_path / "rows.jsonl", [conversation(name, turn) for name, turn in rows.items()])
    changed = dataclasses.replace(
        recipe,
        render=RenderSettings(reasoning="inline"),
        base=str(toy_checkpoint(tmp_path / "base", template=template)),
        data=DataSettings(path=str(tmp_path / "rows.jsonl"), held_out_share=0.0),
    )
    made = prepare(changed, (Arm.THINK,), silent_progress())
    assert made.sources[0].refused == {reason: ("bad",)}
    assert (made.train_ids, made.num_refused) == (["good", "last"], 1)
    assert OTHER_REASON not in CASES


def conversation(name: str, turn: Message) -> Conversation:
    return Conversation(name, (user("q"), turn))


def test_passes_go_through_all_rows_before_one_is_seen_again() -> None:
    rows = [conversation(name, assistant("a")) for name in "abc"]
    assert Rendered(rows, [1, 3, 2], {}, [], {}).passes() == [0, 1, 2, 1, 2, 1]
    assert Rendered([], [], {}, [], {}).passes() == []
