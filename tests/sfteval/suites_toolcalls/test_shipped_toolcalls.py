"""The shipped suite of tool calls: whole, reproducible, answerable in every dialect, and not to be had for nothing."""

from collections import Counter

import pytest

from sfteval.chat.dialects import DIALECTS
from sfteval.scorers import build_scorer
from sfteval.suites import find_suite, load_suite
from sfteval.suites.toolcalls import shipped_files, written
from sfteval.suites.toolcalls.catalogue import CATALOGUE
from sfteval.suites.toolcalls.items import MAX_PER_STEM
from tests.sfteval.suites_toolcalls.writers import WRITERS, graded, hermes

NO_CALL = {"irrelevance", "missing_parameter"}
LAZY = "I am sorry, I cannot do that."


@pytest.fixture(scope="module")
def tasks():
    return load_suite("toolcalls").tasks


@pytest.fixture(scope="module")
def task(tasks):
    return tasks[0]


@pytest.fixture(scope="module")
def scorers(tasks):
    return [build_scorer(task) for task in tasks]


def gold(sample, *, fully):
    return [(one["name"], written(one, fully=fully)) for one in sample.target["calls"]]


def test_the_shipped_files_are_what_the_generator_makes():
    """Regenerate with: python -m sfteval.suites.toolcalls."""
    folder = find_suite("toolcalls")
    for name, text in shipped_files().items():
        assert (folder / name).read_bytes() == text.encode(), name


def test_every_kind_has_its_prompts_none_of_them_twice(task):
    assert Counter(sample.metadata["kind"] for sample in task.samples) == {
        "simple": 58,
        "choice": 48,
        "parallel": 34,
        "nested": 36,
        "enum_range": 35,
        "irrelevance": 30,
        "missing_parameter": 36,
        "unicode_escapes": 35,
    }
    prompts = [" ".join(sample.prompt.lower().split()) for sample in task.samples]
    assert len(set(prompts)) == len(prompts) >= 240


def test_every_tool_of_the_catalogue_is_expected_and_offered_somewhere(task):
    assert len(CATALOGUE) == 57
    assert {one["name"] for sample in task.samples for one in sample.target["calls"]} == set(CATALOGUE)


def test_every_tool_and_every_parameter_says_what_it_is():
    for name, tool in CATALOGUE.items():
        function = tool["function"]
        assert function["description"].endswith("."), name
        for key, schema in function["parameters"]["properties"].items():
            assert schema["description"].endswith("."), (name, key)


def test_a_kind_is_what_it_says(task):
    for sample in task.samples:
        kind, calls, tools = sample.metadata["kind"], sample.target["calls"], sample.tools
        assert (kind in NO_CALL) == (not calls), sample.id
        assert kind != "simple" or len(tools) == len(calls) == 1, sample.id
        assert kind != "choice" or (3 <= len(tools) <= 8 and len(calls) == 1), sample.id
        assert kind != "parallel" or 2 <= len(calls) <= 4, sample.id
        assert kind != "nested" or {"object", "array"} & set(sample.metadata["argument_types"]), sample.id
        assert kind != "unicode_escapes" or calls, sample.id


def test_metadata_tell_of_tools_and_types(task):
    by_id = {sample.id: sample.metadata for sample in task.samples}
    assert by_id["orders-over"] == {
        "kind": "nested",
        "num_tools": 1,
        "num_calls": 1,
        "tool": "query_table",
        "argument_types": ["array", "enum", "number", "object", "string"],
        "stem": "query",
    }
    assert by_id["film-mood"]["tool"] == "several"
    assert by_id["greeting"]["tool"] == "none"


def test_the_place_of_the_right_tool_tells_nothing(task):
    places = [
        [tool["function"]["name"] for tool in sample.tools].index(sample.target["calls"][0]["name"])
        for sample in task.samples
        if sample.metadata["kind"] == "choice"
    ]
    assert sum(place == 0 for place in places) < len(places) / 3
    assert len(set(places)) >= 5


def test_at_most_five_prompts_share_a_stem_twins_included(tasks):
    clusters = Counter(sample.cluster for task in tasks for sample in task.samples)
    assert max(clusters.values()) <= MAX_PER_STEM == 5


