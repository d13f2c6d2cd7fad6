"""The conversations that both arms are fine-tuned on: about two thousand rows of the four families, reasoning included.

One dataset for both arms: reasoning stands in `reasoning_content`, which the no-think arm drops.
Holds out what the suite asks, by the same rules as `corpus`.
"""

import random
from typing import Any

from sfttrain.starter import chat, toolcalls
from sfttrain.starter.corpus import PAIR_SHARE, seen_call, seen_names, seen_problem, seen_request, seen_talk
from sfttrain.starter.items import Call, Item, stream

MIX = {"reasoning": 0.42, "constraints": 0.28, "toolcalls": 0.22, "chat": 0.08}
STEPS = (1, 1, 1, 2, 3, 4, 5, 6, 6)  # lengths of the problems: the shortest and the longest more often
NO_CALL_SHARE = 0.3
RESULT_SHARE = 0.2


def rows(seed: int, num: int) -> list[dict[str, Any]]:
    """Return `num` rows with stable ids, the same for the same seed; sources follow MIX exactly, in random order."""
    rng = stream(seed, "rows")
    sources = [source for source, share in MIX.items() for _ in range(round(share * num))][:num]
    sources += ["chat"] * (num - len(sources))
    rng.shuffle(sources)
    return [row_of(f"starter-{index:05d}", _item(rng, source)) for index, source in enumerate(sources)]


def _item(rng: random.Random, source: str) -> Item:
    if source == "reasoning":
        return seen_problem(rng, rng.choice(STEPS))
    if source == "constraints":
        return seen_request(rng, PAIR_SHARE)
    if source == "chat":
        return seen_talk(rng)
    if rng.random() < NO_CALL_SHARE:
        return seen_no_call(rng)
    item = seen_call(rng)
    return toolcalls.with_result(rng, item) if rng.random() < RESULT_SHARE else item


def seen_no_call(rng: random.Random) -> Item:
    """Return small talk beside tools; neither is held out."""
    while True:
        item = toolcalls.no_call(rng, seen_names())
        if not chat.is_held_out(item):
            return item


def row_of(row_id: str, item: Item) -> dict[str, Any]:
    """Return the conversation of an item, reasoning beside the answer."""
    messages = [{"role": "user", "content": item.user}, _assistant(item.reasoning, item.answer, item.calls)]
    if item.follow_up is not None:
        messages.append({"role": "tool", "content": item.follow_up.result})
        messages.append(_assistant(item.follow_up.reasoning, item.follow_up.answer, ()))
    row: dict[str, Any] = {"id": row_id, "source": item.source, "messages": messages}
    return {**row, "tools": list(item.tools)} if item.tools else row


def _assistant(reasoning: str, answer: str, calls: tuple[Call, ...]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer, "reasoning_content": reasoning}
    if calls:
        functions = [{"name": call.name, "arguments": dict(call.arguments)} for call in calls]
        message["tool_calls"] = [{"type": "function", "function": function} for function in functions]
    return message
