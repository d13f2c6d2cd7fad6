"""Held-out loss: the figures of plain transformers, one row at a time; thought and answer told apart by the token."""

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfteval.errors import ConfigurationError, DataError
from sfttrain.arm import shown_to
from sfttrain.evaluate import HeldOut, held_out_loss, think_places
from sfttrain.model import load_model
from sfttrain.render import render
from sfttrain.types import NOT_LEARNED, Arm, Conversation, Example, Span, ids
from tests.toys import CHATML, assistant, toy_tokenizer, user

TOKENIZER = Tokenizer.from_backend(toy_tokenizer())
STOP = TOKENIZER.token_id("<|im_end|>") or 0
CHAT = ChatFormat(ChatTemplate(CHATML), TOKENIZER, (STOP,))
PREFILLING = CHATML.replace("('' if show_thinking else '<think>", "('<think>\\n' if show_thinking else '<think>")

ROWS = [
    Conversation("sum", (user("2+2?"), assistant("4", "two and two"))),
    Conversation("café", (user("Where?"), assistant("au café ☕", "un café, peut-être"))),
    Conversation("turns", (user("a"), assistant("b", "x"), user("c"), assistant("d", "y"))),
]


@pytest.fixture
def model(toy_base: Path) -> Any:
    return load_model(toy_base, torch.device("cpu"))


def shown(arm: Arm, chat: ChatFormat = CHAT, rows: Sequence[Conversation] = ROWS) -> list[Example]:
    return [example for row in rows for example in render(shown_to(arm, row), chat)]


def example_of(said: Sequence[int], read: Sequence[int] = ()) -> Example:
    """Return a prompt of one token and what is said after it, the places `read` of it not learned."""
    targets = ids(NOT_LEARNED if place in read else token for place, token in enumerate(said))
    return Example(ids([1, *said[:-1]]), targets)


def split(example: Example, chat: ChatFormat = CHAT) -> tuple[str, str]:
    """Return the text of what is thought and of what is answered."""
    learned = [target for target in example.targets if target != NOT_LEARNED]
    places = think_places(example, chat)
    assert len(places) == len(learned)
    sides = [[token for token, place in zip(learned, places, strict=True) if place is side] for side in (True, False)]
    return chat.tokenizer.decode(sides[0]), chat.tokenizer.decode(sides[1])


def by_hand(toy_base: Path, examples: Sequence[Example]) -> list[list[tuple[int, float]]]:
    """Return target and loss in nats of every supervised position, row by row, from transformers alone."""
    from transformers import AutoModelForCausalLM

    plain = AutoModelForCausalLM.from_pretrained(toy_base, dtype=torch.float32).eval()
    rows = []
    for example in examples:
        with torch.no_grad():
            logs = plain(torch.tensor([list(example.token_ids)])).logits[0].double().log_softmax(-1)
        rows.append([(t, -float(logs[i, t])) for i, t in enumerate(example.targets) if t != NOT_LEARNED])
    return rows


def test_the_figures_are_those_of_plain_transformers(model: Any, toy_base: Path) -> None:
    examples = shown(Arm.THINK)
    rows = by_hand(toy_base, examples)
    losses = [loss for row in rows for _, loss in row]
    thought = [place for example in examples for place in think_places(example, CHAT)]
    text = [[token for token, _ in row if token != STOP] for row in rows]
    nats = sum(loss for row in rows for token, loss in row if token != STOP)
    num_bytes = sum(len(TOKENIZER.decode(tokens).encode()) for tokens in text)

    held_out = held_out_loss(model, examples, CHAT, max_tokens=60, precision="fp32")

    close = pytest.approx
    assert held_out.loss == close(sum(losses) / len(losses), rel=1e-5)
    for figure, side in ((held_out.think_loss, True), (held_out.answer_loss, False)):
        chosen = [loss for loss, place in zip(losses, thought, strict=True) if place is side]
        assert figure == close(sum(chosen) / len(chosen), rel=1e-5)
    assert held_out.bits_per_byte == close(nats / math.log(2) / num_bytes, rel=1e-5)
    assert held_out.loss_by_position["loss_first"] == close(sum(row[0][1] for row in rows) / 4, rel=1e-5)
    second = [loss for row in rows for _, loss in row[1:4]]
    assert held_out.loss_by_position["loss_2_4"] == close(sum(second) / len(second), rel=1e-5)
    assert (held_out.num_rows, held_out.num_supervised) == (3, len(losses))


