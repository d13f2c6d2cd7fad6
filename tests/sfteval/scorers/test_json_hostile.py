"""No answer keeps the scorer of JSON busy: hostile texts end soon, with a typed failure and a bounded detail."""

import json
import time

import pytest

from sfteval.scorers import build_scorer
from sfteval.types import Graded, Message, Outcome, Reading, Sample, Task

LIMIT_SECONDS = 0.2
NOISE = 2  # a shared machine has been seen to run at half its speed
NUM_CHARACTERS = 1_000_000
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "b": {"type": "integer"}},
    "required": ["a"],
}
VALUE = {"a": ["x", "y", "z"], "b": 5}


def filled(unit: str) -> str:
    return unit * (NUM_CHARACTERS // len(unit))


TEXTS = {
    "braces": (filled("{"), "json_invalid"),
    "brackets": (filled("["), "json_too_deep"),
    "nested": ('{"a":' * 10_000 + "1" + "}" * 10_000, "json_too_deep"),
    "nested lists": ("[" * 10_000 + "]" * 10_000, "json_too_deep"),
    "many keys": (json.dumps({f"k{n}": n for n in range(100_000)}), "too_large"),
    "many entries": (json.dumps({"a": ["x"] * 200_000}), "too_large"),
    "duplicate keys": ("{" + ",".join(['"a":1'] * 150_000) + "}", "duplicate_key"),
    "a long number": ('{"b": ' + "9" * NUM_CHARACTERS + "}", "json_invalid"),
    "a large number": ('{"a": ["x", "y", "z"], "b": ' + "9" * 4_000 + "}", "wrong_value"),
    "a huge exponent": ('{"a": [], "b": 1e999999}', "nonstandard_json"),
    "a long text": (json.dumps({"a": ["x" * NUM_CHARACTERS]}), "missing_field"),
    "an open text": ('{"a": "' + filled("\\"), "json_invalid"),
    "half surrogates": ('{"a": ["' + filled("\\ud800") + '"]}', "missing_field"),
    "half surrogates, raw": ('{"a": ["' + filled("\ud800") + '"]}', "missing_field"),
    "fences": (filled("```json\n"), "no_json"),
    "spaces": (filled(" \n"), "no_json"),
    "prose": (filled("so "), "no_json"),
    "prose and braces": (filled("so {"), "leading_text"),
    "objects": (filled("{}"), "trailing_text"),
    "commas": (filled('{"a":,'), "json_invalid"),
}


def fastest(task: Task, text: str) -> tuple[float, Graded]:
    """The least of up to three timings: another process may have had the machine during the others."""
    scorer, reading, least = build_scorer(task), Reading(Outcome.OK, text), 10.0
    for _ in range(3):
        start = time.process_time()
        graded = scorer.grade(task.samples[0], reading)
        least = min(least, time.process_time() - start)
        if least < LIMIT_SECONDS:
            break
    return least, graded


def task_of(**options: str) -> Task:
    samples = (Sample("s1", (Message("user", "Go."),), target={"value": VALUE, "schema": SCHEMA}),)
    return Task("t", "json", samples, (), options=options)


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_ends_soon_with_its_code(name):
    text, code = TEXTS[name]
    seconds, graded = fastest(task_of(lists="set"), text)
    assert seconds < LIMIT_SECONDS * NOISE
    assert graded.detail["failure_code"] == code
    assert graded.metrics["exact"] == 0.0
    assert len(json.dumps(graded.detail, ensure_ascii=False).encode()) < 10_000


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("options", [{"take": "first"}, {"take": "last"}, {"after": "a"}, {"strings": "words"}])
def test_it_does_so_whatever_the_options(name, options):
    seconds, graded = fastest(task_of(**options), TEXTS[name][0])
    assert seconds < LIMIT_SECONDS * NOISE
    assert graded.metrics["exact"] == 0.0