def test_what_is_missing_is_needed_by_a_tool_on_offer(task):
    for sample in task.samples:
        for path in sample.metadata.get("missing", ()):
            assert any(is_needed(path.split("."), tool["function"]["parameters"]) for tool in sample.tools), sample.id
    kinds = {sample.metadata["kind"] for sample in task.samples if sample.metadata.get("missing")}
    assert kinds == {"missing_parameter"}


def is_needed(path, schema):
    first, *rest = path
    return first in schema["required"] and (not rest or is_needed(rest, schema["properties"][first]))


# -- right answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fully", [True, False], ids=["defaults written", "defaults left away"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_prompt_can_be_answered_in_every_dialect(task, scorers, dialect, fully):
    assert set(WRITERS) == set(DIALECTS)
    passed = 0
    for sample in task.samples:
        calls = gold(sample, fully=fully)
        if not calls or (dialect == "react" and len(calls) > 1):  # one action a turn
            continue
        found = graded(scorers[0], sample, WRITERS[dialect](calls), dialect)
        metrics = [found.metrics[name] for name in ("exact", "ast", "schema_valid", "schema_valid_strict", "parse")]
        assert (metrics, found.detail["failure_code"]) == ([1.0] * 5, None), sample.id
        passed += 1
    assert passed >= 200


def test_escaped_characters_are_the_characters(task, scorers):
    for sample in task.samples:
        if sample.metadata["kind"] == "unicode_escapes":
            text = hermes(gold(sample, fully=True), ascii_only=True)
            assert text.isascii()
            assert graded(scorers[0], sample, text).metrics["exact"] == 1.0, sample.id


def test_every_accepted_value_fits_the_schema_and_passes(task, scorers):
    num_alternatives = 0
    for sample in task.samples:
        for place, one in enumerate(sample.target["calls"]):
            for key, values in one.get("accepted", {}).items():
                for value in (value for value in values if value != ""):
                    calls = gold(sample, fully=True)
                    calls[place][1][key] = written({"accepted": {"x": [value]}}, fully=True)["x"]
                    found = graded(scorers[0], sample, hermes(calls))
                    assert found.metrics["exact"] == found.metrics["schema_valid_strict"] == 1.0, (sample.id, value)
                    num_alternatives += 1
    assert num_alternatives > 100


def test_calls_may_come_in_any_order(task, scorers):
    for sample in task.samples:
        calls = gold(sample, fully=False)
        if len(calls) > 1:
            assert graded(scorers[0], sample, hermes(calls[::-1])).metrics["exact"] == 1.0, sample.id


# -- answers that are too cheap ----------------------------------------------------------------------------------------


def passed_by(task, scorer, answer):
    return {s.metadata["kind"] for s in task.samples if graded(scorer, s, answer(s)).metrics["ast"]}


def test_an_answer_without_a_call_passes_where_none_is_needed_and_nowhere_else(task, scorers):
    assert passed_by(task, scorers[0], lambda _: LAZY) == NO_CALL
    assert all(graded(scorers[0], s, LAZY).metrics["ast"] == 1.0 for s in task.samples if s.metadata["kind"] in NO_CALL)


def test_an_empty_answer_passes_nothing(task, scorers):
    assert passed_by(task, scorers[0], lambda _: "") == set()


def test_the_first_tool_without_arguments_passes_nothing(task, scorers):
    assert passed_by(task, scorers[0], lambda s: hermes([(s.tools[0]["function"]["name"], {})])) == set()


def test_the_right_tool_without_arguments_passes_nothing(task, scorers):
    calling = [s for s in task.samples if s.target["calls"]]
    codes = {
        graded(scorers[0], s, hermes([(one["name"], {}) for one in s.target["calls"]])).detail["failure_code"]
        for s in calling
    }
    assert codes == {"missing_required"}


def test_a_broken_attempt_is_no_abstention(task, scorers):
    broken = '<tool_call>\n{"name": "get_weather", "arguments": {\n</tool_call>'
    assert passed_by(task, scorers[0], lambda _: broken) == set()


# -- wrong answers -----------------------------------------------------------------------------------------------------


def without_bracket(calls, tool):
    return hermes(calls).replace("}\n</tool_call>", "\n</tool_call>", 1)


def renamed(calls, tool):
    return hermes([(f"please_{calls[0][0]}", calls[0][1]), *calls[1:]])


