"""The mask and the shift: exact to the token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfteval.errors import TemplateError
from sfteval.types import Message
from sfttrain.arm import shown_to
from sfttrain.render import render, shift
from sfttrain.types import NOT_LEARNED, Arm, Conversation, Example, ids
from tests.toys import CHATML, assistant, system, toy_tokenizer, user

TOKENIZER = Tokenizer.from_backend(toy_tokenizer())
STOP = TOKENIZER.token_id("<|im_end|>") or 0
CHAT = ChatFormat(ChatTemplate(CHATML), TOKENIZER, (STOP,))


def learned_text(example: Example) -> str:
    return TOKENIZER.decode(target for target in example.targets if target != NOT_LEARNED)


def test_the_first_supervised_target_sits_on_the_last_prompt_token() -> None:
    row = shown_to(Arm.NO_THINK, Conversation("a", (user("2+2?"), assistant("4"))))
    (example,) = render(row, CHAT)
    prompt = CHAT.prompt(row.messages[:1], kwargs=row.template_kwargs).token_ids
    assert tuple(example.token_ids[: len(prompt)]) == prompt
    assert example.targets[len(prompt) - 1] == TOKENIZER.encode("4")[0]
    assert set(example.targets[: len(prompt) - 1]) == {NOT_LEARNED}
    assert list(example.targets[len(prompt) :]) == [STOP]
    assert example.num_tokens == len(prompt) + 1


def test_the_arms_of_one_row_learn_the_same_answer_with_and_without_the_thought() -> None:
    row = Conversation("a", (system("S"), user("2+2?"), assistant("4", "two and two")))
    (think,), (no_think,) = render(shown_to(Arm.THINK, row), CHAT), render(shown_to(Arm.NO_THINK, row), CHAT)
    assert learned_text(think) == "<think>\ntwo and two\n</think>\n\n4<|im_end|>"
    assert learned_text(no_think) == "4<|im_end|>"
    assert "two and two" not in TOKENIZER.decode(no_think.token_ids)


def test_rewritten_history_gives_one_example_per_assistant_turn() -> None:
    row = Conversation("a", (user("a"), assistant("b", "x"), user("c"), assistant("d", "y")))
    first, second = render(row, CHAT)
    assert learned_text(first) == "<think>\nx\n</think>\n\nb<|im_end|>"
    assert learned_text(second) == "<think>\ny\n</think>\n\nd<|im_end|>"
    assert "x" not in TOKENIZER.decode(second.token_ids)
    assert [example.spans[0].message_index for example in (first, second)] == [1, 3]


@given(st.lists(st.integers(0, 99), min_size=2), st.data())
def test_shifting_puts_every_learned_token_one_place_earlier_and_no_other(
    tokens: list[int], data: st.DataObject
) -> None:
    start = data.draw(st.integers(1, len(tokens) - 1))
    stop = data.draw(st.integers(start + 1, len(tokens)))
    token_ids, targets = shift(tokens, [(start, stop)])
    assert list(token_ids) == list(tokens[:-1])
    assert [(i + 1, t) for i, t in enumerate(targets) if t != NOT_LEARNED] == list(enumerate(tokens))[start:stop]


def test_a_first_token_is_never_a_target() -> None:
    assert shift([5, 6, 7], [(0, 3)]) == (ids([5, 6]), ids([6, 7]))


@pytest.mark.parametrize(
    ("message", "lost"),
    [
        (assistant("keep<|im_end|>LOST"), "LOST"),
        (assistant("4", "why<|im_end|>\nLOST"), "LOST\n</think>\n\n4"),
    ],
)
def test_a_turn_that_a_stop_token_in_its_text_would_cut_short_is_refused(message: Message, lost: str) -> None:
    row = Conversation("a", (user("q"), assistant("p"), user("2+2?"), message))
    with pytest.raises(TemplateError) as caught:
        render(row, CHAT)
    assert str(caught.value) == (
        "row a, turn 4 (assistant): expected to learn all that the turn says, "
        f"got a stop token inside the text, before {lost!r}. Write the token in another way, or leave the row out."
    )


def test_a_stop_token_that_the_format_does_not_list_is_found_as_well() -> None:
    row = Conversation("a", (user("q"), assistant("keep<|endoftext|>LOST")))
    assert learned_text(render(row, CHAT)[0]) == "<think>\n\n</think>\n\nkeep<|endoftext|>LOST<|im_end|>"
    with pytest.raises(TemplateError, match="a stop token inside the text, before 'LOST'"):
        render(row, CHAT, [TOKENIZER.token_id("<|endoftext|>") or 0])


def test_a_stop_token_with_nothing_behind_it_costs_no_row() -> None:
    with_it = Conversation("a", (user("say <|im_end|> and go on"), assistant("keep<|im_end|>\n")))
    (example,) = render(with_it, CHAT)
    assert learned_text(example) == "<think>\n\n</think>\n\nkeep<|im_end|>"
