"""What a model learns from one row, and what a dataset looks like, on the terminal.

Tokens stand in their role's colour, learned ones bold and underlined; on a pipe, where there are no colours, learned
runs stand in ⟦ ⟧. A view of the very Examples that training uses. Text of the data is shown and never obeyed.
"""

import itertools
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from sfteval.chat import ChatFormat
from sfteval.types import Message
from sfttrain.overview import ArmOverview, bin_names, filled_bins
from sfttrain.tokens import ROLES, Role, Token, harmless, tokens_of
from sfttrain.types import Example

STYLES: dict[Role, str] = {
    "system": "blue",
    "user": "cyan",
    "assistant": "green",
    "thought": "yellow",
    "tool": "magenta",
    "template": "bright_black",
}
LEARNED = "bold underline"
BOUNDARY = "\N{MIDDLE DOT}"
BAR_CHARACTERS = 30
BAR_PARTS = " ▏▎▍▌▋▊▉"


def show_examples(
    examples: Sequence[Example],
    chat: ChatFormat,
    title: str,
    console: Console,
    messages: Sequence[Message] = (),
    *,
    boundaries: bool = False,
) -> None:
    """Print every example of a row; `messages` are its turns as the arm sees them, `boundaries` parts the tokens."""
    console.print(legend(marks=not console.is_terminal))
    for number, example in enumerate(examples, 1):
        of = f", example {number} of {len(examples)}" if len(examples) > 1 else ""
        counted = f"{example.num_supervised} of {example.num_tokens} positions learned"
        console.print(Text(f"{harmless(title)}{of}: {counted}", style="bold"))
        tokens = tokens_of(example, chat, messages)
        console.print(colour(tokens, marks=not console.is_terminal, boundaries=boundaries), soft_wrap=True)


def legend(*, marks: bool) -> Text:
    """Return one line that says what the colours and marks mean."""
    if marks:
        return Text("⟦learned⟧, all else is read only")
    words = [(role, STYLES[role]) for role in ROLES]
    return Text("  ").join([*(Text(role, style=style) for role, style in words), Text("learned", style=LEARNED)])


def colour(tokens: Sequence[Token], *, marks: bool, boundaries: bool = False) -> Text:
    """Return the text of tokens in their colours; learned runs in ⟦ ⟧ where `marks`, tokens parted by `boundaries`."""
    text = Text()
    for learned, run in itertools.groupby(tokens, key=lambda token: token.learned):
        text.append("⟦" if learned and marks else "")
        for role, alike in itertools.groupby(run, key=lambda token: token.role):
            words = (harmless(token.text) + (BOUNDARY if boundaries else "") for token in alike)
            text.append("".join(words), style=f"{STYLES[role]} {LEARNED}" if learned else STYLES[role])
        text.append("⟧" if learned and marks else "")
    return text


def data_overview(arms: Sequence[ArmOverview]) -> list[str]:
    """Return lines about a dataset: lengths, what is learned, and what each way of batching would compute."""
    lines = []
    for one in arms:
        lines += [
            f"{one.arm}: {one.num_examples:,} examples of {one.num_conversations:,} conversations "
            f"({one.examples_per_conversation:.2f} each), {one.num_tokens:,} tokens, "
            f"{one.supervised_share:.1%} learned, longest {one.longest_tokens:,}",
            *_histogram(one, filled_bins(arms)),
            "",
        ]
    names = [way.name for way in arms[0].ways] if arms else []
    width = max(map(len, names), default=0)
    for place, name in enumerate(names):
        costs = (f"{one.arm} {one.ways[place].factor:.2f}{_cut(one, place)}" for one in arms)
        lines.append(f"  {name:<{width}}  {'   '.join(costs)}")
    return [*lines[: -len(names)], "positions computed for each real token", *lines[-len(names) :]] if names else lines


def _histogram(one: ArmOverview, bins: range) -> list[str]:
    most = max(one.bins, default=0) or 1
    names = bin_names(len(one.bins))
    width = max((len(names[number]) for number in bins), default=0)
    return [
        f"  {names[number]:>{width}}  {_bar(one.bins[number] / most):<{BAR_CHARACTERS}} {one.bins[number]:,}"
        for number in bins
    ]


def _bar(share: float) -> str:
    eighths = round(share * BAR_CHARACTERS * 8)
    return "█" * (eighths // 8) + BAR_PARTS[eighths % 8].strip() if eighths else ("▏" if share else "")


def _cut(one: ArmOverview, place: int) -> str:
    cut = one.ways[place].num_cut
    return f" ({cut:,} examples cut)" if cut else ""
