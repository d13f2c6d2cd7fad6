"""What a report says of the two chat formats, and the mark that every number carries where a side drifted."""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from sfteval.report import experiments, gate_line, load_comparison, results_json, write_report
from sfteval.report.contract import ContractRow, contract_rows, contract_sentence, drift_legend, drift_mark
from sfteval.report.html import render_html
from sfteval.report.junit import render_junit
from sfteval.report.markdown import render_markdown
from sfteval.report.stored import settled
from sfteval.types import Comparison
from tests.sfteval.report.example import CANDIDATE, HOSTILE, comparison, small
from tests.sfteval.report.test_html import page
from tests.sfteval.report.test_terminal import shown

SAME = {"what": "template", "baseline": "51cd0e", "candidate": "51cd0e", "same": True}
STOPS = {"what": "stop tokens", "baseline": "<|im_end|> (258)", "candidate": "<eos> (1)", "same": False}
UNKNOWN = {"what": "vocabulary", "baseline": "265 tokens", "candidate": None, "same": None}
LEGEND = "\N{DAGGER} template drift: B was not asked as trained"


def with_contract(*rows: Any, drift: Any = (), world: Comparison | None = None) -> Comparison:
    made = world or comparison()
    return replace(made, reproduce={**made.reproduce, "contract": list(rows), "drift": list(drift)})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((), ""),
        ((UNKNOWN,), ""),
        ((SAME,), "Both sides have the same chat format: template, tokenizer, stop tokens and generation config."),
        (
            (SAME, UNKNOWN),
            "Both sides have the same chat format, as far as both are known: "
            "template, tokenizer, stop tokens and generation config.",
        ),
        ((SAME, STOPS, UNKNOWN), "The chat formats differ in: stop tokens."),
    ],
)
def test_the_sentence_says_what_differs(rows: Any, said: str) -> None:
    assert contract_sentence(with_contract(*rows)) == said


def test_an_unknown_cell_says_so() -> None:
    assert contract_rows(with_contract(UNKNOWN)) == [ContractRow("vocabulary", "265 tokens", "unknown", None)]


@pytest.mark.parametrize("stored", [5, "rows", {"what": 1}, [5, None, "x"], None])
def test_what_is_no_table_is_left_out(stored: Any) -> None:
    world = replace(comparison(), reproduce={"contract": stored, "drift": stored})
    assert contract_rows(world) == []
    assert drift_mark(world) == ""
    assert b"</html>" in render_html(world)


def test_the_page_shows_a_table_where_something_differs_and_a_line_where_nothing_does() -> None:
    differs, same = page(with_contract(SAME, STOPS)), page(with_contract(SAME))
    tables = [[attributes["class"] for tag, attributes in read.tags if tag == "table"] for read in (differs, same)]
    assert ("small contract" in tables[0], "small contract" in tables[1]) == (True, False)
    assert [dict(attributes) for tag, attributes in differs.tags if attributes.get("class") == "differs"] == [
        {"class": "differs"}
    ]
    assert "<|im_end|> (258)" in differs.text()
    assert [text for tag, text in differs.texts if tag == "dt" and "contract" in text] == []  # not a second time
    assert "Both sides have the same chat format" in same.text()
    assert "contract" not in page(comparison()).text()


def test_the_summary_folds_the_table() -> None:
    text = render_markdown(with_contract(SAME, STOPS)).decode()
    assert (
        "<details><summary>The chat formats differ in: stop tokens.</summary>\n\n"
        "| Chat format | A | B |\n| :--- | :--- | :--- |\n| template | 51cd0e | 51cd0e |\n"
        "| **stop tokens** | \\<\\|im\\_end\\|\\> (258) | \\<eos\\> (1) |\n\n</details>"
    ) in text
    assert "\n\nBoth sides have the same chat format: template" in render_markdown(with_contract(SAME)).decode()


def test_hostile_cells_do_nothing() -> None:
    world = with_contract({"what": HOSTILE, "baseline": HOSTILE, "candidate": HOSTILE * 50, "same": False})
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(render_markdown(world).decode())
    inline = [child.type for token in tokens for child in token.children or ()]
    assert not {"html_inline", "link_open", "image"} & set(inline)
    read = page(world)
    assert read.open == []
    assert read.strangers() == []
    assert max(len(text) for tag, text in read.texts if tag == "td") < 1_000


def test_without_drift_nothing_is_marked() -> None:
    assert drift_legend(small()) == ""
    assert "\N{DAGGER}" not in shown(small()) + render_markdown(small()).decode() + render_html(small()).decode()
    assert [results_json(small())[side]["drift"] for side in ("baseline", "candidate")] == [False, False]


def test_drift_marks_every_row_of_every_scoreboard_and_is_explained() -> None:
    world = with_contract(SAME, drift=["candidate"], world=small())
    lines = shown(world).splitlines()
    assert ["\N{DAGGER}" in line for line in lines[2:5]] == [True] * 3
    assert "\N{DAGGER} template drift: B was not asked as" in " ".join(lines[5:])
    summary = render_markdown(world).decode()
    assert "| reasoning | **exact** \N{DAGGER} | 0.410" in summary
    assert "| toolcalls | exact \N{DAGGER} | 0.950" in summary
    assert f"{LEGEND}." in summary
    html = page(world)
    assert [text for tag, text in html.texts if text == "\N{DAGGER}"] == ["\N{DAGGER}"] * 3
    assert f"{LEGEND}." in html.text()


def test_the_gates_line_the_tests_of_ci_and_comet_carry_it_too() -> None:
    world = with_contract(SAME, drift=["candidate"], world=small())
    assert gate_line(world, 0).endswith(f"; {LEGEND}")
    messages = [
        node.get("message") or node.text for node in ElementTree.fromstring(render_junit(world)).iter("system-out")
    ]
    assert [message.endswith(f"; {LEGEND}") for message in messages] == [True] * 3
    columns, rows = (getattr(experiments(world)[2].tables["metrics.csv"], name) for name in ("columns", "rows"))
    assert [row[columns.index("drift")] for row in rows] == [True] * 3


def test_both_sides_may_drift() -> None:
    assert drift_legend(with_contract(drift=["baseline", "candidate"])) == (
        "\N{DAGGER} template drift: A and B were not asked as trained"
    )


def test_results_json_flags_the_side_and_every_metric() -> None:
    results = results_json(with_contract(SAME, STOPS, drift=["candidate"], world=small()))
    assert (results["baseline"]["drift"], results["candidate"]["drift"]) == (False, True)
    assert [row["drift"] for row in results["metrics"]] == [True] * 3
    assert results["reproduce"]["contract"] == [SAME, STOPS]


def test_the_trained_templates_text_stays_out_of_the_report() -> None:
    trained = replace(CANDIDATE, training={"arm": "think", "contract": {"template": "{{ pages of Jinja }}"}})
    world = settled(comparison(candidate=trained))
    assert world.candidate.training == {"arm": "think"}
    assert b"pages of Jinja" not in render_html(world)
    assert "pages of Jinja" not in json.dumps(results_json(comparison(candidate=trained)))


def test_a_stored_report_keeps_table_and_marks(tmp_path: Path) -> None:
    world = with_contract(SAME, STOPS, drift=["candidate"], world=small())
    write_report(world, tmp_path / "one")
    write_report(load_comparison(tmp_path / "one"), tmp_path / "two")
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
