"""Suites are checked whole before the first request, and every mistake is one sentence."""

import json

import pytest

from sfteval.errors import ConfigurationError, DataError
from sfteval.identity import file_hash
from sfteval.suites import find_suite, find_task, load_suite, new_suite, read_outline, shipped_names

HEADER = '[suite]\nname = "mine"\nversion = "1"\n'


def suite_folder(tmp_path, rows, task='name = "sums"\nscorer = "exact"\n', header=HEADER):
    folder = tmp_path / "mine"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "suite.toml").write_text(f'{header}[[task]]\ndata = "data/rows.jsonl"\n{task}')
    return folder


ROWS = [{"id": "a", "prompt": "2+2?", "target": "4"}, {"prompt": "3+3?", "target": "6", "cluster": "threes"}]


def test_rows_become_samples_with_stable_ids(tmp_path):
    suite = load_suite(str(suite_folder(tmp_path, ROWS)))
    (task,) = suite.tasks
    a, b = task.samples
    assert (a.id, a.prompt, a.target, a.cluster) == ("a", "2+2?", "4", "")
    assert len(b.id) == 16
    assert b.cluster == "threes"
    assert task.metrics == ("accuracy",)


def test_an_id_without_a_name_follows_content_and_not_position(tmp_path):
    first = load_suite(str(suite_folder(tmp_path / "x", ROWS))).tasks[0].samples[1].id
    turned = load_suite(str(suite_folder(tmp_path / "y", ROWS[::-1]))).tasks[0].samples[0].id
    assert first == turned


def test_a_limit_keeps_the_first_samples_and_checks_all(tmp_path):
    suite = load_suite(str(suite_folder(tmp_path, ROWS)), limit=1)
    assert [sample.id for sample in suite.tasks[0].samples] == ["a"]


def test_an_unknown_suite_names_the_nearest():
    with pytest.raises(ConfigurationError) as error:
        load_suite("startr")
    assert 'got "startr". Did you mean "starter"?' in str(error.value)


def test_the_name_of_a_task_names_the_suite_that_holds_it():
    with pytest.raises(ConfigurationError) as error:
        load_suite("reasoning")
    assert str(error.value).endswith('got "reasoning". It is a task of starter: write --suite starter.')


def test_an_unknown_key_names_the_nearest_known_one(tmp_path):
    folder = suite_folder(tmp_path, ROWS, 'name = "sums"\nmargins = 0.1\n')
    with pytest.raises(ConfigurationError) as error:
        load_suite(str(folder))
    assert str(error.value).endswith('task "sums": expected a known key, got "margins". Did you mean "margin"?')


def test_broken_toml_says_which_line(tmp_path):
    folder = suite_folder(tmp_path, ROWS, "name = \n")
    with pytest.raises(ConfigurationError) as error:
        load_suite(str(folder))
    assert "line 6" in str(error.value)


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ('name = "sums"\nscorer = "exakt"', 'Did you mean "exact"?'),
        ('name = "sums"\nmetrics = ["acuracy"]', 'Did you mean "accuracy"?'),
        ('name = "sums"\ngating = ["wins"]', '"wins"'),
        ('name = "sums"\nsamples = 0', "samples >= 1"),
        ('name = "sums"\nmargin = 2.0', "margin: expected a number above 0 and below 1, got 2"),
        ('name = "../sums"', "a name of up to 80 letters"),
        ('name = "sums"\nsampling = {max_tokens = 0}', "max_tokens >= 1"),
        ('name = "sums"\nsampling = {temprature = 1.0}', 'Did you mean "temperature"?'),
        ('name = "sums"\nsha256 = "00"', "with sha256 00"),
    ],
)
def test_a_mistake_in_a_task_is_one_sentence(tmp_path, task, words):
    with pytest.raises((ConfigurationError, DataError)) as error:
        load_suite(str(suite_folder(tmp_path, ROWS, task + "\n")))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"prompt": "x", "traget": "4"}, 'Did you mean "target"?'),
        ({"target": "4"}, '"messages" or "prompt"'),
        ({"messages": [{"content": "x"}], "target": "4"}, "messages of"),
        ({"id": "a", "prompt": "again", "target": "4"}, '"a" twice'),
    ],
)
def test_a_mistake_in_a_row_names_its_place(tmp_path, row, words):
    with pytest.raises(DataError) as error:
        load_suite(str(suite_folder(tmp_path, [*ROWS, row])))
    assert words in str(error.value)
    assert "rows.jsonl" in str(error.value)


def test_a_torn_row_names_its_line(tmp_path):
    folder = suite_folder(tmp_path, ROWS)
    with (folder / "data" / "rows.jsonl").open("a") as file:
        file.write('{"prompt": "x"')
    with pytest.raises(DataError) as error:
        load_suite(str(folder))
    assert "rows.jsonl, line 3" in str(error.value)


