"""What a model learns from one row, token by token, on the terminal: learned tokens stand out, the rest is dim.

A view of the very Examples that training uses. On a pipe, where there are no colours, learned runs stand in ⟦ ⟧.
"""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from sfteval.chat import ChatFormat
from sfttrain.types import NOT_LEARNED, Example

LEARNED, CONTEXT = "bold green", "dim"


def show_examples(examples: Sequence[Example], chat: ChatFormat, title: str, console: Console) -> None:
    """Print every example of a row."""
    for number, example in enumerate(examples, 1):
        of = f", example {number} of {len(examples)}" if len(examples) > 1 else ""
        console.print(Text(f"{title}{of}: {example.num_supervised} of {example.num_tokens} positions learned"))
        console.print(colour(example, chat, marks=not console.is_terminal), soft_wrap=True)


def colour(example: Example, chat: ChatFormat, *, marks: bool) -> Text:
    """Return an example's text, learned runs in another style, and in ⟦ ⟧ where `marks`."""
    text = Text()
    for learned, token_ids in runs(example):
        piece = chat.tokenizer.decode(token_ids)
        text.append(f"⟦{piece}⟧" if learned and marks else piece, style=LEARNED if learned else CONTEXT)
    return text


def runs(example: Example) -> Iterator[tuple[bool, list[int]]]:
    """Yield the sequence as runs of (learned, token ids), the first token to the last target."""
    current, learned = [example.token_ids[0]], False
    following = (*example.token_ids[1:], example.targets[-1])
    for target, token in zip(example.targets, following, strict=True):
        if (target != NOT_LEARNED) != learned:
            if current:
                yield learned, current
            current, learned = [], not learned
        if token != NOT_LEARNED:
            current.append(token)
    yield learned, current
