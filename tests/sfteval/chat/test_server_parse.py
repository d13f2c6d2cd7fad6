"""A server's own reading of its answer."""

from sfteval.chat.server_parse import server_calls


def told(arguments: object) -> object:
    (call,) = server_calls({"tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}) or ()
    return call["arguments"]


def test_arguments_are_read_as_strict_json_or_stay_a_text():
    assert told('{"a": [1, 2.5]}') == {"a": [1, 2.5]}
    assert told({"a": 1}) == {"a": 1}
    assert told('{"a": 1, "a": 2}') == '{"a": 1, "a": 2}'
    assert told('{"a": NaN}') == '{"a": NaN}'
    assert told('{"a": 1} {}') == '{"a": 1} {}'
    assert told("[" * 10_000) == "[" * 10_000


def test_a_server_that_took_nothing_apart_has_no_reading():
    assert server_calls({}) is None
    assert server_calls({"content": "4"}) == ()


def test_calls_of_any_form_are_bounded_and_never_raise():
    odd = {"tool_calls": [None, 5, {}, {"function": 3}, {"function": {"name": 7}}, {"name": "f", "arguments": "{}"}]}
    assert [call["name"] for call in server_calls(odd) or ()] == ["", "", "", "", "", "f"]
    assert server_calls({"tool_calls": "many"}) == ()
    assert len(server_calls({"tool_calls": [{}] * 5000}) or ()) == 1024
