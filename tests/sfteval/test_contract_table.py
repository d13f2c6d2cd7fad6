"""A against B: what two checkpoints' chat formats share, as rows for the report."""

import json

import pytest

from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.contract import contract_table, prompts_row
from tests.sfteval.scripted import checkpoint
from tests.toys import CHATML, toy_checkpoint

SHARED = ["template", "template arguments", "vocabulary", "tokenizer.json", "stop tokens", "bos_token", "eos_token",
          "pad_token", "generation_config pad_token_id", "added tokens"]  # fmt: skip


@pytest.fixture
def sides(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return toy_checkpoint(tmp_path / "a"), toy_checkpoint(tmp_path / "b", seed=1)


def table(a, b, **settings):
    sides = (resolve_checkpoint(str(a)), with_overrides(resolve_checkpoint(str(b)), settings))
    return {row["what"]: row for row in contract_table(*sides)}


def differing(rows):
    return {what: (row["baseline"], row["candidate"]) for what, row in rows.items() if row["same"] is False}


def change_json(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_two_checkpoints_of_one_format_differ_in_nothing(sides):
    rows = table(*sides)
    assert list(rows) == SHARED
    assert all(row["same"] is True for row in rows.values())
    assert rows["stop tokens"]["baseline"] == "<|im_end|> (258), <|endoftext|> (256)"
    assert (rows["eos_token"]["baseline"], rows["bos_token"]["baseline"]) == ("<|im_end|>", "none")
    assert (rows["vocabulary"]["baseline"], rows["added tokens"]["baseline"]) == ("265 tokens", "9")


def test_another_template_is_shown_with_the_first_probe_that_differs(sides):
    (sides[1] / "chat_template.jinja").write_text(CHATML.replace("Answer a call as JSON", "Write a call as JSON"))
    rows = differing(table(*sides))
    assert list(rows) == ["template", "template at tool definitions (tools block)"]
    cells = rows["template at tool definitions (tools block)"]
    assert cells[0].startswith('"Answer a call as JSON in')
    assert cells[1].startswith('"Write a call as JSON in')


def test_another_text_of_the_same_template_says_that_no_probe_differs(sides):
    (sides[1] / "chat_template.jinja").write_text("{#- comment -#}" + CHATML)
    rows = table(*sides)
    assert list(differing(rows)) == ["template"]
    assert rows["template, rendered"]["same"] is True


def test_settings_of_one_side_are_template_arguments(sides):
    assert differing(table(*sides, enable_thinking=False)) == {
        "template arguments": ("{}", '{"enable_thinking": false}')
    }


def test_stops_special_tokens_and_generation_settings_are_rows_of_their_own(sides):
    change_json(sides[0] / "generation_config.json", temperature=0.6, top_k=20, transformers_version="5.0")
    change_json(sides[1] / "generation_config.json", temperature=1.0, eos_token_id=256)
    change_json(sides[1] / "tokenizer_config.json", bos_token={"content": "<|endoftext|>"}, eos_token=None)
    assert differing(table(*sides)) == {
        "stop tokens": ("<|im_end|> (258), <|endoftext|> (256)", "<|endoftext|> (256)"),
        "bos_token": ("none", "<|endoftext|>"),
        "eos_token": ("<|im_end|>", "none"),
        "generation_config temperature": ("0.6", "1.0"),
        "generation_config top_k": ("20", "not set"),
    }


def test_another_vocabulary_names_the_tokens_that_only_one_side_has(sides):
    path = sides[1] / "tokenizer.json"
    path.write_text(path.read_text().replace("<tool_call>", "<call>"))
    rows = differing(table(*sides))
    assert list(rows) == ["tokenizer.json", "added tokens"]
    assert rows["added tokens"] == ("9, <tool_call> only here", "9, <call> only here")


def test_a_side_that_cannot_be_known_is_null_and_never_the_same(sides):
    rows = contract_table(resolve_checkpoint(str(sides[0])), checkpoint("m", url="http://x/v1", model="m"))
    by_name = {row["what"]: row for row in rows}
    assert by_name["stop tokens"]["candidate"] is None
    assert {row["what"] for row in rows if row["same"] is not None} == {"template arguments"}


def test_a_hostile_cell_is_cut(sides):
    change_json(sides[1] / "generation_config.json", note="x" * 10_000)
    assert len(table(*sides)["generation_config note"]["candidate"]) == 163


# -- whose prompts were answered ---------------------------------------------------------------------------------------


def counts(total, others, untold=0):
    return {"total": total, "other_prompts": others, "untold": untold}


@pytest.mark.parametrize(
    ("a", "b", "cells", "same"),
    [
        (counts(800, 0), counts(800, 0), ("0 of 800", "0 of 800"), True),
        (counts(800, 3), counts(800, 3), ("3 of 800", "3 of 800"), False),
        (counts(800, 0), counts(800, 0, 800), ("0 of 800", None), None),
        (counts(800, 3), {}, ("3 of 800", None), False),
        (counts(800, 1, 100), counts(1200, 0), ("1 of 700", "0 of 1,200"), False),
    ],
)
def test_answers_to_other_prompts_are_a_row_of_their_own(a, b, cells, same):
    (row,) = prompts_row(a, b)
    assert (row["baseline"], row["candidate"], row["same"]) == (*cells, same)
    assert row["what"] == "answers to other prompts than ours"


@pytest.mark.parametrize("told", [{}, counts(5, 0, 5), {"total": "5", "other_prompts": 0, "untold": 0}])
def test_where_no_side_tells_there_is_no_row(told):
    assert prompts_row(told, told) == []
