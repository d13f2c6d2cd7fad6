"""Tokens as people see them: nothing is lost, and each belongs to whom it should."""

from dataclasses import replace

import pytest

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfttrain.render import render
from sfttrain.tokens import Token, harmless, tokens_of
from sfttrain.types import NOT_LEARNED, Conversation, Example, ids
from tests.toys import CHATML, WEATHER, assistant, call, system, tool, toy_tokenizer, user

TOKENIZER = Tokenizer.from_backend(toy_tokenizer())
STOP = TOKENIZER.token_id("<|im_end|>") or 0
CHAT = ChatFormat(ChatTemplate(CHATML), TOKENIZER, (STOP,))
TURNS = (system("Be kind."), user("Grüß"), assistant("", "look", [call("weather", town="Ulm")]), tool("sun"))
ROW = Conversation("a", (*TURNS, assistant("It is sunny.", "say so")), (WEATHER,))


def said_by(tokens: list[Token], role: str) -> str:
    return "".join(token.text for token in tokens if token.role == role)


def test_the_tokens_together_are_the_whole_text_and_the_learned_ones_its_targets() -> None:
    (example,) = render(ROW, CHAT)
    tokens = tokens_of(example, CHAT, ROW.messages)
    assert "".join(token.text for token in tokens) == TOKENIZER.decode([*example.token_ids, example.targets[-1]])
    assert [t.token_id for t in tokens if t.learned] == [t for t in example.targets if t != NOT_LEARNED]
    assert [token.position for token in tokens] == list(range(example.num_tokens + 1))
    assert all(example.targets[token.position - 1] == token.token_id for token in tokens if token.learned)


def test_each_role_owns_its_own_words() -> None:
    (example,) = render(ROW, CHAT)
    tokens = tokens_of(example, CHAT, ROW.messages)
    assert said_by(tokens, "system") == "Be kind."
    assert said_by(tokens, "user") == "Grüß"
    assert said_by(tokens, "tool") == "sun"
    assert said_by(tokens, "thought") == "looksay so"
    assert "It is sunny.<|im_end|>" in said_by(tokens, "assistant")
    assert "weather" in said_by(tokens, "assistant")
    assert not [token for token in tokens if token.learned and token.role not in ("assistant", "thought")]
    assert "# Tools" in said_by(tokens, "template")


def test_without_messages_only_what_is_learned_has_an_owner() -> None:
    (example,) = render(ROW, CHAT)
    assert {token.role for token in tokens_of(example, CHAT)} == {"template", "assistant"}


def test_the_bytes_of_one_character_come_with_the_last_of_them() -> None:
    (example,) = render(replace(ROW, messages=(user("ü"), assistant("b"))), CHAT)
    texts = [token.text for token in tokens_of(example, CHAT)]
    assert "ü" in texts
    assert texts[texts.index("ü") - 1] == ""
    assert not [text for text in texts if "\N{REPLACEMENT CHARACTER}" in text]


def test_bytes_that_never_make_a_character_are_still_shown() -> None:
    broken = [TOKENIZER.encode("ü")[0]] * 20
    tokens = tokens_of(Example(ids(broken), ids([NOT_LEARNED] * 20)), CHAT)
    assert len(tokens) == 20
    assert "".join(token.text for token in tokens).count("\N{REPLACEMENT CHARACTER}") >= 16


def test_a_stop_that_is_said_where_the_text_goes_on_is_a_token_of_its_own() -> None:
    a, b, c = TOKENIZER.encode("abc")
    tokens = tokens_of(Example(ids([a, b, c]), ids([b, STOP, NOT_LEARNED])), CHAT)
    assert [(t.text, t.learned, t.read) for t in tokens] == [
        ("a", False, True),
        ("b", True, True),
        ("<|im_end|>", True, False),
        ("c", False, True),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a␀b"),
        ("\x1b[31mred", "␛[31mred"),
        ("\u202eevil", "[U+202E]evil"),
        ("line\r\nline\ttab", "line\nline\ttab"),
        ("\udc80", "\N{REPLACEMENT CHARACTER}"),
        ("\x9b31m", "[U+009B]31m"),
    ],
)
def test_what_could_steer_a_terminal_or_a_page_is_spelled_out(text: str, shown: str) -> None:
    assert harmless(text) == shown