def test_a_byte_of_a_multi_byte_character_counts_once_for_itself(model: Any) -> None:
    (example,) = shown(Arm.NO_THINK, rows=[Conversation("c", (user("q"), assistant("é☕")))])
    held_out = held_out_loss(model, [example], CHAT, max_tokens=60, precision="fp32")
    assert held_out.num_supervised == 2 + 3 + 1  # bytes of é and ☕, and the stop token
    assert held_out.loss * 6 / math.log(2) / 5 == pytest.approx(held_out.bits_per_byte, rel=0.5)


def test_how_it_is_cut_changes_nothing_and_the_model_goes_on_training(model: Any) -> None:
    examples = shown(Arm.THINK)
    modes: list[bool] = []
    model.register_forward_pre_hook(lambda module, _: modes.append(module.training))
    model.train()
    before = [parameter.clone() for parameter in model.parameters()]
    whole, cut = (held_out_loss(model, examples, CHAT, max_tokens=n, precision="fp32") for n in (1_000, 40))
    assert cut.loss == pytest.approx(whole.loss, rel=1e-5)
    assert cut.think_loss == pytest.approx(whole.think_loss, rel=1e-5)
    assert cut.bits_per_byte == pytest.approx(whole.bits_per_byte, rel=1e-5)
    assert held_out_loss(model, examples, CHAT, max_tokens=40, precision="fp32") == cut
    assert model.training
    assert all(torch.equal(was, now) for was, now in zip(before, model.parameters(), strict=True))
    assert all(parameter.grad is None for parameter in model.parameters())
    model.eval()
    held_out_loss(model, examples, CHAT, max_tokens=40, precision="fp32")
    assert not model.training
    assert not any(modes)  # dropout would make every call another


def test_an_arm_without_thought_has_no_loss_of_thought(model: Any) -> None:
    held_out = held_out_loss(model, shown(Arm.NO_THINK), CHAT, max_tokens=100, precision="fp32")
    assert held_out.think_loss is None
    assert held_out.answer_loss == held_out.loss
    json.dumps(held_out.as_json(), allow_nan=False)


def test_the_figures_stand_side_by_side_in_a_line() -> None:
    held_out = HeldOut(1.0, 2.0, None, 0.5, 3, 40, {"loss_first": 4.0, "loss_rest": None})
    assert held_out.as_json() == {
        "loss": 1.0,
        "answer_loss": 2.0,
        "think_loss": None,
        "bits_per_byte": 0.5,
        "num_rows": 3,
        "num_supervised": 40,
        "loss_first": 4.0,
        "loss_rest": None,
    }


def test_thought_and_answer_are_told_apart_to_the_token() -> None:
    think, _, first, second = shown(Arm.THINK)
    assert split(think) == ("<think>\ntwo and two\n</think>", "\n\n4<|im_end|>")
    assert split(first) == ("<think>\nx\n</think>", "\n\nb<|im_end|>")
    assert split(second) == ("<think>\ny\n</think>", "\n\nd<|im_end|>")
    assert split(shown(Arm.NO_THINK)[0]) == ("", "4<|im_end|>")


def test_characters_of_several_tokens_stay_whole_on_both_sides() -> None:
    row = Conversation("c", (user("q"), assistant("☕é", "é🙂")))
    (example,) = shown(Arm.THINK, rows=[row])
    assert split(example) == ("<think>\né🙂\n</think>", "\n\n☕é<|im_end|>")


def test_a_character_just_before_a_tag_is_not_drawn_into_it() -> None:
    said = [*TOKENIZER.encode("é<think>é</think>☕"), STOP]
    assert split(example_of(said)) == ("<think>é</think>", "é☕<|im_end|>")


