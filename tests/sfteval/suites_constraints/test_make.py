"""The generator is a pure function of seed and number; what it makes is new, mixed, and free of what is held out."""

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import ConfigurationError
from sfteval.suites import load_suite
from sfteval.suites.constraints import HELD_OUT, SHIPPED, make_rows, make_suite, suite_files
from sfteval.suites.constraints.topics import COMPOSED
from sfteval.suites.constraints.write import own_plan

STEMS = COMPOSED[:30]


def called(*words):
    return CliRunner().invoke(cli, list(words), prog_name="sfteval")


def test_the_same_seed_makes_the_same_rows_and_another_makes_others():
    first = make_rows(7, 20, STEMS)
    assert make_rows(7, 20, STEMS) == first
    assert not {row["prompt"] for row in first} & {row["prompt"] for row in make_rows(8, 20, STEMS)}


def test_the_ladder_has_one_two_and_three_constraints():
    rows = make_rows(1, 50, STEMS)
    assert Counter(row["metadata"]["num_instructions"] for row in rows) == {1: 20, 2: 16, 3: 14}
    assert all(row["metadata"]["num_instructions"] == len(row["target"]["instructions"]) for row in rows)


def test_a_row_says_what_it_asks():
    row = next(row for row in make_rows(1, 10, STEMS) if row["metadata"]["num_instructions"] == 1)
    (instruction,) = row["target"]["instructions"]
    (stem,) = (stem for stem in STEMS if stem.key == row["cluster"])
    assert row["prompt"].startswith(stem.request)
    assert row["id"].startswith(f"{stem.key}-")
    assert row["metadata"] == {
        "num_instructions": 1,
        "ids": [instruction["id"]],
        "groups": [instruction["id"].split(":")[0]],
        "held_out": instruction["id"] in HELD_OUT,
        "source": row["metadata"]["source"],
        "stem": stem.key,
    }


def test_no_stem_is_used_more_than_five_times_and_never_twice_for_one_constraint():
    rows = make_rows(3, 100, STEMS)
    assert max(Counter(row["cluster"] for row in rows).values()) <= 5
    pairs = Counter((row["cluster"], identifier) for row in rows for identifier in row["metadata"]["ids"])
    assert max(pairs.values()) == 1


def test_more_prompts_than_the_stems_allow_is_one_sentence():
    with pytest.raises(ConfigurationError) as error:
        make_rows(1, 151, STEMS)
    assert str(error.value) == (
        "--count: expected 1 to 150, got 151. At most 5 prompts share a stem; ask for fewer, or make a second suite."
    )


def test_practice_material_has_none_of_the_held_out_constraints():
    rows = make_rows(5, 60, STEMS, with_held_out=False)
    assert not {identifier for row in rows for identifier in row["metadata"]["ids"]} & set(HELD_OUT)
    assert not any(row["metadata"]["held_out"] for row in rows)


def test_no_seed_can_repeat_a_shipped_prompt_because_no_stem_is_shared():
    own = own_plan("mine", SHIPPED.seed, 10, with_held_out=True)
    assert not {stem.request for stem in own.stems} & {stem.request for stem in SHIPPED.stems}


def test_a_made_suite_loads_and_has_a_task_of_its_own_name(tmp_path):
    made = make_suite(tmp_path / "mine", 4, 12, with_held_out=False)
    suite = load_suite(str(made.parent))
    assert [task.name for task in suite.tasks] == ["constraint_ladder_4"]
    assert len(suite.tasks[0].samples) == 12
    assert suite.about == "Prompts over the constraints of IFEval and IFBench, seed 4, without the held-out ones."
    assert sorted(path.name for path in made.parent.iterdir()) == ["data", "held_out.txt", "suite.toml"]
    files = suite_files(own_plan("mine", 4, 12, with_held_out=False))
    assert {name: (made.parent / name).read_text(encoding="utf-8") for name in files} == files


def test_the_command_says_what_it_made(tmp_path):
    result = called("suites", "make", "constraints", "--count", "10", "--seed", "3", "-o", str(tmp_path / "s"))
    assert result.output == (
        f"{tmp_path}/s/suite.toml: 10 prompts; constraints: 4 with 1, 3 with 2, 3 with 3\n"
        f"next: sfteval compare A B --suite {tmp_path}/s\n"
    )


def test_the_command_overwrites_nothing(tmp_path):
    (tmp_path / "s").mkdir()
    result = called("suites", "make", "constraints", "--count", "10", "-o", str(tmp_path / "s"))
    assert result.exit_code == 2
    assert result.output.strip().endswith("expected a new folder, got one that exists. Choose another -o FOLDER.")


def test_the_command_leaves_out_what_is_held_out(tmp_path):
    words = ("suites", "make", "constraints", "--count", "30", "--without-held-out", "-o", str(tmp_path / "s"))
    assert called(*words).exit_code == 0
    rows = (tmp_path / "s" / "data" / "constraint_ladder_0.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(row)["metadata"]["held_out"] for row in rows} == {False}
