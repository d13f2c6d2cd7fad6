"""A loaded model in, how many positions it has out, and the refusal of a prompt that leaves none for an answer.

What lies beyond a model's positions it was never trained on: its answers there mean nothing, and nothing says so. A
server refuses such a prompt, and so do we, in the same way. Does not know batches.
Source: vLLM's derivation of `max_model_len`: rotary positions that are stretched count as often as they are stretched.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.errors import RefusedError

STRETCHED = {"linear", "dynamic", "yarn"}  # llama3 and longrope count their stretched positions themselves


def num_positions(model: Any) -> int | None:
    """Return how many tokens a prompt and its answer may have together; None: the model does not say."""
    config = model.config.get_text_config()
    longest = getattr(config, "max_position_embeddings", None)
    if not isinstance(longest, int):
        return None
    rotary = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None)
    return max(longest, _stretched(rotary, longest)) if isinstance(rotary, Mapping) else longest


def _stretched(rotary: Mapping[str, Any], longest: int) -> int:
    if rotary.get("rope_type", rotary.get("type")) not in STRETCHED:
        return longest
    return int((rotary.get("original_max_position_embeddings") or longest) * (rotary.get("factor") or 1))


def beyond(who: str, num_tokens: int, positions: int | None) -> RefusedError | None:
    """Return the refusal of a prompt of so many tokens; None: there is room for an answer."""
    if positions is None or num_tokens < positions:
        return None
    expected = f"a prompt within the model's context of {positions:,} tokens"
    return RefusedError(who, expected=expected, got=f"{num_tokens:,}", next_move="Shorten the prompt, or leave it out")
