"""ReAct text in sections: what the model says and what a tool wrote, for any text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfteval.chat.react import Section, observations, sections

TEXT = "Thought: look\nAction: weather\nAction Input: Ulm\nObservation: sun\nThought: good\nFinal Answer: Sun."
PIECES = ("Thought:", "Action:", "Action Input:", "Observation:", "Final Answer:", "```", "~~~~", "\n", " ", "x", "\r")


def observed(text: str) -> list[str]:
    return [text[start:stop] for start, stop in observations(text)]


def test_every_label_at_the_start_of_a_line_begins_a_section() -> None:
    said = [(section.label, section.body_in(TEXT)) for section in sections(TEXT)]
    assert said == [
        ("Thought", "look"),
        ("Action", "weather"),
        ("Action Input", "Ulm"),
        ("Observation", "sun"),
        ("Thought", "good"),
        ("Final Answer", "Sun."),
    ]


def test_text_before_the_first_label_is_a_section_without_one() -> None:
    assert sections("Hm.\nAction: a") == (Section("", 0, 4), Section("Action", 4, 13))
    assert sections("plain") == (Section("", 0, 5),)
    assert sections("") == ()


def test_an_observation_ends_where_the_next_label_begins_its_newline_included() -> None:
    assert observed(TEXT) == ["Observation: sun\n"]


def test_an_observation_at_the_end_goes_to_the_end() -> None:
    assert observed("Action: a\nObservation: b\nmore") == ["Observation: b\nmore"]


def test_several_observations_are_found_and_neighbours_are_one() -> None:
    text = "Action: a\nObservation: 1\nAction: b\nObservation: 2\nObservation: 3\nThought: c"
    assert observed(text) == ["Observation: 1\n", "Observation: 2\nObservation: 3\n"]


@pytest.mark.parametrize(
    "text",
    [
        "Observation: the sky is blue\nThought: so it is",
        "Observation: blue\nAction: wear sunglasses",
        "Action: a\nThe word Observation: in a line",
        "Action: a\n Observation: indented",
        "Action: a\n```\nObservation: in a fence\n```",
        "```\nAction: in a fence\n```\nObservation: x",
        "Action: a\nobservation: small",
        "Action: a\n~~~~\n~~~\nObservation: in the longer fence\n~~~~",
    ],
)
def test_what_is_no_tools_words_is_no_observation(text: str) -> None:
    assert observations(text) == ()


@pytest.mark.parametrize(
    "before", ["```", "```py\nx", "~~~\n```", "`` ```", "```a`b", "```\ncode\n```", "```\ncode\n``````"]
)
def test_a_fence_that_is_closed_or_never_was_one_hides_nothing(before: str) -> None:
    assert observed(f"Action: a\n{before}\nObservation: b\nThought: c") == ["Observation: b\n"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_sections_are_the_whole_text_in_order_and_none_is_empty(text: str) -> None:
    found = sections(text)
    assert "".join(text[section.start : section.stop] for section in found) == text
    assert all(section.start < section.stop for section in found)
    assert all(text.startswith(f"{section.label}:", section.start) for section in found if section.label)


@pytest.mark.parametrize(
    "unit", ["```\n", "~~~ x\n", "Observation: \n", "Action:\nObservation:\n", "````````` x\n", "\n", "`", "   "]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    def seconds(characters: int) -> float:
        text = unit * (characters // len(unit))
        durations = []
        for _ in range(3):
            started = time.process_time()
            observations(text)
            durations.append(time.process_time() - started)
        return min(durations)

    assert seconds(200_000) < 30 * seconds(20_000) + 0.02
