"""Published rows are read where they are: beside the suite, in the data folder, on the hub; always the same samples."""

import json
import sys

import datasets
import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import ConfigurationError, DataError, InfrastructureError
from sfteval.identity import file_hash
from sfteval.suites import find_task, load_suite, read_outline
from sfteval.suites.formats.ifeval import translated

PUBLISHED = [
    {
        "key": 1000,
        "prompt": "Write a line without commas.",
        "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
        "kwargs": [{}, {"relation": "at least", "num_words": 3}],
    },
    {
        "key": 1001,
        "prompt": "Name a few.",
        "instruction_id_list": ["keywords:existence"],
        "kwargs": [{"keywords": ["sun", "moon"]}],
    },
]
PADDED = {
    "prompt": "Write a line without commas.",
    "kwargs": [
        {"num_words": None, "relation": None, "keywords": None},
        {"num_words": 3.0, "relation": "at least", "keywords": None},
    ],
    "key": "1000",
    "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
    "source": "elsewhere",
}
OURS = {
    "id": "1000",
    "prompt": "Write a line without commas.",
    "target": {
        "instructions": [
            {"id": "punctuation:no_comma", "kwargs": {}},
            {"id": "length_constraints:number_words", "kwargs": {"relation": "at least", "num_words": 3}},
        ]
    },
    "metadata": {"num_instructions": 2},
}
TASK = 'name = "toy"\nscorer = "constraints"\nformat = "ifeval"\n'
BOTH = f'{TASK}data = "toy/rows.jsonl"\nhub = "hf:org/toy:test"\n'


@pytest.fixture(autouse=True)
def without_data_folder(monkeypatch):
    """Whatever the machine's own data folder is, these suites do not see it."""
    monkeypatch.delenv("SFTEVAL_DATA", raising=False)


@pytest.fixture
def hub(monkeypatch):
    """A hub that holds the padded copy under any name; returns what was asked for."""
    asked = []

    def load(path, name=None, *, split=None, revision=None):
        asked.append((path, name, split, revision))
        return datasets.Dataset.from_list([PADDED | {"key": 1000}, PUBLISHED[1]])

    monkeypatch.setattr(datasets, "load_dataset", load)
    return asked


def suite_of(folder, task):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.toml").write_text(f'[suite]\nname = "toys"\nversion = "1"\nabout = "Toys."\n[[task]]\n{task}')
    return str(folder)


def put(folder, rows=PUBLISHED):
    path = folder / "toy" / "rows.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def loaded(suite):
    (task,) = load_suite(suite).tasks
    return task


def refused(call, *words):
    with pytest.raises((ConfigurationError, DataError, InfrastructureError)) as caught:
        call(*words)
    return str(caught.value)


def called(*words):
    return CliRunner().invoke(cli, list(words), prog_name="sfteval")


# -- the format --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [PUBLISHED[0], PADDED])
def test_a_published_row_becomes_ours_without_padding_and_with_whole_numbers(row):
    made = translated(row, "rows.jsonl, line 1")
    assert made == OURS
    assert isinstance(made["target"]["instructions"][1]["kwargs"]["num_words"], int)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": None}, "line 1, key: expected a number or a text, got None."),
        ({"key": True}, "line 1, key: expected a number or a text, got True."),
        ({"prompt": 5}, "line 1, prompt: expected a text, got 5."),
        ({"instruction_id_list": "a:b"}, "line 1, instruction_id_list: expected a list of texts, got 'a:b'."),
        ({"kwargs": [{}, 5]}, "line 1, kwargs: expected a list of objects, got [{}, 5]."),
        ({"kwargs": [{}]}, "line 1, kwargs: expected as many as instructions, 2, got 1."),
    ],
)
def test_a_row_of_another_form_names_its_column(change, said):
    assert said in refused(translated, PUBLISHED[0] | change, "line 1")


def test_an_unknown_format_names_the_nearest(tmp_path):
    said = refused(load_suite, suite_of(tmp_path, TASK.replace('"ifeval"', '"ifevl"') + 'data = "x"\n'))
    assert 'format: expected a known format of rows, got "ifevl". Did you mean "ifeval"?' in said


# -- the places --------------------------------------------------------------------------------------------------------


