"""What is learned, as people see it."""

import io

from rich.console import Console

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfttrain.render import render
from sfttrain.show import colour, runs, show_examples
from sfttrain.types import Conversation
from tests.toys import CHATML, assistant, toy_tokenizer, user

TOKENIZER = Tokenizer.from_backend(toy_tokenizer())
CHAT = ChatFormat(ChatTemplate(CHATML), TOKENIZER, (TOKENIZER.token_id("<|im_end|>") or 0,))
ROW = Conversation("a", (user("q"), assistant("b", "x"), user("r"), assistant("d", "y")))


def test_on_a_pipe_learned_text_stands_in_brackets() -> None:
    out = io.StringIO()
    show_examples(render(ROW, CHAT), CHAT, "row a, think", Console(file=out, highlight=False))
    assert "row a, think, example 1 of 2: 30 of" not in out.getvalue()
    assert "<|im_start|>assistant\n⟦<think>\nx\n</think>\n\nb<|im_end|>⟧" in out.getvalue()
    assert "example 2 of 2" in out.getvalue()


def test_runs_together_are_the_whole_sequence() -> None:
    example, _ = render(ROW, CHAT)
    text = "".join(TOKENIZER.decode(token_ids) for _, token_ids in runs(example))
    assert text == "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n<think>\nx\n</think>\n\nb<|im_end|>"
    assert [learned for learned, _ in runs(example)] == [False, True]
    assert colour(example, CHAT, marks=False).plain == text
