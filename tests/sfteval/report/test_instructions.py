"""What the report says of constraints: whose rules count, what repairs and masks change, why an answer failed."""

import io
import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from sfteval.report import load_comparison, scoreboard, sensitivity_sentences, write_report
from sfteval.report.html.browser import browser_data
from sfteval.report.html.instructions import instruction_blocks
from sfteval.report.instructions import (
    failures,
    missing_sentence,
    paper_head,
    paper_rows,
    part_rows,
    repairs_sentence,
    resources_sentence,
    rules_sentence,
)
from sfteval.report.markdown import render_markdown
from sfteval.report.results import results_json
from sfteval.report.stored import settled
from sfteval.types import Comparison, Outcome, Score, Sensitivity, Verdict
from tests.sfteval.report.example import INSTRUCTIONS, comparison, constraint_pair, instructed, metric, pair, small
from tests.sfteval.report.test_html import page


def reference() -> Comparison:
    """The same with the published rules in place of ours."""
    rows = tuple(
        replace(row, metric="prompt_strict_reference") if row.task == "constraints" else row for row in small().metrics
    )
    task = replace(INSTRUCTIONS, rules="reference", mode="strict_reference")
    return instructed(metrics=rows, instructions=(task,), sensitivity=None)


# -- the line of sensitivity -------------------------------------------------------------------------------------------


def test_a_diagnostic_task_says_whether_its_finding_turns_without_the_masked_prompt() -> None:
    assert sensitivity_sentences(instructed()) == [
        "constraints without the masked prompt: difference -0.034 [-0.094, +0.026] on prompt_strict, n 149; "
        "the finding is the same (not shown)."
    ]


def test_a_gating_task_says_what_the_whole_verdict_would_be() -> None:
    masked = {"reasoning": {"r1": "key 1", "r2": "key 2"}}
    without = metric(n=298, difference=0.012, ci_low=-0.01, ci_high=0.034)
    world = comparison(sensitivity=Sensitivity(masked, (without,), Verdict.INCONCLUSIVE))
    assert sensitivity_sentences(world) == [
        "reasoning without the 2 masked prompts: difference +0.012 [-0.010, +0.034] on exact, n 298; "
        "the verdict turns from pass to inconclusive."
    ]
    same = comparison(sensitivity=Sensitivity(masked, (without,), Verdict.PASS))
    assert sensitivity_sentences(same)[0].endswith("; the verdict is the same (pass).")


def test_only_the_deciding_metric_of_a_task_gets_the_line() -> None:
    rows = (metric(), metric(name="f1", gating=False, verdict=None))
    fewer = tuple(replace(row, n=row.n - 1) for row in rows)
    sensitivity = Sensitivity({"reasoning": {"r1": "key 1"}}, fewer, Verdict.PASS)
    assert len(sensitivity_sentences(comparison(metrics=rows, sensitivity=sensitivity))) == 1


def test_masked_prompts_that_had_no_value_anyway_are_not_counted() -> None:
    masked = {"reasoning": {"r1": "key 1", "r2": "key 2", "r3": "key 3"}}
    one = comparison(sensitivity=Sensitivity(masked, (metric(n=299),), Verdict.PASS))
    assert sensitivity_sentences(one)[0].startswith("reasoning without the masked prompt: ")
    none = comparison(sensitivity=Sensitivity(masked, (metric(n=300),), Verdict.PASS))
    assert sensitivity_sentences(none) == []


def test_without_masked_prompts_nothing_is_said() -> None:
    assert sensitivity_sentences(small()) == []
    assert "masked" not in page(small()).text()
    assert "masked" not in render_markdown(small()).decode()


def test_the_line_stands_on_the_page_with_the_reasons_folded_and_in_the_summary() -> None:
    said = "constraints without the masked prompt: difference −0.034 [−0.094, +0.026] on prompt_strict, n 149; "
    text = page(instructed()).text()
    assert said in text
    assert "key 337: asks for 400 words and is graded by 336" in text
    assert said.replace("_", r"\_").replace("[", r"\[").replace("]", r"\]") in render_markdown(instructed()).decode()


# -- repairs -----------------------------------------------------------------------------------------------------------


def test_what_our_repairs_change_is_said_in_one_sentence() -> None:
    assert repairs_sentence(INSTRUCTIONS) == (
        "Our repairs move the strict share of prompts against the published rules: A by +0.020 and B by -0.010 (n 129)."
    )
    assert repairs_sentence(replace(INSTRUCTIONS, repairs=())) == (
        "Our rules and the published ones agree on all 231 verdicts of each side."
    )
    assert repairs_sentence(replace(INSTRUCTIONS, num_judged=0)).startswith("No instruction here has a published")


