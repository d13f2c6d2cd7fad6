"""BFCL's files as tasks: read by path, joined with their answers, scored from rows of texts and of calls.

The published files are read where they are: SFTEVAL_DATA. Run: pytest tests/sfteval/test_bfcl_suite.py
"""

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from sfteval.chat.reading import read
from sfteval.cli import cli
from sfteval.scorers import build_scorer
from sfteval.suites import find_task, load_suite, read_outline
from sfteval.suites.load import find_suite
from sfteval.types import Generation, Graded, Sample, Task
from tests.sfteval.bfcl_gold import CATEGORIES, UNREACHABLE, gold, markup, mutations

pytestmark = pytest.mark.slow

ITEM = {
    "id": "simple_python_7",
    "question": [[{"role": "user", "content": "When is high tide in Kiel?"}]],
    "function": [
        {
            "name": "tide.high",
            "description": "Tell when the tide is high.",
            "parameters": {"type": "dict", "properties": {"harbour": {"type": "string"}}, "required": ["harbour"]},
        }
    ],
}
TRUTH = {"id": "simple_python_7", "ground_truth": [{"tide.high": {"harbour": ["Kiel", "Kiel, Germany"]}}]}
TASK = (
    'name = "tides"\nscorer = "toolcalls"\nformat = "bfcl"\ndata = "a.json"\nanswers = "b.json"\n'
    'metrics = ["ast", "bfcl_compat"]\ngating = ["ast"]\n'
)


@pytest.fixture
def official(data_folder, monkeypatch) -> Path:
    """The data folder, where the suites find it."""
    if not (data_folder / "bfcl").is_dir():
        pytest.skip("set SFTEVAL_DATA to a folder that holds bfcl/")
    monkeypatch.setenv("SFTEVAL_DATA", str(data_folder))
    return data_folder


def called(*words: object):
    return CliRunner().invoke(cli, [str(word) for word in words], prog_name="sfteval")


def written(path: Path, *rows: dict) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def graded(task: Task, pairs: list[tuple[Sample, str]]) -> list[Graded]:
    """Return what the task's scorer makes of raw texts."""
    scorer = build_scorer(task)
    return [
        scorer.grade(sample, read(Generation(task.name, sample.id, 0, "q", text, "stop"), "hermes"))
        for sample, text in pairs
    ]


# -- toys --------------------------------------------------------------------------------------------------------------


def test_rows_of_texts_and_of_calls_are_scored_and_several_of_one_id_are_its_samples(tmp_path):
    written(tmp_path / "a.json", ITEM)
    written(tmp_path / "b.json", TRUTH)
    (tmp_path / "suite.toml").write_text(f'[suite]\nname = "tides"\n[[task]]\n{TASK}')
    call = {"name": "tide.high", "arguments": {"harbour": "Kiel"}}
    answers = written(
        tmp_path / "answers.jsonl",
        {"id": "simple_python_7", "calls": [call]},
        {"id": "simple_python_7", "response": markup(call)},
        {"id": "simple_python_7", "response": markup(call).replace("}}", "}")},
        {"id": "simple_python_7", "calls": []},
    )
    out = tmp_path / "out"
    done = called("score", "tides", "--suite", tmp_path, "--responses", answers, "-o", out)
    assert done.exit_code == 0, done.output
    lines = lines_of(out / "scores" / "tides.jsonl")
    assert [(line["sample_index"], line["metrics"]["ast"], line["detail"]["failure_code"]) for line in lines] == [
        (0, 1.0, None),
        (1, 1.0, None),
        (2, 0.0, "json_invalid"),
        (3, 0.0, "no_call_when_needed"),
    ]
    assert all({"exact", "ast", "bfcl_compat", "schema_valid"} <= line["metrics"].keys() for line in lines)
    assert "note: nothing tells in which dialect it writes calls: it is guessed for each answer of tides" in done.output
    assert json.loads((out / "run.json").read_text())["settings"]["dialect"] is None


def test_without_the_files_one_sentence_says_which_and_where_they_are_published(tmp_path, monkeypatch):
    monkeypatch.delenv("SFTEVAL_DATA", raising=False)
    answers = written(tmp_path / "answers.jsonl", {"id": "simple_python_0", "response": "x"})
    done = called("score", "bfcl-simple_python", "--responses", answers, "-o", tmp_path / "out")
    assert done.exit_code == 2
    (said,) = done.output.strip().splitlines()
    files = "bfcl/BFCL_v4_simple_python.json and bfcl/possible_answer/BFCL_v4_simple_python.json"
    assert 'task "bfcl-simple_python", data: expected its published files, got none beside suite.toml' in said
    assert f"Put {files} below FOLDER and set SFTEVAL_DATA=FOLDER, or below " in said
    assert "published in bfcl_eval/data of the package bfcl-eval (2026.3.23)" in said
    shown = called("suites", "show", "bfcl-live")
    assert shown.exit_code == 0
    assert "bfcl-live_multiple: data absent, scorer toolcalls" in shown.output


