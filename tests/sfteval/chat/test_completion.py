"""The prompt-anchored rule: the boundary is exact to the token, in every arm and over rewritten history."""

from dataclasses import replace
from pathlib import Path

import pytest

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer, merge_turns, render_turns
from sfteval.chat.completion import end_of_turn_id
from sfteval.errors import TemplateError
from tests.toys import CHATML, WEATHER, assistant, call, system, tool, toy_checkpoint, toy_tokenizer, user

PLAIN = """\
{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ '<|im_end|>' if m.role == 'assistant' else '' }}
{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"""


def chat_format(template: str = CHATML, merges: list[tuple[str, str]] | None = None) -> ChatFormat:
    tokenizer = Tokenizer.from_backend(toy_tokenizer(merges or []))
    stop = tokenizer.token_id("<|im_end|>")
    assert stop is not None
    return ChatFormat(ChatTemplate(template), tokenizer, (stop,))


def test_the_completion_is_what_a_sampler_would_say_after_the_served_prompt() -> None:
    chat = chat_format()
    (turn,) = render_turns(chat, [user("2+2?"), assistant("4", "two and two")])
    assert turn.prompt_ids == chat.prompt([user("2+2?")]).token_ids
    assert turn.completion == "<think>\ntwo and two\n</think>\n\n4<|im_end|>"
    assert turn.completion_ids == chat.tokenizer.encode(turn.completion)


def test_a_prefilled_empty_thought_belongs_to_the_prompt() -> None:
    (turn,) = render_turns(chat_format(), [user("2+2?"), assistant("4")], kwargs={"enable_thinking": False})
    assert turn.completion == "4<|im_end|>"


def test_a_thought_in_the_turn_and_an_empty_one_in_the_prompt_contradict_each_other() -> None:
    with pytest.raises(TemplateError, match=r"turn 2 \(assistant\): expected a turn that begins with its generation"):
        render_turns(chat_format(), [user("2+2?"), assistant("4", "why")], kwargs={"enable_thinking": False})


def test_rewritten_history_makes_one_sequence_per_turn() -> None:
    messages = [user("a"), assistant("b", "x"), user("c"), assistant("d", "y")]
    turns = render_turns(chat_format(), messages)
    first, second = merge_turns(turns)
    assert (first.turns, second.turns) == (turns[:1], turns[1:])
    assert second.spans == ((len(turns[1].prompt_ids), len(second.token_ids)),)


def test_history_that_is_only_extended_makes_one_sequence_with_a_span_per_turn() -> None:
    chat = chat_format(PLAIN)
    turns = render_turns(chat, [user("a"), assistant("b"), user("c"), assistant("d")])
    (sequence,) = merge_turns(turns)
    assert (
        chat.tokenizer.decode(sequence.token_ids) == "[user]a\n[assistant]b<|im_end|>\n[user]c\n[assistant]d<|im_end|>"
    )
    assert [chat.tokenizer.decode(sequence.token_ids[a:b]) for a, b in sequence.spans] == ["b<|im_end|>", "d<|im_end|>"]


def test_calls_and_results_within_one_user_turn_stay_one_sequence() -> None:
    chat = chat_format()
    messages = [
        user("w?"),
        assistant("", "look", [call("weather", town="Ulm")]),
        tool("sun"),
        assistant("Sun.", "read"),
    ]
    (sequence,) = merge_turns(render_turns(chat, messages, [WEATHER]))
    learned = [chat.tokenizer.decode(sequence.token_ids[a:b]) for a, b in sequence.spans]
    assert learned == [
        "<think>\nlook\n</think>\n\n"
        '<tool_call>\n{"name": "weather", "arguments": {"town": "Ulm"}}\n</tool_call><|im_end|>',
        "<think>\nread\n</think>\n\nSun.<|im_end|>",
    ]


def test_a_turn_of_weight_zero_is_context_only() -> None:
    messages = [system("S"), user("a"), assistant("b", weight=0), user("c"), assistant("d")]
    (turn,) = render_turns(chat_format(PLAIN), messages)
    assert (turn.message_index, turn.completion) == (4, "d<|im_end|>")


def test_the_completion_is_tokenised_by_itself_where_bpe_merges_over_the_boundary() -> None:
    chat = chat_format(PLAIN, merges=[("]", "x")])
    (turn,) = render_turns(chat, [user("a"), assistant("xy")])
    assert turn.prompt_ids == chat.prompt([user("a")]).token_ids
    assert turn.prompt_ids + turn.completion_ids != chat.tokenizer.encode("[user]a\n[assistant]xy<|im_end|>")
    assert turn.completion == "xy<|im_end|>"


def test_what_the_template_writes_after_the_stop_token_is_not_learned() -> None:
    (turn,) = render_turns(chat_format(PLAIN.replace("'<|im_end|>'", "'<|im_end|>tail'")), [user("a"), assistant("b")])
    assert turn.completion == "b<|im_end|>"


def test_a_turn_without_a_stop_token_is_refused() -> None:
    chat = chat_format(PLAIN.replace("<|im_end|>", ""))
    with pytest.raises(TemplateError, match="expected a stop token at its end"):
        render_turns(chat, [user("a"), assistant("b")])


def test_the_end_of_turn_token_is_found_even_where_no_file_lists_it() -> None:
    chat = replace(chat_format(), stop_token_ids=())
    assert end_of_turn_id(chat) == chat.tokenizer.token_id("<|im_end|>")
    assert end_of_turn_id(chat_format(PLAIN.replace("<|im_end|>", ""))) is None


def test_a_beginning_of_sequence_token_is_written_by_the_template_alone(tmp_path: Path) -> None:
    folder = toy_checkpoint(tmp_path, template="<|endoftext|>" + PLAIN)
    chat = ChatFormat.from_folder(folder)
    (turn,) = render_turns(chat, [user("a"), assistant("b")])
    assert turn.prompt_ids.count(chat.tokenizer.token_id("<|endoftext|>") or 0) == 1