def test_why_verdicts_are_missing_names_the_most_common_instructions() -> None:
    assert missing_sentence(INSTRUCTIONS) == (
        "21 of 150 prompts have no published verdict, which is random or needs data that is not installed for "
        "length_constraints:number_sentences (19), keywords:letter_frequency (2)."
    )
    many = replace(INSTRUCTIONS, without_reference={f"k:{i}": 9 - i for i in range(6)})
    assert missing_sentence(many).endswith("for k:0 (9), k:1 (8), k:2 (7), k:3 (6) and 2 more.")
    assert missing_sentence(replace(INSTRUCTIONS, num_without_reference=0)) == ""


def test_only_ids_with_a_delta_stand_in_the_table() -> None:
    (block,) = instruction_blocks(instructed())
    assert block["repairs"] == [
        {"id": "keywords:existence", "sentence": "A keyword is a word on its own.", "cells": ["+3", "+1 −2", "4"]}
    ]
    assert block["deltas"][0] == ["prompts, strict", "0.860", "0.840", "+0.020", "0.830", "0.840", "−0.010", "129"]
    (silent,) = instruction_blocks(instructed(instructions=(replace(INSTRUCTIONS, repairs=()),)))
    assert (silent["repairs"], silent["deltas"]) == ([], [])
    assert "What our repairs change" not in page(instructed(instructions=(replace(INSTRUCTIONS, repairs=()),))).text()


# -- parts -------------------------------------------------------------------------------------------------------------


def test_parts_are_told_in_their_order_and_too_few_prompts_have_no_interval() -> None:
    rows = [(row.name, row.a, row.b, row.difference, row.bounds, row.n) for row in part_rows(INSTRUCTIONS, "id")]
    assert rows == [
        ("length_constraints:number_words", "0.900", "0.700", "-0.200", "[-0.300, -0.100]", "40"),
        ("punctuation:no_comma", "0.800", "0.850", "+0.050", "[-0.050, +0.150]", "40"),
        ("keywords:existence", "1.000", "0.500", "-0.500", "too few prompts", "4"),
    ]


def test_the_instruction_level_is_open_on_the_page_and_everything_else_folded() -> None:
    read = page(instructed())
    assert "open" not in {name for tag, attributes in read.tags if tag == "details" for name in attributes}
    text = read.text()
    for shown in ("all instructions, each once, strict", "mean of each prompt's share, strict", "By instruction (3)",
                  "By group (2)", "By number of instructions (2)", "What our repairs change (1)", "Masked prompts (1)",
                  "For papers: lm-eval's names"):  # fmt: skip
        assert shown in text


def test_a_task_without_constraints_has_no_section() -> None:
    assert "Which instructions?" not in page(comparison()).text()
    empty = replace(INSTRUCTIONS, parts=())
    assert "Which instructions?" not in page(instructed(instructions=(empty,))).text()


def test_papers_get_lm_evals_names_with_rules_and_n_in_each_column() -> None:
    assert paper_head(INSTRUCTIONS) == [
        "A, our rules, n 150", "B, our rules, n 150", "A, published rules, n 129", "B, published rules, n 129"
    ]  # fmt: skip
    assert paper_rows(INSTRUCTIONS)[:2] == [
        ("prompt_level_strict_acc", "0.8667", "0.8267", "0.8400", "-"),
        ("inst_level_strict_acc", "0.9000", "0.8500", "0.8900", "-"),
    ]


def test_the_summary_folds_its_tables_and_says_what_it_leaves_to_the_page() -> None:
    text = render_markdown(settled(instructed())).decode()
    assert "**constraints**: Our repairs move the strict share" in text
    assert "| length\\_constraints:number\\_words | 0.900 | 0.700 | −0.200 [−0.300, −0.100] | 40 |" in text
    assert "| keywords:existence | +3 | +1 −2 | 4 | A keyword is a word on its own. |" in text
    assert "<summary>For papers, lm-eval's names: constraints</summary>" in text
    ids = tuple(replace(INSTRUCTIONS.parts[4], value=f"k:{index}") for index in range(58))
    many = instructed(instructions=(replace(INSTRUCTIONS, parts=(*INSTRUCTIONS.parts[:4], *ids)),))
    assert "*22 more rows in report.html.*" in render_markdown(many).decode()


# -- whose rules -------------------------------------------------------------------------------------------------------


def test_published_rules_are_marked_on_the_page_in_the_summary_and_under_the_table() -> None:
    assert rules_sentence(instructed()) == ""
    said = "The published scorer's rules decide here, its defects included (--scorer-mode reference)"
    assert said in page(reference()).text()
    assert said in render_markdown(reference()).decode()
    console = Console(file=io.StringIO(), width=80)
    console.print(scoreboard(reference()))
    output = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    assert "_reference: by the published scorer's rules (--scorer-mode reference)" in output


