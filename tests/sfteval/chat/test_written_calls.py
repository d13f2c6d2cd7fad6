"""Which dialect a chat template writes its calls in."""

import pytest

from sfteval.chat import ChatTemplate
from sfteval.chat.written_calls import dialect_of
from tests.sfteval.stock_templates import needs_trl, stock

TURNS = "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}"
CALLS = "{% for call in message.tool_calls %}CALL{% endfor %}<|end|>{% endfor %}"
ENDING = "{% if add_generation_prompt %}<|assistant|>{% endif %}"


def template(call: str) -> ChatTemplate:
    return ChatTemplate(TURNS + CALLS.replace("CALL", call) + ENDING)


@pytest.mark.parametrize(
    ("call", "dialect"),
    [
        (
            '<tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}'
            "</tool_call>",
            "hermes",
        ),
        ('{"name": "{{ call.function.name }}", "parameters": {{ call.function.arguments | tojson }}}', "llama3_json"),
        ("[TOOL_CALLS]{{ call.function.name }}[ARGS]{{ call.function.arguments | tojson }}", "mistral"),
        ("Action: {{ call.function.name }}\nAction Input: {{ call.function.arguments | tojson }}", None),
        ("\nAction: {{ call.function.name }}\nAction Input: {{ call.function.arguments | tojson }}\n", None),
        ("{{ call.function.name }}({{ call.function.arguments | tojson }})", None),
        ("", None),
    ],
)
def test_the_dialect_is_the_one_that_reads_back_what_the_template_writes(call: str, dialect: str | None):
    assert dialect_of(template(call)) == dialect


def test_a_template_that_refuses_calls_has_no_dialect():
    assert dialect_of(ChatTemplate("{{ raise_exception('no tools') }}")) is None


@needs_trl
@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("qwen2_5", "hermes"),
        ("qwen3", "hermes"),
        ("qwen3_5_think", "qwen3_xml"),
        ("llama3_1", "llama3_json"),
        ("llama3_2", "llama3_json"),
        ("llama3", None),
        ("gemma3", None),
        ("gptoss", None),
    ],
)
def test_stock_templates_are_known(name: str, dialect: str | None):
    assert dialect_of(stock(name).template) == dialect
