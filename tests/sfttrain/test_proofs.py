"""Each proof by itself: it holds on good data, says on how much, and stops at what it is there for, with the cure."""

import dataclasses
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import AddedToken

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfteval.chat.format import end_of_turn_ids
from sfteval.errors import ProofError, TemplateError
from sfteval.progress import silent_progress
from sfteval.types import Message
from sfttrain import attention, batch
from sfttrain.arm import shown_to
from sfttrain.config import DataSettings, Recipe, RenderSettings
from sfttrain.data import write_conversations
from sfttrain.loss import token_losses
from sfttrain.model import load_model
from sfttrain.prepare import Material, prepare
from sfttrain.proofs import Proof, prove, prove_firewall
from sfttrain.proofs.firewall import MAX_TOKENS, prove_layout, three_of
from sfttrain.proofs.proof import NUM_ROWS, Row, chosen, rows_of, spread
from sfttrain.proofs.roles import prove_roles
from sfttrain.proofs.targets import prove_targets
from sfttrain.proofs.text import prove_hidden, prove_text
from sfttrain.render import render
from sfttrain.types import NOT_LEARNED, Arm, Batch, Conversation, Example, Span, ids
from tests.toys import CHATML, WEATHER, assistant, call, system, tool, toy_checkpoint, toy_tokenizer, user

NUM_PROOFS = {Arm.THINK: 11, Arm.NO_THINK: 12}
INLINE = RenderSettings(reasoning="inline")
SILENT = CHATML.replace("(message.reasoning_content or '')", "''")


def proofs(recipe: Recipe, arm: Arm = Arm.THINK) -> tuple[Proof, ...]:
    model = load_model(Path(recipe.base), torch.device("cpu"))
    return prove(material(recipe, arm), arm, model, "fp32", recipe.render)


def material(recipe: Recipe, arm: Arm = Arm.THINK) -> Material:
    return prepare(recipe, (arm,), silent_progress())


def with_rows(recipe: Recipe, path: Path, rows: Sequence[Conversation]) -> Recipe:
    write_conversations(path, rows)
    return dataclasses.replace(recipe, data=DataSettings(path=str(path), held_out_share=0.0))


# -- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arm", list(Arm))
def test_every_proof_holds_on_good_data_and_says_on_how_much(recipe: Recipe, arm: Arm) -> None:
    shown = {proof.name: proof.numbers for proof in proofs(recipe, arm)}
    assert len(shown) == NUM_PROOFS[arm]
    assert shown["every learned turn ends with a stop token"]["turns"] > 20
    assert shown["every target is the next token"]["targets"] > 400
    assert shown["supervised text equals the expected completions"]["spans"] > 20
    assert shown["the first target sits at the served prompt's last position"]["later_spans"] > 0
    assert shown["planted words are learned where the arm says"] == {"words": 16, "not rendered: developer": 1}
    firewall = shown["no gradient crosses from one packed conversation into another"]
    assert (firewall["gradient"], firewall["sequences"]) == (0.0, 3)
    assert firewall["own_gradient"] > 0
    assert shown["packed loss equals solo loss"]["difference_nats"] < 1e-4
    assert shown["neighbours in another order change no loss"]["difference_nats"] < 1e-4


def test_a_think_arm_without_any_reasoning_in_the_data_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    rows = [Conversation(f"{n}", (user("q"), assistant("a"))) for n in range(8)]
    changed = with_rows(recipe, tmp_path / "rows.jsonl", rows)
    with pytest.raises(ProofError, match="the think arm: expected reasoning in the data, got none in any row"):
        proofs(changed)
    assert len(proofs(changed, Arm.NO_THINK)) == NUM_PROOFS[Arm.NO_THINK]


def test_a_stop_token_written_in_an_answer_is_found(recipe: Recipe, tmp_path: Path) -> None:
    rows = [Conversation(f"{n}", (user("q"), assistant("one<|im_end|>two", "r"))) for n in range(8)]
    with pytest.raises(TemplateError, match="expected to learn all that the turn says"):
        proofs(with_rows(recipe, tmp_path / "rows.jsonl", rows))


