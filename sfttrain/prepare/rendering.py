"""Which rows of a dataset can be learned from, and as which Examples: every arm must render a row, whole.

A row that the template refuses is left out with its reason; a row longer than the model computes at once is left out
or, with `on_overlong = "error"`, ends the run: its targets are never cut. Knows no batches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sfteval.chat import ChatFormat
from sfteval.chat.react import observations
from sfteval.errors import DataError, TemplateError
from sfteval.progress import Stage
from sfttrain.arm import shown_to
from sfttrain.config import RenderSettings
from sfttrain.data import Portion
from sfttrain.render import render
from sfttrain.types import Arm, Conversation, Example

REASONS = {  # how the expectation of a TemplateError begins -> the reason under which such rows are counted
    "to learn all that the turn says": "a stop token inside a turn's text",
    "a stop token at its end": "a turn without a stop token at its end",
    "a turn that begins with its generation prompt": "a turn that does not begin with its generation prompt",
    "to render the turns": "an error of the chat template",
    "to learn its call": "a tool call that the chat template leaves out",
    "to learn its reasoning": "reasoning that the chat template leaves out",
    "ReAct text as the row writes it": "ReAct text that the chat template changes",
}
OTHER_REASON = "not rendered whole by the chat template"


@dataclass(frozen=True, slots=True)
class Rendering:
    """How rows become examples."""

    arms: tuple[Arm, ...]
    chat: ChatFormat
    stop_token_ids: tuple[int, ...]
    settings: RenderSettings
    max_tokens: int  # of one example
    on_overlong: str  # drop | error

    def examples(self, arm: Arm, row: Conversation) -> tuple[Example, ...]:
        """Return what an arm learns from a row."""
        return render(shown_to(arm, row), self.chat, self.stop_token_ids, self.settings)


@dataclass(slots=True, eq=False)
class Refusals:
    """Rows that were refused for one reason."""

    names: list[str] = field(default_factory=list)
    first: str = ""  # what was expected of the first of them, and what came


@dataclass(slots=True, eq=False)
class Rendered:
    """What became of the rows of one source; `rows`, `times` and the examples of each arm are parallel."""

    rows: list[Conversation]
    times: list[int]  # how often an epoch sees each row
    examples: Mapping[Arm, list[tuple[Example, ...]]]
    overlong: list[str]  # names
    refused: dict[str, Refusals]  # by reason
    num_react: int = 0  # of `rows`, those with ReAct text whose observations are not learned
    first_refusal: TemplateError | None = None

    def passes(self) -> list[int]:
        """Return the rows of an epoch as indices: all of them, then those seen a second time, and so on."""
        passes = range(max(self.times, default=0))
        return [index for number in passes for index, often in enumerate(self.times) if often > number]


def render_portion(portion: Portion, rendering: Rendering, stage: Stage) -> Rendered:
    """Render every row that an epoch sees, for every arm."""
    made = Rendered([], [], {arm: [] for arm in rendering.arms}, [], {})
    for row, often in zip(portion.rows, portion.times, strict=True):
        stage.advance()
        try:
            groups = [rendering.examples(arm, row) for arm in rendering.arms]
        except TemplateError as error:
            made.first_refusal = made.first_refusal or error
            first = Refusals(first=f"expected {error.expected}, got {error.got}")
            made.refused.setdefault(_reason(error), first).names.append(row.id)
            continue
        longest = max((one.num_tokens for group in groups for one in group), default=0)
        if longest > rendering.max_tokens:
            _refuse_overlong(row, longest, rendering)
            made.overlong.append(row.id)
            continue
        made.rows.append(row)
        made.times.append(often)
        made.num_react += rendering.settings.react and _is_react(row)
        for arm, group in zip(rendering.arms, groups, strict=True):
            made.examples[arm].append(group)
    return made


def _is_react(row: Conversation) -> bool:
    return any(one.role == "assistant" and one.weight > 0 and observations(one.content) for one in row.messages)


def _reason(error: TemplateError) -> str:
    found = (reason for beginning, reason in REASONS.items() if error.expected.startswith(beginning))
    return next(found, OTHER_REASON)


def _refuse_overlong(row: Conversation, num_tokens: int, rendering: Rendering) -> None:
    if rendering.on_overlong == "error":
        raise DataError(
            f"row {row.id}",
            expected=f"examples of up to max_tokens = {rendering.max_tokens:,} tokens",
            got=f"one of {num_tokens:,}",
            next_move='Raise max_tokens in [batch], shorten the row, or set on_overlong = "drop" in [data]',
        )
