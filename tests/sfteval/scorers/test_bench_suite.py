"""IFBench as a whole: its ids, its 300 prompts' kwargs, its vectors, and answers that nobody expects.

Run: pytest tests/sfteval/scorers/test_bench_suite.py. The prompts lie in $SFTEVAL_DATA, by default ../shared/data.
"""

import json
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfteval.scorers.instructions import CONSTRAINTS, Constraint, build_constraint
from sfteval.scorers.instructions.bench import resources
from sfteval.scorers.instructions.bench.corpora import stop_words
from tests.sfteval.scorers import test_bench_counts, test_bench_format, test_bench_prompts, test_bench_words
from tests.sfteval.scorers.bench import NEEDS_PUNKT, OTHER_DATA, Vector, play_data
from tests.sfteval.scorers.ifeval import DATA
from tests.sfteval.scorers.test_hostile_answers import LIMIT_SECONDS, NASTY, NOISE, NUM_CHARACTERS, UNITS, fastest

PROMPTS = DATA / "ifbench" / "IFBench_test.jsonl"
IDS = sorted(name for name, cls in CONSTRAINTS.items() if ".bench." in cls.__module__)
VECTORS: list[Vector] = [
    *test_bench_counts.COUNTS,
    *test_bench_counts.RATIOS,
    *test_bench_counts.SENTENCES,
    *test_bench_words.LETTERS,
    *test_bench_words.POSITIONS,
    *test_bench_format.LINES,
    *test_bench_format.QUOTING,
    *test_bench_format.FORM,
    *test_bench_prompts.LISTS,
    *test_bench_prompts.PLACES,
    *test_bench_prompts.QUIZ,
    *test_bench_prompts.TABLES,
    *test_bench_prompts.REPEATS,
]
BY_ID: dict[str, list[Vector]] = defaultdict(list)
for one_vector in VECTORS:
    BY_ID[one_vector[0]].append(one_vector)
NEVER_EXECUTED = {"words:start_verb"}  # where the two differ is not known
BENCH_UNITS = [
    "a b ", "aba ", "日 ", "日本。", "😀", "a 😀. ", "!😀 ", "?!", '"a" ', " 'a", "'\"", '!"', "1,", "(", ")",
    "([{}])", "Question 1. a\n", "Question", "A) b\n", "<i>", "<i>a</i> b\n", "# h\n<i>a</i> b\n", "# h\n<i>a\n",
    "**a**\n", "* a\n - b\n", "Zimbabwe\n", "1815-06-18,", "And ", "yes\n", "The ", "a,b,c,d,e\n", " a\n", "a\n \n",
    "[a]", "\"\t\"", "\ufdfa", "1.5 ", "a. b ",
]  # fmt: skip
STARTS = {
    "custom:csv_city": "ID,Country,City,Year,Count\n",
    "custom:csv_quotes": "StudentID\tSubject\tGrade\tSemester\tScore\n",
    "custom:csv_special_character": 'ProductID,Category,Brand,Price,Stock\n"',
    "custom:mcq_count_length": "Question 1",
    "custom:reverse_newline": "Zimbabwe\n",
    "format:thesis": "<i>",
}
needs_prompts = pytest.mark.skipif(not PROMPTS.exists(), reason="SFTEVAL_DATA has no ifbench/IFBench_test.jsonl")


def built(name: str) -> Constraint:
    return build_constraint(name, BY_ID[name][0][1], "test")


@needs_prompts
def test_the_300_prompts_have_58_ids_and_344_instructions_and_all_build():
    rows = [json.loads(line) for line in PROMPTS.read_text(encoding="utf-8").splitlines()]
    pairs = [pair for row in rows for pair in zip(row["instruction_id_list"], row["kwargs"], strict=True)]
    constraints = [build_constraint(name, kwargs, "test") for name, kwargs in pairs]
    assert (len(rows), len(constraints), len(IDS)) == (300, 344, 58)
    assert {name for name, _ in pairs} == set(IDS)


