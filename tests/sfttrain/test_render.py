"""The mask and the shift: exact to the token."""

from hypothesis import given
from hypothesis import strategies as st

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfttrain.arm import shown_to
from sfttrain.render import render, shift
from sfttrain.types import NOT_LEARNED, Arm, Conversation, Example
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
    assert example.token_ids[: len(prompt)] == prompt
    assert example.targets[len(prompt) - 1] == TOKENIZER.encode("4")[0]
    assert set(example.targets[: len(prompt) - 1]) == {NOT_LEARNED}
    assert example.targets[len(prompt) :] == (STOP,)
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
    assert token_ids == tuple(tokens[:-1])
    assert [(i + 1, t) for i, t in enumerate(targets) if t != NOT_LEARNED] == list(enumerate(tokens))[start:stop]


def test_a_first_token_is_never_a_target() -> None:
    assert shift([5, 6, 7], [(0, 3)]) == ((5, 6), (6, 7))
