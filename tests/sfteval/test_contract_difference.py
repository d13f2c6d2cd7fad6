"""Where two prompts part: the index, the texts on both sides, and the kind, shown on real kinds of drift."""

import pytest

from sfteval.contract.difference import MOST_TOKENS, Difference, decoded, first_difference, quoted
from sfteval.contract.drift import compared
from sfteval.contract.kinds import Kind
from sfteval.contract.probes import Probe
from tests.sfteval.stock_templates import SPECIAL, byte_tokenizer, edited, needs_trl, stock
from tests.toys import user

pytestmark = pytest.mark.slow

CHATML = byte_tokenizer(SPECIAL["qwen3"])
PLAIN = Probe("plain", (user("Hi, how are you?"),))
TURN = "<|im_start|>user\nHi, how are you?<|im_end|>\n<|im_start|>assistant\n"
ARGUMENTS = "{{- tool_call.arguments | tojson }}"
QWEN_END = "'<|im_end|>' + '\\n' }}\n    {%- elif message.role == \"assistant\""

# family, what is changed in its template, the probe that shows it, its kind
DRIFTS = [
    ("llama3_1", "{{- bos_token }}", "", "plain", Kind.BOS),
    ("llama3_1", "{{- bos_token }}", "{{- bos_token + bos_token }}", "tool result", Kind.BOS),
    ("gemma3", "{{ bos_token }}", "", "unicode", Kind.BOS),
    ("qwen2_5", "You are Qwen, created by Alibaba Cloud. You are", "You are", "plain", Kind.SYSTEM_DEFAULT),
    ("qwen2_5", "You are Qwen, created by Alibaba Cloud. You are", "You are", "tool definitions", Kind.SYSTEM_DEFAULT),
    ("qwen2_5", "You are Qwen, created by Alibaba Cloud. You are", "A tool is", "plain", Kind.SYSTEM_DEFAULT),
    ("qwen3", "content + '<|im_end|>\\n'", "content + ' /no_think<|im_end|>\\n'", "system", Kind.SYSTEM_DEFAULT),
    ("gptoss", "You are ChatGPT, a large language model trained by OpenAI.", "", "system", Kind.SYSTEM_DEFAULT),
    ("llama3_1", "Cutting Knowledge", "Training", "plain", Kind.SYSTEM_DEFAULT),
    ("qwen3", "{{- tool | tojson }}", "{{- tool.function | tojson }}", "tool definitions", Kind.TOOLS_BLOCK),
    ("qwen3", "{{- tool | tojson }}", "{{- tool | tojson(indent=2) }}", "call", Kind.TOOLS_BLOCK),
    ("qwen3", "</tools>\\n\\nFor each", "</tools>\\nFor each", "call", Kind.TOOLS_BLOCK),
    ("qwen3", "{%- if tools %}", "{%- if false %}", "tool definitions", Kind.TOOLS_BLOCK),
    ("llama3_1", "{{- t | tojson(indent=4) }}", "{{- t | tojson }}", "tool result", Kind.TOOLS_BLOCK),
    ("llama3_1", "tools_in_user_message = true", "tools_in_user_message = false", "tool definitions", Kind.TOOLS_BLOCK),
    ("qwen3", "loop.index0 > ns.last_query_index", "true", "think in history", Kind.THINK_BLOCK),
    ("qwen3", "message.reasoning_content is string", "false", "think before a call", Kind.THINK_BLOCK),
    ("gptoss", "message.thinking and not future", "false and not future", "think before a call", Kind.THINK_BLOCK),
    ("qwen3", "enable_thinking is false", "false", "enable_thinking = false", Kind.THINK_BLOCK),
    ("qwen3_5_think", "<think>\\n", "<think>", "plain", Kind.THINK_BLOCK),
    ("llama3_1", "26 Jul 2024", "22 Nov 2026", "plain", Kind.DATE),
    ("llama3_2", 'strftime_now("%d %b %Y")', '"22 Nov 2026"', "tools and system", Kind.DATE),
    ("gptoss", 'strftime_now("%Y-%m-%d")', '"2026-11-22"', "plain", Kind.DATE),
    ("llama3_1", '"Today Date: " + date_string', '""', "plain", Kind.DATE),
    ("qwen3", QWEN_END, QWEN_END.replace(" + '\\n'", ""), "plain", Kind.WHITESPACE),
    ("qwen3", "'\\n<tool_response>\\n'", "'<tool_response>\\n'", "tool result", Kind.WHITESPACE),
    ("qwen3", "'\\n<tool_response>\\n'", "'<tool_response>\\n'", "unicode arguments", Kind.WHITESPACE),
    ("qwen3", "'}\\n</tool_call>'", "'}</tool_call>'", "call", Kind.WHITESPACE),
    ("qwen3", ARGUMENTS, "{{- tool_call.arguments | tojson | tojson }}", "call", Kind.ARGUMENTS),
    ("qwen3", ARGUMENTS, "{{- tool_call.arguments | tojson(separators=(',', ':')) }}", "tool result", Kind.ARGUMENTS),
    ("qwen3", ARGUMENTS, "{{- tool_call.arguments | tojson(ensure_ascii=true) }}", "unicode arguments", Kind.ARGUMENTS),
    ("qwen3", ARGUMENTS, "{{- tool_call.arguments | tojson(sort_keys=true) }}", "unicode arguments", Kind.ARGUMENTS),
    ("llama3_1", "tool_call.arguments | tojson", "tool_call.arguments | tojson | upper", "call", Kind.ARGUMENTS),
    ("qwen3", "'<|im_start|>assistant\\n'", "'<|im_start|>assistant'", "plain", Kind.GENERATION_PROMPT),
    ("qwen3", "{%- if add_generation_prompt %}", "{%- if false %}", "tool result", Kind.GENERATION_PROMPT),
    ("qwen3", "{%- if add_generation_prompt %}", "{%- if true %}", "finished answer", Kind.GENERATION_PROMPT),
    ("llama3", "add_generation_prompt", "false", "empty content", Kind.GENERATION_PROMPT),
    ("gemma3", "<start_of_turn>model", "<start_of_turn>assistant", "plain", Kind.GENERATION_PROMPT),
    ("qwen3", "'<|im_start|>' + message.role + '\\n'", "'[' + message.role + ']'", "plain", Kind.OTHER),
    ("qwen3", "messages[0].content + '\\n\\n'", "'\\n\\n'", "tools and system", Kind.OTHER),
]  # fmt: skip


