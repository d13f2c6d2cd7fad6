"""The validation report of reading: reports in, calm aligned lines out. Knows no tokens."""

from collections.abc import Iterable, Sequence

from sfttrain.data.read import describe_dropped
from sfttrain.types import Conversation, DataReport


def describe_reading(read: Sequence[tuple[Sequence[Conversation], DataReport]]) -> list[str]:
    """Return what became of the rows of datasets as they are, before any is split, weighted or rendered."""
    table = [["source", "format", "read", "dropped", "kept", "answers", "with reasoning"]]
    for conversations, report in read:
        answers, reasoned = reasoning(conversations)
        table.append([report.path, report.format, *numbers(report.num_read, report.num_dropped, report.num_kept)])
        table[-1] += numbers(answers, reasoned)
    return list(map(harmless, [*aligned(table), *describe_all_dropped(report for _, report in read)]))


def describe_all_dropped(reports: Iterable[DataReport]) -> list[str]:
    """Return one line for every dataset that rows were dropped from."""
    return [f"{one.path}, dropped: {describe_dropped(one)}" for one in reports if one.dropped]


def reasoning(conversations: Iterable[Conversation]) -> tuple[int, int]:
    """Return how many assistant turns may be learned, and how many of them have reasoning."""
    turns = [m for one in conversations for m in one.messages if m.role == "assistant" and m.weight > 0]
    return len(turns), sum(1 for message in turns if message.reasoning_content)


def harmless(line: str) -> str:
    """Return a line that a terminal only shows: ids, file names and templates may hold any character."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)


def numbers(*values: float) -> list[str]:
    """Return numbers as a table shows them."""
    return [f"{value:,}" if isinstance(value, int) else f"{value:,.2f}" for value in values]


def aligned(table: Sequence[Sequence[str]], num_text_columns: int = 2) -> list[str]:
    """Return a table as lines: the first columns are text and stand left, the others are numbers and stand right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place < num_text_columns else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
