"""What the report says of where answers fail: one sentence, one table, one picture, rates; hostile names stay names."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from sfteval.report import flow_sentences, load_comparison, write_report
from sfteval.report.calls import (
    code_rows,
    flow_foot,
    flow_head,
    flow_rows,
    flow_sentence,
    help_sentences,
    place_rows,
    rate_groups,
    tool_rows,
    tools_sentence,
)
from sfteval.report.html.browser import browser_data
from sfteval.report.html.flow import flow_picture
from sfteval.report.markdown import render_markdown
from sfteval.report.results import render_results, results_json
from sfteval.report.stored import settled
from sfteval.types import CallComparison, CallRate, FailureCount, Fault, Outcome, PlaceCount
from tests.sfteval.report.example import CALLS, HOSTILE, called, comparison, pair, small
from tests.sfteval.report.test_html import page

NAMES = ("no-think", "think")
CALM = replace(CALLS, flow=tuple(tuple(60 if a == b < 2 else 0 for b in range(9)) for a in range(9)))


# -- sentences and rows ------------------------------------------------------------------------------------------------


def test_what_became_of_the_answers_is_one_sentence() -> None:
    assert flow_sentence(CALLS) == (
        "of 120 answers A passes 110 and B 94; 20 pass in A alone (JSON 12, schema 6, decision 2), "
        "4 in B alone (JSON 4), 3 fail at another layer; 1 is missing."
    )
    assert flow_sentences(called()) == [f"toolcalls: {flow_sentence(CALLS)}"]


def test_where_nothing_moved_the_sentence_says_so() -> None:
    assert flow_sentence(replace(CALM, num_missing=0)) == (
        "of 120 answers A passes 60 and B 60; every answer is at the same layer on both sides."
    )


def test_without_answers_nothing_is_said() -> None:
    none = replace(CALLS, num_answers=0, flow=tuple((0,) * 9 for _ in range(9)), rates=())
    world = called(calls=(none,))
    assert flow_sentences(world) == []
    assert "Where does it break?" not in page(world).text()
    assert "toolcalls**: of" not in render_markdown(world).decode()


def test_the_table_has_the_layers_that_occur_with_their_sums() -> None:
    assert flow_head(CALLS) == ["passed", "JSON", "schema", "decision"]
    assert [(name, [cell.count for cell in cells], total) for name, cells, total in flow_rows(CALLS)] == [
        ("passed", [90, 12, 6, 2], 110),
        ("JSON", [4, 2, 0, 0], 6),
        ("schema", [0, 0, 0, 0], 0),
        ("decision", [0, 3, 0, 1], 4),
    ]
    assert flow_foot(CALLS) == [94, 17, 6, 3, 120]
    assert [cell.kind for cell in flow_rows(CALLS)[1][1]] == ["gained", "same", "none", "none"]


def test_rates_come_in_groups_and_each_tool_has_one_row() -> None:
    groups = rate_groups(CALLS)
    assert [title for title, _ in groups] == [
        "Of the answers that need a call",
        "Whether to call",
        "How calls are written",
    ]
    assert (groups[0][1][1].name, groups[0][1][1].difference, groups[0][1][1].n) == ("its JSON parses", "-0.110", "100")
    assert (groups[2][1][0].n, groups[2][1][0].bounds) == ("96 / 98", "too few prompts")
    ((tool, reached),) = tool_rows(CALLS)
    assert (tool.name, tool.difference, reached) == ("book_table", "-0.400", ["0.90 → 0.60", "", ""])
    assert tools_sentence(CALLS) == "Shown are those that are expected most: 1 of 60 tools."
    assert tools_sentence(replace(CALLS, num_tools=1)) == ""


def test_codes_and_places_are_rows_of_both_sides() -> None:
    assert code_rows(CALLS)[0] == ("JSON", "json_invalid", "6", "17")
    assert place_rows(CALLS) == [
        ("JSON", "last quarter of the call", "5", "17"),
        ("JSON", "2 levels deep", "1", "3"),
        ("JSON", "under 64 characters long", "6", "17"),
        ("trajectory", "turn 3", "0", "1"),
    ]


def test_a_side_that_a_server_helped_is_named() -> None:
    assert help_sentences(called()) == []
    helped = called(candidate_settings={"help_with_calls": ["tool_choice=required"]})
    said = "The server was asked to help B with calls (tool_choice=required): the layers are its doing too."
    assert help_sentences(helped) == [said]
    assert said in page(helped).text()


# -- files -------------------------------------------------------------------------------------------------------------


def test_it_is_stored_whole_and_read_back(tmp_path: Path) -> None:
    write_report(called(), tmp_path)
    assert load_comparison(tmp_path).calls == settled(called()).calls == (CALLS,)
    stored = json.loads((tmp_path / "results.json").read_text())
    assert stored["calls"][0]["flow"][0] == [90, 0, 0, 12, 0, 6, 0, 2, 0]
    assert stored["schema_version"] == 1


def test_a_report_from_before_has_none() -> None:
    rows = json.loads(render_results(small()))
    del rows["calls"]
    from sfteval.report.stored import comparison_from

    assert comparison_from(rows, []).calls == ()


def test_the_summary_has_the_sentence_the_table_and_the_rates() -> None:
    text = render_markdown(settled(called())).decode()
    assert "**toolcalls**: of 120 answers A passes 110 and B 94; 20 pass in A alone" in text
    assert "| A, then B | passed | JSON | schema | decision | all of A |" in text
    assert "| JSON | 4 | 2 | · | · | 6 |" in text
    assert "| all of B | 94 | 17 | 6 | 3 | 120 |" in text
    assert "| its JSON parses | 0.950 | 0.840 | −0.110 [−0.190, −0.030] | 100 |" in text


# -- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_has_picture_table_and_rates() -> None:
    read = page(called())
    text = read.text()
    assert "Where does it break?" in text
    assert "Of 120 answers A passes 110 and B 94" in text
    assert "json_invalid" in text
    assert "book_table" in text
    (picture,) = (attributes for tag, attributes in read.tags if tag == "svg" and attributes.get("class") == "flow")
    assert picture["aria-label"] == (
        "toolcalls, from A to B: passed to passed 90; passed to JSON 12; passed to schema 6; passed to decision 2; "
        "JSON to passed 4; JSON to JSON 2; decision to JSON 3; decision to decision 1"
    )


def test_every_bar_has_its_number_and_labels_do_not_touch() -> None:
    picture = str(flow_picture(CALLS, NAMES))
    labels = [piece.split("</text>")[0] for piece in picture.split('class="label"')[1:]]
    assert [label.rpartition(">")[2] for label in labels] == [
        "passed 110", "JSON 6", "decision 4", "passed 94", "JSON 17", "schema 6", "decision 3",
    ]  # fmt: skip
    texts = zip(picture.split("<text ")[1:], _places(picture), strict=True)
    ends = [y for piece, y in texts if 'class="label"' in piece]
    for side in (ends[:3], ends[3:]):
        assert all(second - first >= 22 for first, second in pairwise(side))


def _places(picture: str) -> list[float]:
    return [float(piece.split('y="')[1].split('"')[0]) for piece in picture.split("<text ")[1:]]


def test_a_band_is_as_thick_as_its_answers_are_many() -> None:
    picture = str(flow_picture(CALM, NAMES))
    bars = [piece for piece in picture.split("<rect ")[1:] if 'class="bar a"' in piece]
    assert [piece.split('height="')[1].split('"')[0] for piece in bars] == ["100.0", "100.0"]


def test_bands_lie_beside_each_other_on_both_sides() -> None:
    """Each band fills its part of a bar, so that all bands together are as long as the bars."""
    picture = str(flow_picture(CALLS, NAMES))
    bands = [re.findall(r"-?[0-9.]+", piece.split('"')[0]) for piece in picture.split('<path d="')[1:]]
    left = sorted((float(band[1]), float(band[14])) for band in bands)
    right = sorted((float(band[7]), float(band[8])) for band in bands)
    for side in (left, right):
        assert all(end <= start + 0.011 for (_, end), (start, _) in pairwise(side))


def test_swapped_sides_swap_lost_and_gained() -> None:
    turned = replace(CALLS, flow=tuple(zip(*CALLS.flow, strict=True)))
    counts = [[str(flow_picture(task, NAMES)).count(f"stream {kind}") for kind in ("lost", "gained")]
              for task in (CALLS, turned)]  # fmt: skip
    assert counts == [[3, 1], [1, 3]]


def test_hostile_names_of_tools_and_codes_are_shown_and_do_nothing() -> None:
    rate = CallRate("tool", HOSTILE, "right", 3, 3, 3, 1.0, 0.0, -1.0, None, None, HOSTILE)
    task: CallComparison = replace(
        CALLS,
        task=HOSTILE,
        rates=(rate, replace(rate, kind="type")),
        codes=(FailureCount(HOSTILE, HOSTILE, 1, 0),),
        places=(PlaceCount(HOSTILE, "turn", HOSTILE, 1, 1),),
        layers=(*CALLS.layers[:8], HOSTILE),
        flow=(*CALLS.flow[:8], (1,) + (0,) * 8),
    )
    world = comparison(calls=(task,))
    read = page(world)
    assert read.open == []
    assert read.strangers() == []
    assert sum(tag == "script" for tag, _ in read.tags) == sum(tag == "script" for tag, _ in page(comparison()).tags)
    text = render_markdown(settled(world)).decode()
    assert "<script>" not in text
    assert "@everyone" not in text


# -- one answer --------------------------------------------------------------------------------------------------------


def faults(detail: dict[str, Any], *reading: Fault) -> list[Any]:
    """Return what the browser shows of B's faults."""
    one = pair(details=({}, detail))
    one = replace(one, candidate_reading=replace(one.candidate_reading, faults=reading))
    (row,) = browser_data(comparison([one]))["rows"]
    return list(row["b"].get("faults", []))