def test_the_file_beside_the_suite_comes_before_the_data_folder_and_that_before_the_hub(tmp_path, monkeypatch, hub):
    suite = suite_of(tmp_path / "s", BOTH)
    assert [sample.id for sample in loaded(suite).samples] == ["1000", "1001"]
    assert hub == [("org/toy", None, "test", None)]
    put(tmp_path / "data", PUBLISHED[:1])
    monkeypatch.setenv("SFTEVAL_DATA", str(tmp_path / "data"))
    assert [sample.id for sample in loaded(suite).samples] == ["1000"]
    put(tmp_path / "s", PUBLISHED[1:])
    assert [sample.id for sample in loaded(suite).samples] == ["1001"]
    assert len(hub) == 1


def test_the_file_and_the_hub_are_the_very_same_samples(tmp_path, hub):
    from_hub = loaded(suite_of(tmp_path / "a", BOTH))
    known = f'content_sha256 = "{from_hub.data_sha256}"\n'
    put(tmp_path / "b")
    from_file = loaded(suite_of(tmp_path / "b", BOTH + known))
    assert from_file == from_hub
    assert from_file.samples[0].target == OURS["target"]
    assert from_file.samples[0].metadata == {"num_instructions": 2}


@pytest.mark.parametrize("place", ["file", "hub"])
def test_other_samples_than_those_expected_are_refused_with_both_hashes(tmp_path, hub, place):
    suite = suite_of(tmp_path / "s", BOTH + f'content_sha256 = "{"0" * 64}"\n')
    path = put(tmp_path / "s") if place == "file" else "hf:org/toy:test"
    found = loaded(suite_of(tmp_path / "t", BOTH)).data_sha256
    said = refused(load_suite, suite)
    assert 'task "toy", data: expected samples with content_sha256 000000000000..., got' in said
    assert f"{found[:12]}..., 2 samples of {path}" in said
    assert said.endswith(f'content_sha256 = "{found}".')


def test_every_sample_counts_in_the_content_hash(tmp_path):
    hashes = set()
    other_prompt = PUBLISHED[0] | {"prompt": "Write two lines without commas."}
    other_key = PUBLISHED[0] | {"key": 1}
    other_kwargs = PUBLISHED[0] | {"kwargs": [{}, {"relation": "at least", "num_words": 4}]}
    for place, first in enumerate([PUBLISHED[0], other_prompt, other_key, other_kwargs]):
        put(tmp_path / str(place), [first, PUBLISHED[1]])
        suite = suite_of(tmp_path / str(place), BOTH + 'content_sha256 = "0"\n')
        hashes.add(refused(load_suite, suite).rpartition(" = ")[2])
    assert len(hashes) == 4


def test_a_file_without_a_content_hash_is_known_by_its_bytes(tmp_path):
    path = put(tmp_path)
    assert loaded(suite_of(tmp_path, BOTH)).data_sha256 == file_hash(path)


def test_rows_of_ours_may_lie_on_the_hub_alone_where_a_table_pads_them(tmp_path, monkeypatch):
    no_commas = {"instructions": [{"id": "punctuation:no_comma", "kwargs": {}}]}
    rows = [{"id": "a", "prompt": "Go.", "target": OURS["target"]}, {"id": "b", "prompt": "Stay.", "target": no_commas}]
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: datasets.Dataset.from_list(rows))
    task = loaded(suite_of(tmp_path, 'name = "toy"\nscorer = "constraints"\ndata = "hf:org/toy@v1"\n'))
    assert [(sample.id, sample.target) for sample in task.samples] == [("a", OURS["target"]), ("b", no_commas)]
    assert len(task.data_sha256) == 64


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('data = "hf:org/a"\nhub = "hf:org/b"\n', 'data: expected a path, where hub names the dataset, got "hf:org/a"'),
        ('hub = "org/b"\n', 'hub: expected hf:ORG/NAME[/CONFIG][@REV][:SPLIT], got "org/b"'),
        ('data = "hf:../../etc/passwd"\n', "expected hf:ORG/NAME"),
        ("hub = 5\n", "hub: expected a text, got 5"),
        ('content_sha = "0"\n', 'Did you mean "content_sha256"?'),
    ],
)
def test_a_mistake_in_where_the_data_lies_is_one_sentence(tmp_path, lines, said):
    assert said in refused(load_suite, suite_of(tmp_path, TASK + lines))


def test_a_row_of_the_hub_that_is_no_json_names_its_place(tmp_path, monkeypatch):
    rows = [{"prompt": "x", "target": "4"}, {"prompt": "x", "target": b"\xff"}]
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: rows)
    said = refused(load_suite, suite_of(tmp_path, 'name = "sums"\nscorer = "exact"\ndata = "hf:org/sums"\n'))
    assert said.startswith("hf:org/sums, row 2: expected one JSON object per line")