def test_a_template_that_drops_reasoning_stops_the_think_arm_only_and_inline_is_the_cure(
    recipe: Recipe, tmp_path: Path
) -> None:
    base = toy_checkpoint(tmp_path / "base", template=SILENT)
    changed = dataclasses.replace(recipe, base=str(base))
    with pytest.raises(ProofError, match=r'the template drops it\. Set reasoning = "inline" in \[render\]'):
        proofs(changed)
    assert len(proofs(changed, Arm.NO_THINK)) == NUM_PROOFS[Arm.NO_THINK]
    cured = dataclasses.replace(changed, render=INLINE)
    assert len(proofs(cured)) == NUM_PROOFS[Arm.THINK]


# -- rows ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("num", "count"), [(0, 64), (1, 64), (64, 64), (65, 64), (127, 64), (10_000, 64)])
def test_rows_are_spread_from_the_first_to_the_last(num: int, count: int) -> None:
    some = spread(range(num), count)
    assert len(some) == len(set(some)) == min(num, count)
    assert some == sorted(some)
    assert num == 0 or (some[0], some[-1]) == (0, num - 1)


def test_a_rare_order_of_roles_is_chosen_too() -> None:
    def row(number: int) -> Row:
        turns = (user("q"), tool("x"), assistant("a")) if number == 501 else (user("q"), assistant("a"))
        return Row(f"{number}", turns, (), {}, ())

    assert [one.id for one in chosen([row(number) for number in range(1000)])].count("501") == 1
    assert len(chosen([row(number) for number in range(1000)])) == NUM_ROWS + 1


def test_a_row_is_told_to_each_arm_as_the_arm_module_tells_it(recipe: Recipe) -> None:
    for arm in Arm:
        some = material(recipe, arm)
        for row, one in zip(rows_of(some, arm), some.conversations, strict=True):
            shown = shown_to(arm, one)
            assert (row.messages, row.template_kwargs) == (shown.messages, shown.template_kwargs)
            assert bool(row.hidden) == (arm is Arm.NO_THINK)


# -- targets ---------------------------------------------------------------------------------------------------------

TOKENIZER = Tokenizer.from_backend(toy_tokenizer())
STOP, START, END = (TOKENIZER.token_id(name) or 0 for name in ("<|im_end|>", "<|im_start|>", "<|endoftext|>"))
CHAT = ChatFormat(ChatTemplate(CHATML), TOKENIZER, (STOP,))
A, B, C, D = TOKENIZER.encode("abcd")
GOOD = Example(ids([START, A, B, C]), ids([NOT_LEARNED, B, C, STOP]), (Span(1, 4, 1),), "x")


def targets(example: Example, vocabulary_size: int = 9999) -> tuple[Proof, ...]:
    return prove_targets([example], CHAT, (STOP,), vocabulary_size)


def test_the_numbers_of_a_good_example_are_its_own() -> None:
    assert [proof.numbers for proof in targets(GOOD)] == [
        {"examples": 1, "turns": 1, "stop_token_ids": 1},
        {"examples": 1, "turns": 1, "targets": 3, "stops_written_ahead": 0},
        {"examples": 1, "turns": 1, "targets": 3},
        {"examples": 1},
    ]


def test_a_stop_may_be_said_where_the_text_goes_on() -> None:
    ahead = dataclasses.replace(GOOD, token_ids=ids([START, A, B, C, D]), targets=ids([*GOOD.targets, NOT_LEARNED]))
    assert targets(ahead)[1].numbers["stops_written_ahead"] == 1