FAILED = {"failure_code": "json_invalid", "layer": "json", "reason": "Expecting value", "position": 40,
          "excerpt": "a" * 30 + "?" + "b" * 29}  # fmt: skip


def test_a_failure_shows_its_surroundings_with_the_character_that_failed() -> None:
    (shown,) = faults(FAILED)
    assert shown == ["json_invalid", "json", "Expecting value", FAILED["excerpt"], 30]
    assert shown[3][shown[4]] == "?"
    assert faults(FAILED | {"position": 2})[0][4] == 2


def test_the_place_is_counted_in_what_is_shown_and_not_in_what_was_said() -> None:
    (shown,) = faults(FAILED | {"excerpt": "\u202e" * 2 + "?", "position": 2})
    assert shown[3][shown[4]] == "?"


def test_a_failure_that_the_reading_shows_already_is_shown_once() -> None:
    fault = Fault("json_invalid", "json", "Expecting value", 40, "near")
    assert len(faults(FAILED, fault)) == 1
    assert len(faults(FAILED, replace(fault, position=41))) == 2


def test_a_failure_of_the_whole_call_says_why_and_marks_no_character() -> None:
    wrong = {
        "failure_code": "wrong_value",
        "layer": "value",
        "reason": 'argument "b"',
        "position": 7,
        "excerpt": "<tool_call>",
    }
    assert faults(wrong) == [["wrong_value", "value", 'argument "b"', "", -1]]
    assert faults({"failure_code": None}) == []


def test_a_regression_in_the_summary_says_why_b_fails() -> None:
    one = pair(
        id="t1", scores=(1.0, 0.0), details=({"failure_code": None}, FAILED | {"reason": f"Expecting {HOSTILE}"})
    )
    text = render_markdown(settled(comparison([one]))).decode()
    said = text.partition("Why B fails\n\n")[2].split("\n")
    assert said[0] == "````text"  # longer than the run of backticks within
    assert said[1].startswith("json_invalid (json): Expecting </script>")
    assert "Why B fails" not in render_markdown(settled(small())).decode()


def test_no_text_of_a_model_is_in_the_results() -> None:
    from sfteval.compare import compare
    from tests.sfteval.calling import ULM, asking, call, run_calling

    of = asking(*[[("weather", ULM)]] * 2)
    found = compare(run_calling(of, [call("wether")] * 2, "a"), run_calling(of, [call(arguments={"ctiy": 1})] * 2, "b"))
    text = json.dumps(results_json(found)["calls"])
    assert "weather" in text
    assert not [said for said in ("wether", "ctiy", "tool_call>") if said in text]
    assert found.pairs[0].baseline.outcome is Outcome.OK
