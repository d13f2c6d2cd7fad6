"""Arguments drawn from each tool's own schema pass, and each way of breaking them fails with its own code."""

import json

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from sfteval.scorers import build_scorer
from sfteval.suites.toolcalls.catalogue import CATALOGUE
from sfteval.types import Message, Sample, Task
from tests.sfteval.suites_toolcalls.drawing import fitting
from tests.sfteval.suites_toolcalls.writers import graded, hermes

QUICK = ("set_thermostat", "create_event", "query_table")  # a number, a nested object, a list of objects
VALID = ("exact", "schema_valid", "schema_valid_strict")


def outcome(name, arguments, text):
    """Return what the answer is graded where the target is these very arguments."""
    target = {"calls": [{"name": name, "arguments": arguments}]}
    sample = Sample("s", (Message("user", "Do it."),), (CATALOGUE[name],), target)
    found = graded(build_scorer(Task("t", "toolcalls", (sample,), ("exact",))), sample, text)
    return [found.metrics[metric] for metric in VALID], found.detail["failure_code"]


def mutations(name, arguments):
    """Yield every broken answer that these arguments allow, with its code and its metrics."""
    parameters = CATALOGUE[name]["function"]["parameters"]
    text = hermes([(name, arguments)])
    yield text[: text.rindex("}")] + "\n</tool_call>", "json_invalid", [0.0, 0.0, 0.0]
    yield text.replace('"name": ', "'name': ", 1), "nonstandard_json", [0.0, 0.0, 0.0]
    yield hermes([(f"please_{name}", arguments)]), "hallucinated_tool", [0.0, 0.0, 0.0]
    yield hermes([(name, arguments | {"not a parameter": 0})]), "extra_arg", [0.0, 1.0, 0.0]
    for key in parameters["required"]:
        rest = {other: value for other, value in arguments.items() if other != key}
        yield hermes([(name, rest)]), "missing_required", [0.0, 0.0, 0.0]
    for key, value in arguments.items():
        schema = parameters["properties"][key]
        if "enum" in schema:
            other = "no such value" if schema["type"] == "string" else 99
            yield hermes([(name, arguments | {key: other})]), "enum_violation", [0.0, 0.0, 0.0]
        wrong = {"number": str(value), "integer": str(value), "boolean": "yes", "array": {}, "object": []}
        if schema["type"] in wrong and "enum" not in schema:
            changed = hermes([(name, arguments | {key: wrong[schema["type"]]})])
            yield changed, "wrong_type", [0.0, 0.0, 0.0]


def check(name, arguments):
    assert outcome(name, arguments, hermes([(name, arguments)])) == ([1.0, 1.0, 1.0], None)
    for text, code, metrics in mutations(name, arguments):
        assert outcome(name, arguments, text) == (metrics, code), text


def drawn(name):
    return fitting(CATALOGUE[name]["function"]["parameters"])


@pytest.mark.parametrize("name", QUICK)
def test_drawn_arguments_pass_and_each_mutation_has_its_code(name):
    @seed(3)
    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(drawn(name))
    def checked(arguments):
        check(name, arguments)

    checked()


@pytest.mark.slow
@pytest.mark.parametrize("name", CATALOGUE)
def test_every_tool_judges_drawn_arguments_and_their_mutations_by_its_schema(name):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def checked(data):
        check(name, data.draw(drawn(name)))

    checked()


def test_the_mutations_cover_every_layer_of_a_call():
    arguments = {"room": "kitchen", "celsius": 20}
    codes = [code for _, code, _ in mutations("set_thermostat", arguments)]
    assert codes == [
        "json_invalid",
        "nonstandard_json",
        "hallucinated_tool",
        "extra_arg",
        "missing_required",
        "missing_required",
        "enum_violation",
        "wrong_type",
    ]
    assert json.loads(hermes([("set_thermostat", arguments)]).split("\n")[1])["arguments"] == arguments