@needs_trl
@pytest.mark.parametrize(("family", "old", "new", "probe", "kind"), DRIFTS)
def test_a_drift_is_classed_by_what_it_changes(family, old, new, probe, kind):
    ours = stock(family)
    found = {finding.probe: finding for finding in compared(ours, edited(ours, old, new), {})}
    assert found[probe].state == "differs"
    assert found[probe].difference.kind is kind


@needs_trl
@pytest.mark.parametrize("family", SPECIAL)
def test_a_template_is_the_same_as_itself_or_refuses(family):
    states = [finding.state for finding in compared(stock(family), stock(family), {})]
    assert set(states) <= {"ok", "refused"}
    assert states.count("ok") >= 12


@needs_trl
def test_a_date_alone_is_told_from_a_date_and_something_else():
    ours = stock("llama3_1")
    dated = edited(ours, "26 Jul 2024", "22 Nov 2026")
    more = edited(dated, "assistant<|end_header_id|>\\n\\n", "assistant<|end_header_id|>")
    alone, both = (compared(ours, other, {})[0].difference for other in (dated, more))
    assert (alone.kind, alone.only_dates) == (Kind.DATE, True)
    assert (both.kind, both.only_dates) == (Kind.DATE, False)


def ids(text, *front):
    return (*front, *CHATML.encode(text))


def parted(expected, found, probe=PLAIN, closed=""):
    return first_difference(expected, found, CHATML, probe, CHATML.encode(closed))


def test_the_same_ids_are_no_difference():
    assert parted(ids(TURN), ids(TURN)) is None


def test_index_and_texts_are_those_of_the_first_token_that_differs():
    found = parted(ids(TURN), ids(TURN.replace("how are", "who are")))
    assert found == Difference(
        index=10,
        kind=Kind.OTHER,
        before="<|im_start|>user\nHi, ",
        expected="how are you?<|im_end|>\n<|im_start|>assistant\n",
        found="who are you?<|im_end|>\n<|im_start|>assistant\n",
    )


def test_a_prompt_that_ends_early_says_so():
    found = parted(ids(TURN), ids(TURN)[:-1], closed=TURN.removesuffix("<|im_start|>assistant\n"))
    assert (found.index, found.kind, found.found) == (len(ids(TURN)) - 1, Kind.GENERATION_PROMPT, "")
    assert found.sentence() == f'generation prompt, token {found.index}: expected "\\n", got the end'


def test_the_same_text_in_other_tokens_is_the_tokenizers():
    merged = byte_tokenizer(SPECIAL["qwen3"], ("<think>", "</think>", "Hi"))
    turn = (*CHATML.encode("<|im_start|>user\n"), merged.token_id("Hi"))
    found = first_difference(merged.encode("<|im_start|>user\nH") + merged.encode("i"), turn, merged, PLAIN)
    assert found.kind is Kind.TOKENIZER
    assert found.found == f"[{merged.token_id('Hi')}]"


def test_ids_that_no_vocabulary_holds_are_shown_and_break_nothing():
    found = parted(ids(TURN), (-5, 1 << 70, 99_999, *ids(TURN)))
    assert found.index == 0
    assert found.found.startswith(f"<id -5><id {1 << 70}><id 99999><|im_start|>")


def test_a_million_hostile_ids_are_read_only_in_part():
    assert parted(ids(TURN), (7,) * 1_000_000).index == 0
    assert len(decoded((7,) * (MOST_TOKENS + 1), CHATML)) == MOST_TOKENS


def test_control_characters_are_spelled_out():
    assert quoted('a\n\x1b[31m"') == '"a\\n\\u001b[31m\\""'
    assert quoted("\u202e\x9b\u2028") == '"\\u202e\\u009b\\u2028"'
