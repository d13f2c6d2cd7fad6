"""The starter world keeps its promises: reference solutions are right, and what the suite asks stands nowhere else."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from sfteval.scorers import build_scorer
from sfteval.suites import load_suite
from sfteval.types import Outcome, Reading
from sfttrain.starter import chat, constraints, corpus, reasoning, rows, suite, toolcalls
from sfttrain.starter.items import stream

pytestmark = pytest.mark.slow  # makes the whole corpus


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suites") / "starter"
    suite.write(folder)
    return load_suite(str(folder))


@pytest.fixture(scope="module")
def training_texts():
    documents = [document.prefix + document.body for document in corpus.documents(0, 60_000)]
    return "\n".join(map(suite.normalised, documents)), json.dumps(rows.rows(0, 2000))


def test_every_reference_reply_keeps_its_constraints_and_the_plain_reply_breaks_them(written):
    task = next(task for task in written.tasks if task.name == "constraints")
    scorer = build_scorer(task)
    for sample in task.samples:
        topic = sample.cluster
        kinds = {c.words.format(topic, constraints.facts(topic)[0]): c for c in constraints.CATALOGUE}
        words = sample.messages[0].content.removeprefix(f"Write about {topic}. ")
        item = constraints.request(topic, (kinds[words],))
        assert scorer.grade(sample, Reading(Outcome.OK, item.answer)).metrics["prompt_strict"] == 1, item
        plain = constraints.request(topic, ()).answer
        assert scorer.grade(sample, Reading(Outcome.OK, plain)).metrics["prompt_strict"] == 0, item


def test_no_prompt_of_the_suite_stands_in_the_corpus_or_the_rows(written, training_texts):
    documents, conversations = training_texts
    text = documents + "\n" + suite.normalised(conversations)
    prompts = [suite.normalised(sample.prompt) for task in written.tasks for sample in task.samples]
    assert len(set(prompts)) == len(prompts)
    assert [prompt for prompt in prompts if prompt in text] == []


def beginning(prompt):
    """Return a problem's start and its first two steps, whoever it is told of."""
    told = re.split("faces|is under|shows", prompt)[1]
    return suite.normalised(told.partition(" c: ")[0].removesuffix(reasoning.QUESTION))


def test_nothing_that_was_learned_from_begins_as_a_problem_of_several_steps(written, training_texts):
    documents, conversations = training_texts
    text = documents + "\n" + suite.normalised(conversations)
    samples = [sample for task in written.tasks[:2] for sample in task.samples if sample.metadata["steps"] > 1]
    asked = {beginning(sample.prompt) for sample in samples}
    assert len(asked) > 50
    assert [one for one in asked if one in text] == []


def test_unseen_tools_and_pairs_are_unseen(training_texts):
    documents, conversations = training_texts
    names = [name for name in toolcalls.all_names() if toolcalls.is_unseen(name)]
    assert len(names) >= 15
    assert [name for name in names if name in documents or name in conversations] == []
    rng = stream(1, "test")
    kinds = {corpus.seen_request(rng, 1.0).metadata["kinds"] for _ in range(2000)}
    held_out = {" ".join(pair) for pair in constraints.valid_pairs() if constraints.is_held_out_pair(*pair)}
    assert len(held_out) >= 8
    assert not kinds & held_out


def test_at_most_five_items_share_a_stem(written):
    for task in written.tasks:
        assert max(Counter(sample.cluster for sample in task.samples).values()) <= 5


def test_the_suite_is_the_same_bytes_every_time(tmp_path):
    suite.write(tmp_path / "a")
    suite.write(tmp_path / "b")
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert len(files) == 7
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


@pytest.mark.parametrize(
    ("heading", "move", "after"),
    [("north", "left", "west"), ("west", "right", "north"), ("east", "back", "west"), ("east", "mirror", "west"),
     ("north", "mirror", "north")],
)  # fmt: skip
def test_a_move_turns_the_heading(heading, move, after):
    assert reasoning.turned(heading, move) == after


def test_a_swap_moves_what_is_under_either_cup_and_nothing_else():
    assert [reasoning.swapped(cup, "BD") for cup in "ABCD"] == ["A", "D", "C", "B"]


def test_the_dial_counts_modulo_seven():
    assert [reasoning.dialled("6", turn) for turn in reasoning.TURNS] == ["0", "5", "2", "5"]


def test_a_trace_ends_where_the_answer_says():
    rng = stream(2, "test")
    for family in reasoning.FAMILIES:
        for num_steps in range(1, 9):
            item = reasoning.problem(rng, family, num_steps)
            assert item.reasoning.endswith(f" to {item.target}.")
            assert item.answer == f"Answer: {item.target}"


def test_rows_are_one_dataset_of_unique_ids_with_reasoning_in_every_assistant_turn():
    made = rows.rows(3, 500)
    assert made == rows.rows(3, 500)
    assert len({row["id"] for row in made}) == 500
    turns = [message for row in made for message in row["messages"] if message["role"] == "assistant"]
    assert all(turn["reasoning_content"] for turn in turns)
    assert Counter(row["source"] for row in made) == {
        "reasoning": 210, "constraints": 140, "toolcalls": 110, "chat": 40,
    }  # fmt: skip


def test_small_talk_is_held_out_by_its_words():
    rng = stream(4, "test")
    assert not any(chat.is_held_out(corpus.seen_talk(rng)) for _ in range(200))


def test_documents_depend_on_the_seed_only():
    assert corpus.documents(5, 50) == corpus.documents(5, 50)
    assert corpus.documents(5, 50) != corpus.documents(6, 50)


def test_the_shipped_suite_is_what_the_grammar_makes_to_the_byte(tmp_path):
    suite.write(tmp_path)
    shipped = Path(__file__).parent.parent.parent / "suites" / "starter"
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert made == {path.relative_to(shipped): path.read_bytes() for path in shipped.rglob("*.*")}