N = NOT_LEARNED
BAD: dict[str, tuple[list[int], list[int], tuple[tuple[int, int], ...], str]] = {
    "a hole": ([START, A, B, C], [N, B, N, STOP], ((1, 4),), "every target of the turn at positions 1 to 3 learned"),
    "no stop": ([START, A, B, C], [N, B, C, D], ((1, 4),), "a stop token as the last target of a turn, got 'd'"),
    "not shifted": ([START, A, B, C], [N, A, B, STOP], ((1, 4),), "the next token 'b' as target of 1, got 'a'"),
    "outside": ([START, A, B, C], [A, B, C, STOP], ((1, 4),), "nothing learned outside assistant turns, got 'a'"),
    "nothing": ([START, A, B, C], [N, N, N, N], (), "something to learn, got no target at all"),
    "no span": ([START, A, B, C], [N, B, C, STOP], (), "turns in order within 4 positions"),
    "beyond": ([START, A, B, C], [N, B, C, STOP], ((1, 5),), "turns in order within 4 positions"),
    "overlap": ([START, A, B, C], [N, B, C, STOP], ((1, 3), (2, 4)), "turns in order within 4 positions"),
    "an early stop": ([START, A, STOP, C], [N, STOP, C, STOP], ((1, 4),), "a stop token only at the end of a turn"),
    "two begin": ([START, START, B, C], [N, B, C, STOP], ((1, 4),), "one beginning-of-sequence token, got two"),
    "too short": ([START, A, B], [N, B, C, STOP], ((1, 4),), "a target for each of 3 positions, got 4"),
    "negative": ([START, -1, B, C], [N, B, C, STOP], ((1, 4),), "token ids below the model's 9,999, got -1"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_example_that_is_not_what_it_must_be_is_refused_with_its_row(name: str) -> None:
    tokens, wanted, spans, message = BAD[name]
    example = Example(ids(tokens), ids(wanted), tuple(Span(*span, 1) for span in spans), "x")
    with pytest.raises(ProofError, match=re.escape(f"row x: expected {message}")):
        targets(example)


def test_a_tokenizer_that_knows_more_than_the_model_is_refused() -> None:
    assert len(targets(GOOD, vocabulary_size=STOP + 1)) == 4
    with pytest.raises(ProofError, match="Give base model and tokenizer the same vocabulary"):
        targets(GOOD, vocabulary_size=STOP)


# -- text ------------------------------------------------------------------------------------------------------------

TURNS = (user("q"), assistant("a", "r"), user("q two"), assistant("a two", "r two"))


def row_of(examples: tuple[Example, ...], messages: tuple[Message, ...] = TURNS, hidden: tuple[str, ...] = ()) -> Row:
    return Row("x", messages, (), {"enable_thinking": True}, examples, hidden)


def rendered(messages: tuple[Message, ...] = TURNS) -> tuple[Example, ...]:
    return render(Conversation("x", messages, template_kwargs={"enable_thinking": True}), CHAT)


def text(row: Row) -> tuple[Proof, ...]:
    return prove_text([row], CHAT, (STOP,), RenderSettings())


def moved(example: Example, by: int) -> Example:
    """Return the example with its last turn learned from `by` positions later, rightly shifted and stopped."""
    span = dataclasses.replace(example.spans[-1], start=example.spans[-1].start + by)
    following = [*example.token_ids[1:], example.targets[-1]]
    learned = [following[i] if span.start <= i < span.stop else N for i in range(example.num_tokens)]
    return dataclasses.replace(example, targets=ids(learned), spans=(*example.spans[:-1], span))


@pytest.mark.parametrize("by", [-1, 1, -10])
def test_text_alone_finds_a_mask_that_is_off(by: int) -> None:
    first, second = rendered()
    assert text(row_of((first, moved(second, 0))))[0].numbers["spans"] == 2
    with pytest.raises(ProofError, match="row x, turn 4: expected its first supervised target at position"):
        text(row_of((first, moved(second, by))))


def test_text_alone_finds_a_turn_that_is_learned_never_or_twice() -> None:
    first, second = rendered()
    with pytest.raises(ProofError, match="turns 2, 4 learned in 2 pieces, got turns 4 in 1 pieces"):
        text(row_of((second,)))
    with pytest.raises(ProofError, match="expected turns 2, 4 learned in 2 pieces"):
        text(row_of((first, first, second)))


def test_text_alone_finds_another_prompt_than_the_served_one() -> None:
    with pytest.raises(ProofError, match="the served prompt's token ids before it, got others from position"):
        text(row_of(rendered(), (user("Q"), *TURNS[1:])))


def test_text_alone_finds_another_answer() -> None:
    with pytest.raises(ProofError, match=r"to learn '</think>\\n\\nb<\|im_end\|>', got"):
        text(row_of(rendered()[:1], (user("q"), assistant("b", "r"))))


def test_text_alone_finds_a_target_before_the_first_turn() -> None:
    (example,) = rendered()[:1]
    early = dataclasses.replace(example, targets=ids([example.token_ids[1], *example.targets[1:]]))
    with pytest.raises(ProofError, match=f"its first target at position {example.spans[0].start}, got 0"):
        text(row_of((early,), TURNS[:2]))


def test_a_turn_of_weight_0_must_not_be_learned() -> None:
    messages = (user("q"), assistant("a", "r", weight=0), user("q two"), assistant("a two", "r two"))
    assert text(row_of(rendered(messages), messages))[0].numbers["spans"] == 1
    with pytest.raises(ProofError, match="expected turns 4 learned"):
        text(row_of(rendered(), messages))


def call_proved(template: str, content: str = "") -> tuple[Proof, ...]:
    """Prove a call of weather(town="Ulm"), rendered without the text that should stand beside it."""
    chat = ChatFormat(ChatTemplate(template), TOKENIZER, (STOP,))
    messages = (user("q"), assistant("", "r", [call("weather", town="Ulm")]))
    row = Conversation("x", messages, (WEATHER,), {"enable_thinking": True})
    told = (messages[0], dataclasses.replace(messages[1], content=content))
    shown = Row("x", told, row.tools, row.template_kwargs, render(row, chat))
    return prove_text([shown], chat, (STOP,), RenderSettings())


def test_arguments_that_the_template_drops_stop_the_run() -> None:
    assert call_proved(CHATML)[0].numbers["spans"] == 1
    with pytest.raises(ProofError, match=r"to learn the tool call, '(town|Ulm)' among it"):
        call_proved(CHATML.replace("else call.function.arguments | tojson", "else '{}'"))


def test_text_that_the_template_drops_beside_a_call_stops_the_run() -> None:
    silent = CHATML.replace("{{- message.content }}\n        {%- for", "{%- for")
    assert silent != CHATML
    with pytest.raises(ProofError, match="Use a template that renders text beside a tool call"):
        call_proved(silent.replace("if message.content or", "if"), "I ask.")


def test_reasoning_in_any_token_of_the_other_arm_is_found() -> None:
    examples = rendered((user("q"), assistant("a", "a secret thought")))
    bare = (user("q"), assistant("a"))
    with pytest.raises(ProofError, match="row x: expected no reasoning in the no-think arm, got 'a secret thought'"):
        prove_hidden([row_of(examples, bare, ("a secret thought",))], CHAT)
    assert prove_hidden([row_of(examples, bare, ("q",))], CHAT).numbers["thoughts"] == 1  # it is the question too


# -- roles -----------------------------------------------------------------------------------------------------------


def roles(template: str, arm: Arm = Arm.THINK, change: Callable[[Example], Example] = lambda one: one) -> Proof:
    chat = ChatFormat(ChatTemplate(template), TOKENIZER, (STOP,))
    return prove_roles(
        arm,
        [{}, {"mood": "calm"}, {"mood": "calm"}],
        lambda row: [change(one) for one in render(shown_to(arm, row), chat)],
        chat,
        any_reasoning=True,
    )


def test_words_are_planted_once_for_each_set_of_template_variables() -> None:
    assert roles(CHATML).numbers == {"words": 32, "not rendered: developer": 1}


def test_a_role_that_the_template_refuses_is_noted() -> None:
    picky = "{%- if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + CHATML
    assert roles(picky).numbers["not rendered: system"] == 1


def test_a_template_that_renders_no_user_is_refused() -> None:
    with pytest.raises(ProofError, match="a planted word of the user rendered, got it in no token"):
        roles(CHATML.replace("'<|im_start|>user\\n' ~ message.content", "'<|im_start|>user\\n'"))


@pytest.mark.parametrize("word", ["system", "user", "tool response", "tool definition"])
def test_a_role_that_is_learned_and_must_not_be_is_named(word: str) -> None:
    planted = {
        "system": "zsystemz",
        "user": "zquestionz",
        "tool response": "zresponsez",
        "tool definition": "ztoolz",
    }[word]
    wanted = TOKENIZER.encode(planted)

    def learned_too(one: Example) -> Example:
        tokens, changed = list(one.token_ids), list(one.targets)
        for start in range(len(tokens) - len(wanted)):
            if tuple(tokens[start : start + len(wanted)]) == wanted:
                changed[start - 1 : start - 1 + len(wanted)] = wanted
        return dataclasses.replace(one, targets=ids(changed))

    with pytest.raises(ProofError, match=f"a planted word of the {word} not learned, got it among the targets"):
        roles(CHATML, change=learned_too)


def test_an_answer_that_is_read_and_not_learned_is_found() -> None:
    def unlearned(one: Example) -> Example:
        return dataclasses.replace(one, targets=ids([N] * one.num_tokens))

    with pytest.raises(ProofError, match="a planted word of the content learned, got it read and not learned"):
        roles(CHATML, Arm.NO_THINK, unlearned)


def test_reasoning_that_the_other_arm_only_reads_is_found() -> None:
    def leaking(row: Conversation) -> tuple[Example, ...]:
        shown = shown_to(Arm.NO_THINK, row)
        asked = (dataclasses.replace(shown.messages[0], content=shown.messages[0].content + " zthoughtz"),)
        return render(dataclasses.replace(shown, messages=(*asked, *shown.messages[1:])), CHAT)

    with pytest.raises(ProofError, match="arm no-think: expected reasoning in no token at all, got a planted word"):
        prove_roles(Arm.NO_THINK, [], leaking, CHAT, any_reasoning=True)


def test_a_template_that_refuses_every_conversation_says_so_itself() -> None:
    with pytest.raises(TemplateError, match="not today"):
        roles("{{ raise_exception('not today') }}")


# -- stock templates, read from a peer's package ---------------------------------------------------------------------

FAMILIES = ("qwen3", "qwen2_5", "llama3_1", "gemma3", "gptoss", "phi3", "deepseek_r1_distill", "deepseekv3", "glm4moe")
NO_REASONING = ("qwen2_5", "llama3_1", "gemma3", "phi3")
MARKERS = re.compile(r"<[|｜][^<>\s{}'\"]+?[|｜]>|<(?:start|end)_of_turn>")
STOCK = (
    Conversation("two", TURNS),
    Conversation("system", (system("Be kind."), *TURNS[:2])),
    Conversation("call", (user("q"), assistant("", "r", [call("weather", town="Ulm")])), (WEATHER,)),
    Conversation("react", (user("q"), assistant("Action: x\nAction Input: y\nObservation: z\nFinal Answer: w", "r"))),
)


def stock_chat(family: str) -> ChatFormat:
    trl = pytest.importorskip("trl")
    source = (Path(trl.__file__).parent / "chat_templates" / f"{family}.jinja").read_text(encoding="utf-8")
    backend = toy_tokenizer()
    markers = [*sorted(set(MARKERS.findall(source))), "<s>", "</s>"]
    backend.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in markers])
    tokenizer = Tokenizer.from_backend(backend)
    template = ChatTemplate(source, {"bos_token": "<s>", "eos_token": "</s>"}, family)
    chat = ChatFormat(template, tokenizer, (tokenizer.token_id("</s>") or 0,))
    return dataclasses.replace(
        chat, stop_token_ids=tuple(dict.fromkeys((*chat.stop_token_ids, *end_of_turn_ids(chat))))
    )


