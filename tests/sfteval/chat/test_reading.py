"""Reading raw text: think, answer, outcome. Run: pytest tests/sfteval/chat/test_reading.py."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.chat.dialects import DIALECTS
from sfteval.chat.dialects.faults import printable
from sfteval.chat.reading import read
from sfteval.errors import ConfigurationError
from sfteval.types import Generation, Outcome, Reading

CALL = '<tool_call>\n{"name": "get_time", "arguments": {}}\n</tool_call>'


def reading(text: str, finish: str = "stop", **fields: object) -> Reading:
    return read(Generation("task", "1", 0, "q", text, finish, **fields))  # type: ignore[arg-type]


def test_a_text_without_markup_is_its_own_answer_to_the_character():
    out = reading("\n 4 \n")
    assert (out.outcome, out.answer, out.think, out.num_think_tokens) == (Outcome.OK, "\n 4 \n", None, 0)


def test_a_closed_thought_is_cut_with_the_template_s_blank_line():
    out = reading("<think>\n2 + 2\n</think>\n\n4")
    assert (out.outcome, out.answer, out.think) == (Outcome.OK, "4", "2 + 2")


def test_an_empty_thought_is_not_a_missing_one():
    assert reading("<think>\n\n</think>\n\n4").think == ""


def test_several_thoughts_are_joined_and_what_stands_between_them_is_answer():
    out = reading("<think>a</think>one <think>b</think>two")
    assert (out.think, out.answer) == ("a\nb", "one two")


def test_only_a_closing_tag_means_that_the_template_opened_the_thought():
    out = reading("2 + 2\n</think>\n4")
    assert (out.think, out.answer) == ("2 + 2", "4")


def test_a_prefilled_thought_ends_at_its_closing_tag():
    out = reading("2 + 2\n</think>\n4", think_prefilled=True)
    assert (out.think, out.answer) == ("2 + 2", "4")


def test_a_model_that_opens_a_prefilled_thought_again_closes_it_once():
    out = reading("<think>a</think>4 and </think> is a tag", think_prefilled=True)
    assert (out.think, out.answer) == ("a", "4 and  is a tag")


def test_a_nested_thought_ends_where_the_last_owed_tag_closes():
    out = reading("<think>a<think>b</think>c</think>4")
    assert (out.think, out.answer) == ("abc", "4")


def test_an_opening_tag_within_a_thought_that_is_closed_once_owes_nothing_to_the_answer():
    assert reading("<think>the tag <think> opens</think>4").answer == "4"


@pytest.mark.parametrize("prefilled", [True, False])
def test_a_thought_that_runs_into_the_limit_is_truncated_and_not_an_answer(prefilled: bool):
    out = reading("2 + 2 is" if prefilled else "<think>2 + 2 is", "length", think_prefilled=prefilled)
    assert (out.outcome, out.answer, out.think) == (Outcome.TRUNCATED_THINK, "", "2 + 2 is")


def test_a_thought_that_never_closes_though_the_model_stopped_leaves_no_answer():
    out = reading("<think>4")
    assert (out.outcome, out.answer, out.think) == (Outcome.EMPTY, "", "4")


def test_an_answer_before_a_thought_that_never_closes_stays():
    out = reading("4 <think>or 5?")
    assert (out.outcome, out.answer, out.think) == (Outcome.OK, "4", "or 5?")


def test_an_answer_that_runs_into_the_limit_is_truncated():
    out = reading("<think>a</think>The answer i", "length")
    assert (out.outcome, out.answer) == (Outcome.TRUNCATED_ANSWER, "The answer i")


def test_an_error_of_transport_has_no_answer():
    assert reading("half", "error").outcome is Outcome.ERROR


@pytest.mark.parametrize("text", ["", " \n", "<think>a</think>", "<|im_end|>"])
def test_nothing_said_is_empty(text: str):
    assert reading(text).outcome is Outcome.EMPTY


def test_empty_text_with_a_call_is_ok():
    out = reading(f"<think>time?</think>\n{CALL}<|im_end|>", "tool_calls")
    assert (out.outcome, out.answer, [call.name for call in out.tool_calls]) == (Outcome.OK, "", ["get_time"])


def test_a_tag_in_a_closed_code_fence_is_text():
    text = "Write it so:\n```\n<think>x</think>\n```\nThat is all."
    out = reading(text)
    assert (out.answer, out.think) == (text, None)


def test_a_fence_that_never_closes_hides_no_tag():
    assert reading("```python\nx = 1\n<think>a</think>4").answer == "```python\nx = 1\n4"


def test_a_fence_that_opened_within_a_thought_is_forgotten_behind_it():
    out = reading("<think>```python\nx</think>\n```\ny\n```\nz <think>b</think>")
    assert (out.think, out.answer) == ("```python\nx\nb", "```\ny\n```\nz")


def test_a_fence_that_opened_within_a_prefilled_thought_is_forgotten_behind_it():
    out = reading("```\nx</think>\ny <think>b</think>z\n```", think_prefilled=True)
    assert (out.think, out.answer) == ("```\nx\nb", "y z\n```")


def test_a_tag_in_backticks_is_a_mention():
    text = "Close it with `</think>` please."
    assert (reading(text).answer, reading(text).think) == (text, None)
    assert reading("I end with `</think>` now</think>4", think_prefilled=True).answer == "4"


def test_special_tokens_are_no_part_of_the_answer():
    assert reading("4<|im_end|>\n<|endoftext|>").answer == "4\n"
    assert reading("<s>4</s></s>").answer == "4"
    assert reading("an <s>old</s> price").answer == "an <s>old</s> price"


def test_a_call_inside_a_thought_is_a_fault_and_never_a_call():
    text = f"<think>I could {CALL}</think>No."
    out = reading(text)
    assert out.tool_calls == ()
    assert out.answer == "No."
    (fault,) = out.faults
    assert (fault.code, fault.layer, fault.position) == ("call_in_think", "envelope", text.index("<tool_call>"))
    assert fault.excerpt == printable(text[fault.position - 15 : fault.position + 30])


def test_a_thought_that_mentions_the_tag_in_prose_is_no_fault():
    assert reading("<think>I need a <tool_call> here</think>No.").faults == ()


def test_text_around_calls_is_the_answer():
    assert reading(f"Let me see.\n{CALL}\nDone.").answer == "Let me see.\n\nDone."


def test_a_call_that_the_limit_cut_is_a_fault_of_transport():
    out = reading('<tool_call>{"name": "get_ti', "length")
    fault = out.tool_calls[0].fault
    assert out.outcome is Outcome.TRUNCATED_ANSWER
    assert fault is not None
    assert (fault.code, fault.layer) == ("truncated", "transport")


def test_thought_is_counted_in_tokens_where_its_closing_token_is_known():
    said = Generation("task", "1", 0, "q", "ab</think>c", "stop", token_ids=(5, 6, 9, 7), think_prefilled=True)
    assert read(said, think_end_id=9).num_think_tokens == 3
    assert read(said).num_think_tokens is None
    cut = Generation("task", "1", 0, "q", "ab", "length", token_ids=(5, 6), think_prefilled=True)
    assert read(cut).num_think_tokens == 2


def test_an_unknown_dialect_names_the_nearest_known_one():
    with pytest.raises(ConfigurationError) as error:
        read(Generation("task", "1", 0, "q", "", "stop"), "hermess")
    assert str(error.value) == 'dialect: expected a known tool-call dialect, got "hermess". Did you mean "hermes"?'


XML = "<tool_call>\n<function=get_time>\n</function>\n</tool_call>"


def test_a_dialect_that_nobody_told_is_guessed_with_a_note():
    out = reading(XML)
    assert (out.dialect, out.notes, out.tool_calls[0].fault) == ("qwen3_xml", ("dialect_guessed",), None)
    assert reading("no call").notes == ()


def test_a_dialect_that_is_told_is_kept_whatever_the_text_looks_like():
    out = read(Generation("task", "1", 0, "q", XML, "stop"), "hermes")
    assert (out.dialect, out.notes) == ("hermes", ())
    assert out.tool_calls[0].fault is not None


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ('<|python_tag|>{"name": "f", "parameters": {}}', "llama3_json"),
        ('<think>[TOOL_CALLS]</think>{"name": "f", "parameters": {}}', "llama3_json"),
        ('[TOOL_CALLS][{"name": "f", "arguments": {"a": "<tool_call>"}}]', "mistral"),
        ("Thought: t\nAction: f\nAction Input: {}", "react"),
        (CALL, "hermes"),
        ('{"name": "f", "arguments": {}}', "hermes"),
        ("4", "hermes"),
    ],
)
def test_the_first_hint_outside_of_a_thought_decides_a_guess(text: str, dialect: str):
    assert reading(text).dialect == dialect


def test_text_behind_the_last_call_is_noted_and_special_tokens_are_no_text():
    assert read(Generation("t", "1", 0, "q", f"{CALL}\nDone.", "stop"), "hermes").notes == ("trailing_text",)
    assert read(Generation("t", "1", 0, "q", f"{CALL}\n<|im_end|>", "stop"), "hermes").notes == ()


def test_a_fault_is_placed_in_lines_and_tokens():
    text = '<think>é\n</think>\n<tool_call>\n{"name": f}\n</tool_call>'
    ids = tuple(text.encode())
    said = Generation("task", "1", 0, "q", text, "stop", token_ids=ids)
    (call,) = read(said, decode=lambda some: bytes(some).decode(errors="replace")).tool_calls
    assert call.fault is not None
    assert (call.fault.line, call.fault.position) == (4, text.index(" f}") + 1)
    assert call.fault.token == call.fault.position + 1  # é is two bytes, and here a byte is a token
    unknown = read(said, decode=lambda some: "another text").tool_calls[0].fault
    assert unknown is not None
    assert (unknown.line, unknown.token) == (4, None)


def test_lines_are_those_of_each_fault():
    broken = "\n<tool_call>{'a'}</tool_call>"
    faults = [call.fault for call in reading("a" + broken * 3).tool_calls]
    assert [fault.line if fault else None for fault in faults] == [2, 3, 4]


def test_a_broken_call_carries_what_a_forgiving_reader_makes_of_it_and_a_good_one_nothing():
    broken, good = reading("<tool_call>{'name': 'f', 'arguments': {'a': True,}}</tool_call>" + CALL).tool_calls
    assert broken.lenient == {"name": "f", "arguments": {"a": True}}
    assert broken.arguments is None
    assert good.lenient is None


def test_the_server_s_own_parse_stands_beside_ours():
    call = {"type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    said = Generation("task", "1", 0, "q", CALL, "stop", server={"content": None, "tool_calls": [call]})
    assert read(said).server_calls == ({"name": "f", "arguments": {"a": 1}},)
    assert reading(CALL).server_calls is None
    assert reading(CALL, server={"content": "x"}).server_calls == ()


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("hermes", '<tool_call>{"name": "f", "arguments": {"a": "x'),
        ("qwen3_xml", "<tool_call>\n<function=f>\n<parameter=a>\nx"),
        ("llama3_json", '{"name": "f", "parameters": {"a": "x'),
        ("mistral", '[TOOL_CALLS][{"name": "f", "arguments": {"a": 1}'),
        ("mistral", '[TOOL_CALLS]f{"a": 1'),
        ("react", "Action: f\nAction Input: {"),
        ("react", "Action: f"),
    ],
)
def test_the_limit_that_cuts_a_call_is_named_in_every_dialect(dialect: str, text: str):
    cut = read(Generation("task", "1", 0, "q", text, "length"), dialect).tool_calls[-1].fault
    stopped = read(Generation("task", "1", 0, "q", text, "stop"), dialect).tool_calls[-1].fault
    assert cut is not None
    assert (cut.code, cut.layer) == ("truncated", "transport")
    assert stopped is not None
    assert stopped.code != "truncated"


def test_a_broken_call_that_ended_before_the_limit_is_the_model_s_fault():
    out = reading('<tool_call>{"name": f}</tool_call>', "length")
    assert out.tool_calls[0].fault is not None
    assert out.tool_calls[0].fault.code == "json_invalid"


def test_the_final_answer_of_react_text_is_the_answer():
    out = reading("Thought: easy\nAction: f\nAction Input: {}\nFinal Answer: 4\n")
    assert (out.answer, out.tool_calls[0].name) == ("4", "f")
    assert [fault.code for fault in out.faults] == ["final_and_action_together"]


HOSTILE = [
    "<think>",
    "</think>",
    "<think></think>",
    "<think>a</think>b",
    "<tool_call>{",
    '<tool_call>{"',
    "<tool_call>",
]
HOSTILE += ["`<think>`", "```a\n<think>\n", "</s>", "<|", "[", "{", " ", '<tool_call>{"a":"<think>"}</tool_call>']
HOSTILE += [
    "<tool_call>\n<function=f>\n<parameter=a>",
    "<function=f>",
    "[TOOL_CALLS][",
    "[TOOL_CALLS]f{",
    "[TOOL_CALLS][{},",
]
HOSTILE += [
    '{"name": "f", "parameters": {}};',
    "<|python_tag|>{",
    "Action: f\n",
    "Action: f\nAction Input: {\n",
    "[{},",
]
HOSTILE += ['<tool_call>{"name": "f", "arguments": {', "</parameter> ", '{"name": "', "//", "/*"]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("prefilled", [True, False])
def test_a_megabyte_of_hostile_text_is_read_in_linear_time(unit: str, prefilled: bool):
    text = unit * (1_000_000 // len(unit))
    seconds = []
    for _ in range(3):
        start = time.process_time()
        reading(text, think_prefilled=prefilled)
        seconds.append(time.process_time() - start)
        if seconds[-1] < 0.1:
            return
    assert min(seconds) < 0.1


PIECES = ["<think>", "</think>", "<tool_call>", "</tool_call>", '{"name": "f", "arguments": {"a": 1}}', "```\n", "`"]
PIECES += ['"', "{", "}", "[", "NaN", "a", "\n", " ", "<|im_end|>", "\ud800", '\\"', "4"]
PIECES += [
    "<function=f>",
    "<parameter=a>",
    "</parameter>",
    "</function>",
    "[TOOL_CALLS]",
    "f{",
    "[ARGS]",
    "<|python_tag|>",
]
PIECES += ["Action: f\n", "Action Input: {}\n", "Observation: x\n", "Final Answer: 4\n", "Thought: t\n"]
PIECES += ['{"name": "f", "parameters": {}}', ";", ",", "'", "//"]
ANY_TEXT = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


@settings(deadline=None)
@given(
    text=ANY_TEXT,
    finish=st.sampled_from(["stop", "length", "tool_calls", "error"]),
    prefilled=st.booleans(),
    dialect=st.sampled_from([None, *DIALECTS]),
)
def test_reading_never_raises_and_its_spans_are_in_order(text: str, finish: str, prefilled: bool, dialect: str | None):
    out = read(Generation("task", "1", 0, "q", text, finish, think_prefilled=prefilled), dialect)  # type: ignore[arg-type]
    position = 0
    for call in out.tool_calls:
        assert position <= call.start < call.end <= len(text)
        assert call.raw == text[call.start : call.end]
        assert (call.arguments is None) == (call.fault is not None)
        position = call.end
    assert out.outcome is not Outcome.OK or out.answer.strip() or out.tool_calls
    assert out.outcome is Outcome.ERROR or out.dialect == "react" or not out.faults or out.think is not None


@settings(deadline=None)
@given(text=st.text(alphabet=st.characters(exclude_characters="<`")))
def test_text_without_markup_is_never_touched(text: str):
    assert reading(text).answer == text or text.lstrip().startswith("{")