@pytest.mark.parametrize("name", IDS)
def test_each_id_has_four_vectors_that_pass_and_fail_and_a_reason_to_its_end(name: str):
    assert len(BY_ID[name]) >= 4
    assert {vector[3] for vector in BY_ID[name]} == {True, False}
    assert any(
        build_constraint(name, kwargs, "test").check(text).reason == reason
        for _, kwargs, text, _, _, reason in BY_ID[name]
    )


@pytest.mark.parametrize("name", IDS)
def test_a_repaired_rule_has_a_vector_in_which_the_published_one_differs_and_no_other_has(name: str):
    differs = any(vector[3] != vector[4] for vector in BY_ID[name])
    assert differs == (built(name).is_repaired() and name not in NEVER_EXECUTED)


def test_eighteen_ids_at_most_have_no_published_verdict_without_data():
    without = {name for name in IDS if built(name).published("Just a text. Is it so?") is None}
    assert without <= NEEDS_PUNKT | set(OTHER_DATA)
    assert len(NEEDS_PUNKT | set(OTHER_DATA)) == 17
    assert "ratio:stop_words" not in without or stop_words() is None


@pytest.mark.parametrize("vector", [vector for vector in VECTORS if vector[0] in NEEDS_PUNKT | set(OTHER_DATA)])
def test_with_data_the_published_verdict_is_the_published_scorers(vector: Vector, monkeypatch: pytest.MonkeyPatch):
    play_data(monkeypatch)
    name, kwargs, text, _, published, _ = vector
    assert build_constraint(name, kwargs, "test").published(text) is published


def test_the_resources_name_what_the_published_verdicts_rest_on():
    assert set(resources()) == {"stop words", "tagger", "syllables", "emoji"}
    assert (resources()["stop words"] is None) == (stop_words() is None)


@given(st.sampled_from(IDS), st.text(max_size=300) | st.text(alphabet=" \n.,!?*-\"'()<i>/Aa1😀日", max_size=300))
def test_any_text_has_the_same_verdict_twice_a_short_reason_and_a_measure_in_json(name: str, text: str):
    constraint = built(name)
    found = constraint.check(text)
    assert found == constraint.check(text)
    assert found.reason.startswith("needed ")
    assert len(found.reason) < 400
    assert len(json.dumps(found.measured)) < 2000
    assert constraint.published(text) in (True, False, None)


@pytest.mark.slow
@pytest.mark.parametrize("name", IDS)
def test_a_megabyte_of_anything_is_checked_briefly(name: str):
    constraint = built(name)
    for unit in [*BENCH_UNITS, *NASTY]:
        text = STARTS.get(name, "") + unit * (NUM_CHARACTERS // len(unit))
        assert fastest(constraint.check, text) < LIMIT_SECONDS * NOISE, unit
        assert fastest(constraint.published, text) < LIMIT_SECONDS * NOISE, unit


@pytest.mark.parametrize("name", IDS)
def test_no_rule_grows_faster_than_its_text(name: str):
    """A quadratic rule would need 2,500 times the milliseconds that this allows for a fiftieth of the text."""
    constraint = built(name)
    for unit in [*UNITS, *BENCH_UNITS]:
        text = STARTS.get(name, "") + unit * (NUM_CHARACTERS // 50 // len(unit))
        assert fastest(constraint.check, text) < LIMIT_SECONDS, unit
        assert fastest(constraint.published, text) < LIMIT_SECONDS, unit


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    "text", ["\x00", "\ud800", "\u202ea", "9" * 5000, "\u2028*\u2029- a", "<İ>a</i> b", '"' * 200_000]
)
def test_odd_answers_have_a_verdict_and_a_reason(name: str, text: str):
    constraint = built(name)
    assert constraint.check(text).reason.startswith("needed ")
    assert constraint.published(text) in (True, False, None)