def stock_proofs(family: str, arm: Arm, settings: RenderSettings) -> int:
    """Prove every stock conversation that the template renders, and return how many these are."""
    chat = stock_chat(family)
    stops = chat.stop_token_ids
    prove_roles(arm, [], lambda row: render(shown_to(arm, row), chat, stops, settings), chat, any_reasoning=True)
    num_proved = 0
    for conversation in STOCK:
        shown = shown_to(arm, conversation)
        try:
            examples = render(shown, chat, stops, settings)
        except TemplateError:
            continue
        prove_targets(examples, chat, stops, 9999)
        row = Row(shown.id, shown.messages, shown.tools, shown.template_kwargs, examples)
        prove_text([row], chat, stops, settings)
        num_proved += 1
    return num_proved


@pytest.mark.parametrize("family", FAMILIES)
def test_stock_templates_are_proved_in_the_no_think_arm(family: str) -> None:
    assert stock_proofs(family, Arm.NO_THINK, RenderSettings()) >= 3


@pytest.mark.parametrize("family", FAMILIES)
def test_stock_templates_are_proved_in_the_think_arm_or_name_the_cure(family: str) -> None:
    if family not in NO_REASONING:
        assert stock_proofs(family, Arm.THINK, RenderSettings()) >= 3
        return
    with pytest.raises(ProofError, match=r'the template drops it\. Set reasoning = "inline" in \[render\]'):
        stock_proofs(family, Arm.THINK, RenderSettings())