def test_an_empty_file_is_no_suite(tmp_path):
    with pytest.raises(DataError) as error:
        load_suite(str(suite_folder(tmp_path, [])))
    assert "an empty file" in str(error.value)


def test_a_target_that_its_scorer_cannot_use_is_found_when_the_suite_is_loaded(tmp_path):
    rows = [{"id": "a", "prompt": "x", "target": {"instructions": [{"id": "punctuation:no_coma", "kwargs": {}}]}}]
    with pytest.raises(DataError) as error:
        load_suite(str(suite_folder(tmp_path, rows, 'name = "c"\nscorer = "constraints"\n')))
    assert "punctuation:no_comma" in str(error.value)


def test_a_suite_of_ones_own_is_made_from_prompts(tmp_path):
    prompts = tmp_path / "my prompts.jsonl"
    prompts.write_text('{"prompt": "Say hi"}\n{"prompt": "Say ho"}\n')
    made = new_suite(prompts, tmp_path / "own")
    suite = load_suite(str(tmp_path / "own"))
    assert made == tmp_path / "own" / "suite.toml"
    assert suite.tasks[0].scorer == "answered"
    assert suite.tasks[0].name == "my-prompts"
    assert file_hash(tmp_path / "own" / "data" / "my-prompts.jsonl") == suite.tasks[0].data_sha256


@pytest.mark.parametrize(
    ("target", "scorer"),
    [
        ("4", "exact"),
        (4, "numeric"),
        ({"calls": []}, "toolcalls"),
        ({"instructions": [{"id": "punctuation:no_comma"}]}, "constraints"),
    ],
)
def test_the_scorer_of_an_own_suite_follows_the_targets(tmp_path, target, scorer):
    prompts = tmp_path / "p.jsonl"
    prompts.write_text(json.dumps({"prompt": "x", "target": target}) + "\n")
    new_suite(prompts, tmp_path / "own")
    assert load_suite(str(tmp_path / "own")).tasks[0].scorer == scorer


def test_half_given_targets_are_refused(tmp_path):
    prompts = tmp_path / "p.jsonl"
    prompts.write_text('{"prompt": "x", "target": "1"}\n{"prompt": "y"}\n')
    with pytest.raises(DataError) as error:
        new_suite(prompts, tmp_path / "own")
    assert "1 of 2 rows" in str(error.value)


def test_an_existing_suite_is_not_written_over(tmp_path):
    prompts = tmp_path / "p.jsonl"
    prompts.write_text('{"prompt": "x"}\n')
    new_suite(prompts, tmp_path / "own")
    with pytest.raises(ConfigurationError) as error:
        new_suite(prompts, tmp_path / "own")
    assert "a new folder" in str(error.value)


# The data folder lacks two of its files; those that it has are read in test_bfcl_suite.py.
@pytest.mark.parametrize("name", sorted(set(shipped_names()) - {"bfcl-live"}))
def test_every_shipped_suite_loads_with_unique_prompts(name, request, monkeypatch):
    if read_outline(find_suite(name)).absent():
        monkeypatch.setenv("SFTEVAL_DATA", str(request.getfixturevalue("data_folder")))
    for task in load_suite(name).tasks:
        prompts = [" ".join(sample.prompt.lower().split()) for sample in task.samples]
        contexts = [json.dumps([[m.as_dict() for m in s.messages], list(s.tools)]) for s in task.samples]
        assert len(set(contexts)) == len(contexts)
        assert prompts


def test_a_task_is_found_by_its_name_over_all_suites():
    task, suite = find_task("reasoning")
    assert (task.name, suite.name) == ("reasoning", "starter")
    with pytest.raises(ConfigurationError) as error:
        find_task("reasonin")
    assert 'Did you mean "reasoning"?' in str(error.value)


def test_a_suite_of_the_very_name_comes_before_another_that_has_such_a_task(tmp_path):
    assert find_task("toolcalls")[1].name == "toolcalls"
    assert find_task("toolcalls", ["starter"])[1].name == "starter"
    other = suite_folder(tmp_path / "a", ROWS, 'name = "own"\nscorer = "exact"\n')
    own = suite_folder(tmp_path / "b", ROWS, 'name = "own"\nscorer = "exact"\n').rename(tmp_path / "own")
    for path in (str(own), str(own / "suite.toml"), f"{own}/"):
        assert find_task("own", [str(other), path])[1].folder == own
    assert find_task("own", [str(other)])[1].folder == other


def test_a_field_to_slice_by_that_no_row_has_is_refused(tmp_path):
    rows = [{"id": "a", "prompt": "2+2?", "target": "4", "metadata": {"steps": 1}}]
    folder = suite_folder(tmp_path, rows, 'name = "sums"\nscorer = "exact"\nslices = ["step"]\n')
    with pytest.raises(ConfigurationError, match='slices: expected a metadata field that at least one row has, got "s'):
        load_suite(str(folder))
