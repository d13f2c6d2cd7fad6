"""The prompt-anchored rule: the boundary is exact to the token, in every arm and over rewritten history."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfteval.chat import ChatFormat, ChatTemplate, RenderedTurn, Tokenizer, merge_turns, render_turns
from sfteval.chat.completion import MAX_OBSERVATIONS, inlined
from sfteval.chat.format import end_of_turn_ids
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
    assert end_of_turn_ids(chat) == chat.tokenizer.encode("<|im_end|>")
    assert end_of_turn_ids(chat_format(PLAIN.replace("<|im_end|>", ""))) == ()


def test_a_beginning_of_sequence_token_is_written_by_the_template_alone(tmp_path: Path) -> None:
    folder = toy_checkpoint(tmp_path, template="<|endoftext|>" + PLAIN)
    chat = ChatFormat.from_folder(folder)
    (turn,) = render_turns(chat, [user("a"), assistant("b")])
    assert turn.prompt_ids.count(chat.tokenizer.token_id("<|endoftext|>") or 0) == 1


# -- templates that the rule alone does not reach ---------------------------------------------------------------------

OPENS_THOUGHT = PLAIN.replace("[assistant]{% endif %}", "[assistant]<think>\n{% endif %}")
NO_END = (
    "{% for m in messages %}{{ '<|endoftext|>' if m.role == 'tool' else '<|im_start|>' if m.role == 'user' else '#' }}"
    "{{ m.content }}{{ m.tool_calls | tojson if m.tool_calls }}{% endfor %}{{ '#' if add_generation_prompt }}"
)
NO_PROMPT = "{% for m in messages %}[{{ m.role }}]{{ m.content }}<|im_end|>{% endfor %}"
ANSWERS_AT_ONCE = (
    "{% for m in messages %}{{ '[' ~ m.content ~ ']' if m.role == 'user' else ' ' ~ m.content ~ '<|im_end|>' }}"
    "{% endfor %}"
)


def said(turns: Sequence[RenderedTurn]) -> list[str]:
    return [turn.completion for turn in turns]


def test_inline_reasoning_is_said_in_its_own_turn_and_unknown_to_later_ones() -> None:
    chat = chat_format(PLAIN)
    messages = [user("a"), assistant("b", "x"), user("c"), assistant("d", "y")]
    turns = render_turns(chat, messages, inline_reasoning=True)
    assert said(turns) == ["<think>\nx\n</think>\n\nb<|im_end|>", "<think>\ny\n</think>\n\nd<|im_end|>"]
    assert chat.tokenizer.decode(turns[1].prompt_ids) == "[user]a\n[assistant]b<|im_end|>\n[user]c\n[assistant]"
    assert len(merge_turns(turns)) == 2


def test_inline_earlier_turns_are_told_without_their_reasoning_even_to_a_template_that_shows_it() -> None:
    chat = chat_format()
    messages = [user("w?"), assistant("", "x", [call("f")]), tool("sun"), assistant("Sun.", "y")]
    _, last = render_turns(chat, messages, inline_reasoning=True)
    bare = [user("w?"), assistant("", None, [call("f")]), tool("sun")]
    assert last.prompt_ids == chat.prompt(bare).token_ids


def test_without_reasoning_inlining_changes_nothing() -> None:
    messages = [user("a"), assistant("b"), user("c"), assistant("d")]
    chat = chat_format(PLAIN)
    assert inlined(messages[1]) is messages[1]
    assert render_turns(chat, messages, inline_reasoning=True) == render_turns(chat, messages)
    assert len(merge_turns(render_turns(chat, messages, inline_reasoning=True))) == 1


def test_a_thought_that_only_the_prompt_opens_is_put_together_from_the_fields() -> None:
    messages = [user("a"), assistant("b", "x"), user("c"), assistant("d")]
    turns = render_turns(chat_format(OPENS_THOUGHT), messages)
    assert said(turns) == ["x\n</think>\n\nb<|im_end|>", "\n</think>\n\nd<|im_end|>"]
    assert said(render_turns(chat_format(OPENS_THOUGHT), messages, inline_reasoning=True)) == said(turns)


@pytest.mark.parametrize(
    "writes", ["<think>{{ m.reasoning_content }}</think>", "{{ m.reasoning_content }}</think>", " <think></think>"]
)
def test_a_turn_that_writes_a_thought_of_its_own_is_never_given_a_second(writes: str) -> None:
    own = OPENS_THOUGHT.replace(
        "{{ m.content }}", "{% if m.role == 'assistant' %}" + writes + "{% endif %}{{ m.content }}"
    )
    with pytest.raises(TemplateError, match=r"turn 2 \(assistant\): expected a turn that begins with its generation"):
        render_turns(chat_format(own), [user("a"), assistant("b", "x")])


def test_a_thought_of_its_own_is_seen_though_the_answer_mentions_a_closing_tag() -> None:
    own = OPENS_THOUGHT.replace("{{ m.content }}", "{{ '<think></think>' if m.role == 'assistant' }}{{ m.content }}")
    with pytest.raises(TemplateError, match="expected a turn that begins with its generation prompt"):
        render_turns(chat_format(own), [user("a"), assistant("write </think>", "x")])


def test_a_closing_tag_that_the_answer_mentions_is_no_thought() -> None:
    turns = render_turns(chat_format(OPENS_THOUGHT), [user("a"), assistant("write </think>", "x")])
    assert said(turns) == ["x\n</think>\n\nwrite </think><|im_end|>"]


def test_a_turn_that_rewrites_earlier_reasoning_is_measured_where_none_is_shown() -> None:
    shown = "m.reasoning_content and (loop.last or messages[-1].role != 'assistant')"
    thought = "{% if " + shown + " %}({{ m.reasoning_content }}){% endif %}"
    chat = chat_format(PLAIN.replace("{{ m.content }}", thought + "{{ m.content }}"))
    turns = render_turns(chat, [user("a"), assistant("b", "x"), tool("c"), assistant("d", "y")])
    assert said(turns) == ["(x)b<|im_end|>", "(y)d<|im_end|>"]
    assert chat.tokenizer.decode(turns[1].prompt_ids) == "[user]a\n[assistant](x)b<|im_end|>\n[tool]c\n[assistant]"


def test_a_turn_without_an_end_stops_at_the_marker_of_the_next_role() -> None:
    messages = [user("a"), assistant("", None, [call("f")]), tool("t"), assistant("b"), user("c"), assistant("d")]
    chat = replace(chat_format(NO_END), stop_token_ids=())
    turns = render_turns(chat, messages)
    assert [turn.completion[-13:] for turn in turns] == ["<|endoftext|>", "b<|im_start|>", "d<|im_start|>"]
    (sequence,) = merge_turns(turns)
    assert len(sequence.spans) == 3
    assert chat.tokenizer.decode(sequence.token_ids).startswith("<|im_start|>a#[{")


def test_a_conversation_that_ends_with_a_call_stops_at_the_marker_of_its_result() -> None:
    chat = replace(chat_format(NO_END), stop_token_ids=())
    (turn,) = render_turns(chat, [user("a"), assistant("", None, [call("f")])])
    assert turn.completion.endswith("<|endoftext|>")


def test_a_stop_that_history_replaces_is_said_and_history_is_read() -> None:
    last = "{{ '<|endoftext|>' if loop.last and not add_generation_prompt else '<|im_end|>' if m.role == 'assistant' }}"
    source = PLAIN.replace("{{ '<|im_end|>' if m.role == 'assistant' else '' }}", last)
    chat = replace(chat_format(source), stop_token_ids=chat_format().tokenizer.encode("<|endoftext|>"))
    turns = render_turns(chat, [user("a"), assistant("b"), user("c"), assistant("d")])
    (sequence,) = merge_turns(turns)
    assert said(sequence.turns) == ["b<|endoftext|>", "d<|endoftext|>"]
    assert [chat.tokenizer.decode(sequence.token_ids[a:b]) for a, b in sequence.spans] == [
        "b<|im_end|>",
        "d<|endoftext|>",
    ]


def test_a_prompt_that_ends_before_the_replaced_stop_begins_a_sequence_of_its_own() -> None:
    first, second = RenderedTurn(0, (1, 2), (3, 9), ""), RenderedTurn(1, (1, 2, 3), (4, 9), "")
    assert [sequence.token_ids for sequence in merge_turns([first, second])] == [(1, 2, 3, 9), (1, 2, 3, 4, 9)]


def test_a_header_that_no_generation_prompt_writes_is_refused() -> None:
    with pytest.raises(TemplateError) as caught:
        render_turns(chat_format(NO_PROMPT), [user("a"), assistant("b")])
    assert str(caught.value) == (
        "chat template: expected a generation prompt: add_generation_prompt changes nothing, got '[assistant]' before "
        "each answer, which no server would send. Let the template write it at its end if add_generation_prompt."
    )


def test_a_template_whose_answers_follow_at_once_needs_no_generation_prompt() -> None:
    turns = render_turns(chat_format(ANSWERS_AT_ONCE), [user("a"), assistant("b"), user("c"), assistant("d")])
    assert said(turns) == [" b<|im_end|>", " d<|im_end|>"]
    assert len(merge_turns(turns)) == 1


# -- ReAct text -------------------------------------------------------------------------------------------------------

REACT = "Thought: look\nAction: w\nAction Input: Ulm\nObservation: sun\nThought: so\nFinal Answer: Sun."


def test_the_model_stops_before_an_observation_and_goes_on_behind_it() -> None:
    chat = chat_format(PLAIN)
    first, second = render_turns(chat, [user("a"), assistant(REACT)], react=True)
    assert first.completion == "Thought: look\nAction: w\nAction Input: Ulm\n<|im_end|>"
    assert second.completion == "Thought: so\nFinal Answer: Sun.<|im_end|>"
    so_far = "[user]a\n[assistant]" + REACT[: REACT.index("Thought: so")]
    assert second.prompt_ids == chat.tokenizer.encode(so_far)
    assert (first.message_index, second.message_index) == (1, 1)


def test_react_turns_are_one_sequence_that_reads_the_observation() -> None:
    chat = chat_format(PLAIN)
    (sequence,) = merge_turns(render_turns(chat, [user("a"), assistant(REACT), user("b"), assistant("c")], react=True))
    assert chat.tokenizer.decode(sequence.token_ids) == (
        f"[user]a\n[assistant]{REACT}<|im_end|>\n[user]b\n[assistant]c<|im_end|>"
    )
    assert len(sequence.spans) == 3


def test_nothing_is_learned_behind_an_observation_that_ends_the_text() -> None:
    (turn,) = render_turns(chat_format(PLAIN), [user("a"), assistant("Action: w\nObservation: sun")], react=True)
    assert turn.completion == "Action: w\n<|im_end|>"


def test_a_thought_before_react_text_belongs_to_its_first_piece() -> None:
    first, _ = render_turns(chat_format(), [user("a"), assistant(REACT, "Action: x\nObservation: y")], react=True)
    assert first.completion == (
        "<think>\nAction: x\nObservation: y\n</think>\n\nThought: look\nAction: w\nAction Input: Ulm\n<|im_end|>"
    )


def test_a_thought_that_holds_the_same_text_is_not_taken_for_the_answer() -> None:
    first, second = render_turns(chat_format(), [user("a"), assistant(REACT, REACT)], react=True)
    assert first.completion.startswith(f"<think>\n{REACT}\n</think>\n\nThought: look")
    assert second.completion == "Thought: so\nFinal Answer: Sun.<|im_end|>"


def test_white_space_that_the_template_trims_is_not_missed_in_react_text() -> None:
    trims = chat_format(PLAIN.replace("{{ m.content }}", "{{ m.content | trim }}"))
    first, second = render_turns(trims, [user("a"), assistant(f"\n{REACT} \n")], react=True)
    assert (first.completion[:13], second.completion[-14:]) == ("Thought: look", " Sun.<|im_end|>"[-14:])


def test_react_text_that_the_template_changes_or_that_never_ends_is_refused() -> None:
    changed = chat_format(PLAIN.replace("{{ m.content }}", "{{ m.content | upper }}"))
    with pytest.raises(TemplateError, match=r"expected ReAct text as the row writes it.*got a text that the template"):
        render_turns(changed, [user("a"), assistant(REACT)], react=True)
    endless = "Action: w\nObservation: sun\n" * (MAX_OBSERVATIONS + 1)
    with pytest.raises(TemplateError, match="got 257 observations"):
        render_turns(chat_format(PLAIN), [user("a"), assistant(endless)], react=True)


# -- the boundary, whatever merges -------------------------------------------------------------------------------------

MERGES = [("]", "a"), ("]a", "a"), ("a", "b"), ("b", "b"), ("]", "Ċ"), ("b", "["), ("Ċ", "[")]
MERGING = chat_format(PLAIN, MERGES)
TEXTS = st.text("ab]\n[", max_size=6)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3))
def test_whatever_bpe_merges_the_prompt_is_the_served_one_and_the_completion_says_the_turn(
    exchanges: list[tuple[str, str]],
) -> None:
    messages = [message for asked, answer in exchanges for message in (user(asked), assistant(answer))]
    turns = render_turns(MERGING, messages)
    for turn, (_, answer) in zip(turns, exchanges, strict=True):
        assert turn.prompt_ids == MERGING.prompt(messages[: turn.message_index]).token_ids
        assert MERGING.tokenizer.decode(turn.completion_ids) == turn.completion == f"{answer}<|im_end|>"
    for sequence in merge_turns(turns):
        spans = [sequence.token_ids[start:stop] for start, stop in sequence.spans]
        assert spans == [turn.completion_ids for turn in sequence.turns]
        assert sequence.token_ids[: sequence.spans[0][0]] == sequence.turns[0].prompt_ids
