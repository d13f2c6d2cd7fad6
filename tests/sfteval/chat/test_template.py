"""The chat template in its sandbox: where it is found, what it may do, and what it says when it cannot."""

import json
from pathlib import Path

import pytest

from sfteval.chat.template import ChatTemplate
from sfteval.errors import CheckpointError, TemplateError
from tests.toys import CHATML, assistant, call, toy_checkpoint, user


def test_the_jinja_file_comes_before_the_tokenizer_config(tmp_path: Path) -> None:
    toy_checkpoint(tmp_path, template="from the file")
    _write_settings(tmp_path, chat_template="from the settings")
    assert ChatTemplate.from_folder(tmp_path).source == "from the file"


def test_a_template_of_the_tokenizer_config_is_found(tmp_path: Path) -> None:
    toy_checkpoint(tmp_path, template=None)
    _write_settings(tmp_path, chat_template="from the settings")
    assert ChatTemplate.from_folder(tmp_path).source == "from the settings"


def test_of_several_named_templates_the_default_one_is_taken(tmp_path: Path) -> None:
    toy_checkpoint(tmp_path, template=None)
    named = [{"name": "rag", "template": "no"}, {"name": "default", "template": "yes"}]
    _write_settings(tmp_path, chat_template=named)
    assert ChatTemplate.from_folder(tmp_path).source == "yes"


def test_a_checkpoint_without_a_template_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        ChatTemplate.from_folder(toy_checkpoint(tmp_path, template=None))
    assert str(caught.value) == (
        f"{tmp_path}: expected a chat template, got none in chat_template.jinja or tokenizer_config.json. "
        "Add chat_template.jinja, or train with sfttrain."
    )


def test_a_template_that_is_not_valid_jinja_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        ChatTemplate.from_folder(toy_checkpoint(tmp_path, template="one\n{% for %}"))
    assert str(caught.value).startswith(f"{tmp_path / 'chat_template.jinja'}, line 2: expected valid Jinja, got ")


def test_a_template_that_refuses_a_conversation_is_quoted() -> None:
    template = ChatTemplate("{{ raise_exception('roles must alternate') }}")
    with pytest.raises(TemplateError, match='turns user, user, got "roles must alternate"'):
        template.render([user("a"), user("b")])


def test_a_broken_tokenizer_config_is_a_checkpoint_error(tmp_path: Path) -> None:
    toy_checkpoint(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text("{", encoding="utf-8")
    with pytest.raises(CheckpointError, match="expected a JSON object"):
        ChatTemplate.from_folder(tmp_path)


def test_the_clock_stands_still() -> None:
    assert ChatTemplate("{{ strftime_now('%d %b %Y') }}").render([]) == "01 Jan 2025"


def test_every_way_of_asking_the_clock_gets_the_same_day() -> None:
    guarded = "{% if strftime_now is defined %}{{ strftime_now('%Y-%m-%d %H:%M') }}{% else %}no clock{% endif %}"
    assert ChatTemplate(guarded).render([]) == "2025-01-01 00:00"


@pytest.mark.parametrize(
    ("read", "key"),
    [
        ("{{ message.reasoning_content }}", "reasoning_content"),
        ("{{ message.thinking }}", "thinking"),
        ("{% if 'thinking' in message %}{{ message['thinking'] }}{% endif %}", "thinking"),
        ("{{ message.get('reasoning') }}", "reasoning"),
        ("{{ message.thinking or message.reasoning_content }}", "reasoning_content"),
        ("thinking, reasoning: {{ message.reasoning_effort ~ 'no thinking' }}", "reasoning_content"),
    ],
)
def test_reasoning_is_told_under_the_key_that_the_template_reads(read: str, key: str) -> None:
    template = ChatTemplate("{% for message in messages %}" + read + "{{ message.keys() | join(' ') }}{% endfor %}")
    assert template.reasoning_key == key
    assert template.render([assistant("a", "why")]).endswith(f"role content {key}")
    assert template.render([assistant("a")]).endswith("role content")


def test_arguments_are_told_as_text_only_where_the_template_fails_on_an_object() -> None:
    row = [user("w?"), assistant("", None, [call("weather", town="Köln")])]
    as_text = ChatTemplate("{{ 'call ' + messages[1].tool_calls[0].function.arguments }}")
    assert as_text.render(row) == 'call {"town": "Köln"}'
    assert ChatTemplate("{{ messages[1].tool_calls[0].function.arguments.town }}").render(row) == "Köln"
    with pytest.raises(TemplateError, match='got "no calls here"'):
        ChatTemplate("{{ raise_exception('no calls here') }}").render(row)


def test_a_template_can_neither_change_the_conversation_nor_reach_python() -> None:
    for source in ("{{ messages.append(1) }}", "{{ ''.__class__.__mro__ }}"):
        with pytest.raises(TemplateError):
            ChatTemplate(source).render([user("a")])


def test_json_is_written_without_html_escapes() -> None:
    assert ChatTemplate("{{ messages[0] | tojson }}").render([user("<é>")]) == '{"role": "user", "content": "<é>"}'


def test_generation_markers_render_their_body_and_loop_controls_work() -> None:
    source = "{% for m in messages %}{% if loop.index > 1 %}{% break %}{% endif %}{% generation %}x{% endgeneration %}"
    assert ChatTemplate(source + "{% endfor %}").render([user("a"), user("b")]) == "x"


def test_special_tokens_are_known_to_the_template(tmp_path: Path) -> None:
    toy_checkpoint(tmp_path, template="{{ bos_token }}{{ eos_token }}")
    _write_settings(tmp_path, bos_token={"content": "<s>", "special": True}, eos_token="</s>")
    assert ChatTemplate.from_folder(tmp_path).render([]) == "<s></s>"


def test_earlier_reasoning_is_dropped_and_the_last_is_shown() -> None:
    template = ChatTemplate(CHATML)
    turns = [user("a"), assistant("b", "first"), user("c"), assistant("d", "second")]
    text = template.render(turns)
    assert "first" not in text
    assert text.endswith("<|im_start|>assistant\n<think>\nsecond\n</think>\n\nd<|im_end|>\n")


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    import hashlib

    toy_checkpoint(tmp_path)
    expected = hashlib.sha256((tmp_path / "chat_template.jinja").read_bytes()).hexdigest()
    assert ChatTemplate.from_folder(tmp_path).sha256 == expected


def _write_settings(folder: Path, **settings: object) -> None:
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
