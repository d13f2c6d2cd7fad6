"""The generator is a pure function of seed and number; what it makes is whole, mixed, and in no shipped text."""

from collections import Counter

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import ConfigurationError
from sfteval.scorers.extraction import compile_pattern
from sfteval.scorers.tool_schemas import tools_of
from sfteval.suites import load_suite
from sfteval.suites.dice import Dice
from sfteval.suites.extraction import SHIPPED, STEMS, make_rows, suite_files
from sfteval.suites.extraction.details import day, full_day, hours, in_words, listed, money, twelve
from sfteval.suites.extraction.make import make_texts, num_asked
from sfteval.suites.extraction.prompts import LAYOUTS, RULES, field_list
from sfteval.suites.extraction.schema_parts import date, many, maybe, one_of, record, text, whole
from sfteval.suites.extraction.write import own_plan, rows_of


def called(*words):
    return CliRunner().invoke(cli, list(words), prog_name="sfteval")


def texts(seed, count, taken=frozenset()):
    return [said for _, (said, _), _ in make_texts(seed, count, taken)]


def test_the_same_seed_makes_the_same_rows_and_another_makes_others():
    first = make_rows(7, 48)
    assert make_rows(7, 48) == first
    assert not {row["prompt"] for row in first} & {row["prompt"] for row in make_rows(8, 48)}


def test_a_limit_keeps_every_kind_and_every_stem_once():
    rows = make_rows(3, 48)
    assert len({row["cluster"] for row in rows}) == 48
    assert set(Counter(row["metadata"]["kind"] for row in rows).values()) == {3}


def test_a_stem_is_asked_in_every_layout():
    layouts = {}
    for row in make_rows(1, 144):
        layouts.setdefault(row["cluster"], set()).add(row["metadata"]["layout"])
    assert all(found == set(LAYOUTS) for found in layouts.values())


def test_at_most_five_texts_share_a_stem_and_more_is_one_sentence():
    assert max(Counter(row["cluster"] for row in make_rows(1, 240)).values()) == 5
    with pytest.raises(ConfigurationError) as error:
        make_rows(1, 241)
    assert str(error.value) == (
        "--count: expected 1 to 240, got 241. At most 5 prompts share a stem; ask for fewer, or make a second suite."
    )


def test_a_text_that_is_taken_is_not_written_again():
    first = texts(5, 60)
    assert not set(first) & set(texts(5, 60, set(first)))


def test_a_suite_of_one_s_own_shares_no_text_with_the_shipped_one():
    shipped = set(texts(SHIPPED.seed, SHIPPED.count))
    own = {row["prompt"] for row in rows_of(own_plan("mine", SHIPPED.seed, 60))}
    assert not [said for said in shipped if any(f"<text>\n{said}\n</text>" in prompt for prompt in own)]


def test_every_stem_writes_values_that_fit_its_schema_whatever_is_drawn():
    for stem in STEMS:
        (tool,) = tools_of([{"name": "answer", "parameters": stem.schema}], stem.key).values()
        for number in range(12):
            said, value = stem.write(Dice(f"check {number}"))
            assert tool.strict.is_valid(value), (stem.key, value)
            assert list(value) == list(stem.schema["properties"]), stem.key
            assert "None" not in said, said
            assert not said.startswith((" ", "\n"))


def copied(value, schema):
    """Yield every text of a value that is to be copied."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from copied(entry, schema["properties"][key])
    elif isinstance(value, list):
        for entry in value:
            yield from copied(entry, schema["items"])
    elif isinstance(value, str) and "pattern" not in schema and "enum" not in schema:
        yield value


def test_every_copied_value_stands_in_its_text():
    for stem in STEMS:
        for number in range(12):
            said, value = stem.write(Dice(f"copy {number}"))
            assert [entry for entry in copied(value, stem.schema) if entry not in said] == [], said


def test_the_schemas_patterns_compile():
    assert compile_pattern(date("Day")["pattern"], "here").fullmatch("2026-03-14")


FORM = record(
    name=text("Name"),
    due=maybe(date("Day")),
    state=maybe(one_of("State", "open", "paid")),
    lines=many("Lines", record(num=whole("How many"))),
    tags=many("Tags", text("A tag")),
    pay=maybe(record(least=maybe(whole("Least")))),
)


def test_a_schema_is_told_in_words_field_by_field():
    assert list(field_list(FORM)) == [
        "- name (text): Name",
        "- due (day or null): Day, YYYY-MM-DD",
        '- state ("open" or "paid" or null): State',
        "- lines (list of objects, each with): Lines",
        "  - num (whole number): How many",
        "- tags (list, each a text): Tags",
        "- pay (object or null, with)",
        "  - least (whole number or null): Least",
    ]


def test_every_prompt_holds_its_text_the_rules_and_every_field():
    for (stem, (said, _), _), row in zip(make_texts(2, 144), make_rows(2, 144), strict=True):
        prompt = row["prompt"]
        assert f"<text>\n{said}\n</text>" in prompt
        assert RULES in prompt
        assert all(f'"{name}"' in prompt or f"- {name} (" in prompt for name in stem.schema["properties"])


def test_what_is_asked_for_is_counted_null_and_empty_lists_included():
    assert num_asked({"a": None, "b": [], "c": [{"d": 1, "e": None}, {"d": 1, "e": 2}], "f": {"g": "x"}}) == 7


def test_details_are_written_as_people_write_them():
    assert [hours(15 * 60 + 45), twelve(15 * 60 + 45), twelve(60), twelve(0)] == ["15:45", "3.45 pm", "1 am", "12 am"]
    assert [money(124050), money(5), in_words(12)] == ["1,240.50", "0.05", "twelve"]
    assert [listed(["a"]), listed(["a", "b", "c"])] == ["a", "a, b and c"]
    assert full_day(day(Dice("x")).replace(2026, 3, 14)) == "Saturday, 14 March 2026"


def test_the_command_says_what_it_made(tmp_path):
    result = called("suites", "make", "extraction", "--count", "20", "--seed", "3", "-o", str(tmp_path / "s"))
    assert result.exit_code == 0
    first, second = result.output.splitlines()
    assert first.startswith(f"{tmp_path}/s/suite.toml: 20 prompts; values asked for: ")
    assert second == f"next: sfteval compare A B --suite {tmp_path}/s"
    suite = load_suite(str(tmp_path / "s"))
    assert [(task.name, len(task.samples)) for task in suite.tasks] == [("extraction_3", 20)]
    files = suite_files(own_plan("s", 3, 20))
    assert {name: (tmp_path / "s" / name).read_text(encoding="utf-8") for name in files} == files


def test_the_command_holds_nothing_out_and_overwrites_nothing(tmp_path):
    result = called("suites", "make", "extraction", "--without-held-out", "-o", str(tmp_path / "s"))
    assert result.exit_code == 2
    assert result.output.strip().endswith(
        "--without-held-out: expected the kind constraints, got extraction. Leave it away."
    )
    result = called("suites", "make", "extraction", "-o", str(tmp_path))
    assert result.output.strip().endswith("expected a new folder, got one that exists. Choose another -o FOLDER.")