def test_tags_that_the_tokenizer_has_no_token_for_are_found_as_text() -> None:
    tokenizer = Tokenizer.from_backend(toy_tokenizer([("k", ">")]))
    said = [index for letter in "<think>é</think>4" for index in tokenizer.encode(letter)]
    thought = think_places(example_of([*said, STOP]), dataclasses.replace(CHAT, tokenizer=tokenizer))
    assert thought == (True,) * (len("<think></think>") + 2) + (False, False)


def test_a_thought_that_the_prompt_opened_is_thought_from_the_first_token() -> None:
    chat = dataclasses.replace(CHAT, template=ChatTemplate(PREFILLING))
    think, *_ = shown(Arm.THINK, chat)
    assert split(think, chat) == ("two and two\n</think>", "\n\n4<|im_end|>")
    assert split(shown(Arm.NO_THINK, chat)[0], chat) == ("", "4<|im_end|>")


def test_a_thought_that_the_prompt_opened_and_nothing_closed_is_all_thought() -> None:
    said = ids([*TOKENIZER.encode("and so on"), STOP])
    for prompt, thought in (("<think>", True), ("<think>\n\n", True), ("<think>\n</think>", False), ("think>", False)):
        before = ids(TOKENIZER.encode(prompt))
        example = Example(before + said[:-1], ids([NOT_LEARNED]) * (len(before) - 1) + said)
        assert think_places(example, CHAT) == (thought,) * len(said)


def test_a_thought_goes_on_over_what_is_not_learned_in_its_midst() -> None:
    said = [*TOKENIZER.encode("<think>a.c.d</think>e"), STOP]
    spans = (Span(0, 2, 1), Span(3, 4, 1), Span(5, len(said), 1))
    example = dataclasses.replace(example_of(said, read=[2, 4]), spans=spans)
    assert split(example) == ("<think>acd</think>", "e<|im_end|>")


def test_a_stop_that_is_learned_is_read_as_such_where_the_sequence_goes_on_with_an_observation() -> None:
    said = [*TOKENIZER.encode("<think>a</think>b"), STOP, *TOKENIZER.encode("\nseen c"), STOP]
    example = example_of(said, read=range(5, 10))
    held = ids([*example.token_ids[:5], *TOKENIZER.encode("<think>"), *example.token_ids[6:]])  # where the stop was
    spans = (Span(0, 5, 1), Span(10, len(said), 1))
    assert split(dataclasses.replace(example, token_ids=held, spans=spans)) == (
        "<think>a</think>",
        "b<|im_end|> c<|im_end|>",
    )


def test_broken_utf8_and_a_torn_end_are_taken_as_they_are() -> None:
    broken = TOKENIZER.encode("é")[:1]
    said = [*broken * 9, *TOKENIZER.encode("<think>"), *broken * 3, *TOKENIZER.encode("</think>"), *broken]
    thought = think_places(example_of(said), CHAT)
    assert len(thought) == len(said)
    assert thought[:8] == (False,) * 8
    assert thought[10:14] == (True,) * 4
    assert thought[14] is False


@pytest.mark.parametrize("examples", [[], [Example(ids([1, 2]), ids([NOT_LEARNED] * 2))]])
def test_rows_without_a_supervised_token_are_one_clear_error(model: Any, examples: list[Example]) -> None:
    with pytest.raises(DataError) as caught:
        held_out_loss(model, examples, CHAT, max_tokens=100, precision="fp32")
    assert str(caught.value) == (
        f"the held-out rows: expected at least one supervised token, got none in {len(examples)} examples. "
        "Raise held_out_share in [data], or set it to 0."
    )


def test_a_model_that_has_diverged_is_one_clear_error(model: Any) -> None:
    with torch.no_grad():
        model.model.norm.weight.fill_(float("nan"))
    model.train()
    with pytest.raises(ConfigurationError, match="expected finite losses, got nan"):
        held_out_loss(model, shown(Arm.THINK), CHAT, max_tokens=100, precision="fp32")
    assert model.training
