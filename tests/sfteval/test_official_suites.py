"""IFEval and IFBench as published, end to end: read, scored, compared. Their data lies in the data folder.

Run: pytest tests/sfteval/test_official_suites.py
"""

import gzip
import json

import datasets
import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import DataError
from sfteval.suites import load_suite

PROMPTS = {"ifeval": "ifeval/input_data.jsonl", "ifbench": "ifbench/IFBench_test.jsonl"}
HUB = {"ifeval": "google/IFEval", "ifbench": "allenai/IFBench_test"}
SIZES = {"ifeval": (541, 834, {1: 305, 2: 179, 3: 57}), "ifbench": (300, 344, {1: 256, 2: 44})}


@pytest.fixture
def official(data_folder, monkeypatch):
    """The data folder, where the suites find it."""
    monkeypatch.setenv("SFTEVAL_DATA", str(data_folder))
    return data_folder


@pytest.fixture
def answers(official, tmp_path):
    """The 540 real answers, unpacked: rows of `prompt` and `response`."""
    path = tmp_path / "gpt4.jsonl"
    path.write_bytes(gzip.decompress((official / "ifeval" / "responses_gpt4_2023-11.jsonl.gz").read_bytes()))
    return path


def called(*words):
    return CliRunner().invoke(cli, [str(word) for word in words], prog_name="sfteval")


def rows_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def loaded(name):
    (task,) = load_suite(name).tasks
    return task


@pytest.mark.parametrize("name", PROMPTS)
def test_the_suite_holds_every_published_prompt_once(official, name):
    task = loaded(name)
    counts = [sample.metadata["num_instructions"] for sample in task.samples]
    num_prompts, num_instructions, by_number = SIZES[name]
    assert (len(task.samples), sum(counts)) == (num_prompts, num_instructions)
    assert {number: counts.count(number) for number in sorted(set(counts))} == by_number
    assert [sample.id for sample in task.samples] == [str(row["key"]) for row in rows_of(official / PROMPTS[name])]
    assert len({" ".join(sample.prompt.split()) for sample in task.samples}) == num_prompts


def test_what_decides_is_what_their_papers_lead_with(official):
    ifeval, ifbench = loaded("ifeval"), loaded("ifbench")
    assert (ifeval.gating, ifbench.gating) == (("prompt_strict",), ("prompt_loose",))
    assert (ifeval.metrics[0], ifbench.metrics[0]) == ("prompt_strict", "prompt_loose")  # slices show the first


@pytest.mark.parametrize("name", PROMPTS)
def test_the_hubs_padded_copy_is_the_very_same_suite(official, monkeypatch, name):
    from_file = loaded(name)
    copy = datasets.Dataset.from_list(rows_of(official / PROMPTS[name]))
    asked = []
    monkeypatch.setattr(datasets, "load_dataset", lambda path, *_, **named: asked.append((path, named)) or copy)
    monkeypatch.delenv("SFTEVAL_DATA")
    assert loaded(name) == from_file
    assert asked == [(HUB[name], {"split": "train", "revision": None})]


@pytest.mark.slow
@pytest.mark.parametrize("name", PROMPTS)
def test_the_library_itself_reads_a_folder_of_the_hubs_name_into_the_very_same_suite(
    official, monkeypatch, tmp_path, name
):
    from_file = loaded(name)
    folder = tmp_path / HUB[name]
    folder.mkdir(parents=True)
    datasets.Dataset.from_list(rows_of(official / PROMPTS[name])).to_parquet(folder / "train.parquet")
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.delenv("SFTEVAL_DATA")
    monkeypatch.chdir(tmp_path)
    assert loaded(name) == from_file


@pytest.mark.parametrize("name", PROMPTS)
def test_another_version_of_the_file_is_refused(official, monkeypatch, tmp_path, name):
    rows = rows_of(official / PROMPTS[name])
    rows[7]["prompt"] += " "
    path = tmp_path / PROMPTS[name]
    path.parent.mkdir(parents=True)
    written(path, rows)
    monkeypatch.setenv("SFTEVAL_DATA", str(tmp_path))
    with pytest.raises(DataError) as error:
        load_suite(name)
    assert f"{len(rows)} samples of {path}" in str(error.value)


@pytest.mark.slow
def test_the_real_answers_are_scored_under_the_published_names(answers, tmp_path):
    result = called("score", "ifeval", "--responses", answers, "-o", tmp_path / "run")
    assert result.exit_code == 0, result.output
    table = [line.split(" |")[0].split() for line in result.output.splitlines() if " | " in line]
    assert table == [
        ["ifeval", "fixed"],
        ["prompt_level_strict_acc", "0.7778"],
        ["inst_level_strict_acc", "0.8401"],
        ["prompt_level_loose_acc", "0.8037"],
        ["inst_level_loose_acc", "0.8594"],
        ["num_answers", "540"],
    ]
    assert "note: no answer to 1 of 541 prompts of ifeval: 2785\n" in result.output
    lines = rows_of(tmp_path / "run" / "scores" / "ifeval.jsonl")
    assert len(lines) == 541
    assert [line["sample_id"] for line in lines if line["outcome"] == "error"] == ["2785"]