def test_results_hold_the_rules_and_every_number_and_no_reason_of_an_answer() -> None:
    results = results_json(reference())
    assert results["instructions"][0]["rules"] == "reference"
    assert results["sensitivity"] is None
    assert results_json(instructed())["sensitivity"]["masked"] == instructed().sensitivity.masked  # type: ignore[union-attr]
    assert "needed at least 8 words" not in json.dumps(results_json(instructed()))


def test_a_report_of_before_has_no_instructions_and_still_loads(tmp_path: Path) -> None:
    write_report(instructed(), tmp_path)
    results = json.loads((tmp_path / "results.json").read_text())
    for later in ("instructions", "sensitivity"):
        del results[later]
    (tmp_path / "results.json").write_text(json.dumps(results))
    loaded = load_comparison(tmp_path)
    assert (loaded.instructions, loaded.sensitivity) == ((), None)


# -- why an answer failed ----------------------------------------------------------------------------------------------


def entry(strict: bool, **more: object) -> dict[str, object]:
    return {"id": "k:x", "strict": strict, "loose": strict, "strict_reference": strict, "reason": "found 5", **more}


def checks(check: dict[str, object], *, name: str = "prompt_strict", outcome: Outcome = Outcome.OK) -> list[object]:
    world = comparison(
        [pair(name=name, outcomes=(outcome, Outcome.OK), details=({"instructions": [check]}, {}))],
        metrics=(metric(name=name),),
    )
    found: list[object] = browser_data(world)["rows"][0]["a"]["checks"][0]
    return found


def test_each_constraint_has_its_mark_and_its_reason() -> None:
    assert checks(entry(False)) == [False, "k:x", "found 5"]
    assert checks(entry(True)) == [True, "k:x", "found 5"]


def test_where_loose_or_the_published_rule_says_otherwise_it_stands_beside() -> None:
    assert checks(entry(False, loose=True))[3] == "passes loosely"
    assert checks(entry(False, strict_reference=True))[3] == "the published rule passes it"
    assert checks(entry(True, strict_reference=False))[3] == "the published rule fails it"
    assert checks(entry(True, strict_reference=None)) == [True, "k:x", "found 5"]


def test_the_mark_is_by_the_rules_that_decide() -> None:
    turned = entry(False, strict_reference=True, loose=True)
    assert checks(turned, name="prompt_strict_reference")[0] is True
    assert checks(turned, name="prompt_strict_reference")[3] == "passes loosely, our rule fails it"
    assert checks(turned, name="prompt_loose")[0] is True
    assert checks(entry(True, strict_reference=None), name="prompt_strict_reference")[0] is None


def test_a_constraint_of_a_cut_answer_does_not_count_as_followed() -> None:
    found = checks(entry(True), outcome=Outcome.TRUNCATED_ANSWER)
    assert found == [None, "k:x", "found 5", "does not count: the answer did not come to its end"]
    assert checks(entry(False), outcome=Outcome.TRUNCATED_ANSWER)[0] is False


def test_a_regression_in_the_summary_says_what_was_not_followed() -> None:
    world = comparison([constraint_pair("c1")], metrics=(metric("constraints", "prompt_strict"),))
    text = render_markdown(world).decode()
    assert (
        "What B did not follow\n\n```text\nlength_constraints:number_words: needed at least 8 words, found 5\n```"
        in text
    )


def test_failures_are_those_of_the_deciding_rules_whatever_the_detail_holds() -> None:
    detail = {"instructions": [entry(False, strict_reference=True), "no object", entry(True, reason=None), {}]}
    score = Score("s", 0, Outcome.OK, {}, detail)
    assert failures(score, "prompt_strict") == ["k:x: found 5"]
    assert failures(score, "prompt_strict_reference") == []
    assert failures(Score("s", 0, Outcome.OK, {}, {"instructions": 3}), "prompt_strict") == []


def test_how_it_was_made_says_what_data_the_published_verdicts_rest_on() -> None:
    resources = {"punkt": "nltk 3.9.1, punkt_tab english", "tagger": None, "emoji": None}
    world = instructed(baseline_settings={"scoring": {"rules": "fixed", "resources": resources}})
    said = "Published verdicts rest on punkt (nltk 3.9.1, punkt_tab english); absent here: emoji, tagger."
    assert resources_sentence(world) == said
    assert said in page(world).text()
    nothing = instructed(baseline_settings={"scoring": {"resources": {"punkt": None}}})
    assert resources_sentence(nothing) == "Published verdicts rest on no data of others; absent here: punkt."
    assert resources_sentence(instructed(baseline_settings={"scoring": "?"})) == resources_sentence(small()) == ""


def test_a_masked_sample_says_so_where_it_is_opened() -> None:
    world = comparison([pair(details=({"masked": "key 337"}, {}), metadata={"num": 2}), pair(id="r2")])
    rows = browser_data(world)["rows"]
    assert rows[0]["about"] == [["masked", "key 337"], ["num", "2"]]
    assert "about" not in rows[1]