@pytest.mark.parametrize("family", [one for one in NO_REASONING if one != "llama3_1"])
def test_the_cure_is_one(family: str) -> None:
    assert stock_proofs(family, Arm.THINK, INLINE) >= 3


# -- layout and firewall ---------------------------------------------------------------------------------------------


def test_three_examples_of_different_lengths_are_packed_the_shortest_between_two() -> None:
    some = [Example(ids([7] * n), ids([7] * n)) for n in range(1, 101)]
    assert [one.num_tokens for one in three_of(some)] == [26, 1, 51]


def test_examples_that_are_all_long_are_cut_around_what_is_learned() -> None:
    long = Example(ids(range(5000)), ids([N] * 4000 + list(range(4001, 5001))))
    for one in three_of([long, long]):
        assert one.num_tokens == MAX_TOKENS
        assert one.token_ids[0] == 4000 - MAX_TOKENS // 2
        assert one.num_supervised == MAX_TOKENS // 2
    end = Example(ids(range(5000)), ids([N] * 4999 + [7]))
    assert (three_of([end])[0].token_ids[-1], three_of([end])[0].num_supervised) == (4999, 1)


def test_one_example_is_enough_for_the_firewall(recipe: Recipe) -> None:
    model = load_model(Path(recipe.base), torch.device("cpu"))
    leak, alone, order = prove_firewall(model, [GOOD], "fp32")
    assert (leak.numbers["gradient"], leak.numbers["longest_tokens"]) == (0.0, 4)
    assert alone.numbers["difference_nats"] < 1e-4
    assert order.numbers["difference_nats"] < 1e-4


