"""Two checkpoints in, what their chat formats share and where they part out: rows for the report.

Template, tokenizer, stop tokens, special tokens, generation config and template arguments, as text that people read;
null where a side cannot be known (an endpoint, a file of answers). Does not say whether a difference matters.
"""

import json
from typing import Any

from sfteval.chat import ChatFormat
from sfteval.chat.template import read_json
from sfteval.checkpoints.content import chat_folder
from sfteval.contract.drift import compared
from sfteval.contract.formats import has_files
from sfteval.errors import SftevalError
from sfteval.identity import file_hash
from sfteval.types import Checkpoint, Json

NOT_GENERATION = {"transformers_version", "eos_token_id"}  # no setting, and told as stop tokens
NOT_SET = "not set"
SAME_TOKENS = "the same tokens on every probe"
OTHER_PROMPTS = "answers to other prompts than ours"
HASH_DIGITS = 12
MOST_NAMES = 4
LONGEST_CELL = 160

Row = dict[str, Any]


def contract_table(baseline: Checkpoint, candidate: Checkpoint) -> list[Row]:
    """Return rows {"what", "baseline", "candidate", "same"}; `same` is null where a side is not known."""
    a, b = _format(baseline), _format(candidate)
    rows = [_row("template", *(_short(side.template_sha256) for side in (baseline, candidate)))]
    if a and b and baseline.template_sha256 != candidate.template_sha256:
        rows.append(_first_probe(a, b))
    rows.append(_row("template arguments", _json(baseline.template_kwargs), _json(candidate.template_kwargs)))
    facts = _facts(baseline, a), _facts(candidate, b)
    for what in dict.fromkeys([*facts[0], *facts[1]]):
        rows.append(_row(what, *(side.get(what, NOT_SET) if side else None for side in facts)))
    return [*rows, _added_tokens(a, b)] if a and b else rows


def prompts_row(baseline: Json, candidate: Json) -> list[Row]:
    """Return the row that says how many answers were given to other prompts than ours; empty where no record tells.

    `baseline` and `candidate` are the `answers` of two runs' contract records.
    """
    told = [_other_prompts(side) for side in (baseline, candidate)]
    if all(side is None for side in told):
        return []
    cells = [None if side is None else f"{side[0]:,} of {side[1]:,}" for side in told]
    row = _row(OTHER_PROMPTS, *cells)
    return [{**row, "same": False if any(side and side[0] for side in told) else None if None in told else True}]


def _other_prompts(answers: Json) -> tuple[int, int] | None:
    """Return how many answers were given to other prompts, and of how many that is known; None: of none."""
    counts = [answers.get(name) for name in ("total", "untold", "other_prompts")]
    if not all(isinstance(count, int) for count in counts):
        return None
    total, untold, others = (int(count or 0) for count in counts)
    return (others, total - untold) if total > untold else None


def _format(checkpoint: Checkpoint) -> ChatFormat | None:
    """Return the chat format of the checkpoint's files; None where there are none, or none that can be read."""
    if not has_files(checkpoint) or checkpoint.path is None:
        return None
    try:
        return ChatFormat.from_folder(chat_folder(checkpoint.path, checkpoint.base_path))
    except SftevalError:
        return None


def _facts(checkpoint: Checkpoint, chat: ChatFormat | None) -> dict[str, str]:
    if chat is None or checkpoint.path is None:
        return {}
    folder = chat_folder(checkpoint.path, checkpoint.base_path)
    facts = {
        "vocabulary": f"{chat.tokenizer.vocabulary_size:,} tokens",
        "tokenizer.json": file_hash(folder / "tokenizer.json")[:HASH_DIGITS],
        "stop tokens": ", ".join(_named(token, chat) for token in chat.stop_token_ids) or "none",
    }
    facts |= {name: chat.template.special_tokens.get(name, "none") for name in ("bos_token", "eos_token", "pad_token")}
    settings = read_json(folder / "generation_config.json")
    names = sorted(name for name in settings if name not in NOT_GENERATION and not name.startswith("_"))
    return facts | {f"generation_config {name}": _json(settings[name]) for name in names}


def _first_probe(a: ChatFormat, b: ChatFormat) -> Row:
    """Return the first probe that both templates render to other tokens, each with its own tokenizer."""
    different = [finding for finding in compared(a, b, {}) if finding.state == "differs"]
    if not different:
        return _row("template, rendered", SAME_TOKENS, SAME_TOKENS)
    probe, difference = different[0].probe, different[0].difference
    cells = (difference.expected, difference.found) if difference else ("", different[0].note)
    kind = f" ({difference.kind})" if difference else ""
    return _row(f"template at {probe}{kind}", *map(_json, cells))


def _added_tokens(a: ChatFormat, b: ChatFormat) -> Row:
    sides = [{token.content for token in chat.tokenizer.backend.get_added_tokens_decoder().values()} for chat in (a, b)]
    cells = []
    for own, other in (sides, sides[::-1]):
        only = sorted(own - other)
        more = f" and {len(only) - MOST_NAMES} more" if len(only) > MOST_NAMES else ""
        cells.append(f"{len(own)}" + (f", {', '.join(only[:MOST_NAMES])}{more} only here" if only else ""))
    return {"what": "added tokens", "baseline": cells[0], "candidate": cells[1], "same": sides[0] == sides[1]}


def _row(what: str, baseline: str | None, candidate: str | None) -> Row:
    same = None if baseline is None or candidate is None else baseline == candidate
    return {"what": _cut(what), "baseline": _cut(baseline), "candidate": _cut(candidate), "same": same}


def _short(digest: str | None) -> str | None:
    return None if digest is None else digest[:HASH_DIGITS]


def _named(token: int, chat: ChatFormat) -> str:
    return f"{chat.tokenizer.decode([token])} ({token})" if token < chat.tokenizer.vocabulary_size else str(token)


def _json(value: Any) -> str:
    return json.dumps(dict(value) if hasattr(value, "keys") else value, ensure_ascii=False, sort_keys=True)


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}..."
