"""The mask and the shift: exact to the token, and how fast."""

import random
import statistics
import time
from collections.abc import Iterable

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import decoders, models, pre_tokenizers, trainers

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfteval.errors import TemplateError
from sfteval.types import Message
from sfttrain.arm import shown_to
from sfttrain.config import RenderSettings
from sfttrain.render import render, shift
from sfttrain.types import NOT_LEARNED, Arm, Conversation, Example, ids
from tests.toys import (
    CHATML,
    SPECIAL_TOKENS,
    WEATHER,
    assistant,
    call,
    system,
    tool,
    toy_tokenizer,
    user,
)

TOKENIZER = Tokenizer.from_backend(toy_tokenizer())
STOP = TOKENIZER.token_id("<|im_end|>") or 0
CHAT = ChatFormat(ChatTemplate(CHATML), TOKENIZER, (STOP,))
PLAIN = """\
{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ m.tool_calls | tojson if m.tool_calls }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"""
EXTENDS = ChatFormat(ChatTemplate(PLAIN), TOKENIZER, (STOP,))


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
    token_ids, targets = shift(tokens, [(start, tokens[start:stop])])
    assert list(token_ids) == list(tokens[:-1])
    assert len(targets) == len(token_ids)
    assert [(i + 1, t) for i, t in enumerate(targets) if t != NOT_LEARNED] == list(enumerate(tokens))[start:stop]


def test_a_run_may_end_with_a_token_that_the_sequence_does_not_hold() -> None:
    assert shift([5, 6, 7, 8], [(1, [6, 9]), (3, [8])]) == (ids([5, 6, 7]), ids([6, 9, 8]))


def test_a_first_token_is_never_a_target() -> None:
    assert shift([5, 6, 7], [(0, [5, 6, 7])]) == (ids([5, 6]), ids([6, 7]))


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


def test_only_assistants_of_weight_one_are_learned() -> None:
    turns = (
        system("S"),
        Message("developer", "D"),
        user("U"),
        assistant("A0", weight=0),
        assistant("A1", None, [call("weather", town="Ulm")]),
        tool("T"),
        assistant("A2"),
        Message("user", "V", weight=1),
    )
    (example,) = render(Conversation("a", turns, (WEATHER,)), EXTENDS)
    read = TOKENIZER.decode(example.token_ids)
    assert all(word in read for word in ("S", "D", "U", "A0", "T"))
    calls = '[{"type": "function", "function": {"name": "weather", "arguments": {"town": "Ulm"}}}]'
    assert learned_text(example) == f"A1{calls}<|im_end|>A2<|im_end|>"
    assert [span.message_index for span in example.spans] == [4, 6]


def test_a_call_that_the_template_leaves_out_is_refused() -> None:
    silent = ChatFormat(
        ChatTemplate(PLAIN.replace("{{ m.tool_calls | tojson if m.tool_calls }}", "")), TOKENIZER, (STOP,)
    )
    row = Conversation("a", (user("w?"), assistant("", None, [call("weather", town="Ulm")])))
    with pytest.raises(TemplateError) as caught:
        render(row, silent)
    assert str(caught.value) == (
        "row a, turn 2 (assistant): expected to learn its call of 'weather', got a turn that the template renders "
        "without. Use a template that renders it, or leave the row out."
    )


def test_reasoning_that_a_template_drops_is_learned_inline_or_refused() -> None:
    row, settings = Conversation("a", (user("q"), assistant("4", "why"))), RenderSettings(reasoning="inline")
    (example,) = render(row, EXTENDS, settings=settings)
    assert learned_text(example) == "<think>\nwhy\n</think>\n\n4<|im_end|>"
    cuts = PLAIN.replace("m.content", "m.content.split('</think>')[-1]")
    with pytest.raises(TemplateError, match="expected to learn its reasoning"):
        render(row, ChatFormat(ChatTemplate(cuts), TOKENIZER, (STOP,)), settings=settings)


REACT = "Action: w\nAction Input: Ulm\nObservation: sun\nThought: so\nFinal Answer: Sun."


def test_an_observation_in_react_text_is_read_and_never_learned() -> None:
    row = Conversation("a", (user("w?"), assistant(REACT), user("and now?"), assistant("Rain.")))
    (example,) = render(row, EXTENDS)
    first, second, third = ([*example.targets[span.start : span.stop]] for span in example.spans)
    assert TOKENIZER.decode(first) == "Action: w\nAction Input: Ulm\n<|im_end|>"
    assert TOKENIZER.decode(second) == "Thought: so\nFinal Answer: Sun.<|im_end|>"
    assert TOKENIZER.decode(third) == "Rain.<|im_end|>"
    assert TOKENIZER.decode([*example.token_ids, STOP]) == f"[user]w?<|im_end|>\n[assistant]{REACT}<|im_end|>\n" + (
        "[user]and now?<|im_end|>\n[assistant]Rain.<|im_end|>"
    )
    assert [span.message_index for span in example.spans] == [1, 1, 3]


def test_react_text_stays_one_sequence_under_a_trained_tokenizer() -> None:
    rng = random.Random(1)
    tokenizer = trained_tokenizer([prose(rng, 200), REACT * 20])
    chat = ChatFormat(ChatTemplate(PLAIN), tokenizer, tokenizer.encode("<|im_end|>"))
    (example,) = render(Conversation("a", (user("w?"), assistant(REACT.replace("Ulm", '{"town": "Ulm."}')))), chat)
    assert [tokenizer.decode(example.targets[span.start : span.stop]) for span in example.spans] == [
        'Action: w\nAction Input: {"town": "Ulm."}\n<|im_end|>',
        "Thought: so\nFinal Answer: Sun.<|im_end|>",
    ]


