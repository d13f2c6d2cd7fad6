"""A rubric that brings its own prompt, and the small judge that it is made for."""

import asyncio
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import ConfigurationError
from sfteval.judge import read_rubric
from sfteval.judge.altered import ALTERED
from sfteval.judge.asking import Bench, Judge, prefer
from sfteval.judge.gold import read_gold
from sfteval.judge.material import contest_messages, exhibit_messages
from sfteval.judge.verdicts import read_verdict
from sfteval.judging.panel import judged_tasks
from sfteval.progress import silent_progress
from sfteval.report.judged import judge_sentences_of
from sfteval.scorers import build_scorer
from sfteval.store import RunFolder
from sfteval.types import (
    Contest,
    Exhibit,
    Generation,
    JudgeComparison,
    Message,
    Sample,
    Sampling,
    Suite,
    Task,
    WinRate,
)
from sfttrain.starter import judging

STARTER = read_rubric("starter_reference")
CONTEST = Contest("1", (Message("user", "Ann faces north. a: left. What now?"),), "Answer: west", "east", "west")
CRITERION = '[[criterion]]\nname = "wit"\npairwise = "Which is wittier?"\npointwise = "Is it witty?"\n'


def own(tmp_path, prompt):
    path = tmp_path / "own.toml"
    path.write_text(f'name = "own"\n[prompt]\n{prompt}\n{CRITERION}', encoding="utf-8")
    return read_rubric(str(path))


def generation(answer):
    return Generation("pairwise", "1", 0, "q", answer, "stop")


def test_an_own_prompt_is_one_user_message_with_everything_in_its_place(tmp_path):
    rubric = own(tmp_path, 'pairwise = "$conversation | $reference | $second | $first"\npointwise = "$answer!"')
    said = contest_messages(rubric, CONTEST, candidate_first=True)
    assert said == (Message("user", "Ann faces north. a: left. What now? | west | Answer: west | east"),)
    assert exhibit_messages(rubric, Exhibit("1", CONTEST.messages, "east")) == (Message("user", "east!"),)


def test_a_place_that_stands_in_an_answer_is_only_text(tmp_path):
    rubric = own(tmp_path, 'pairwise = "$first, $second"')
    contest = Contest("1", CONTEST.messages, "$second", "a\x1b", None)
    assert contest_messages(rubric, contest, candidate_first=False)[0].content == "$second, a"


def test_the_form_that_has_no_own_prompt_is_asked_as_ever(tmp_path):
    rubric = own(tmp_path, 'pairwise = "$first, $second"')
    system, _ = exhibit_messages(rubric, Exhibit("1", CONTEST.messages, "east"))
    assert "KEY is " in system.content


def test_an_own_prompt_is_another_judge_by_any_word_of_it(tmp_path):
    prompts = ['pairwise = "$first, $second"', 'pairwise = "$first; $second"', 'pointwise = "$answer"']
    identities = [Judge("m", own(tmp_path, prompt)).identity("pairwise") for prompt in prompts]
    assert len(set(identities)) == 3


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ('pairwise = "$first"', r"pairwise: expected a text with \$first, \$second"),
        ('pairwise = "$first $second $key"', "and at most"),
        ('pairwise = "$first $second $"', "expected a text with"),
        ('pointwise = "$first $second"', r"pointwise: expected a text with \$answer"),
        ("pointwise = 3", "expected a text"),
        ('listwise = "$first"', "listwise"),
    ],
)
def test_a_prompt_without_a_place_for_each_answer_is_refused(tmp_path, prompt, said):
    with pytest.raises(ConfigurationError, match=said):
        own(tmp_path, prompt)


def test_what_the_judge_is_taught_is_what_it_is_asked_byte_by_byte(tmp_path):
    rows, path = judging.gold_rows(3, 40), tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for row, pair in zip(rows, read_gold(path), strict=True):
        (asked,) = contest_messages(STARTER, pair.contest, candidate_first=False)
        assert asked.content == judging.PROMPT.format(reference=row["reference"], first=row["a"], second=row["b"])


def test_what_the_judge_is_taught_to_write_is_a_verdict_of_the_rubric():
    taught = judging.judge_rows(3, 200)
    verdicts = [read_verdict(generation(row["messages"][1]["content"]), STARTER, "pairwise") for row in taught]
    assert {verdict.failure for verdict in verdicts} == {""}
    assert {verdict.value["choice"] for verdict in verdicts} == {"first", "second", "tie"}


