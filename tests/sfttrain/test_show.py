"""What is learned, as people see it on a terminal and on a pipe."""

import io

from rich.console import Console

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfttrain.overview import overview_of
from sfttrain.render import render
from sfttrain.show import colour, data_overview, show_examples
from sfttrain.tokens import tokens_of
from sfttrain.types import NOT_LEARNED, Arm, Conversation, Example, ids
from tests.toys import CHATML, assistant, toy_tokenizer, user

TOKENIZER = Tokenizer.from_backend(toy_tokenizer())
CHAT = ChatFormat(ChatTemplate(CHATML), TOKENIZER, (TOKENIZER.token_id("<|im_end|>") or 0,))
ROW = Conversation("a", (user("q"), assistant("b", "x"), user("r"), assistant("d", "y")))


def shown(row: Conversation = ROW, *, terminal: bool = False, boundaries: bool = False) -> str:
    out = io.StringIO()
    colours = "standard" if terminal else None
    console = Console(file=out, highlight=False, force_terminal=terminal, color_system=colours, width=200)
    show_examples(render(row, CHAT), CHAT, "row a, think", console, row.messages, boundaries=boundaries)
    return out.getvalue()


def test_on_a_pipe_learned_text_stands_in_brackets() -> None:
    lines = shown()
    assert "row a, think, example 1 of 2: 9 of 28 positions learned\n" in lines
    assert "<|im_start|>assistant\n⟦<think>\nx\n</think>\n\nb<|im_end|>⟧" in lines
    assert "example 2 of 2" in lines
    assert lines.startswith("⟦learned⟧, all else is read only\n")
    assert "\x1b" not in lines


def test_on_a_terminal_roles_have_colours_and_learned_text_a_line_under_it() -> None:
    lines = shown(terminal=True)
    assert "\x1b[36mq\x1b[0m" in lines  # the user's, read only
    assert "\x1b[1;4;33mx\x1b[0m" in lines  # a thought, learned
    assert "\x1b[1;4;32mb<|im_end|>\x1b[0m" in lines  # an answer, learned
    assert "\x1b[32mb\x1b[0m" in lines  # the same answer as history of the next example: read only
    assert "\x1b[1;4mlearned" in lines
    assert "⟦" not in lines


def test_an_example_that_holds_history_marks_only_what_is_learned_there() -> None:
    second = render(ROW, CHAT)[1]
    text = colour(tokens_of(second, CHAT, ROW.messages), marks=True).plain
    assert text.count("⟦") == 1
    assert text.endswith("⟦<think>\ny\n</think>\n\nd<|im_end|>⟧")
    assert "assistant\nb<|im_end|>" in text


def test_boundaries_part_every_token() -> None:
    assert "·q·<|im_end|>·" in shown(boundaries=True)


def test_codes_in_the_data_are_shown_and_not_obeyed() -> None:
    hostile = Conversation("a", (user("\x1b[2Jgone"), assistant("[bold]x[/bold]\x07")))
    lines = shown(hostile)
    assert "␛[2Jgone" in lines
    assert "[bold]x[/bold]␇" in lines
    assert "\x1b" not in lines


def example(length: int) -> Example:
    return Example(ids([7] * length), ids([NOT_LEARNED] * (length - 1) + [7]))


def test_the_overview_tells_lengths_shares_and_what_batching_wastes() -> None:
    arms = overview_of({Arm.THINK: [(example(20),), (example(40),)], Arm.NO_THINK: [(example(20),)] * 2}, 30)
    lines = data_overview(arms)
    assert lines[0] == "think: 2 examples of 2 conversations (1.00 each), 60 tokens, 3.3% learned, longest 40"
    assert lines[1:4] == [f"  17–24  {'█' * 30} 1", f"  25–32  {'':<30} 0", f"  33–48  {'█' * 30} 1"]
    assert lines[-5] == "positions computed for each real token"
    assert lines[-4].startswith("  side by side, no padding (sfttrain)  think 8.53   no-think 12.80")
    assert lines[-2] == "  padded as they come, 8 at a time     think 1.33   no-think 1.00"
    assert lines[-1].endswith("think 1.00 (1 examples cut)   no-think 1.00 (1 examples cut)")


def test_a_bar_is_never_empty_where_there_is_an_example() -> None:
    (one,) = overview_of({Arm.THINK: [(example(10),), *[(example(20),)] * 999]}, 30)
    assert "▏" in data_overview([one])[1]


def test_no_arm_gives_no_line() -> None:
    assert data_overview(()) == []
