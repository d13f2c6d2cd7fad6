"""The arms: one conversation, seen with and without its reasoning."""

from sfttrain.arm import shown_to
from sfttrain.types import Arm, Conversation
from tests.toys import WEATHER, assistant, call, tool, user

TURNS = (user("w?"), assistant("", "look", [call("weather", town="Ulm")]), tool("sun"), assistant("Sun.", "read"))
ROW = Conversation("a", TURNS, (WEATHER,), {"tone": "dry"})


def test_the_think_arm_keeps_reasoning_and_says_so_to_the_template() -> None:
    shown = shown_to(Arm.THINK, ROW)
    assert shown.messages == TURNS
    assert shown.template_kwargs == {"tone": "dry", "enable_thinking": True}


def test_the_no_think_arm_differs_in_reasoning_and_in_nothing_else() -> None:
    shown = shown_to(Arm.NO_THINK, ROW)
    assert [message.reasoning_content for message in shown.messages] == [None] * 4
    assert [message.content for message in shown.messages] == [message.content for message in TURNS]
    assert [message.tool_calls for message in shown.messages] == [message.tool_calls for message in TURNS]
    assert (shown.id, shown.tools) == (ROW.id, ROW.tools)
    assert shown.template_kwargs == {"tone": "dry", "enable_thinking": False}


def test_a_row_with_its_own_turns_for_the_no_think_arm_uses_them() -> None:
    row = Conversation("a", (user("q"), assistant("4", "why")), no_think_messages=(user("q"), assistant("four")))
    assert shown_to(Arm.NO_THINK, row).messages[1].content == "four"
    assert shown_to(Arm.THINK, row).messages[1].content == "4"
