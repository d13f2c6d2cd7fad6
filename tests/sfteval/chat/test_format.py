"""The chat format of a checkpoint: equal to transformers in text and ids, and where a server stops."""

import json
from pathlib import Path
from typing import Any

import pytest

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfteval.chat.format import end_of_turn_ids, header_of_answers
from sfteval.errors import CheckpointError
from sfteval.types import Message
from tests.toys import WEATHER, assistant, call, system, tool, toy_checkpoint, toy_tokenizer, user

CALL = call("weather", town="Überlingen <b>")
SHAPES: dict[str, list[Message]] = {
    "one question": [user("2+2?")],
    "a system turn": [system("Be brief."), user("hé 日本")],
    "history with reasoning": [user("a"), assistant("b", "because"), user("c")],
    "a tool call": [user("w?"), assistant("", "look", [CALL])],
    "two results": [user("w?"), assistant("Let me see.", None, [CALL, CALL]), tool("sun"), tool("rain")],
    "an answer after results": [system("S"), user("w?"), assistant("", "x", [CALL]), tool("sun"), assistant("Sun.")],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_checkpoint(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def peer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("tools", [(), (WEATHER,)])
@pytest.mark.parametrize("kwargs", [{}, {"enable_thinking": True}, {"enable_thinking": False}])
def test_prompts_equal_those_of_transformers(folder: Path, peer: Any, shape: str, tools: Any, kwargs: Any) -> None:
    messages = [message.as_dict() for message in SHAPES[shape]]
    ours = ChatFormat.from_folder(folder).prompt(SHAPES[shape], tools, kwargs)
    options = dict(tools=list(tools) or None, add_generation_prompt=True, **kwargs)
    assert ours.text == peer.apply_chat_template(messages, tokenize=False, **options)
    assert list(ours.token_ids) == peer.apply_chat_template(messages, return_dict=False, **options)


def test_the_prompt_ends_where_the_assistant_begins(folder: Path) -> None:
    chat = ChatFormat.from_folder(folder)
    assert chat.prompt([user("a")]).text == "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n"
    closed = chat.prompt([user("a")], kwargs={"enable_thinking": False})
    assert closed.text.endswith("assistant\n<think>\n\n</think>\n\n")
    assert not closed.think_prefilled


def test_an_open_thought_at_the_end_of_the_prompt_is_seen(tmp_path: Path) -> None:
    source = "{{ messages[0].content }}{% if add_generation_prompt %}<think>\n{% endif %}"
    chat = ChatFormat.from_folder(toy_checkpoint(tmp_path, template=source))
    assert chat.prompt([user("a")]).think_prefilled


def test_stop_tokens_are_those_of_the_generation_config_and_the_tokenizer(tmp_path: Path) -> None:
    chat = ChatFormat.from_folder(toy_checkpoint(tmp_path))
    end, turn = chat.tokenizer.token_id("<|endoftext|>"), chat.tokenizer.token_id("<|im_end|>")
    assert chat.stop_token_ids == (turn, end)
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": end}), encoding="utf-8")
    assert ChatFormat.from_folder(tmp_path).stop_token_ids == (end, turn)
    (tmp_path / "generation_config.json").unlink()
    assert ChatFormat.from_folder(tmp_path).stop_token_ids == (turn,)


def test_a_folder_that_is_not_there_is_a_checkpoint_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="expected a checkpoint directory, got no such directory"):
        ChatFormat.from_folder(tmp_path / "nowhere")


TURNS = "{% for m in messages %}<|im_start|>{{ m.role }} {{ m.content }}{{ m.tool_calls | tojson if m.tool_calls }}"
ENDED = TURNS + "{{ '<|im_end|>' }}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant {% endif %}"
UNENDED = ENDED.replace("{{ '<|im_end|>' }}", "")


def ends(source: str, listed: str = "") -> list[str]:
    tokenizer = Tokenizer.from_backend(toy_tokenizer())
    chat = ChatFormat(ChatTemplate(source, {"eos_token": "<|endoftext|>"}), tokenizer, tokenizer.encode(listed))
    return [tokenizer.decode([token]) for token in end_of_turn_ids(chat)]


def test_the_token_that_ends_a_turn_is_found_by_rendering() -> None:
    assert ends(ENDED) == ["<|im_end|>"]


def test_an_end_of_all_text_behind_the_last_turn_is_not_the_end_of_a_turn() -> None:
    once = ENDED + "{{ '' if add_generation_prompt else eos_token }}"
    assert ends(once) == ends(once, listed="<|endoftext|>") == ["<|im_end|>"]


def test_a_listed_stop_token_behind_other_markup_is_the_one_that_ends_a_turn() -> None:
    markup = ENDED.replace("{{ '<|im_end|>' }}", "<|endoftext|><|im_end|>")
    assert ends(markup, listed="<|im_end|>") == ["<|im_end|>"]


def test_a_turn_without_an_end_stops_at_the_marker_of_the_role_that_follows() -> None:
    assert ends(UNENDED) == ["<|im_start|>"]
    by_role = UNENDED.replace("<|im_start|>{{ m.role }}", "{{ '<|endoftext|>' if m.role == 'tool' else '<|im_end|>' }}")
    assert ends(by_role) == ["<|im_end|>", "<|endoftext|>"]


def test_a_call_may_end_with_a_token_of_its_own() -> None:
    own = ENDED.replace("{{ '<|im_end|>' }}", "{{ '<|endoftext|>' if m.tool_calls else '<|im_end|>' }}")
    assert ends(own) == ends(own, listed="<|im_end|>") == ["<|im_end|>", "<|endoftext|>"]


def test_a_template_without_tools_or_without_special_tokens_has_no_such_ends() -> None:
    alternating = ENDED.replace("<|im_start|>{{", "{{ raise_exception('no') if m.role == 'tool' }}<|im_start|>{{", 1)
    assert ends(alternating) == ["<|im_end|>"]
    assert ends(TURNS.replace("<|im_start|>", "") + "{% endfor %}") == []


@pytest.mark.parametrize(
    ("source", "header"),
    [
        (ENDED, ""),
        (TURNS + "{{ '<|im_end|>' }}{% endfor %}", "<|im_start|>assistant"),
        ("{% for m in messages %}{{ '[' ~ m.content ~ ']' if m.role == 'user' else ' ' ~ m.content }}{% endfor %}", ""),
        ("{{ raise_exception('never') }}", ""),
    ],
)
def test_a_header_that_no_prompt_holds_is_found(source: str, header: str) -> None:
    assert header_of_answers(ChatTemplate(source)) == header