def test_the_altered_copies_of_a_validation_are_worded_otherwise_than_the_rows():
    rows = "\n".join(row["messages"][0]["content"] for row in judging.judge_rows(0, 3000))
    added = [ALTERED[name]("west").removeprefix("west").strip() for name in ("padded", "injected")]
    sentences = [part for text in added for part in text.replace("\n", ". ").split(". ") if part]
    assert len(sentences) >= 5
    assert [sentence for sentence in sentences if sentence in rows] == []
    dress = ALTERED["dressed"]("It is west. No more.")
    assert [line for line in dress.splitlines() if line and line in rows] == []
    assert "\n- " not in rows


def plain_task(**options):
    sample = Sample(id="1", messages=CONTEST.messages, target="west")
    sampling = Sampling(max_tokens=8)
    return Task(
        name="t", scorer="exact", samples=(sample,), metrics=("accuracy",), sampling=sampling, options=options
    )  # fmt: skip


def test_a_task_of_any_scorer_may_name_what_a_judge_looks_at():
    assert build_scorer(plain_task(rubric="starter_reference")).metrics == build_scorer(plain_task()).metrics


def test_a_rubric_by_option_stands_in_place_of_what_the_suite_names():
    suites = [Suite("s", "1", "", "", (plain_task(), replace(plain_task(rubric="reference"), name="u")))]
    assert [(task.name, task.options["rubric"]) for task in judged_tasks(suites)] == [("u", "reference")]
    chosen = judged_tasks(suites, {"t": "starter_reference"})
    assert [(task.name, task.options["rubric"]) for task in chosen] == [("t", "starter_reference"), ("u", "reference")]
    with pytest.raises(ConfigurationError, match='expected a task of the suites, got "v"'):
        judged_tasks(suites, {"v": "reference"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--judge-rubric", "reasoning=reference"], "expected a judge beside it"),
        (["--judge-rubric", "reasoning", "--judge", "http://127.0.0.1:9/v1#m"], "expected TASK=NAME"),
        (["--judge-rubric", "raesoning=reference", "--judge", "http://127.0.0.1:9/v1#m"], '"reasoning"?'),
    ],
)
def test_a_rubric_without_its_task_or_judge_is_refused(words, said, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "reasoning-1-0000", "response": "Answer: 3"}\n', encoding="utf-8")
    found = CliRunner().invoke(
        cli, ["compare", f"responses:{path}", f"responses:{path}", "--suite", "starter", "-o", str(tmp_path), *words]
    )
    assert found.exit_code == 2, found.output
    assert said in found.output


class Listening:
    """A bench's backend that remembers what it was asked and says the same to everything."""

    name, concurrency, max_concurrency, think_end_id = "listening", 1, 1, None

    def __init__(self):
        self.asked = []

    async def ready(self, note=None):
        pass

    def description(self):
        return {}

    def questions(self, requests):
        return [f"{request.task}/{request.sample.id}/{request.sample_index}" for request in requests]

    def units(self, requests):
        return [(position,) for position in range(len(requests))]

    async def answer(self, requests):
        self.asked += requests
        said = '{"reason": "", "criteria": {"correctness": "tie"}, "choice": "tie"}'
        questions = self.questions(requests)
        return [
            Generation(request.task, request.sample.id, request.sample_index, question, said, "stop")
            for request, question in zip(requests, questions, strict=True)
        ]


def test_a_judge_of_ours_is_asked_as_it_was_trained(tmp_path):
    backend = Listening()
    with RunFolder(tmp_path / "judge") as folder:
        bench = Bench(backend, folder, silent_progress(), template_kwargs={"enable_thinking": False})
        (one,) = asyncio.run(prefer(Judge("m", STARTER), bench, [CONTEST]))
    assert one.winner == "tie"
    assert [request.template_kwargs for request in backend.asked] == [{"enable_thinking": False}] * 2


def test_the_report_says_what_a_rubric_says_of_itself():
    rate = WinRate("preference", 0.5, None, None, 2)
    task = JudgeComparison(
        task="t", rubric="starter_reference", judges=(), num_contests=2, num_identical=0, num_by_outcome=0,
        num_no_verdict=0, num_flips=0, agreement=None, win_rate=rate, criteria=(), worst=None, best=None,
        length_controlled=None, length_disagrees=False, corrected=None, advisory=False, about=STARTER.about,
    )  # fmt: skip
    said = "t: judged by starter_reference. An equality check with the reference, no more."
    assert judge_sentences_of(task)[1:] == [said]
    assert judge_sentences_of(replace(task, about=""))[1:] == []
