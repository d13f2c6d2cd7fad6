"""Probes in words: on the terminal, in the summary, in `results.json` and back."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from sfteval.errors import DataError
from sfteval.report import load_comparison, probe_sentences, write_report
from sfteval.report.markdown import render_markdown
from sfteval.report.markup import escaped_sentence
from sfteval.report.probed import (
    contaminated_sentences,
    difference_words,
    finding_words,
    grave_lines,
    probed,
    skipped_lines,
)
from sfteval.report.results import LONGEST_CURVE, render_results, results_json
from sfteval.report.states import contaminated_samples
from sfteval.report.stored import settled
from sfteval.types import Finding, ProbeDifference, ProbeResult
from tests.sfteval.report.example import HOSTILE, comparison, small
from tests.sfteval.report.probe_example import contaminated, result, with_probes

DIFFERENCE = ProbeDifference(
    "loss_gap", "gain", 80, 1.1, 0.02, -1.08, -1.2, -0.96, 1e-9, 0.05, True, "Welch", p_adjusted=2e-9,
    finding=Finding.BETTER,
)  # fmt: skip


def rows(text: str) -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]


def test_both_sides_of_a_probe_stand_together_in_the_order_of_the_comparison() -> None:
    results = (result("b", "pass"), result("a", "fail"), result("b", "warn", "candidate"))
    found = probed(comparison(probes=results))
    assert [(one.probe, [(side.letter, side.verdict) for side in one.sides]) for one in found] == [
        ("b", [("A", "pass"), ("B", "warn")]),
        ("a", [("A", "fail")]),
    ]


def test_of_several_suites_the_gravest_speaks_first() -> None:
    results = (result("contamination", "pass", n=1), result("contamination", "fail", n=2))
    ((side,),) = (one.sides for one in probed(comparison(probes=results)))
    assert (side.verdict, side.numbers, len(side.results)) == ("fail", {"n": 2}, 2)


def test_the_terminal_says_one_line_a_side_and_one_of_what_differs() -> None:
    results = (result("loss_gap", "fail"), result("canary", "pass"), result("loss_gap", "pass", "candidate"),
               result("canary", "inconclusive", "candidate"), result("perturb", "skipped"))  # fmt: skip
    world = comparison(probes=results, probe_differences=(DIFFERENCE, replace(DIFFERENCE, probe="x", p_adjusted=None)))
    assert probe_sentences(world) == [
        "probes of A: fail loss gap; pass 1; skipped 1",
        "probes of B: inconclusive canary; pass 1",
        "probes, B against A: better on loss gap",
    ]
    assert probe_sentences(comparison()) == []
    both = tuple(result("canary", "skipped", side) for side in ("baseline", "candidate"))
    assert probe_sentences(comparison(probes=both)) == ["probes of both: skipped 1"]


def test_a_reason_that_both_sides_have_is_said_once() -> None:
    results = (
        ProbeResult("canary", "skipped", "No canaries.", {}, "baseline"),
        ProbeResult("canary", "skipped", "No canaries.", {}, "candidate"),
        ProbeResult("loss_gap", "skipped", "No data.", {}, "candidate"),
        ProbeResult("perturb", "skipped", "No data."),
    )
    assert skipped_lines(comparison(probes=results)) == ["canary: No canaries.", "loss gap (B), perturb: No data."]


def test_the_summary_shows_verdicts_differences_and_what_is_grave() -> None:
    results = (result("loss_gap", "fail"), result("loss_gap", "pass", "candidate"), result("canary", "skipped"))
    text = render_markdown(comparison(probes=results, probe_differences=(DIFFERENCE,))).decode()
    says = escaped_sentence("B is better, p < .001 (Holm)")
    assert ["Probe", "A", "B", "B − A [95 %]", "Says"] in rows(text)
    assert ["loss gap", "❌ fail", "✅ pass", "−1.080 [−1.200, −0.960]", says] in rows(text)
    said = escaped_sentence("A, loss gap: loss_gap of baseline says fail.")
    assert f"What the probes warn of (1)</summary>\n\n- {said}" in text
    assert "<details><summary>Probes that were skipped (1)</summary>\n\n- canary (A): canary of baseline" in text
    assert "canary" not in "".join(cell for row in rows(text) for cell in row)


def test_the_summary_shows_scores_on_clean_and_dirty_prompts() -> None:
    text = render_markdown(comparison(contaminated=(contaminated(),))).decode()
    assert ["reasoning exact", "all", "0.410", "0.960", "+0.550 [+0.491, +0.604]", "300"] in rows(text)
    assert re.search(r"\|\s+\| clean \| 0.410 \| 0.430 \| \+0.020 \[−0.080, \+0.120\] \| 70 \|", text)


def test_hostile_names_do_nothing_in_the_summary() -> None:
    results = (ProbeResult(HOSTILE, "fail", HOSTILE, {HOSTILE: HOSTILE}, "baseline"),
               ProbeResult("canary", "skipped", HOSTILE, {}, "candidate"))  # fmt: skip
    difference = replace(DIFFERENCE, probe=HOSTILE, measure=HOSTILE, method=HOSTILE, difference=None)
    world = comparison(probes=results, probe_differences=(difference,),
                       contaminated=(replace(contaminated(), task=HOSTILE),))  # fmt: skip
    text = render_markdown(world).decode()
    assert "@everyone" not in text
    assert not re.search(r"(?<!\\)<(script|img|a )", text)
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    assert text.count("<details>") == text.count("</details>")


def test_nothing_that_was_not_compared_has_a_finding() -> None:
    alone = replace(DIFFERENCE, difference=None, method="none: fewer than 6 items", p_adjusted=None)
    assert finding_words(alone) == "fewer than 6 items"
    assert difference_words(alone) == "-"
    assert finding_words(replace(DIFFERENCE, p_adjusted=None, finding=Finding.NOT_SHOWN)) == "not shown"
    assert finding_words(replace(DIFFERENCE, finding=Finding.WORSE, p_adjusted=0.0312)) == "B is worse, p = .031 (Holm)"


def test_a_sentence_that_begins_with_its_side_is_not_told_it_twice() -> None:
    world = comparison(probes=(replace(result("a", "fail"), sentence="A has a gap."), result("a", "fail", "candidate")))
    assert grave_lines(world) == ["a: A has a gap.", "B, a: a of candidate says fail."]


def test_sides_that_pass_say_nothing_grave() -> None:
    assert grave_lines(comparison(probes=(result("a", "pass"), result("b", "inconclusive")))) == []


def test_dirty_prompts_are_counted_by_side_and_named_once() -> None:
    world = comparison(contaminated=(contaminated(),))
    said = "reasoning: 2 of 300 prompts stand in training data"
    assert contaminated_sentences(world) == [f"{said} (A's 1, B's 2)"]
    nobody = replace(world, contaminated=(replace(contaminated(), baseline_dirty=()),))
    assert contaminated_sentences(nobody) == [f"{said} (A's unknown, B's 2)"]
    asked = replace(nobody, probes=(result("contamination", "pass"),))
    assert contaminated_sentences(asked) == [f"{said} (A's 0, B's 2)"]
    assert contaminated_samples(world) == {("reasoning", "r2"), ("reasoning", "r3")}


def test_results_hold_every_probe_with_its_side_and_read_back_the_same(tmp_path: Path) -> None:
    world = with_probes()
    stored = results_json(world)
    assert [(row["probe"], row["side"]) for row in stored["probes"]][:3] == [
        ("contamination", "baseline"), ("contamination", "candidate"), ("loss_gap", "baseline"),
    ]  # fmt: skip
    assert stored["probe_differences"][0].keys() >= {
        "probe",
        "difference",
        "ci_low",
        "p_adjusted",
        "finding",
        "sentence",
    }
    assert stored["contaminated"][0]["candidate_dirty"] == ["r2", "r3"]
    files = {path.name: path.read_bytes() for path in write_report(world, tmp_path)}
    loaded = load_comparison(tmp_path)
    assert loaded == settled(world)
    assert {path.name: path.read_bytes() for path in write_report(loaded, tmp_path)} == files


def test_lists_of_a_probe_are_bounded() -> None:
    numbers = {"dirty": [{"row": n} for n in range(1_000)], "curve": {"points": [[0.0, 1.0]] * 1_000}}
    (row,) = results_json(comparison(probes=(ProbeResult("x", "pass", "", numbers),)))["probes"]
    assert (len(row["numbers"]["dirty"]), len(row["numbers"]["curve"]["points"])) == (LONGEST_CURVE, LONGEST_CURVE)
    assert len(render_results(with_probes())) - len(render_results(small())) < 60_000


@pytest.mark.parametrize(("key", "value"), [("verdict", "good"), ("side", "both"), ("numbers", [1])])
def test_a_stored_probe_that_makes_no_sense_is_refused(tmp_path: Path, key: str, value: object) -> None:
    write_report(with_probes(), tmp_path, formats=("json",))
    stored = json.loads((tmp_path / "results.json").read_text())
    stored["probes"][0][key] = value
    (tmp_path / "results.json").write_text(json.dumps(stored))
    with pytest.raises(DataError, match="probe contamination"):
        load_comparison(tmp_path)
