"""Tool calls from raw text to `scores/<task>.jsonl`: the dialect of the task, the place of a failure, rows of calls."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfteval.backends.replay import Responses
from sfteval.chat.dialects import DIALECTS
from sfteval.chat.reading import read
from sfteval.errors import ConfigurationError
from sfteval.score import Writing
from sfteval.scorers import build_scorer
from sfteval.suites import load_suite
from sfteval.types import Generation, Message, Request, Sample, Sampling, Task
from tests.sfteval.call_toys import HERMES, TARGET, TOOL, XML, scored


def test_the_file_holds_every_metric_and_the_place_of_the_failure(tmp_path: Path):
    broken = 'Sure.\n<tool_call>\n{"name": "look", "arguments": {"place": "pier"}\n</tool_call>'
    good, bad = scored(tmp_path, HERMES, broken, dialect="hermes")
    assert {name: good["metrics"][name] for name in ("exact", "ast", "bfcl_compat", "schema_valid")} == {
        "exact": 1.0,
        "ast": 1.0,
        "bfcl_compat": 1.0,
        "schema_valid": 1.0,
    }
    assert good["detail"]["failure_code"] is None
    assert bad["metrics"]["exact"] == bad["metrics"]["bfcl_compat"] == bad["metrics"]["schema_valid"] == 0.0
    assert bad["detail"] == {
        "failure_code": "json_invalid",
        "layer": "json",
        "num_calls": 1,
        "reason": "Expecting ',' delimiter",
        "position": broken.index("</tool_call>"),
        "excerpt": 'arguments": {"place": "pier"}␊</tool_call>',
        "line": 4,
        "path": "$.arguments",
        "place_in_call": {"at": 60, "of": 72, "depth": 1},
        "repairable": True,
        "expected_calls": [{"layer": "json"}],
        "dialect": "hermes",
    }


def test_the_task_s_dialect_is_kept_and_an_untold_one_is_guessed_with_a_note(tmp_path: Path):
    guessed, told = scored(tmp_path / "a", XML)[0], scored(tmp_path / "b", XML, dialect="hermes")[0]
    assert (guessed["metrics"]["exact"], guessed["detail"]["notes"]) == (1.0, ["dialect_guessed"])
    assert (told["metrics"]["exact"], told["detail"]["dialect"]) == (0.0, "hermes")
    with pytest.raises(ConfigurationError) as error:
        scored(tmp_path / "c", XML, dialect="hermess")
    assert 'Did you mean "hermes"?' in str(error.value)


def test_the_place_of_a_failure_is_told_in_tokens_where_the_ids_are_known(tmp_path: Path):
    text = '<tool_call>{"name": "look", "arguments": {"place": pier}}</tool_call>'
    answer = Generation("calls", "s0", 0, "q0", text, "stop", token_ids=tuple(text.encode()))
    knows = Writing(dialect="hermes", decode=lambda ids: bytes(ids).decode())
    (told,) = scored(tmp_path / "a", answer, writing=knows)
    assert told["detail"]["position"] == told["detail"]["token"] == text.index("pier")
    (other,) = scored(tmp_path / "b", answer, writing=Writing(dialect="hermes", decode=lambda ids: "else"))
    assert (other["detail"]["position"], "token" in other["detail"]) == (text.index("pier"), False)


def test_an_unknown_dialect_is_refused_with_the_nearest_when_the_suite_is_read(tmp_path: Path):
    (tmp_path / "rows.jsonl").write_text(json.dumps({"prompt": "Look.", "tools": [TOOL], "target": TARGET}) + "\n")
    task = 'name = "t"\nscorer = "toolcalls"\ndata = "rows.jsonl"\noptions = { dialect = "%s" }\n'
    suite = tmp_path / "suite.toml"
    suite.write_text(f'[suite]\nname = "s"\n[[task]]\n{task % "reakt"}')
    with pytest.raises(ConfigurationError) as error:
        load_suite(str(tmp_path))
    assert str(error.value) == (
        f'{suite}, task "t", options.dialect: expected a known tool-call dialect, got "reakt". Did you mean "react"?'
    )
    suite.write_text(f'[suite]\nname = "s"\n[[task]]\n{task % "react"}')
    assert load_suite(str(tmp_path)).tasks[0].options == {"dialect": "react"}


async def answers(path: Path, *rows: dict) -> list[str]:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    responses = Responses(path)
    requests = [
        Request("calls", Sample(f"s{n}", (Message("user", "Look."),)), 0, Sampling(), 0) for n in range(len(rows))
    ]
    return [answer.text for answer in await responses.answer(requests)]


def test_rows_of_calls_are_answers_and_an_empty_list_is_an_abstention(tmp_path: Path):
    call = {"name": "look", "arguments": {"place": "pier"}}
    texts = asyncio.run(answers(tmp_path / "r.jsonl", {"id": "s0", "calls": [call]}, {"id": "s1", "calls": []}))
    assert scored(tmp_path / "a", texts[0])[0]["metrics"]["exact"] == 1.0
    abstained = scored(tmp_path / "b", texts[1], target={"calls": []})[0]
    assert (abstained["outcome"], abstained["metrics"]["exact"], abstained["metrics"]["bfcl_compat"]) == (
        "ok",
        1.0,
        1.0,
    )


PIECES = [
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    HERMES,
    XML,
    "[TOOL_CALLS]",
    "look",
    "{",
    "}",
    "[",
    "]",
    ",",
]
PIECES += [
    '{"name": "look", "arguments": {"place": "pier"}}',
    '{"name": "look", "parameters": {"place": 5}}',
    "NaN",
    '"',
]
PIECES += [
    "<|python_tag|>",
    "Action: look\n",
    'Action Input: {"place": "pier"}\n',
    "Observation: x\n",
    "\ud800",
    "\n",
    ";",
]
TARGETS: list[dict] = [
    TARGET,
    {"calls": []},
    {"mode": "relevance"},
    {"calls": [{"name": "look", "accepted": {"place": ["pier", "quay"]}}]},
    {"calls": [*TARGET["calls"], *TARGET["calls"]], "ordered": True},
]
SAMPLES = tuple(Sample(str(n), (), (TOOL,), target) for n, target in enumerate(TARGETS))
SCORER = build_scorer(Task("calls", "toolcalls", SAMPLES, ("exact",)))


@settings(deadline=None)
@given(
    text=st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    finish=st.sampled_from(["stop", "length"]),
    dialect=st.sampled_from([None, *DIALECTS]),
    sample=st.sampled_from(SAMPLES),
)
def test_any_text_gets_a_verdict_and_a_failure_has_a_name(text: str, finish: Any, dialect: str | None, sample: Sample):
    reading = read(Generation("calls", sample.id, 0, "q", text, finish), dialect)
    graded = SCORER.grade(sample, reading)
    assert set(graded.metrics) == set(SCORER.metrics)
    assert set(graded.metrics.values()) <= {0.0, 1.0, None}
    assert graded.metrics["exact"] is not None
    assert graded.metrics["ast"] is not None
    assert graded.metrics["exact"] <= graded.metrics["ast"]
    deciding = graded.metrics["ast" if sample is SAMPLES[3] else "exact"]
    assert (graded.detail["failure_code"] is None) == (deciding == 1.0)
    json.dumps(graded.detail, allow_nan=False)
