"""The shipped suite of extraction: whole, reproducible, varied, and gated by what can be told apart."""

from collections import Counter

import pytest

from sfteval.suites import find_suite, load_suite, new_suite
from sfteval.suites.extraction import SHIPPED, suite_files


@pytest.fixture(scope="module")
def task():
    (task,) = load_suite("extraction").tasks
    return task


def test_the_shipped_files_are_what_the_generator_makes():
    """Regenerate with: python -m sfteval.suites.extraction."""
    folder = find_suite("extraction")
    for name, text in suite_files(SHIPPED).items():
        assert (folder / name).read_bytes() == text.encode(), name


def test_there_are_144_prompts_none_twice(task):
    assert len({sample.prompt for sample in task.samples}) == len({sample.id for sample in task.samples}) == 144


def test_there_are_sixteen_schemas_one_a_kind(task):
    schemas = {(sample.metadata["kind"], str(sample.target["schema"])) for sample in task.samples}
    assert len(schemas) == len({kind for kind, _ in schemas}) == 16
    assert set(Counter(sample.metadata["kind"] for sample in task.samples).values()) == {9}


def test_at_most_five_prompts_share_a_stem(task):
    assert set(Counter(sample.cluster for sample in task.samples).values()) == {3}


def test_texts_are_short_and_long(task):
    words = sorted(sample.metadata["num_words"] for sample in task.samples)
    assert words[0] < 12
    assert words[-1] > 180
    assert 50 <= words[72] <= 80


def test_the_slices_have_enough_prompts_each(task):
    assert task.slices == ("kind", "nested", "num_fields", "layout")
    for field in task.slices:
        assert min(Counter(sample.metadata[field] for sample in task.samples).values()) >= 9


def values_of(value):
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield value
    for entry in entries:
        yield from values_of(entry)


def test_targets_hold_every_kind_of_value(task):
    kinds = Counter(type(value).__name__ for sample in task.samples for value in values_of(sample.target["value"]))
    assert set(kinds) == {"dict", "list", "str", "int", "float", "bool", "NoneType"}
    assert min(kinds.values()) > 25
    assert sum(None in values for values in (sample.target["value"].values() for sample in task.samples)) > 70
    assert sum([] in values for values in (list(sample.target["value"].values()) for sample in task.samples)) > 20


def test_a_suite_of_rows_like_these_is_graded_by_the_same_scorer(tmp_path):
    made = new_suite(find_suite("extraction") / "data" / "extraction.jsonl", tmp_path / "mine")
    assert load_suite(str(made.parent)).tasks[0].scorer == "json"


def test_what_gates_is_f1_over_fields(task):
    assert (task.scorer, task.gating, task.margin) == ("json", ("field_f1",), 0.05)
    assert task.options == {"lists": "set"}