# -- no place ----------------------------------------------------------------------------------------------------------


def test_without_data_one_error_names_all_three_ways(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    suite = suite_of(tmp_path / "s", BOTH)
    assert refused(load_suite, suite) == (
        f'{suite}/suite.toml, task "toy", data: expected toy/rows.jsonl beside suite.toml, or in the folder that '
        "SFTEVAL_DATA names, or hf:org/toy:test on the hub, got none of these (SFTEVAL_DATA is not set; the hub: the "
        f"datasets library is not installed). Put the file at FOLDER/toy/rows.jsonl and set SFTEVAL_DATA=FOLDER, or at "
        f"{suite}/toy/rows.jsonl; or pip install 'sfteval[hub]' to fetch hf:org/toy:test where there is a network."
    )
    monkeypatch.setenv("SFTEVAL_DATA", str(tmp_path))
    assert f"(SFTEVAL_DATA is {tmp_path}, which is without it; the hub:" in refused(load_suite, suite)


@pytest.mark.parametrize(("error", "code"), [(ConnectionError("no\nnetwork"), 13), (ValueError("no such dataset"), 2)])
def test_what_the_hub_said_is_quoted_and_no_network_is_infrastructure(tmp_path, monkeypatch, error, code):
    def load(*_, **__):
        raise error

    monkeypatch.setattr(datasets, "load_dataset", load)
    suite = suite_of(tmp_path, BOTH)
    assert f'the hub: "{" ".join(str(error).split())}"' in refused(load_suite, suite)
    assert called("score", "toy", "--suite", suite, "--responses", "r.jsonl", "-o", "o").exit_code == code


def test_a_file_that_is_missing_where_there_is_no_hub_says_where_it_was_expected(tmp_path):
    suite = suite_of(tmp_path, TASK + 'data = "toy/rows.jsonl"\n')
    assert f"data: expected a file, got {suite}/toy/rows.jsonl. Put it there" in refused(load_suite, suite)


def test_a_task_is_found_without_the_data_of_other_suites(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    absent = suite_of(tmp_path / "a", BOTH)
    put(tmp_path / "b")
    here = suite_of(tmp_path / "b", BOTH.replace('"toy"', '"here"'))
    task, suite = find_task("here", (absent, here))
    assert (task.name, len(task.samples), str(suite.folder)) == ("here", 2, here)
    assert 'Did you mean "here"?' in refused(find_task, "her", (absent, here))
    assert "none of these" in refused(find_task, "toy", (absent, here))


# -- the commands ------------------------------------------------------------------------------------------------------


def test_show_says_how_to_get_data_that_is_absent_and_fetches_nothing(tmp_path, hub):
    suite = suite_of(tmp_path, BOTH + 'gating = ["prompt_strict"]\nmetrics = ["prompt_strict"]\n')
    result = called("suites", "show", suite)
    assert result.exit_code == 0
    assert "toy: data absent, scorer constraints\n  metrics prompt_strict\n  gating prompt_strict" in result.output
    assert "  Put the file at FOLDER/toy/rows.jsonl and set SFTEVAL_DATA=FOLDER, or at " in result.output
    assert hub == []
    put(tmp_path)
    result = called("suites", "show", suite)
    assert "toy: 2 prompts, scorer constraints" in result.output
    assert "  [1000] Write a line without commas." in result.output


def test_the_list_counts_what_is_here_and_says_what_is_absent(tmp_path, monkeypatch, hub):
    monkeypatch.setattr("sfteval.suites.load.shipped_folder", lambda: tmp_path)
    suite_of(tmp_path / "toys", BOTH)
    assert called("suites", "list").output == (
        "toys             1           data absent   Toys.\n\n"
        "data absent: `sfteval suites show toys` says how to get it\n"
    )
    put(tmp_path / "toys")
    assert called("suites", "list").output == "toys             1             2 prompts   Toys.\n"
    assert hub == []


def test_an_outline_reads_no_row(tmp_path):
    put(tmp_path, [5])
    suite_of(tmp_path, BOTH)
    (task,) = read_outline(tmp_path).tasks
    assert (task.name, task.source.num_rows(), task.metrics) == ("toy", 1, ())


def test_a_data_folder_that_is_not_there_is_told_before_the_hub_is_tried(monkeypatch, tmp_path):
    monkeypatch.setenv("SFTEVAL_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigurationError, match='SFTEVAL_DATA: expected a folder with data files, got "'):
        load_suite("ifeval")