def test_react_text_is_learned_whole_where_the_recipe_says_so() -> None:
    (example,) = render(
        Conversation("a", (user("w?"), assistant(REACT))), EXTENDS, settings=RenderSettings(react=False)
    )
    assert learned_text(example) == f"{REACT}<|im_end|>"


def test_a_stop_token_in_an_observation_is_refused_as_in_any_text() -> None:
    row = Conversation("a", (user("w?"), assistant("Action: w\nObservation: <|im_end|>\nThought: LOST")))
    with pytest.raises(TemplateError, match="a stop token inside the text"):
        render(row, EXTENDS)


WORDS = st.text("ab \n<>é日", max_size=8)
ANSWERS = st.one_of(WORDS, st.just(REACT), st.just("Action: a\nObservation: b"))
EXCHANGES = st.lists(st.tuples(WORDS, ANSWERS, st.none() | WORDS, st.integers(0, 1)), min_size=1, max_size=4)


@given(EXCHANGES, st.sampled_from(Arm), st.sampled_from([CHAT, EXTENDS]), st.sampled_from(["template", "inline"]))
def test_any_conversation_is_learned_where_a_sampler_spoke_and_nowhere_else(
    exchanges: list[tuple[str, str, str | None, int]], arm: Arm, chat: ChatFormat, reasoning: str
) -> None:
    turns = [turn for q, a, why, weight in exchanges for turn in (user(q), assistant(a, why, weight=weight))]
    row = shown_to(arm, Conversation("a", tuple(turns)))
    settings = RenderSettings(reasoning="inline" if reasoning == "inline" else "template")
    examples = render(row, chat, settings=settings)
    learned = [span.message_index for example in examples for span in example.spans]
    assert list(dict.fromkeys(learned)) == [2 * n + 1 for n, exchange in enumerate(exchanges) if exchange[3]]
    for example in examples:
        inside = {place for span in example.spans for place in range(span.start, span.stop)}
        assert [place for place, target in enumerate(example.targets) if target != NOT_LEARNED] == sorted(inside)
        assert sum(span.stop - span.start for span in example.spans) == example.num_supervised
        assert len(example.token_ids) == len(example.targets)
        for span in example.spans:
            message, said = row.messages[span.message_index], [*example.targets[span.start : span.stop]]
            assert said.pop() == STOP
            assert STOP not in said
            assert said == [*example.token_ids[span.start + 1 : span.stop]]
            if "Observation:" not in message.content:
                assert TOKENIZER.decode(said).endswith(message.content)
            assert "Observation:" not in TOKENIZER.decode(said)
        first = example.spans[0]
        if first.message_index not in [
            span.message_index for one in examples for span in one.spans if one is not example
        ]:
            earlier = row.messages[: first.message_index]
            bare = [Message(one.role, one.content, weight=one.weight) for one in earlier]
            served = chat.prompt(bare if settings.reasoning == "inline" else earlier, kwargs=row.template_kwargs)
            assert tuple(example.token_ids[: first.start + 1]) == served.token_ids


# -- speed ------------------------------------------------------------------------------------------------------------

SYLLABLES = ("ka", "lo", "mi", "ren", "tos", "ver", "an", "el", "ing", "er", "sta", "pro", "con", "qu", "ble", "ti")
LETTERS = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def prose(rng: random.Random, num_words: int) -> str:
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(num_words)]
    return " ".join(word + rng.choice([" ", " ", " ", " ", ",", ".", ".\n"]).strip(" ") for word in words)


def trained_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Return a BPE of 16,000 tokens with the splitting rule of today's models."""
    backend = tokenizers.Tokenizer(models.BPE())
    split = pre_tokenizers.Split(tokenizers.Regex(LETTERS), "isolated")
    whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.pre_tokenizer = pre_tokenizers.Sequence([split, whole])
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=16_000,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=list(SPECIAL_TOKENS),
        show_progress=False,
    )
    backend.train_from_iterator(texts, trainer)
    return Tokenizer.from_backend(backend)


@pytest.mark.slow
@pytest.mark.parametrize(("num_exchanges", "template"), [(1, CHATML), (4, PLAIN)])
def test_a_core_renders_and_masks_a_hundred_thousand_tokens_a_second(
    num_exchanges: int, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")
    rng = random.Random(0)
    tokenizer = trained_tokenizer(prose(rng, 200) for _ in range(300))
    chat = ChatFormat(ChatTemplate(template), tokenizer, tokenizer.encode("<|im_end|>"))
    rows = [
        Conversation(f"{number}", tuple(turn for _ in range(num_exchanges) for turn in exchange(rng, num_exchanges)))
        for number in range(40)
    ]
    speeds = []
    for _ in range(6):  # the first warms up
        started = time.process_time()
        examples = [render(row, chat) for row in rows]
        speeds.append(sum(one.num_tokens for group in examples for one in group) / (time.process_time() - started))
    assert all(len(group) == 1 for group in examples)
    assert 500 < statistics.median(group[0].num_tokens for group in examples) < 2000
    measured = statistics.median(speeds[1:])
    assert measured > 100_000, f"{measured:,.0f} tokens/s"


def exchange(rng: random.Random, share: int) -> tuple[Message, Message]:
    reasoning = prose(rng, 100) if share == 1 else None
    return user(prose(rng, 160 // share)), assistant(prose(rng, 500 // share), reasoning)