@pytest.mark.parametrize("suite", ["bfcl", "bfcl-live"])
def test_every_task_gates_on_ast_and_shows_the_published_verdict_and_validity(suite):
    for task in read_outline(find_suite(suite)).tasks:
        assert (task.gating, task.scorer) == (("ast",), "toolcalls")
        assert {"ast", "bfcl_compat"} <= set(task.metrics)
        assert ("schema_valid" in task.metrics) == ("irrelevance" not in task.name)  # there no call is right
        assert task.source.data == f"bfcl/BFCL_v4_{task.name.removeprefix('bfcl-')}.json"
        assert len(task.source.content_sha256) == 64
        assert bool(task.source.answers) == ("relevance" not in task.name)


# -- the published files -----------------------------------------------------------------------------------------------

GREEDY = {"parallel_multiple_12", "parallel_multiple_26"}  # the published checker's matching misses them
# Items whose first accepted answer does not fit the item's own schema: a default of None, "N/A" beside an enum.
MISFITS = {
    "simple_python": 1,
    "parallel": 1,
    "parallel_multiple": 2,
    "live_simple": 41,
    "live_parallel": 1,
    "live_parallel_multiple": 4,
}


def test_the_suite_holds_every_published_item_once(official):
    suite = load_suite("bfcl")
    assert {task.name: len(task.samples) for task in suite.tasks} == {
        f"bfcl-{category}": num for category, num in CATEGORIES.items() if not category.startswith("live")
    }
    listed = {line.split()[0]: line for line in called("suites", "list").output.splitlines() if line}
    assert "1,240 prompts" in listed["bfcl"]


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_first_accepted_answer_to_every_item_passes_by_both_rules(category, official):
    task, _ = find_task(f"bfcl-{category}")
    assert len(task.samples) == CATEGORIES[category]
    found = graded(task, [(sample, markup(*gold(sample))) for sample in task.samples])
    failed = {
        name: {sample.id for sample, one in zip(task.samples, found, strict=True) if one.metrics[name] == 0.0}
        for name in ("ast", "bfcl_compat", "schema_valid")
    }
    unreachable = UNREACHABLE if category == "live_simple" else set()
    assert failed["bfcl_compat"] == unreachable | (GREEDY if category == "parallel_multiple" else set())
    if category != "live_relevance":  # its call lacks the arguments that the tool needs
        assert failed["ast"] == unreachable
        assert len(failed["schema_valid"]) == MISFITS.get(category, 0)


@pytest.mark.parametrize("category", ["simple_python", "multiple"])
def test_each_mutation_of_a_right_call_fails_with_its_own_code(category, official):
    task, _ = find_task(f"bfcl-{category}")
    made = [(sample, code, text) for sample in task.samples[:100] for code, text in mutations(sample)]
    found = graded(task, [(sample, text) for sample, _, text in made])
    wrong = [
        (sample.id, code, one.detail["failure_code"])
        for (sample, code, _), one in zip(made, found, strict=True)
        if (one.metrics["ast"], one.detail["failure_code"]) != (0.0, code)
    ]
    assert wrong == []
    assert min(Counter(code for _, code, _ in made).values()) >= 30


@pytest.mark.parametrize("category", ["irrelevance", "live_relevance"])
def test_an_attempt_that_is_broken_is_no_abstention_and_no_call(category, official):
    task, _ = find_task(f"bfcl-{category}")
    sample = task.samples[0]
    broken, none = graded(task, [(sample, '<tool_call>{"name": "x", </tool_call>'), (sample, "I cannot.")])
    abstains = category == "irrelevance"
    assert (broken.metrics["ast"], broken.metrics["bfcl_compat"]) == (0.0, float(abstains))
    assert (none.metrics["ast"], none.metrics["bfcl_compat"]) == (float(abstains), float(abstains))


def test_answers_to_the_published_items_are_scored_by_the_command(official, tmp_path):
    task, _ = find_task("bfcl-simple_python")
    rows = [{"id": sample.id, "calls": gold(sample)} for sample in task.samples]
    answers = written(tmp_path / "answers.jsonl", *rows)
    done = called("score", "bfcl-simple_python", "--responses", answers, "-o", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    means = json.loads(done.stdout)["means"]["bfcl-simple_python"]
    assert (means["ast"], means["bfcl_compat"]) == (1.0, 1.0)
    assert len(lines_of(tmp_path / "out" / "scores" / "bfcl-simple_python.jsonl")) == 400