def test_the_firewall_leaves_the_model_as_it_was(recipe: Recipe) -> None:
    model = load_model(Path(recipe.base), torch.device("cpu")).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    prove_firewall(model, [GOOD], "fp32")
    assert model.training
    assert all(weight.grad is None and weight.requires_grad for weight in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_model_whose_loss_is_not_a_number_is_stopped(recipe: Recipe) -> None:
    model: Any = load_model(Path(recipe.base), torch.device("cpu"))
    with torch.no_grad():
        model.model.norm.weight.fill_(float("nan"))
    with pytest.raises(ProofError, match="the firewall of this model"):
        prove_firewall(model, [GOOD], "fp32")


def test_the_layout_is_looked_at_on_all_of_a_few_and_on_some_of_many() -> None:
    assert prove_layout([GOOD] * 3).numbers == {"examples": 3, "batches": 1}
    assert prove_layout([GOOD] * 9999).numbers["examples"] == 256


def test_positions_that_go_on_are_found_in_the_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    flatten = batch.flatten

    def going_on(examples: Sequence[Example]) -> Batch:
        laid = flatten(examples)
        return dataclasses.replace(laid, position_ids=torch.arange(laid.input_ids.shape[1])[None])

    monkeypatch.setattr(batch, "flatten", going_on)
    with pytest.raises(ProofError, match="the positions in a batch: expected 0 at place 4, got 4"):
        prove_layout([GOOD, GOOD])


def test_a_neighbour_that_is_seen_is_found_by_its_gradient(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    segments = attention.segments
    model = load_model(Path(recipe.base), torch.device("cpu"))
    monkeypatch.setattr(attention, "segments", lambda ends, *rest: segments(ends[[0, -1]], *rest))
    with pytest.raises(ProofError, match="expected a gradient of exactly 0 from one packed conversation into another"):
        prove_firewall(model, [GOOD], "fp32")


@pytest.mark.parametrize(("by_order", "words"), [(False, "of it alone"), (True, "of it in another order")])
def test_a_neighbour_that_moves_a_loss_without_a_gradient_is_found(
    by_order: bool, words: str, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(Path(recipe.base), torch.device("cpu"))

    def moved(model: Any, packed: Batch, **inputs: torch.Tensor) -> torch.Tensor:
        asked_for_gradients = bool(inputs)
        is_packed = packed.num_supervised > GOOD.num_supervised
        return token_losses(model, packed, **inputs) + (is_packed and not (by_order and asked_for_gradients))

    monkeypatch.setattr("sfttrain.proofs.firewall.token_losses", moved)
    with pytest.raises(ProofError, match=f"the loss of a packed conversation within 0.0001 nats {words}, got 1"):
        prove_firewall(model, [GOOD], "fp32")