def test_the_four_figures_are_in_the_json_and_the_published_ones_over_answers_that_have_them(answers, tmp_path):
    result = called("score", "ifeval", "--responses", answers, "-o", tmp_path / "run", "--json")
    figures = json.loads(result.stdout)["lm_eval"]["ifeval"]
    assert figures["fixed"] == {
        "prompt_level_strict_acc": 420 / 540,
        "inst_level_strict_acc": 699 / 832,
        "prompt_level_loose_acc": 434 / 540,
        "inst_level_loose_acc": 715 / 832,
        "num_answers": 540,
    }
    ours, theirs = figures["fixed_of_those"], figures["reference"]
    assert ours.keys() == theirs.keys() == figures["fixed"].keys()
    assert ours["num_answers"] == theirs["num_answers"] < 540  # two prompts' letters are drawn, others need nltk's data
    assert abs(ours["prompt_level_strict_acc"] - theirs["prompt_level_strict_acc"]) < 0.02
    assert None not in theirs.values()


def test_answers_by_id_score_as_answers_by_prompt_do(official, answers, tmp_path):
    keys = {row["prompt"]: str(row["key"]) for row in rows_of(official / PROMPTS["ifeval"])}
    by_id = [
        {"id": keys[row["prompt"]], "response": row["response"]} for row in rows_of(answers) if row["prompt"] in keys
    ]
    spaced = [row | {"prompt": f" {row['prompt']}\n".replace(" ", "  ")} for row in rows_of(answers)]
    scores = []
    for name, rows in (("prompt", rows_of(answers)), ("id", by_id), ("spaced", spaced)):
        path = written(tmp_path / f"{name}.jsonl", rows)
        assert called("score", "ifeval", "--responses", path, "-o", tmp_path / name).exit_code == 0
        scores.append((tmp_path / name / "scores" / "ifeval.jsonl").read_text())
    assert scores[0] == scores[1] == scores[2]


@pytest.mark.slow
def test_two_files_of_answers_are_compared_without_a_model(answers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    worse = [row | {"response": row["response"].replace(".", ", ")} for row in rows_of(answers)]
    b = written(tmp_path / "worse.jsonl", worse)
    words = ("--suite", "ifeval", "--comet", "off", "-o", "report")
    result = called("compare", f"responses:{answers}", f"responses:{b}", *words)
    assert result.exit_code == 0, result.output
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    first = results["metrics"][0]
    assert (first["task"], first["metric"], first["n"], first["gating"]) == ("ifeval", "prompt_strict", 540, True)
    assert results["verdict"] == "regress"
    assert results["left_out"]["ifeval"]["neither"]["count"] == 1
    assert {piece["value"]: piece["n"] for piece in results["slices"]} == {"1": 305, "2": 178, "3": 57}


@pytest.mark.slow
def test_answers_to_ifbench_are_scored_and_compared(official, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    prompts = rows_of(official / PROMPTS["ifbench"])
    a = written(tmp_path / "a.jsonl", [{"prompt": row["prompt"], "response": "Yes."} for row in prompts])
    b = written(tmp_path / "b.jsonl", [{"id": row["key"], "response": "a (b [c {d} e] f) g"} for row in prompts])
    result = called("score", "ifbench", "--responses", a, "-o", "run", "--json")
    assert result.exit_code == 0, result.output
    assert len(rows_of(tmp_path / "run" / "scores" / "ifbench.jsonl")) == 300
    assert json.loads(result.stdout)["lm_eval"]["ifbench"]["fixed"]["num_answers"] == 300
    done = called("compare", f"responses:{a}", f"responses:{b}", "--suite", "ifbench", "--comet", "off", "-o", "r")
    assert done.exit_code == 0, done.output
    (gating,) = [m for m in json.loads((tmp_path / "r" / "results.json").read_text())["metrics"] if m["gating"]]
    assert (gating["metric"], gating["n"]) == ("prompt_loose", 300)


def test_the_list_shows_both_and_their_sizes(official):
    listed = {line.split()[0]: line for line in called("suites", "list").output.splitlines() if line}
    assert "541 prompts" in listed["ifeval"]
    assert "300 prompts" in listed["ifbench"]


@pytest.mark.parametrize("name", PROMPTS)
def test_without_data_the_suite_is_shown_with_how_to_get_it(name, monkeypatch):
    monkeypatch.delenv("SFTEVAL_DATA", raising=False)
    result = called("suites", "show", name)
    assert result.exit_code == 0
    assert f"{name}: data absent, scorer constraints" in result.output
    assert f"Put the file at FOLDER/{PROMPTS[name]} and set SFTEVAL_DATA=FOLDER" in result.output