def misspelt(calls, tool):
    return hermes([(calls[0][0] + "s", calls[0][1]), *calls[1:]])


def without_needed(calls, tool):
    needed = tool["parameters"]["required"][-1]
    return changed(calls, {key: value for key, value in calls[0][1].items() if key != needed})


def with_more(calls, tool):
    return changed(calls, calls[0][1] | {"surely_not_a_parameter": 1})


def outside_enum(calls, tool):
    enums = [key for key, schema in tool["parameters"]["properties"].items() if "enum" in schema and key in calls[0][1]]
    return changed(calls, calls[0][1] | {enums[0]: "something_else"}) if enums else None


def of_another_type(calls, tool):
    plain = [
        key
        for key, schema in tool["parameters"]["properties"].items()
        if schema["type"] == "string" and "enum" not in schema and key in calls[0][1]
    ]
    return changed(calls, calls[0][1] | {plain[0]: {"value": calls[0][1][plain[0]]}}) if plain else None


def nothing_else(calls, tool):
    return hermes([*calls, calls[0]])


def changed(calls, arguments):
    return hermes([(calls[0][0], arguments), *calls[1:]])


@pytest.mark.parametrize(
    ("mutation", "code", "least"),
    [
        (without_bracket, "json_invalid", 245),
        (renamed, "hallucinated_tool", 245),
        (misspelt, "name_near_miss", 245),
        (without_needed, "missing_required", 245),
        (with_more, "extra_arg", 245),
        (outside_enum, "enum_violation", 60),
        (of_another_type, "wrong_type", 150),
        (nothing_else, "wrong_count", 245),
    ],
)
def test_every_mutation_of_a_right_answer_fails_with_its_own_code(task, scorers, mutation, code, least):
    num = 0
    for sample in task.samples:
        calls = gold(sample, fully=False)
        text = (
            mutation(calls, next(t["function"] for t in sample.tools if t["function"]["name"] == calls[0][0]))
            if calls
            else None
        )
        if text is None:
            continue
        found = graded(scorers[0], sample, text)
        assert (found.metrics["exact"], found.metrics["ast"]) == (0.0, 0.0), sample.id
        assert found.detail["failure_code"] == code, (sample.id, found.detail)
        num += 1
    assert num >= least


# -- twins -------------------------------------------------------------------------------------------------------------


def test_sixty_prompts_have_twins_of_every_perturbation(tasks):
    twins = tasks[1].samples
    assert len({sample.metadata["twin_of"] for sample in twins}) == 60
    counts = Counter(sample.metadata["perturbation"] for sample in twins)
    assert set(counts) == {
        "renamed_tool",
        "reordered_arguments",
        "added_distractor",
        "changed_enum",
        "missing_description",
    }
    assert min(counts.values()) >= 40


def test_a_twin_asks_what_its_original_asks_of_other_tools(tasks):
    originals = {sample.id: sample for sample in tasks[0].samples}
    for sample in tasks[1].samples:
        original = originals[sample.metadata["twin_of"]]
        assert (sample.messages, sample.cluster) == (original.messages, original.cluster)
        assert repr(sample.tools) != repr(original.tools)


def test_the_target_of_a_twin_follows_the_perturbation(tasks, scorers):
    for sample in tasks[1].samples:
        for fully in (True, False):
            own = graded(scorers[1], sample, hermes(gold(sample, fully=fully)))
            assert own.metrics["exact"] == own.metrics["schema_valid_strict"] == 1.0, sample.id


def test_who_answers_a_twin_by_heart_fails_where_names_and_values_are_others(tasks, scorers):
    originals = {sample.id: sample for sample in tasks[0].samples}
    codes = {"renamed_tool": "hallucinated_tool", "changed_enum": "enum_violation"}
    for sample in tasks[1].samples:
        by_heart = hermes(gold(originals[sample.metadata["twin_of"]], fully=False))
        found = graded(scorers[1], sample, by_heart)
        code = codes.get(sample.metadata["perturbation"])
        assert (found.detail["failure_code"], found.metrics["ast"]) == (code, float(code is None)), sample.id


def test_the_twins_gate_nothing(tasks):
    assert [(task.name, task.gating, task.slices) for task in tasks] == [
        ("toolcalls", ("ast",), ("kind", "num_tools")),
        ("toolcalls_twins", (), ("perturbation",)),
    ]
