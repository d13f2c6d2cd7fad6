"""Five row formats become one Conversation; rows that cannot be learned from say why."""

from typing import Any

import pytest

from sfteval.types import Message
from sfttrain.arm import shown_to
from sfttrain.data.formats import RowError, as_row, conversation, detect
from sfttrain.types import Arm, Conversation
from tests.toys import WEATHER, assistant, call, system, tool, user


def read(row: dict[str, Any]) -> Conversation:
    name = detect(row)
    assert name is not None
    return conversation(row, name, "file")


QUESTION = {"role": "user", "content": "q"}


def reply(**fields: Any) -> dict[str, Any]:
    return {"messages": [QUESTION, {"role": "assistant", "content": "a", **fields}]}


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (reply(), "messages"),
        ({"prompt": "q", "completion": "a"}, "prompt/completion"),
        ({"prompt": [QUESTION], "completion": [{"role": "assistant", "content": "a"}]}, "prompt/completion"),
        ({"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}, "ShareGPT"),
        ({"instruction": "q", "input": "", "output": "a"}, "Alpaca"),
    ],
)
def test_every_format_says_the_same(row: dict[str, Any], name: str) -> None:
    assert detect(row) == name
    assert read(row).messages == (user("q"), assistant("a"))


def test_sharegpt_with_system_call_and_observation() -> None:
    row = {
        "system": "S",
        "tools": '[{"type": "function"}]',
        "conversations": [
            {"from": "human", "value": "w?"},
            {"from": "function_call", "value": '{"name": "weather", "arguments": {"town": "Ulm"}}'},
            {"from": "observation", "value": "sun"},
            {"from": "gpt", "value": "Sun."},
        ],
    }
    expected = (system("S"), user("w?"), assistant("", calls=[call("weather", town="Ulm")]), tool("sun"))
    assert read(row).messages == (*expected, assistant("Sun."))
    assert read(row).tools == ({"type": "function"},)


def test_alpaca_with_history_and_input() -> None:
    row = {"instruction": "Add", "input": "1 2", "output": "3", "system": "S", "history": [["q", "a"]]}
    assert read(row).messages == (system("S"), user("q"), assistant("a"), user("Add\n1 2"), assistant("3"))


def test_two_columns_give_each_arm_its_own_turns() -> None:
    row = {
        "messages_thinking": reply(content="<think>why</think>a")["messages"],
        "messages_no_thinking": reply(content="b")["messages"],
    }
    read_row = read(row)
    assert read_row.messages[1] == assistant("a", "why")
    assert read_row.no_think_messages == (user("q"), assistant("b"))


@pytest.mark.parametrize(
    "fields",
    [
        {"reasoning_content": "why"},
        {"reasoning": "why"},
        {"thinking": "why"},
        {"content": "<think>\nwhy\n</think>\n\na"},
        {"content": "why</think>a"},
    ],
)
def test_reasoning_is_found_under_every_name(fields: dict[str, Any]) -> None:
    assert read(reply(**fields)).messages[1] == assistant("a", "why")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"content": "<think>why</think>a", "reasoning_content": ""}, assistant("a", "why")),
        ({"content": "<think>why</think>a", "reasoning_content": " \n", "thinking": "how"}, assistant("a", "how\nwhy")),
        ({"content": "<think>why</think>a", "reasoning_content": "how"}, assistant("a", "how\nwhy")),
        ({"content": "why</think>a", "reasoning_content": "how"}, assistant("a", "how\nwhy")),
        ({"content": "<think>x</think>\n<think>y</think>\na"}, assistant("a", "x\ny")),
        ({"content": "<think>x<think>y</think>z</think>a"}, assistant("a", "xyz")),
        ({"content": "First.\n<think>why</think>\nThen."}, assistant("First.\nThen.", "why")),
        ({"content": "<think>\n\n</think>\n\na"}, assistant("a")),
        ({"reasoning_content": ""}, assistant("a")),
        ({"content": "Close it with `</think>`."}, assistant("Close it with `</think>`.")),
        ({"content": "Some models write <think> first."}, assistant("Some models write <think> first.")),
    ],
)
def test_no_text_that_is_learned_holds_a_thought(fields: dict[str, Any], message: Message) -> None:
    row = read(reply(**fields))
    assert row.messages[1] == message
    assert shown_to(Arm.NO_THINK, row).messages[1] == assistant(message.content)


