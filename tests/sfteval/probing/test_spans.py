"""One conversation as token ids: what is scored of it, and what is not."""

import pytest

from sfteval.chat import ChatFormat
from sfteval.probing.rows import Row, row_of
from sfteval.probing.spans import MAX_TOKENS, piece_of
from sfteval.types import Checkpoint
from tests.toys import assistant, call, toy_checkpoint, user


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    return ChatFormat.from_folder(toy_checkpoint(tmp_path_factory.mktemp("toy") / "a"))


def checkpoint(arm="", **kwargs):
    return Checkpoint("a", "directory", "a", training={"arm": arm} if arm else {}, template_kwargs=kwargs)


def text_of(chat, piece, stretch):
    return chat.tokenizer.decode(piece.token_ids[slice(*stretch)])


def piece(chat, *messages, **kwargs):
    return piece_of(Row("r", messages, kwargs=kwargs), chat, checkpoint(**kwargs))


def test_answer_and_thought_are_scored_apart_without_tags_and_without_the_stop_token(chat):
    found = piece(chat, user("2+2?"), assistant("Four, surely.", "two and two"))
    assert text_of(chat, found, found.answer) == found.text == "Four, surely."
    assert text_of(chat, found, found.think) == "two and two"
    assert chat.tokenizer.decode(found.said) == "<think>\ntwo and two\n</think>\n\nFour, surely."
    assert chat.tokenizer.decode(found.token_ids[: found.num_prompt]).endswith(
        "2+2?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_an_empty_thought_that_the_template_forces_is_no_span(chat):
    in_answer = piece(chat, user("2+2?"), assistant("4"))
    assert chat.tokenizer.decode(in_answer.said) == "<think>\n\n</think>\n\n4"
    assert (in_answer.think, text_of(chat, in_answer, in_answer.answer)) == (None, "4")
    in_prompt = piece(chat, user("2+2?"), assistant("4"), enable_thinking=False)
    assert (in_prompt.think, chat.tokenizer.decode(in_prompt.said)) == (None, "4")


def test_the_last_learned_turn_is_the_item_and_calls_are_part_of_its_answer(chat):
    looked = call("look", place="sea")
    found = piece(chat, user("a"), assistant("b"), user("c"), assistant("", calls=[looked]), user("d"),
                  assistant("e", weight=0))  # fmt: skip
    assert found.text == '<tool_call>\n{"name": "look", "arguments": {"place": "sea"}}\n</tool_call>'
    assert [one.content for one in found.before] == ["a", "b", "c"]


def test_characters_of_several_bytes_stay_whole(chat):
    found = piece(chat, user("?"), assistant("grün – ja", "für"))
    assert text_of(chat, found, found.answer) == "grün – ja"
    assert text_of(chat, found, found.think) == "für"


def test_what_is_too_long_is_left_out(chat):
    assert piece(chat, user("a"), assistant("b" * MAX_TOKENS)) is None


ROW = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "<think>t</think>b"}]}


def test_the_arm_that_never_saw_reasoning_is_shown_none():
    thinking = row_of("r", ROW, checkpoint("think"))
    plain = row_of("r", ROW, checkpoint("no-think"))
    assert [(one.answer.content, one.answer.reasoning_content) for one in (thinking, plain)] == [
        ("b", "t"),
        ("b", None),
    ]
    assert row_of("r", ROW, checkpoint(enable_thinking=False)) == row_of("r", ROW, checkpoint(enable_thinking=False))
    assert thinking.content == plain.content


def test_two_columns_give_each_arm_its_own():
    row = {
        "messages_thinking": [*ROW["messages"][:1], {"role": "assistant", "content": "b", "reasoning_content": "t"}],
        "messages_no_thinking": [*ROW["messages"][:1], {"role": "assistant", "content": "c"}],
    }
    answers = [row_of("r", row, checkpoint(arm)).answer for arm in ("think", "no-think")]
    assert [(one.content, one.reasoning_content) for one in answers] == [("b", "t"), ("c", None)]


ASKED, ANSWERED = {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [ASKED],
        [ANSWERED],
        [{**ASKED, "role": "stranger"}, ANSWERED],
        [ASKED, {"role": "assistant", "tool_calls": [{"function": {}}]}],
        [ASKED, {**ANSWERED, "weight": 0}],
        [ASKED, {**ANSWERED, "content": "\ud800"}],
        [ASKED, {**ANSWERED, "tool_calls": [{"function": {"name": "f", "arguments": '{"a": NaN}'}}]}],
    ],
)
def test_a_row_that_cannot_be_read_is_left_out(messages):
    assert row_of("r", {"messages": messages}, checkpoint()) is None