def test_tool_arguments_may_be_an_object_or_a_json_string() -> None:
    as_object = {"type": "function", "function": {"name": "weather", "arguments": {"town": "Ulm"}}}
    as_string = {"function": {"name": "weather", "arguments": '{"town": "Ulm"}'}}
    bare = {"name": "weather", "arguments": {"town": "Ulm"}}
    for given in (as_object, as_string, bare):
        assert read(reply(tool_calls=[given])).messages[1].tool_calls == (call("weather", town="Ulm"),)


def test_tools_may_be_a_list_or_a_json_string() -> None:
    assert read({**reply(), "tools": [WEATHER]}).tools == (WEATHER,)
    assert read({**reply(), "tools": '[{"type": "function"}]'}).tools == ({"type": "function"},)
    assert read({**reply(), "tools": ""}).tools == read({**reply(), "tools": None}).tools == ()


def test_weight_text_parts_and_template_variables_are_kept() -> None:
    row = {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "q"}]},
            {"role": "assistant", "content": "a", "weight": 0},
            QUESTION,
            {"role": "assistant", "content": "b", "weight": 1},
        ],
        "chat_template_kwargs": {"tone": "dry", "other": None},
    }
    assert read(row).messages == (user("q"), assistant("a", weight=0), user("q"), assistant("b"))
    assert read(row).template_kwargs == {"tone": "dry"}


def test_an_id_is_the_rows_own_or_its_content() -> None:
    assert read({**reply(), "id": 7}).id == "7"
    assert read(reply()).id == read({**reply(), "source": "elsewhere"}).id != read(reply(content="b")).id


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"messages": []}, "no message"),
        ({"messages": [QUESTION]}, "no assistant turn"),
        (reply(weight=0), "no assistant turn with a weight above 0"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, "begins with an assistant turn"),
        (reply(content=""), "an empty assistant turn"),
        (reply(role="narrator"), 'an unknown role "narrator"'),
        (reply(weight=0.5), "a weight that is neither 0 nor 1"),
        (reply(content=[{"type": "image"}]), "content that is not text"),
        (reply(content={"keys": 1, "are": 2, "no text": 3}), "content that is not text"),
        (reply(content=7), "content that is not text"),
        (reply(reasoning_content={"why": "so"}), "reasoning that is not text"),
        (reply(content="<think>why"), "a thought that never closes"),
        (reply(content="<think>x</think>a <think>y"), "a thought that never closes"),
        (reply(tool_calls=[{"name": "f", "arguments": "{"}]), "tool call arguments that are not JSON"),
        (reply(tool_calls=[{"name": "f", "arguments": [1]}]), "tool call arguments that are not a JSON object"),
        ({**reply(), "tools": "{"}, "tools that are not JSON"),
        ({**reply(), "tools": ["f"]}, "tools that are not a list of objects"),
        ({"messages": ["q", "a"]}, "not in the format messages"),
    ],
)
def test_a_row_that_cannot_be_learned_from_says_why(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(RowError) as caught:
        read(row)
    assert str(caught.value) == reason


def test_a_normalised_row_reads_back_as_itself() -> None:
    rows = [
        {**reply(reasoning="why", tool_calls=[call("weather", town="Ulm")]), "tools": [WEATHER], "id": "x"},
        {**reply(weight=1), "chat_template_kwargs": {"tone": "dry"}, "source": "s"},
        {"messages_thinking": reply(thinking="t")["messages"], "messages_no_thinking": reply()["messages"]},
    ]
    for row in rows:
        once = read(row)
        assert read(as_row(once)) == once
